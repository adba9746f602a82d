"""Compare the embedded engine with plain rapidocr and plain Tesseract: errors, CPU seconds, overhead.

    python benchmarks/engine.py                          # drawn pages in several languages
    python benchmarks/engine.py --pages DIR --sample 4   # a folder with manifest.jsonl, 4 samples per category
    python benchmarks/engine.py --engines ocrkit,ocrkit-tiny,ocrkit-fast     # the sizes of the embedded engine

All engines read the same pages in the same run, in turn, with one thread each. CPU seconds include child
processes. The manifest has a line per page: id, file, gt, language, category and, optionally, score_hints.
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

SIZES = {"ocrkit-tiny", "ocrkit-medium", "ocrkit-fast"}
PACKS = {"zh": "chi_sim", "ja": "jpn", "de": "deu", "fr": "fra", "sv": "swe"}


class Sample(NamedTuple):
    category: str
    language: str
    file: Path
    truth: str
    spaces: bool


def draw_samples(folder: Path) -> Iterator[Sample]:
    for language in pages.available():
        spaces = language not in ("zh", "ja")
        for name, (font_file, point) in pages.SETTINGS.items():
            image, truth = pages.draw(language, font_file=font_file, point=point)
            file = folder / f"{language}-{name}.png"
            image.save(file, dpi=(200, 200))
            yield Sample(f"drawn {language}", language, file, truth, spaces)


def load_samples(folder: Path, per_category: int | None, only: str | None) -> Iterator[Sample]:
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


def create_readers(names: list[str]) -> dict[str, Callable[[Sample], str]]:
    readers: dict[str, Callable[[Sample], str]] = {}
    if "ocrkit" in names:
        ocr = ocrkit.Ocr("ppocr", settings=ocrkit.Settings(threads=1))
        readers["ocrkit"] = lambda sample: ocr.recognize(sample.file).text
    for name in sorted(SIZES & set(names)):
        readers[name] = _create_reader_of_size(name.removeprefix("ocrkit-"))
    if "ocrkit-tesseract" in names:
        readers["ocrkit-tesseract"] = _read_with_ocrkit_tesseract
    if "rapidocr" in names:
        from rapidocr import RapidOCR

        rapid = RapidOCR(
            params={"Global.log_level": "error", "EngineConfig.onnxruntime.intra_op_num_threads": 1}
        )

        def read_with_rapidocr(sample: Sample) -> str:
            texts = [rapid(image).txts or () for image in _images(sample.file)]
            return "\n".join(line for text in texts for line in text)

        readers["rapidocr"] = read_with_rapidocr
    if "tesseract" in names:
        import pytesseract

        installed = set(pytesseract.get_languages())

        def read_with_tesseract(sample: Sample) -> str:
            pack = PACKS.get(sample.language.split("-")[0], "eng")
            return "\n".join(
                pytesseract.image_to_string(image, lang=pack if pack in installed else "eng")
                for image in _images(sample.file)
            )

        readers["tesseract"] = read_with_tesseract
    return readers


def _create_reader_of_size(size: str) -> Callable[[Sample], str]:
    settings = ocrkit.Settings(threads=1, backends={"ppocr": {"model": size}})
    ocr = ocrkit.Ocr("ppocr", settings=settings)
    return lambda sample: ocr.recognize(sample.file).text


def _read_with_ocrkit_tesseract(sample: Sample) -> str:
    first = sample.language.split("-")[0]
    language = {"zh": "zh-Hans", "ja": "ja", "de": "de", "fr": "fr", "sv": "sv"}.get(first, "en")
    settings = ocrkit.Settings(threads=1)
    try:
        document = ocrkit.recognize(sample.file, backend="tesseract", languages=[language], settings=settings)
    except ocrkit.MissingDependencyError:  # as plain Tesseract does without the pack
        document = ocrkit.recognize(sample.file, backend="tesseract", languages=["en"], settings=settings)
    return document.text


def _images(file: Path) -> list[object]:
    """The pages of a file as users of plain engines open them: with Pillow or, for PDFs, pdf2image."""
    from PIL import Image, ImageSequence

    if file.suffix == ".pdf":
        from pdf2image import convert_from_path

        return list(convert_from_path(file, dpi=200))
    with Image.open(file) as image:
        return [frame.convert("RGB") for frame in ImageSequence.Iterator(image)]


def overhead(samples: list[Sample]) -> float:
    """The share of the time per page that ocrkit spends outside the engine."""
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
    parser.add_argument("--pages", type=Path, help="a folder with manifest.jsonl; by default drawn pages")
    parser.add_argument("--sample", type=int, help="the number of pages of each category")
    parser.add_argument("--category", help="read only this category")
    parser.add_argument("--engines", default="ocrkit,rapidocr,tesseract")
    parser.add_argument("--details", action="store_true", help="print a line per page to standard error")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if arguments.pages:
            samples = list(load_samples(arguments.pages, arguments.sample, arguments.category))
        else:
            samples = list(draw_samples(Path(folder)))
        compare(samples, arguments.engines.split(","), details=arguments.details)
        print(f"\nocrkit's time outside the engine: {overhead(samples[:40]):.1%}")


def compare(samples: list[Sample], names: list[str], *, details: bool) -> None:
    readers = create_readers(names)
    for read in readers.values():
        read(samples[0])  # loads the models, which is not measured
    errors: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    unordered: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    seconds: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for sample in samples:
        for name, read in readers.items():
            started = cpu_seconds()
            text = read(sample)
            seconds[sample.category][name] += cpu_seconds() - started
            rate = character_error_rate(text, sample.truth, spaces=sample.spaces)
            free = words_lost(text, sample.truth, spaces=sample.spaces)
            errors[sample.category][name].append(rate)
            unordered[sample.category][name].append(free)
            if details:
                print(f"{sample.file.name}\t{name}\t{rate:.3f}\t{free:.3f}", file=sys.stderr, flush=True)
    print("| pages | " + " | ".join(f"{name}: CER / words lost / CPU s" for name in readers) + " |")
    print("|---|" + "---|" * len(readers))
    for category, by_engine in errors.items():
        count = len(next(iter(by_engine.values())))
        cells = [
            f"{statistics.mean(by_engine[name]):.4f} / {statistics.mean(unordered[category][name]):.3f} / "
            f"{seconds[category][name] / count:.2f}"
            for name in readers
        ]
        print(f"| {category} ({count}) | " + " | ".join(cells) + " |")
    all_pages = [
        f"{statistics.mean(rate for rates in errors.values() for rate in rates[name]):.4f} / "
        f"{statistics.mean(rate for rates in unordered.values() for rate in rates[name]):.3f} / "
        f"{sum(times[name] for times in seconds.values()) / len(samples):.2f}"
        for name in readers
    ]
    print(f"| all ({len(samples)}) | " + " | ".join(all_pages) + " |")
    if {"ocrkit", "rapidocr"} <= set(readers):
        ratio = sum(t["ocrkit"] for t in seconds.values()) / sum(t["rapidocr"] for t in seconds.values())
        print(f"\nCPU time of ocrkit / plain rapidocr: {ratio:.2f}")


if __name__ == "__main__":
    main()
