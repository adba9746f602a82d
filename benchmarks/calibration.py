"""How far confidences can be believed, and the tables of ocrkit/calibration/tables that mend them.

    python benchmarks/calibration.py                       # drawn pages, made bad in many ways
    python benchmarks/calibration.py --pages DIR           # and those of a folder with their truth
    python benchmarks/calibration.py --pages DIR --write   # into the package

Half of the pages are fitted on, the other half is held out. Pages of one origin, which are called alike but for their
number, are all in the same half. Of a folder with a manifest, only pages whose licence lets anybody use them are fitted
on; nothing but counts enters a table. What was read is kept in --readings, so that a second run reads nothing.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import degrade
import numpy as np
import pages
from PIL import Image

import ocrkit
from ocrkit.calibration import is_unspaced
from ocrkit.evaluate import Rules
from ocrkit.evaluate.correctness import judged
from ocrkit.evaluate.evaluation import way_of
from ocrkit.evaluate.ground_truth import Sample, find_samples
from ocrkit.evaluate.readings import read_all
from ocrkit.evaluate.reliability import Read, Words, fitted

TABLES = Path(ocrkit.__file__).parent / "calibration" / "tables"
FREE = re.compile(r"CC-BY|CC0|Apache|MIT|BSD|CDLA|Unlicense|public domain", re.IGNORECASE)
PAGE_SECONDS = 60
"""Specks keep Tesseract busy for minutes; such a page has no words to fit on."""


def draw(folder: Path, per_condition: int) -> None:
    """Each way to make a page bad, at each strength, on pages of some languages and fonts in turn."""
    conditions = [("clean", 0)] + [
        (name, strength) for name in degrade.DEGRADATIONS for strength in degrade.STRENGTHS
    ]
    kinds = [
        (language, setting)
        for setting in pages.SETTINGS
        for language in pages.available()
        if language != "sv"
    ]
    rows = []
    for number, (name, strength) in enumerate(conditions):
        for turn in range(per_condition):
            language, setting = kinds[(number * per_condition + turn) % len(kinds)]
            font_file, point = pages.SETTINGS[setting]
            image, truth = pages.draw(language, font_file=font_file, point=point)
            bad = degrade.Bad(np.asarray(image), degrade.DPI)
            if strength:
                bad = degrade.DEGRADATIONS[name](np.asarray(image), strength)
            stem = f"{name.replace(' ', '-')}-{language}-{strength}"
            file = folder / f"{stem}-{setting.replace(' ', '-')}.png"
            Image.fromarray(bad.pixels).save(file, dpi=(bad.dpi, bad.dpi) if bad.dpi else None)
            (folder / f"{file.stem}.txt").write_text(truth, encoding="utf-8")
            hints = ["drop_spaces"] if language in ("zh", "ja") else []
            rows.append(
                {
                    "id": file.stem,
                    "file": file.name,
                    "gt": f"{file.stem}.txt",
                    "language": language,
                    "score_hints": hints,
                }
            )
    (folder / "manifest.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")


def is_held_out(sample: Sample) -> bool:
    """By origin: `letter-03` is in the same half as `letter-07`."""
    origin = re.sub(r"[-_.\d]+$", "", sample.id)
    return zlib.crc32(origin.encode()) % 2 == 1


def unfree(folder: Path) -> set[str]:
    """The pages of a manifest that are not to be fitted on."""
    manifest = folder / "manifest.jsonl"
    if not manifest.is_file():
        return set()
    rows = [json.loads(line) for line in manifest.read_text(encoding="utf-8").splitlines() if line.strip()]
    return {row["id"] for row in rows if not FREE.search(row.get("licence", "MIT"))}


def words_of(
    backend: str, folder: Path, readings: Path, profiles: list[str]
) -> Iterator[tuple[Sample, list[Read]]]:
    """Of each page, its words."""
    settings = ocrkit.load_settings(overrides={"page_timeout_seconds": PAGE_SECONDS}).settings
    ways = [way_of(backend, profile, settings) for profile in profiles]
    samples = find_samples(folder).samples

    def show(system: str, done: int, count: int, _: object) -> None:
        print(f"\r{system}: {done} of {count} ", end="", file=sys.stderr, flush=True)

    kept = read_all(ways, samples, readings, languages=(), progress=show, retry_failed=False)
    print(file=sys.stderr)
    for way in ways:
        for sample in samples:
            outcome = kept.outcome(way.system.name, sample)
            if outcome.document is not None and outcome.failure is None:
                found = judged(outcome.document, sample, Rules())
                yield sample, [Read(word.confidence, word.right, is_unspaced(word.text)) for word in found]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--backends", default="ppocr,tesseract")
    parser.add_argument("--profiles", default="auto")
    parser.add_argument("--pages", type=Path, help="a folder of pages with their truth")
    parser.add_argument("--drawn", type=int, default=2, help="so many drawn pages for each condition")
    parser.add_argument("--readings", type=Path, help="where what was read is kept")
    parser.add_argument("--write", action="store_true", help="the tables into the package")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        readings = arguments.readings or Path(temporary) / "readings"
        drawn = Path(temporary) / "drawn"
        drawn.mkdir()
        draw(drawn, arguments.drawn)
        folders = {"drawn": drawn} | ({"given": arguments.pages} if arguments.pages else {})
        print("| backend | pages held out | words | right | error of confidences | of probabilities |")
        print("|---|---|---:|---:|---:|---:|")
        for backend in arguments.backends.split(","):
            fit, held = Words(), {name: Words() for name in folders}
            for name, folder in folders.items():
                barred = unfree(folder)
                for sample, words in words_of(backend, folder, readings, arguments.profiles.split(",")):
                    if is_held_out(sample):
                        held[name].add(words)
                    elif sample.id not in barred:
                        fit.add(words)
            note = f"{' and '.join(folders)} pages, preprocessing {arguments.profiles}, ocrkit {ocrkit.__version__}"
            table = fitted(backend, fit, note)
            for name, words in held.items():
                found = words.reliability(backend, table)
                print(
                    f"| {backend} | {name} ({len(words.pages)}) | {found.words} | {found.right:.3f} "
                    f"| {found.expected_error:.3f} | {found.calibrated_error:.3f} |", flush=True
                )  # fmt: skip
            if arguments.write:
                path = TABLES / f"{backend}.json"
                path.write_text(table.model_dump_json(indent=1) + "\n", encoding="utf-8")
                print(f"wrote {path}", file=sys.stderr)


if __name__ == "__main__":
    main()
