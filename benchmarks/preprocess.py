"""Measure the benefit and the cost of preprocessing: error rates by degradation, profile and backend.

    python benchmarks/preprocess.py                             # drawn pages: clean, and degraded in ten ways
    python benchmarks/preprocess.py --pages DIR --sample 4      # a folder with manifest.jsonl, as in engine.py
    python benchmarks/preprocess.py --steps                     # milliseconds of each built-in step

Each page is degraded once and read by all backends with all profiles, several pages at a time. A profile is a name,
or steps joined by `+` (`grayscale+deskew`). Earlier results can be reused:

    python benchmarks/preprocess.py --profiles none,basic --json base.jsonl
    python benchmarks/preprocess.py --profiles auto --baseline base.jsonl
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import json
import shlex
import statistics
import sys
import threading
import time
import unicodedata
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple, get_args

import degrade
import numpy as np
import pages
from PIL import Image
from scoring import character_error_rate, words_lost

import ocrkit
from ocrkit import registry
from ocrkit.opencv import cv2

CLEAN = "clean"
MIN_DAMAGE = 0.005
"""Degradations that raise the error rate by less are left out of the shares."""
TESSERACT = {"runner": "pytesseract", "timeout_seconds": 60}
"""Tesseract takes minutes for speckled pages, and only as a program can it be stopped. Such a page counts as wrong."""


class Sample(NamedTuple):
    """A page, drawn or opened only when it is read."""

    id: str
    group: str
    """The row of the table: a degradation or a category."""
    strength: int
    language: str
    truth: str
    load: Callable[[], tuple[Image.Image | Path, int]]
    """Returns the source, and a checksum that identifies the page in earlier results."""
    scene: str = "document"
    hints: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Result:
    """The result of one backend with one profile on one page."""

    page: str
    checksum: int
    group: str
    strength: int
    language: str
    backend: str
    profile: str
    cer: float
    words_lost: float
    score: float
    """The decisive rate: words lost if the order is free, otherwise the character error rate."""
    length: int
    seconds: float
    preprocess_seconds: float
    steps: tuple[str, ...]
    """The steps that changed the page, with their reasons."""
    engine: str
    error: str | None


def draw_samples(arguments: argparse.Namespace) -> Iterator[Sample]:
    for language in _split_list(arguments.languages):
        for setting, (font_file, point) in list(pages.SETTINGS.items())[: arguments.settings]:
            image, truth = pages.draw(language, font_file=font_file, point=point)
            hints = frozenset({"drop_spaces"}) if language in ("zh", "ja") else frozenset[str]()
            for group, strength in _conditions(_split_list(arguments.only), arguments.strengths):
                name = f"{language}/{setting}/{group}/{strength}"
                load = functools.partial(_degrade, image, group, strength)
                yield Sample(name, group, strength, language, truth, load, hints=hints)


def _conditions(only: list[str], strengths: str) -> Iterator[tuple[str, int]]:
    yield CLEAN, 0
    for group in degrade.DEGRADATIONS:
        if not only or group in only:
            yield from ((group, int(strength)) for strength in _split_list(strengths))


def _degrade(clean: Image.Image, group: str, strength: int) -> tuple[Image.Image, int]:
    pixels = np.asarray(clean)
    degraded = degrade.DegradedPage(pixels, degrade.DPI)
    if group != CLEAN:
        degraded = degrade.DEGRADATIONS[group](pixels, strength)
    image = Image.fromarray(degraded.pixels)
    if degraded.dpi:
        image.info["dpi"] = (degraded.dpi, degraded.dpi)
    return image, zlib.crc32(degraded.pixels.tobytes())


def load_samples(arguments: argparse.Namespace) -> Iterator[Sample]:
    folder: Path = arguments.pages
    only = _split_list(arguments.only)
    seen: dict[str, int] = defaultdict(int)
    for row in map(json.loads, (folder / "manifest.jsonl").read_text("utf-8").splitlines()):
        category = row["category"]
        seen[category] += 1
        if (arguments.sample and seen[category] > arguments.sample) or (only and category not in only):
            continue
        file = folder / row["file"]
        yield Sample(
            id=row["id"],
            group=category,
            strength=0,
            language=row["language"],
            truth=(folder / row["gt"]).read_text("utf-8"),
            load=functools.partial(lambda file: (file, zlib.crc32(file.read_bytes())), file),
            scene="line" if row.get("level") == "line" else "document",
            hints=frozenset(row.get("score_hints", ())),
        )


class Readers:
    """An `Ocr` for each backend, language, profile and scene; those of one backend share its engine."""

    def __init__(self, names: Iterable[str], owners: contextlib.ExitStack) -> None:
        settings = ocrkit.Settings(threads=1, workers=1, backends={"tesseract": TESSERACT})
        self._owners = {name: owners.enter_context(ocrkit.Ocr(name, settings=settings)) for name in names}
        self._lock = threading.Lock()
        self._ocrs: dict[tuple[str, ...], ocrkit.Ocr] = {}

    def read(self, source: Image.Image | Path, sample: Sample, backend: str, profile: str) -> ocrkit.Document:
        """Read in the language of the page, or in English if that is not supported or not installed."""
        try:
            return self._ocr(backend, profile, sample.language, sample.scene).recognize(source)
        except (ocrkit.CapabilityError, ocrkit.ConfigError, ocrkit.MissingDependencyError):
            return self._ocr(backend, profile, "en", sample.scene).recognize(source)

    def _ocr(self, backend: str, profile: str, language: str, scene: Any) -> ocrkit.Ocr:
        key = (backend, profile, language, scene)
        with self._lock:
            if key not in self._ocrs:
                owner = self._owners[backend]
                self._ocrs[key] = ocrkit.Ocr(
                    owner.backend,
                    languages=[language],
                    scene=scene,
                    preprocess=profile.replace("+", ","),
                    settings=owner.settings,
                )
            return self._ocrs[key]


def measure(sample: Sample, readers: Readers, systems: list[tuple[str, str]]) -> list[Result]:
    source, checksum = sample.load()
    return [_measure(sample, source, checksum, readers, system) for system in systems]


def _measure(
    sample: Sample, source: Image.Image | Path, checksum: int, readers: Readers, system: tuple[str, str]
) -> Result:
    backend, profile = system
    started = time.perf_counter()
    read_pages: tuple[ocrkit.PageResult, ...] = ()
    text, error = "", None
    try:
        document = readers.read(source, sample, backend, profile)
        text, read_pages = document.text, document.pages
    except ocrkit.ConfigError:
        raise
    except ocrkit.OcrkitError as failure:  # its empty text counts as entirely wrong
        error = f"{type(failure).__name__}: {failure}"
    seconds = time.perf_counter() - started
    spaces = "drop_spaces" not in sample.hints
    found, truth = _fold(text, sample.hints), _fold(sample.truth, sample.hints)
    cer = character_error_rate(found, truth, spaces=spaces)
    lost = words_lost(found, truth, spaces=spaces)
    engines = [page.trace.engine for page in read_pages if page.trace.engine]
    return Result(
        page=sample.id,
        checksum=checksum,
        group=sample.group,
        strength=sample.strength,
        language=sample.language,
        backend=backend,
        profile=profile,
        cer=cer,
        words_lost=lost,
        score=lost if "order_free" in sample.hints else cer,
        length=len(text),
        seconds=round(seconds, 3),
        preprocess_seconds=round(sum(step.seconds for page in read_pages for step in page.preprocess), 4),
        steps=tuple(
            f"{step.name}: {step.reason}" if step.reason else step.name
            for page in read_pages
            for step in page.preprocess
            if step.changed
        ),
        engine=f"{engines[0].name} {engines[0].version or ''}".strip() if engines else "",
        error=error,
    )


def _fold(text: str, hints: frozenset[str]) -> str:
    text = unicodedata.normalize("NFKC", text) if "nfkc" in hints else text
    return text.casefold() if "casefold" in hints else text


def load_baseline(file: Path | None) -> dict[tuple[str, int, str, str], Result]:
    """The results of an earlier run, by page, checksum, backend and profile."""
    if file is None:
        return {}
    results = [Result(**json.loads(line)) for line in file.read_text("utf-8").splitlines()]
    return {(each.page, each.checksum, each.backend, each.profile): each for each in results}


def compare(arguments: argparse.Namespace) -> None:
    samples = list(load_samples(arguments) if arguments.pages else draw_samples(arguments))
    backends, profiles = _split_list(arguments.backends), _split_list(arguments.profiles)
    baseline = load_baseline(arguments.baseline)
    results: list[Result] = []
    with contextlib.ExitStack() as stack:
        readers = Readers(backends, stack)
        systems = [(backend, profile) for backend in backends for profile in profiles]
        record = stack.enter_context(arguments.json.open("w", encoding="utf-8")) if arguments.json else None
        pool = stack.enter_context(ThreadPoolExecutor(arguments.workers))
        for number, found in enumerate(pool.map(lambda each: measure(each, readers, systems), samples), 1):
            results += found
            for result in found if record else ():
                print(json.dumps(asdict(result), ensure_ascii=False), file=record, flush=True)
            print(f"\r{number} of {len(samples)}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    measured = {(each.page, each.checksum) for each in results}
    results += [
        each
        for (page, checksum, backend, profile), each in baseline.items()
        if (page, checksum) in measured and profile not in profiles and backend in backends
    ]
    for backend in backends:
        report([each for each in results if each.backend == backend], detail=arguments.detail)
    engines = sorted({f"{each.backend} is {each.engine}" for each in results if each.engine})
    versions = f"ocrkit {ocrkit.__version__}, {', '.join(engines)}, OpenCV {cv2.__version__}"
    print(f"\n{versions}\n\n    python benchmarks/preprocess.py {shlex.join(sys.argv[1:])}")


ErrorRates = dict[str, float]
"""The mean score by profile."""


def report(rows: list[Result], *, detail: bool) -> None:
    """Print the table of one backend, and compare `auto` with `none`."""
    profiles = sorted({row.profile for row in rows}, key=_profile_order)
    groups = list(dict.fromkeys(row.group for row in rows))
    by_group = {group: _error_rates([row for row in rows if row.group == group]) for group in groups}
    cells = sorted({(row.group, row.strength) for row in rows})
    by_strength = {
        cell: _error_rates([row for row in rows if (row.group, row.strength) == cell]) for cell in cells
    }
    count = len({row.page for row in rows})
    print(f"\n{rows[0].backend}, {count} pages, % of characters wrong (words lost, if the order is free):\n")
    print(f"| pages | {' | '.join(profiles)} |\n|---|{'---:|' * len(profiles)}")
    for group in groups:
        title = (
            group if CLEAN in groups else f"{group} ({len({row.page for row in rows if row.group == group})})"
        )
        _print_row(title, by_group[group], profiles)
        for (name, strength), rates in by_strength.items():
            if detail and name == group and strength:
                _print_row(f"– {name} {strength}", rates, profiles)
    _print_row("mean of all pages", _error_rates(rows), profiles)
    for profile in profiles:
        if sum(row.profile == profile for row in rows) < count:
            print(f"\n{profile} was read on fewer pages: its mean cannot be compared.")
    failed = [f"{row.page} with {row.profile} ({row.error.split(':')[0]})" for row in rows if row.error]
    if failed:
        print(f"\nNot read, counted as wrong: {'; '.join(failed)}")
    if {"auto", "none"} <= set(profiles):
        _compare_auto(by_group, by_strength)


def _compare_auto(by_group: dict[str, ErrorRates], by_strength: dict[tuple[str, int], ErrorRates]) -> None:
    compared = {cell: each for cell, each in by_strength.items() if {"auto", "none"} <= set(each)}
    if not compared:
        return
    worst = max(compared, key=lambda cell: compared[cell]["auto"] - compared[cell]["none"])
    difference = 100 * (compared[worst]["auto"] - compared[worst]["none"])
    name = " ".join(str(part) for part in worst if part)
    print(f"\nWorst difference auto − none: {difference:+.2f} points ({name})")
    if CLEAN not in by_group or "none" not in by_group[CLEAN]:
        return
    clean = by_group[CLEAN]["none"]
    shares = [
        f"{group} {(each['none'] - each['auto']) / (each['none'] - clean):.0%}"
        for group, each in by_group.items()
        if {"auto", "none"} <= set(each) and each["none"] - clean > MIN_DAMAGE
    ]
    print(f"\nShare of the damage that auto repairs: {', '.join(shares) or 'no damage'}")


def _error_rates(rows: list[Result]) -> ErrorRates:
    scores: dict[str, list[float]] = defaultdict(list)
    for row in rows:
        scores[row.profile].append(row.score)
    return {profile: statistics.mean(each) for profile, each in scores.items()}


def _print_row(title: str, rates: ErrorRates, profiles: list[str]) -> None:
    cells = [f"{100 * rates[profile]:.2f}" if profile in rates else "?" for profile in profiles]
    print(f"| {title} | {' | '.join(cells)} |")


def _profile_order(profile: str) -> tuple[int, str]:
    usual = ("none", "basic", "auto")
    return (usual.index(profile) if profile in usual else len(usual), profile)


def steps() -> None:
    """Time each step on a clean page, which most steps leave unchanged, and on a degraded one in color."""
    clean = np.asarray(pages.draw("en", dpi=300)[0])
    degraded = degrade.shadow(degrade.skew(clean, 2).pixels, 2).pixels
    variants = {
        "clean, gray": ocrkit.Page(clean, dpi=300),
        "skewed, shadowed, grainy, in color": ocrkit.Page(np.stack([degraded] * 3, axis=2), dpi=300),
    }
    print(f"Milliseconds for an A4 page at 300 dpi, one OpenCV thread / {cv2.getNumThreads()} threads:\n")
    print(f"| step | {' | '.join(variants)} |\n|---|{'---:|' * len(variants)}")
    for title, step in _variants():
        cells = [
            " / ".join(f"{_milliseconds(step, page, threads):.0f}" for threads in (1, -1))
            for page in variants.values()
        ]
        print(f"| {title} | {' | '.join(cells)} |", flush=True)
    print(
        f"\nocrkit {ocrkit.__version__}, OpenCV {cv2.__version__}, median of 5 runs (fewer if they take over 3 s)"
    )


def _variants() -> Iterator[tuple[str, Callable[[ocrkit.Page], ocrkit.Page]]]:
    """All steps; a step with several methods once for each method."""
    for name in registry.step_names():
        step = registry.create_step(name)
        field = getattr(type(step), "model_fields", {}).get("method")
        for method in get_args(field.annotation) if field else ():
            yield f"{name}, {method}", registry.create_step(name, {"method": method})
        if not field:
            yield name, step


def _milliseconds(step: Callable[[ocrkit.Page], ocrkit.Page], page: ocrkit.Page, threads: int) -> float:
    cv2.setNumThreads(threads)
    times: list[float] = []
    while len(times) < 5 and sum(times) < 3:
        started = time.perf_counter()
        step(page)
        times.append(time.perf_counter() - started)
    cv2.setNumThreads(-1)
    return 1000 * statistics.median(times)


def _split_list(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--pages", type=Path, help="a folder with manifest.jsonl; by default drawn pages")
    parser.add_argument("--sample", type=int, help="the number of pages of each category")
    parser.add_argument("--backends", default="ppocr,tesseract")
    parser.add_argument("--profiles", default="none,basic,auto")
    parser.add_argument("--languages", default="en,de,zh", help="the languages of drawn pages")
    parser.add_argument("--settings", type=int, default=1, help="the number of fonts for each language")
    parser.add_argument("--only", default="", help="only these degradations or categories")
    parser.add_argument("--strengths", default="1,2,3")
    parser.add_argument("--detail", action="store_true", help="print a line for each strength")
    parser.add_argument("--json", type=Path, help="the file for all results, one JSON object per line")
    parser.add_argument(
        "--baseline",
        type=Path,
        help="such a file from an earlier run, for profiles that this run does not read",
    )
    parser.add_argument("--workers", type=int, default=2, help="the number of pages to read at the same time")
    parser.add_argument("--steps", action="store_true", help="time the steps")
    arguments = parser.parse_args()
    steps() if arguments.steps else compare(arguments)


if __name__ == "__main__":
    main()
