"""Accuracy of the classifier by line on real pages, and their warnings: `python evaluate_pages.py --pages DIR`.

The folder has a `manifest.jsonl` with a line per page: id, file, gt, language, category, level (page or line). A line of
a page counts if the embedded engine read it right: its text, of at least four letters (two in Chinese and Japanese), is in
the ground truth. A file of one line counts as it is, with the script of its ground truth. Chinese characters alone
are both Chinese and Japanese.
"""

from __future__ import annotations

import argparse
import json
import re
import unicodedata
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np

from ocrkit.opencv import cv2
from ocrkit.registry.backends import create_backend
from ocrkit.request import Request
from ocrkit.scripts import name_of, script_of_text
from ocrkit.scripts.advice import warnings_of
from ocrkit.scripts.check import check_scripts
from ocrkit.scripts.classifier import classify
from ocrkit.scripts.strips import cut
from ocrkit.sources import open_source

_SHORT = {"zh": 2, "ja": 2}
_HAN = {"Hani", "Jpan"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=Path, required=True)
    parser.add_argument("--sample", type=int, default=1, help="one page of this number")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    backend = create_backend("ppocr", {}, threads=1)
    right: dict[str, list[bool]] = defaultdict(list)
    taken: Counter[tuple[str, str]] = Counter()
    pages: Counter[str] = Counter()
    rows = (options.pages / "manifest.jsonl").read_text(encoding="utf-8").splitlines()
    for row in list(map(json.loads, rows))[:: options.sample]:
        truth = (options.pages / row["gt"]).read_text(encoding="utf-8")
        with open_source(options.pages / row["file"]) as source:
            page = source.page(0)
        least = _SHORT.get(row["language"].partition("-")[0], 4)
        if row["level"] == "line":
            lines = [(page.pixels, truth)] if _letters(truth) >= least else []
            kind = f"{row['category']}, single lines"
        else:
            result = backend.recognize(page, Request())
            warnings = warnings_of(check_scripts(result, page))
            pages[row["category"]] += 1
            for warning in warnings:
                print(f"{row['id']}: {warning}", flush=True)
            known = _plain(truth)
            lines = [
                (cut(page.pixels, line.polygon), line.text)
                for line in result.lines
                if line.polygon and _letters(line.text) >= least and _plain(line.text) in known
            ]
            kind = row["category"]
        for (_, text), guess in zip(lines, classify(picture for picture, _ in lines), strict=True):
            expected = script_of_text(text) or "?"
            is_right = guess.script == expected or {guess.script, expected} == _HAN
            right[kind].append(is_right)
            if not is_right:
                taken[expected, guess.script] += 1
    print(f"{pages.total()} pages\n\n| lines | number | right |\n|---|---|---|")
    right["all"] = [each for found in right.values() for each in found]
    for kind, found in right.items():
        print(f"| {kind} | {len(found)} | {np.mean(found):.1%} |")
    print("\n" + ", ".join(f"{name_of(a)} as {name_of(b)} {n}" for (a, b), n in taken.most_common(12)))


def _letters(text: str) -> int:
    return sum(map(str.isalpha, text))


def _plain(text: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).casefold()


if __name__ == "__main__":
    main()
