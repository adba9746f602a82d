"""The embedded engine beside plain rapidocr and plain Tesseract: characters lost, CPU seconds, own overhead.

    python benchmarks/engine.py                          # pages drawn here, several languages
    python benchmarks/engine.py --pages DIR --sample 4   # a folder with manifest.jsonl, 4 samples a category

All engines read the same pages in the same run, turn by turn, with one thread each. CPU seconds count child
processes. The manifest has a row a page: id, file, gt, language, category and, optional, score_hints.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pages
from scoring import character_error_rate, words_lost

import ocrkit

PACKS = {"zh": "chi_sim", "ja": "jpn", "de": "deu", "fr": "fra", "sv": "swe"}


class Sample(NamedTuple):
    category: str
    language: str
    file: Path
    truth: str
    spaces: bool


def drawn(folder: Path) -> Iterator[Sample]:
    for language in pages.available():
        spaces = language not in ("zh", "ja")
        for name, (font_file, point) in pages.SETTINGS.items():
            image, truth = pages.draw(language, font_file=font_file, point=point)
            file = folder / f"{language}-{name}.png"
            image.save(file, dpi=(200, 200))
            yield Sample(f"drawn {language}", language, file, truth, spaces)


def collected(folder: Path, per_category: int | None, only: str | None) -> Iterator[Sample]:
    seen: dict[str, int] = defaultdict(int)
    for row in map(json.loads, (folder / "manifest.jsonl").read_text().splitlines()):
        category = row["category"]
        seen[category] += 1
        if (per_category and seen[category] > per_category) or (only and only != category):
            continue
        truth = (folder / row["gt"]).read_text()
        spaces = "drop_spaces" not in row.get("score_hints", [])
        yield Sample(category, row["language"], folder / row["file"], truth, spaces)


def cpu_seconds() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


def engines(names: list[str]) -> dict[str, Callable[[Sample], str]]:
    made: dict[str, Callable[[Sample], str]] = {}
    if "ocrkit" in names:
        ocr = ocrkit.Ocr("ppocr", settings=ocrkit.Settings(threads=1))
        made["ocrkit"] = lambda sample: ocr.recognize(sample.file).text
    if "ocrkit-tesseract" in names:
        made["ocrkit-tesseract"] = _ocrkit_tesseract
    if "rapidocr" in names:
        from rapidocr import RapidOCR

        rapid = RapidOCR(
            params={"Global.log_level": "error", "EngineConfig.onnxruntime.intra_op_num_threads": 1}
        )

        def plain_rapid(sample: Sample) -> str:
            texts = [rapid(picture).txts or () for picture in _pictures(sample.file)]
            return "\n".join(line for text in texts for line in text)

        made["rapidocr"] = plain_rapid
    if "tesseract" in names:
        import pytesseract

        installed = set(pytesseract.get_languages())

        def plain_tesseract(sample: Sample) -> str:
            pack = PACKS.get(sample.language.split("-")[0], "eng")
            return "\n".join(
                pytesseract.image_to_string(picture, lang=pack if pack in installed else "eng")
                for picture in _pictures(sample.file)
            )

        made["tesseract"] = plain_tesseract
    return made


def _ocrkit_tesseract(sample: Sample) -> str:
    first = sample.language.split("-")[0]
    language = {"zh": "zh-Hans", "ja": "ja", "de": "de", "fr": "fr", "sv": "sv"}.get(first, "en")
    settings = ocrkit.Settings(threads=1)
    try:
        document = ocrkit.recognize(sample.file, backend="tesseract", languages=[language], settings=settings)
    except ocrkit.MissingDependencyError:  # the pack is not installed here; plain Tesseract does without, too
        document = ocrkit.recognize(sample.file, backend="tesseract", languages=["en"], settings=settings)
    return document.text


def _pictures(file: Path) -> list[object]:
    """What a user of a plain engine does with files: Pillow for images, pdf2image for PDFs."""
    from PIL import Image, ImageSequence

    if file.suffix == ".pdf":
        from pdf2image import convert_from_path

        return list(convert_from_path(file, dpi=200))
    with Image.open(file) as image:
        return [frame.convert("RGB") for frame in ImageSequence.Iterator(image)]


def overhead(samples: list[Sample]) -> float:
    """The share of a page's time that ocrkit spends outside of the engine."""
    inside = outside = 0.0
    with ocrkit.Ocr("ppocr", settings=ocrkit.Settings(threads=1)) as ocr:
        ocr.recognize(samples[0].file)
        for sample in samples:
            started = time.perf_counter()
            document = ocr.recognize(sample.file)
            total = time.perf_counter() - started
            engine = sum(page.timings["recognize"] for page in document.pages)
            inside, outside = inside + engine, outside + total - engine
    return outside / (inside + outside)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--pages", type=Path, help="a folder with manifest.jsonl; drawn pages if not given")
    parser.add_argument("--sample", type=int, help="so many pages of each category")
    parser.add_argument("--category", help="this category only")
    parser.add_argument("--engines", default="ocrkit,rapidocr,tesseract")
    parser.add_argument("--details", action="store_true", help="a line a page, on standard error")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if arguments.pages:
            samples = list(collected(arguments.pages, arguments.sample, arguments.category))
        else:
            samples = list(drawn(Path(folder)))
        compare(samples, arguments.engines.split(","), details=arguments.details)
        print(f"\nocrkit's own time outside of the engine: {overhead(samples[:40]):.1%}")


def compare(samples: list[Sample], names: list[str], *, details: bool) -> None:
    made = engines(names)
    for read in made.values():
        read(samples[0])  # load models outside of the count
    errors: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    unordered: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    seconds: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for sample in samples:
        for name, read in made.items():
            started = cpu_seconds()
            text = read(sample)
            seconds[sample.category][name] += cpu_seconds() - started
            rate = character_error_rate(text, sample.truth, spaces=sample.spaces)
            free = words_lost(text, sample.truth, spaces=sample.spaces)
            errors[sample.category][name].append(rate)
            unordered[sample.category][name].append(free)
            if details:
                print(f"{sample.file.name}\t{name}\t{rate:.3f}\t{free:.3f}", file=sys.stderr, flush=True)
    print("| pages | " + " | ".join(f"{name}: CER / words lost / CPU s" for name in made) + " |")
    print("|---|" + "---|" * len(made))
    for category, by_engine in errors.items():
        count = len(next(iter(by_engine.values())))
        cells = [
            f"{statistics.mean(by_engine[name]):.4f} / {statistics.mean(unordered[category][name]):.3f} / "
            f"{seconds[category][name] / count:.2f}"
            for name in made
        ]
        print(f"| {category} ({count}) | " + " | ".join(cells) + " |")
    everything = [
        f"{statistics.mean(rate for rates in errors.values() for rate in rates[name]):.4f} / "
        f"{statistics.mean(rate for rates in unordered.values() for rate in rates[name]):.3f} / "
        f"{sum(times[name] for times in seconds.values()) / len(samples):.2f}"
        for name in made
    ]
    print(f"| all ({len(samples)}) | " + " | ".join(everything) + " |")
    if {"ocrkit", "rapidocr"} <= set(made):
        ratio = sum(t["ocrkit"] for t in seconds.values()) / sum(t["rapidocr"] for t in seconds.values())
        print(f"\nCPU of ocrkit / plain rapidocr: {ratio:.2f}")


if __name__ == "__main__":
    main()
