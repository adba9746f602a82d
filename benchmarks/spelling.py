"""Count the right, wrong and missed corrections of the steps `spelling` and `llm`, on drawn pages or a folder.

    python benchmarks/spelling.py                           # pages in six languages, degraded in six ways
    python benchmarks/spelling.py DIR                       # a folder with manifest.jsonl, as in engine.py
    python benchmarks/spelling.py --backends tesseract --steps spelling,llm,spelling+llm

Every page is read once. A word is misread if the text aligned with it is a common word of the language, and another one. Groups
are by the error of the page in words: below 3 %, from 3 to 20 %, and above. Pages in languages that a backend does not
support are left out.
"""

from __future__ import annotations

import argparse
import json
import re
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pages
from degrade import DEGRADATIONS
from passages import PASSAGES
from PIL import Image
from rapidfuzz.distance import Levenshtein

import ocrkit
from ocrkit.pipeline.postprocessing import PostprocessChain
from ocrkit.postprocess.spelling.dictionaries import dictionary_for
from ocrkit.result import PageResult

LETTERS = re.compile(r"[^\W_]+")
DRAWN = (
    (11, None, 0), (8, "low resolution", 2), (7, "faint", 3), (11, "low resolution", 2), (11, "blur", 3), (11, "fax", 2),
    (11, "photo", 3),
)  # fmt: skip
COMMON = 3.0


class Sample(NamedTuple):
    """A page and its text."""

    file: Path
    language: str
    truth: str


def core(text: str) -> str:
    """A word without its punctuation, in lower case."""
    return max(LETTERS.findall(text.lower()), key=len, default="")


def aligned(read: list[str], truth: list[str]) -> list[str]:
    """For each word read, the word of the truth in its place, or an empty text."""
    found = [""] * len(read)
    for block in Levenshtein.opcodes(read, truth):
        if block.src_end - block.src_start == block.dest_end - block.dest_start:
            found[block.src_start : block.src_end] = truth[block.dest_start : block.dest_end]
    return found


def words(page: PageResult) -> list[str]:
    return [word for line in page.lines for word in line.text.split()]


def judge(before: PageResult, after: PageResult, sample: Sample) -> Counter[str]:
    """Count the changes of a page by verdict, and the misread words of the dictionary."""
    read, changed, truth = words(before), words(after), sample.truth.replace("ſ", "s").split()
    meant = aligned(read, truth)
    dictionary = dictionary_for(sample.language)
    counts = Counter(
        words=len(read), truth=len(truth), before=Levenshtein.distance(read, truth),
        after=Levenshtein.distance(changed, truth), misread=0,
    )  # fmt: skip
    for word, right in zip(read, meant, strict=True):
        is_misread = core(word) != core(right) and core(right).isalpha() and len(core(right)) > 1
        counts["misread"] += bool(is_misread and dictionary and dictionary.frequency(core(right)) >= COMMON)
    for block in Levenshtein.opcodes(read, changed):
        old, new = read[block.src_start : block.src_end], changed[block.dest_start : block.dest_end]
        rights = meant[block.src_start : block.src_end]
        if block.tag == "equal":
            continue
        if len(old) != len(new):
            counts["right" if new == " ".join(rights).split() else "neither"] += 1
            continue
        for one, other, right in zip(old, new, rights, strict=True):
            spoilt = bool(right) and core(one) == core(right) != core(other)
            counts["wrong" if spoilt else "right" if right and core(other) == core(right) else "neither"] += 1
            counts["numbers"] += not any(map(str.isalpha, one))
    return counts


def drawn(folder: Path) -> Iterator[Sample]:
    """Pages in six languages, clean and degraded."""
    pages.TEXTS.update(PASSAGES)
    for language in PASSAGES:
        for point, name, strength in DRAWN:
            image, text = pages.draw(language, point=point)
            file = folder / f"{language}-{point}-{name}-{strength}.png"
            if name is not None:
                image = Image.fromarray(DEGRADATIONS[name](_array(image), strength).pixels)
            image.save(file)
            yield Sample(file, language, text)


def _array(image: Image.Image) -> Any:
    import numpy as np

    return np.asarray(image)


def listed(folder: Path) -> Iterator[Sample]:
    """The pages of a manifest."""
    for line in (folder / "manifest.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        yield Sample(folder / row["file"], row["language"], (folder / row["gt"]).read_text(encoding="utf-8"))


def measure(samples: Iterator[Sample], backend: str, steps: list[str]) -> None:
    chains = {name: PostprocessChain(["language", *name.split("+")]) for name in steps}
    totals: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    seconds: Counter[str] = Counter()
    for sample in samples:
        try:
            with ocrkit.Ocr(backend, languages=[sample.language], postprocess="none") as ocr:
                page = ocr.recognize(sample.file).pages[0]
        except ocrkit.OcrkitError:
            continue
        for name, chain in chains.items():
            started = time.perf_counter()
            after = chain.apply(page)
            seconds[name] += time.perf_counter() - started
            counts = judge(page, after, sample)
            share = counts["before"] / max(1, counts["truth"])
            group = "below 3 %" if share < 0.03 else "3 to 20 %" if share <= 0.2 else "above 20 %"
            totals[name, group] += counts + Counter(pages=1)
    for (name, group), counts in sorted(totals.items()):
        print(
            f"{backend:10} {name:14} {group:10} pages {counts['pages']}, words {counts['words']}, misread "
            f"{counts['misread']}: right {counts['right']}, wrong {counts['wrong']}, another wrong "
            f"{counts['neither']}, numbers {counts['numbers']}; errors {counts['before']} → {counts['after']}"
        )
    for name, total in seconds.items():
        count = sum(counts["pages"] for (step, _), counts in totals.items() if step == name)
        print(f"{backend:10} {name:14} {total / max(1, count):.2f} s a page")
        chains[name].close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--backends", default="ppocr,tesseract")
    parser.add_argument("--steps", default="spelling", help="chains of steps, joined by +")
    arguments = parser.parse_args()
    for backend in arguments.backends.split(","):
        with tempfile.TemporaryDirectory() as folder:
            samples = listed(arguments.folder) if arguments.folder else drawn(Path(folder))
            measure(samples, backend, arguments.steps.split(","))


if __name__ == "__main__":
    main()
