"""Measure `consensus` and `cascade` with the two local engines on pages with ground truth.

    python benchmarks/strategies.py --pages DIR --seconds 200      # a folder as for `ocrkit evaluate`

Each page is read once by each engine, page by page from every category in turn, until the CPU time is used up. Both
strategies are then computed from these readings: the consensus as it is, and the cascade from Tesseract to ppocr for
several bars, where ppocr's reading of a line comes from the whole page, not from a crop, and ink outside of text is not
looked at. Printed are mean error
rates in percent by category, of characters and of words in any order, each page counting at most 100.
"""

from __future__ import annotations

import argparse
import itertools
import pickle
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import ocrkit
from ocrkit import PageResult
from ocrkit.backends.base import BackendFactory, BackendOptions
from ocrkit.errors import OcrkitError
from ocrkit.evaluate import Sample, find_samples
from ocrkit.evaluate.rates import bag_of_words_error, character_error_rate
from ocrkit.page import Page
from ocrkit.request import Request
from ocrkit.strategies.base import StrategyBackend, combined_capabilities
from ocrkit.strategies.budget import Budget, BudgetOptions
from ocrkit.strategies.consensus import combine
from ocrkit.strategies.simulation import cascaded
from ocrkit.strategies.word_lists import WordLists

ENGINES = ("ppocr", "tesseract")
LANGUAGES = ("en", "de", "fr", "ja", "zh")
BARS = (0.0, 0.3, 0.5, 0.7, 0.85, 0.95)


class Read(NamedTuple):
    sample: Sample
    pages: list[tuple[PageResult, ...]]
    """For each page, the reading of each engine."""


class BothBackend(StrategyBackend):
    """Keeps what both engines read, after the same preprocessing."""

    name = "both"
    Options = BackendOptions
    kept: list[tuple[PageResult, ...]] = []  # noqa: RUF012 – of the document that is being read

    def __init__(self, options: BackendOptions, create: BackendFactory) -> None:  # noqa: ARG002
        super().__init__(ENGINES, create)
        self.budget = Budget(BudgetOptions())
        self.capabilities = combined_capabilities(self.readers, self.readers[0].backend.capabilities)

    def recognize(self, page: Page, request: Request) -> PageResult:
        results = tuple(reader.backend.recognize(page, request) for reader in self.readers)
        self.kept.append(results)
        return results[0]


def read(pages: Path, seconds: float, folder: Path | None = None) -> Iterator[Read]:
    """The readings of the documents in a folder, some of which another folder keeps."""
    categories: dict[str, list[Sample]] = defaultdict(list)
    for sample in find_samples(pages).samples:
        if sample.level == "page" and (sample.language or "").partition("-")[0] in LANGUAGES:
            categories[sample.category].append(sample)
    turns = itertools.zip_longest(*(categories[name] for name in sorted(categories)))
    for sample in filter(None, itertools.chain.from_iterable(turns)):
        kept = folder / f"{sample.id}.pickle" if folder else None
        if kept and kept.exists():
            yield Read(sample, pickle.loads(kept.read_bytes()))
            continue
        if time.process_time() > seconds:
            continue
        BothBackend.kept.clear()
        try:
            with ocrkit.Ocr(BothBackend, languages=[sample.language], threads=1) as ocr:
                ocr.recognize(sample.file)
        except OcrkitError as error:  # a language pack that is not installed
            print(f"left out: {sample.id}: {error}")
            continue
        if kept:
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.write_bytes(pickle.dumps(BothBackend.kept))
        yield Read(sample, list(BothBackend.kept))


def rates(
    readings: Sequence[Read], make: Callable[[tuple[PageResult, ...], Sample], PageResult]
) -> dict[str, list[float]]:
    """Both error rates by category, and of all categories."""
    found: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for sample, pages in readings:
        text = "\n\n".join(make(page, sample).text for page in pages)
        error = min(1.0, character_error_rate(text, sample.text))
        found[sample.category].append((error, bag_of_words_error(text, sample.text)))
    means = {
        name: [100 * sum(column) / len(column) for column in zip(*rows, strict=True)]
        for name, rows in sorted(found.items())
    }
    means["all categories"] = [sum(column) / len(column) for column in zip(*means.values(), strict=True)]
    return means


def with_word_lists(page: tuple[PageResult, ...], sample: Sample) -> PageResult:
    """The consensus that knows the language of the document. It needs `ocrkit[spelling]`."""
    languages = [sample.language] if sample.language else []
    return combine(page, ENGINES, word_lists=WordLists.of(languages))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pages", type=Path, required=True)
    parser.add_argument("--seconds", type=float, default=200)
    parser.add_argument("--readings", type=Path, help="a folder that keeps the readings")
    options = parser.parse_args()
    readings = list(read(options.pages, options.seconds, options.readings))
    systems = {
        "ppocr": rates(readings, lambda page, _: page[0]),
        "tesseract": rates(readings, lambda page, _: page[1]),
        "consensus": rates(readings, lambda page, _: combine(page, ENGINES)),
        "with word lists": rates(readings, with_word_lists),
    }
    print(f"{len(readings)} documents")
    for category in systems["ppocr"]:
        row = (f"{name} {each[category][0]:6.2f} {each[category][1]:6.2f}" for name, each in systems.items())
        print(f"{category:20}", "   ".join(row))
    pages = [page for _, each in readings for page in each]
    for below in BARS:
        every = rates(readings, lambda page, _, below=below: cascaded(page[1], page[0], below).page)[
            "all categories"
        ]
        again = 100 * sum(cascaded(page[1], page[0], below).share for page in pages) / len(pages)
        print(f"cascade, below {below:4}: {again:3.0f} % read again, {every[0]:6.2f} {every[1]:6.2f}")


if __name__ == "__main__":
    main()
