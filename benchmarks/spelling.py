"""Count the right and wrong corrections of the step `spelling`, by category and language.

    python benchmarks/spelling.py DIR                       # a folder with manifest.jsonl, as in engine.py
    python benchmarks/spelling.py DIR --backends tesseract --confidence-threshold 0.9

A correction is right if it replaces a word that is not on the page with one that is; wrong if it replaces a word that is
on the page; otherwise it replaces one wrong word with another. Pages in languages that a backend does not support are
left out.
"""

from __future__ import annotations

import argparse
import functools
import json
import re
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from scoring import character_error_rate

import ocrkit
from ocrkit.result import Correction

WORD = re.compile(r"[^\W_]+")
VERDICTS = ("right", "wrong", "neither")


def judge(correction: Correction, truth: Counter[str]) -> str:
    before, after = (WORD.findall(text.lower()) for text in (correction.before, correction.after))
    if any(truth[word] for word in before if word not in after):
        return "wrong"
    return "right" if all(truth[word] for word in after if word not in before) else "neither"


@functools.cache
def reader(backend: str, language: str, chain: str) -> ocrkit.Ocr:
    return ocrkit.Ocr(backend, languages=[language], postprocess=json.loads(chain))


def measure(folder: Path, backend: str, chain: list[Any]) -> None:
    counts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    errors: dict[tuple[str, str], list[tuple[float, float]]] = defaultdict(list)
    for line in (folder / "manifest.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        try:
            document = reader(backend, row["language"], json.dumps(chain)).recognize(folder / row["file"])
        except ocrkit.OcrkitError:
            continue
        text = (folder / row["gt"]).read_text(encoding="utf-8")
        truth = Counter(WORD.findall(text.replace("ſ", "s").lower()))
        group = (row.get("category", ""), row["language"])
        errors[group].append(
            (character_error_rate(document.raw_text, text), character_error_rate(document.text, text))
        )
        for page in document.pages:
            counts[group].update(judge(each, truth) for each in page.corrections)
    for group, rates in sorted(errors.items()):
        before, after = (sum(each) / len(rates) for each in zip(*rates, strict=True))
        found = ", ".join(f"{counts[group][name]} {name}" for name in VERDICTS)
        print(f"{backend:10} {' '.join(group):28} {found:36} CER {before:.4f} → {after:.4f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--backends", default="ppocr,tesseract")
    parser.add_argument("--confidence-threshold", type=float, help="overrides the default of each engine")
    arguments = parser.parse_args()
    chain = ["language", {"spelling": {"confidence_threshold": arguments.confidence_threshold}}]
    for backend in arguments.backends.split(","):
        measure(arguments.folder, backend, chain)


if __name__ == "__main__":
    main()
