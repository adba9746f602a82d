"""What preprocessing saves and what it costs: characters lost by degradation and profile, for each backend.

    python benchmarks/preprocess.py                             # drawn pages: clean, and made bad in ten ways
    python benchmarks/preprocess.py --pages DIR --sample 4      # a folder with manifest.jsonl, as in engine.py
    python benchmarks/preprocess.py --steps                     # milliseconds of each built-in step

Every page is made bad once and read by all backends with all profiles, some pages at a time. A profile is a name,
or steps joined by `+` (`grayscale+deskew`). What does not change need not be read again:

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
SHOWN_DAMAGE = 0.005
"""Below this loss there is nothing to take away."""
TESSERACT = {"runner": "pytesseract", "timeout_seconds": 60}
"""Specks keep Tesseract busy for minutes, and only a program can be ended. Such a page counts as lost."""


class Sample(NamedTuple):
    """A page to be read, made or opened only when its turn comes."""

    id: str
    group: str
    """The row of the table: a degradation or a category."""
    strength: int
    language: str
    truth: str
    load: Callable[[], tuple[Image.Image | Path, int]]
    """The source, and a checksum by which an older row of the same page is known."""
    scene: str = "document"
    hints: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Row:
    """One page, read by one backend with one profile."""

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
    """The one that counts: words lost where the order is free, the character error rate elsewhere."""
    length: int
    seconds: float
    preprocess_seconds: float
    steps: tuple[str, ...]
    """Those that changed the page, with their reasons."""
    engine: str
    error: str | None


def drawn(arguments: argparse.Namespace) -> Iterator[Sample]:
    for language in _listed(arguments.languages):
        for setting, (font_file, point) in list(pages.SETTINGS.items())[: arguments.settings]:
            image, truth = pages.draw(language, font_file=font_file, point=point)
            hints = frozenset({"drop_spaces"}) if language in ("zh", "ja") else frozenset[str]()
            for group, strength in _conditions(_listed(arguments.only), arguments.strengths):
                name = f"{language}/{setting}/{group}/{strength}"
                load = functools.partial(_made_bad, image, group, strength)
                yield Sample(name, group, strength, language, truth, load, hints=hints)


def _conditions(only: list[str], strengths: str) -> Iterator[tuple[str, int]]:
    yield CLEAN, 0
    for group in degrade.DEGRADATIONS:
        if not only or group in only:
            yield from ((group, int(strength)) for strength in _listed(strengths))


def _made_bad(clean: Image.Image, group: str, strength: int) -> tuple[Image.Image, int]:
    pixels = np.asarray(clean)
    bad = degrade.Bad(pixels, degrade.DPI)
    if group != CLEAN:
        bad = degrade.DEGRADATIONS[group](pixels, strength)
    image = Image.fromarray(bad.pixels)
    if bad.dpi:
        image.info["dpi"] = (bad.dpi, bad.dpi)
    return image, zlib.crc32(bad.pixels.tobytes())


def collected(arguments: argparse.Namespace) -> Iterator[Sample]:
    folder: Path = arguments.pages
    only = _listed(arguments.only)
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
    """An engine a backend, loaded once, behind an `Ocr` for each language, profile and scene."""

    def __init__(self, names: Iterable[str], owners: contextlib.ExitStack) -> None:
        settings = ocrkit.Settings(threads=1, workers=1, backends={"tesseract": TESSERACT})
        self._owners = {name: owners.enter_context(ocrkit.Ocr(name, settings=settings)) for name in names}
        self._lock = threading.Lock()
        self._made: dict[tuple[str, ...], ocrkit.Ocr] = {}

    def read(self, source: Image.Image | Path, sample: Sample, backend: str, profile: str) -> ocrkit.Document:
        """In the page's language or, where the backend or this machine lacks it, in English."""
        try:
            return self._ocr(backend, profile, sample.language, sample.scene).recognize(source)
        except (ocrkit.CapabilityError, ocrkit.ConfigError, ocrkit.MissingDependencyError):
            return self._ocr(backend, profile, "en", sample.scene).recognize(source)

    def _ocr(self, backend: str, profile: str, language: str, scene: Any) -> ocrkit.Ocr:
        key = (backend, profile, language, scene)
        with self._lock:
            if key not in self._made:
                owner = self._owners[backend]
                self._made[key] = ocrkit.Ocr(
                    owner.backend,
                    languages=[language],
                    scene=scene,
                    preprocess=profile.replace("+", ","),
                    settings=owner.settings,
                )
            return self._made[key]


def measured(sample: Sample, readers: Readers, ways: list[tuple[str, str]]) -> list[Row]:
    source, checksum = sample.load()
    return [_row(sample, source, checksum, readers, way) for way in ways]


def _row(
    sample: Sample, source: Image.Image | Path, checksum: int, readers: Readers, way: tuple[str, str]
) -> Row:
    backend, profile = way
    started = time.perf_counter()
    read: tuple[ocrkit.PageResult, ...] = ()
    text, error = "", None
    try:
        document = readers.read(source, sample, backend, profile)
        text, read = document.text, document.pages
    except ocrkit.ConfigError:
        raise
    except ocrkit.OcrkitError as problem:  # a page that cannot be read has lost all its characters
        error = f"{type(problem).__name__}: {problem}"
    seconds = time.perf_counter() - started
    spaces = "drop_spaces" not in sample.hints
    found, truth = _folded(text, sample.hints), _folded(sample.truth, sample.hints)
    cer = character_error_rate(found, truth, spaces=spaces)
    free = words_lost(found, truth, spaces=spaces)
    engines = [page.trace.engine for page in read if page.trace.engine]
    return Row(
        page=sample.id,
        checksum=checksum,
        group=sample.group,
        strength=sample.strength,
        language=sample.language,
        backend=backend,
        profile=profile,
        cer=cer,
        words_lost=free,
        score=free if "order_free" in sample.hints else cer,
        length=len(text),
        seconds=round(seconds, 3),
        preprocess_seconds=round(sum(step.seconds for page in read for step in page.preprocess), 4),
        steps=tuple(
            f"{step.name}: {step.reason}" if step.reason else step.name
            for page in read
            for step in page.preprocess
            if step.changed
        ),
        engine=f"{engines[0].name} {engines[0].version or ''}".strip() if engines else "",
        error=error,
    )


def _folded(text: str, hints: frozenset[str]) -> str:
    text = unicodedata.normalize("NFKC", text) if "nfkc" in hints else text
    return text.casefold() if "casefold" in hints else text


def known(file: Path | None) -> dict[tuple[str, int, str, str], Row]:
    """Rows of an earlier run, by page, checksum, backend and profile."""
    if file is None:
        return {}
    rows = [Row(**json.loads(line)) for line in file.read_text("utf-8").splitlines()]
    return {(row.page, row.checksum, row.backend, row.profile): row for row in rows}


def compare(arguments: argparse.Namespace) -> None:
    samples = list(collected(arguments) if arguments.pages else drawn(arguments))
    backends, wanted = _listed(arguments.backends), _listed(arguments.profiles)
    earlier = known(arguments.baseline)
    rows: list[Row] = []
    with contextlib.ExitStack() as stack:
        readers = Readers(backends, stack)
        ways = [(backend, profile) for backend in backends for profile in wanted]
        record = stack.enter_context(arguments.json.open("w", encoding="utf-8")) if arguments.json else None
        pool = stack.enter_context(ThreadPoolExecutor(arguments.workers))
        for number, found in enumerate(pool.map(lambda each: measured(each, readers, ways), samples), 1):
            rows += found
            for row in found if record else ():
                print(json.dumps(asdict(row), ensure_ascii=False), file=record, flush=True)
            print(f"\r{number} of {len(samples)}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    read = {(row.page, row.checksum) for row in rows}
    rows += [
        row
        for (page, checksum, _, profile), row in earlier.items()
        if (page, checksum) in read and profile not in wanted and row.backend in backends
    ]
    for backend in backends:
        report([row for row in rows if row.backend == backend], detail=arguments.detail)
    engines = sorted({f"{row.backend} is {row.engine}" for row in rows if row.engine})
    versions = f"ocrkit {ocrkit.__version__}, {', '.join(engines)}, OpenCV {cv2.__version__}"
    print(f"\n{versions}\n\n    python benchmarks/preprocess.py {shlex.join(sys.argv[1:])}")


Losses = dict[str, float]
"""The mean score by profile."""


def report(rows: list[Row], *, detail: bool) -> None:
    """The table of one backend, and the figures that decide about `auto`."""
    profiles = sorted({row.profile for row in rows}, key=_order)
    groups = list(dict.fromkeys(row.group for row in rows))
    by_group = {group: _losses([row for row in rows if row.group == group]) for group in groups}
    cells = sorted({(row.group, row.strength) for row in rows})
    finest = {cell: _losses([row for row in rows if (row.group, row.strength) == cell]) for cell in cells}
    count = len({row.page for row in rows})
    print(f"\n{rows[0].backend}, {count} pages, % of characters lost (of words, where the order is free):\n")
    print(f"| pages | {' | '.join(profiles)} |\n|---|{'---:|' * len(profiles)}")
    for group in groups:
        title = (
            group if CLEAN in groups else f"{group} ({len({row.page for row in rows if row.group == group})})"
        )
        _line(title, by_group[group], profiles)
        for (name, strength), losses in finest.items():
            if detail and name == group and strength:
                _line(f"– {name} {strength}", losses, profiles)
    _line("mean of all pages", _losses(rows), profiles)
    for profile in profiles:
        if sum(row.profile == profile for row in rows) < count:
            print(f"\n{profile} was read on fewer pages: compare it by no mean.")
    failed = [f"{row.page} with {row.profile} ({row.error.split(':')[0]})" for row in rows if row.error]
    if failed:
        print(f"\nNot read, counted as lost: {'; '.join(failed)}")
    if {"auto", "none"} <= set(profiles):
        _judge(by_group, finest)


def _judge(by_group: dict[str, Losses], finest: dict[tuple[str, int], Losses]) -> None:
    compared = {cell: each for cell, each in finest.items() if {"auto", "none"} <= set(each)}
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
        if {"auto", "none"} <= set(each) and each["none"] - clean > SHOWN_DAMAGE
    ]
    print(f"\nShare of the damage that auto takes away: {', '.join(shares) or 'there is none'}")


def _losses(rows: list[Row]) -> Losses:
    scores: dict[str, list[float]] = defaultdict(list)
    for row in rows:
        scores[row.profile].append(row.score)
    return {profile: statistics.mean(each) for profile, each in scores.items()}


def _line(title: str, losses: Losses, profiles: list[str]) -> None:
    cells = [f"{100 * losses[profile]:.2f}" if profile in losses else "?" for profile in profiles]
    print(f"| {title} | {' | '.join(cells)} |")


def _order(profile: str) -> tuple[int, str]:
    usual = ("none", "basic", "auto")
    return (usual.index(profile) if profile in usual else len(usual), profile)


def steps() -> None:
    """Each step alone: on a clean page, where most have nothing to do, and on a bad one in colour."""
    clean = np.asarray(pages.draw("en", dpi=300)[0])
    bad = degrade.shadow(degrade.skew(clean, 2).pixels, 2).pixels
    shown = {
        "clean, gray": ocrkit.Page(clean, dpi=300),
        "skewed, shadowed, grainy, in colour": ocrkit.Page(np.stack([bad] * 3, axis=2), dpi=300),
    }
    print(f"Milliseconds for an A4 page at 300 dpi, one OpenCV thread / {cv2.getNumThreads()} threads:\n")
    print(f"| step | {' | '.join(shown)} |\n|---|{'---:|' * len(shown)}")
    for title, step in _variants():
        cells = [
            " / ".join(f"{_milliseconds(step, page, threads):.0f}" for threads in (1, -1))
            for page in shown.values()
        ]
        print(f"| {title} | {' | '.join(cells)} |", flush=True)
    print(
        f"\nocrkit {ocrkit.__version__}, OpenCV {cv2.__version__}, median of 5 (less, where that takes over 3 s)"
    )


def _variants() -> Iterator[tuple[str, Callable[[ocrkit.Page], ocrkit.Page]]]:
    """All steps as they come and, where a step has methods, by each of them."""
    for name in registry.step_names():
        step = registry.create_step(name)
        field = getattr(type(step), "model_fields", {}).get("method")
        for method in get_args(field.annotation) if field else ():
            yield f"{name}, {method}", registry.create_step(name, {"method": method})
        if not field:
            yield name, step


def _milliseconds(step: Callable[[ocrkit.Page], ocrkit.Page], page: ocrkit.Page, threads: int) -> float:
    cv2.setNumThreads(threads)
    took: list[float] = []
    while len(took) < 5 and sum(took) < 3:
        started = time.perf_counter()
        step(page)
        took.append(time.perf_counter() - started)
    cv2.setNumThreads(-1)
    return 1000 * statistics.median(took)


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--pages", type=Path, help="a folder with manifest.jsonl; drawn pages if not given")
    parser.add_argument("--sample", type=int, help="so many pages of each category")
    parser.add_argument("--backends", default="ppocr,tesseract")
    parser.add_argument("--profiles", default="none,basic,auto")
    parser.add_argument("--languages", default="en,de,zh", help="of drawn pages")
    parser.add_argument("--settings", type=int, default=1, help="with so many fonts each")
    parser.add_argument("--only", default="", help="these degradations or categories")
    parser.add_argument("--strengths", default="1,2,3")
    parser.add_argument("--detail", action="store_true", help="a line for each strength")
    parser.add_argument("--json", type=Path, help="where to write a JSON object a line for each reading")
    parser.add_argument("--baseline", type=Path, help="such a file, for profiles that are not read this time")
    parser.add_argument("--workers", type=int, default=2, help="so many pages at once")
    parser.add_argument("--steps", action="store_true", help="time the steps")
    arguments = parser.parse_args()
    steps() if arguments.steps else compare(arguments)


if __name__ == "__main__":
    main()
