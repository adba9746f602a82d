"""Count the right, wrong and missed corrections of the steps `spelling` and `llm`, on drawn pages or a folder.

    python benchmarks/corrections.py                        # pages in six languages, degraded in six ways
    python benchmarks/corrections.py DIR                    # a folder with manifest.jsonl, as in engine.py
    python benchmarks/corrections.py --backends tesseract --steps spelling,llm,spelling+llm --by-language
    python benchmarks/corrections.py --steps llm --model other.gguf --pages 2 --words 400

Every page is read once, and each chain of steps works on what was read. A word is misread if the text aligned with it is a
common word of the language, and another one. Groups are by the error of the page in words: below 3 %, from 3 to 20 %, and
above. Pages in languages that a backend does not support are left out. Seconds are those of the chain alone, memory is that of
this process and of the process of the model: before, with both loaded, and after the chain is closed.
"""

from __future__ import annotations

import argparse
import json
import re
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pages
import psutil
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
SLACK = 30
"""By how many words the text of the first lines of a page may be shorter or longer than what was read."""


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
            counts["numbers"] += any(map(str.isdigit, right)) or not any(map(str.isalpha, one))
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


class Options(NamedTuple):
    backends: list[str]
    steps: list[str]
    model: Path | None
    """A GGUF file for the step `llm`."""
    by_language: bool
    pages: int
    """The most pages of a language."""
    words: int
    """The most words of a page: drawn pages repeat a passage."""


def chain_of(name: str, model: Path | None) -> PostprocessChain:
    """The chain of steps, joined by +."""
    options: dict[str, Any] = {} if model is None else {"model_path": model}
    return PostprocessChain(
        ["language", *({"llm": options} if step == "llm" else step for step in name.split("+"))]
    )


def shortened(page: PageResult, truth: str, most: int) -> tuple[PageResult, str]:
    """The first lines of a page, and about as much of its text."""
    blocks, count = [], 0
    for block in page.blocks:
        lines = []
        for line in block.lines:
            if count < most:
                lines.append(line)
                count += len(line.text.split())
        if lines:
            blocks.append(block.with_lines(lines))
    page, meant = page.model_copy(update={"blocks": tuple(blocks)}), truth.split()
    kept = len(meant)
    if count >= most:
        lengths = range(max(0, count - SLACK), min(len(meant), count + SLACK) + 1)
        kept = min(lengths, key=lambda length: Levenshtein.distance(words(page), meant[:length]))
    return page, " ".join(meant[:kept])


def memory() -> int:
    """The megabytes of this process and its children."""
    own = psutil.Process()
    return sum(each.memory_info().rss for each in (own, *own.children(recursive=True))) // 1_000_000


def read_pages(
    samples: Iterable[Sample], backend: str, options: Options
) -> Iterator[tuple[PageResult, Sample]]:
    seen: Counter[str] = Counter()
    for sample in samples:
        if seen[sample.language] >= options.pages:
            continue
        try:
            with ocrkit.Ocr(backend, languages=[sample.language], postprocess="language") as ocr:
                page = ocr.recognize(sample.file).pages[0]
        except ocrkit.OcrkitError:
            continue
        seen[sample.language] += 1
        page, truth = shortened(page, sample.truth, options.words)
        yield page, sample._replace(truth=truth)


def measure(read: Sequence[tuple[PageResult, Sample]], backend: str, name: str, options: Options) -> None:
    """Print a row of the table for each group of pages."""
    totals: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    before, seconds, worse = memory(), 0.0, 0
    chain = chain_of(name, options.model)
    for page, sample in read:
        started = time.perf_counter()
        after = chain.apply(page)
        seconds += time.perf_counter() - started
        counts = judge(page, after, sample)
        worse += counts["after"] > counts["before"]
        share = counts["before"] / max(1, counts["truth"])
        group = "< 3 %" if share < 0.03 else "3-20 %" if share <= 0.2 else "> 20 %"
        totals[group, sample.language if options.by_language else "all"] += counts + Counter(pages=1)
    during = memory()
    chain.close()
    for (group, language), counts in sorted(totals.items()):
        missed = counts["misread"] - counts["right"]
        share = counts["right"] / max(1, counts["misread"])
        print(
            f"| {backend} | {name} | {group} | {language} | {counts['pages']} | {counts['words']} | {counts['misread']} | "
            f"{counts['right']} ({share:.0%}) | {missed} | {counts['wrong']} | {counts['neither']} | {counts['numbers']} | "
            f"{counts['before']} → {counts['after']} |"
        )
    print(
        f"{backend}, {name}: {seconds / max(1, len(read)):.2f} s a page, pages with more errors {worse}, "
        f"memory {before} → {during} → {memory()} MB\n",
        flush=True,
    )


HEAD = (
    "| engine | steps | error | language | pages | words | misread | right | missed | wrong | another wrong | numbers | errors |\n"
    + 13 * "|---"
    + "|"
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--backends", default="ppocr,tesseract")
    parser.add_argument("--steps", default="spelling", help="chains of steps, joined by +")
    parser.add_argument("--model", type=Path, help="a GGUF file for the step llm")
    parser.add_argument("--by-language", action="store_true")
    parser.add_argument("--pages", type=int, default=1000, help="at most so many pages of a language")
    parser.add_argument("--words", type=int, default=100_000, help="at most so many words of a page")
    given = parser.parse_args()
    options = Options(
        given.backends.split(","), given.steps.split(","), given.model, given.by_language, given.pages, given.words
    )  # fmt: skip
    print(HEAD)
    for backend in options.backends:
        with tempfile.TemporaryDirectory() as folder:
            samples = listed(given.folder) if given.folder else drawn(Path(folder))
            read = list(read_pages(samples, backend, options))
        for name in options.steps:
            measure(read, backend, name, options)


if __name__ == "__main__":
    main()
