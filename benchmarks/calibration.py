"""Measure the reliability of confidences, and fit the tables in ocrkit/calibration/tables.

    python benchmarks/calibration.py                       # drawn pages, degraded in many ways
    python benchmarks/calibration.py --pages DIR           # and the pages of a folder with ground truth
    python benchmarks/calibration.py --pages DIR --write   # write the tables into the package

The tables are fitted on half of the pages; the other half is held out. Pages of one origin, whose names differ only in
a number, are in the same half. If a folder has a manifest, tables are fitted only on pages with a free license; a table
holds nothing but counts. Results are kept in --readings, so that a second run reads nothing.
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
from ocrkit.evaluate import Rules
from ocrkit.evaluate.evaluation import system_config, word_confidences
from ocrkit.evaluate.ground_truth import Sample, find_samples
from ocrkit.evaluate.readings import read_all
from ocrkit.evaluate.reliability import WordConfidence, WordConfidences, fit_calibration

TABLES = Path(ocrkit.__file__).parent / "calibration" / "tables"
FREE_LICENSES = re.compile(r"CC-BY|CC0|Apache|MIT|BSD|CDLA|Unlicense|public domain", re.IGNORECASE)
PAGE_SECONDS = 60
"""Tesseract takes minutes for speckled pages, which have no words to fit on."""


def draw(folder: Path, per_condition: int) -> None:
    """Draw pages with each degradation at each strength, cycling through languages and fonts."""
    conditions = [("clean", 0)] + [
        (name, strength) for name in degrade.DEGRADATIONS for strength in degrade.STRENGTHS
    ]
    styles = [
        (language, setting)
        for setting in pages.SETTINGS
        for language in pages.available()
        if language != "sv"
    ]
    entries = []
    for number, (name, strength) in enumerate(conditions):
        for turn in range(per_condition):
            language, setting = styles[(number * per_condition + turn) % len(styles)]
            font_file, point = pages.SETTINGS[setting]
            image, truth = pages.draw(language, font_file=font_file, point=point)
            scan = degrade.DegradedPage(np.asarray(image), degrade.DPI)
            if strength:
                scan = degrade.DEGRADATIONS[name](np.asarray(image), strength)
            stem = f"{name.replace(' ', '-')}-{language}-{strength}"
            file = folder / f"{stem}-{setting.replace(' ', '-')}.png"
            Image.fromarray(scan.pixels).save(file, dpi=(scan.dpi, scan.dpi) if scan.dpi else None)
            (folder / f"{file.stem}.txt").write_text(truth, encoding="utf-8")
            hints = ["drop_spaces"] if language in ("zh", "ja") else []
            entries.append(
                {
                    "id": file.stem,
                    "file": file.name,
                    "gt": f"{file.stem}.txt",
                    "language": language,
                    "score_hints": hints,
                }
            )
    (folder / "manifest.jsonl").write_text("\n".join(map(json.dumps, entries)), encoding="utf-8")


def is_held_out(sample: Sample) -> bool:
    """Decided by origin: `letter-03` is in the same half as `letter-07`."""
    origin = re.sub(r"[-_.\d]+$", "", sample.id)
    return zlib.crc32(origin.encode()) % 2 == 1


def restricted(folder: Path) -> set[str]:
    """The pages of a manifest without a free license."""
    manifest = folder / "manifest.jsonl"
    if not manifest.is_file():
        return set()
    rows = [json.loads(line) for line in manifest.read_text(encoding="utf-8").splitlines() if line.strip()]
    return {row["id"] for row in rows if not FREE_LICENSES.search(row.get("licence", "MIT"))}


def read_words(
    backend: str, folder: Path, readings: Path, profiles: list[str]
) -> Iterator[tuple[Sample, list[WordConfidence]]]:
    """Each page with the confidences of its words."""
    settings = ocrkit.load_settings(overrides={"page_timeout_seconds": PAGE_SECONDS}).settings
    configs = [system_config(backend, profile, settings) for profile in profiles]
    samples = find_samples(folder).samples

    def show(system: str, done: int, count: int, _: object) -> None:
        print(f"\r{system}: {done} of {count} ", end="", file=sys.stderr, flush=True)

    kept = read_all(configs, samples, readings, languages=(), progress=show, retry_failed=False)
    print(file=sys.stderr)
    for config in configs:
        for sample in samples:
            outcome = kept.outcome(config.system.name, sample)
            if outcome.document is not None and outcome.failure is None:
                yield sample, word_confidences(outcome, sample, Rules())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--backends", default="ppocr,tesseract")
    parser.add_argument("--profiles", default="auto")
    parser.add_argument("--pages", type=Path, help="a folder of pages with ground truth")
    parser.add_argument(
        "--drawn", type=int, default=2, help="the number of drawn pages for each degradation and strength"
    )
    parser.add_argument("--readings", type=Path, help="the folder for results")
    parser.add_argument("--write", action="store_true", help="write the tables into the package")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        readings = arguments.readings or Path(temporary) / "readings"
        drawn = Path(temporary) / "drawn"
        drawn.mkdir()
        draw(drawn, arguments.drawn)
        folders = {"drawn": drawn} | ({"given": arguments.pages} if arguments.pages else {})
        print("| backend | held-out pages | words | right | ECE of confidences | ECE of probabilities |")
        print("|---|---|---:|---:|---:|---:|")
        for backend in arguments.backends.split(","):
            fit, held_out = WordConfidences(), {name: WordConfidences() for name in folders}
            for name, folder in folders.items():
                excluded = restricted(folder)
                for sample, words in read_words(backend, folder, readings, arguments.profiles.split(",")):
                    if is_held_out(sample):
                        held_out[name].add_page(words)
                    elif sample.id not in excluded:
                        fit.add_page(words)
            note = f"{' and '.join(folders)} pages, preprocessing {arguments.profiles}, ocrkit {ocrkit.__version__}"
            table = fit_calibration(backend, fit, note)
            for name, confidences in held_out.items():
                result = confidences.reliability(backend, table)
                print(
                    f"| {backend} | {name} ({len(confidences.pages)}) | {result.words} | {result.right:.3f} "
                    f"| {result.expected_error:.3f} | {result.calibrated_error:.3f} |", flush=True
                )  # fmt: skip
            if arguments.write:
                path = TABLES / f"{backend}.json"
                path.write_text(table.model_dump_json(indent=1) + "\n", encoding="utf-8")
                print(f"wrote {path}", file=sys.stderr)


if __name__ == "__main__":
    main()
