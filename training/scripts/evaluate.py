"""Accuracy of the classifier by line, on drawn lines of held-out fonts: `python evaluate.py --fonts DIR --lines 200`.

Prints a Markdown table: for each script the share of right lines among those that a person can read (`Look.is_legible`)
and among all, and what the legible ones were taken for, in percent.
"""

from __future__ import annotations

import argparse
import time
import zlib
from collections import Counter
from pathlib import Path

import numpy as np
from draw_inks import ink_of
from fonts import Font, families, held_out_families
from lines import damaged, drawing
from texts import CLASSES, LOCALES, NONE, Texts

from ocrkit.opencv import cv2
from ocrkit.scripts import name_of
from ocrkit.scripts.classifier import classify

_DRAWINGS = 0.4
_LETTERS = 4


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fonts", type=Path, required=True, nargs="+")
    parser.add_argument("--lines", type=int, default=200, help="lines for each script")
    parser.add_argument("--seed", type=int, default=2)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    texts = Texts()
    found = families(options.fonts, {script: texts.sample(script) for script in LOCALES})
    found[NONE] = found["Latn"]
    print("| script | legible | all | legible lines are taken for |\n|---|---|---|---|")
    every_legible: list[bool] = []
    every: list[bool] = []
    seconds = 0.0
    for script in CLASSES:
        random = np.random.default_rng([options.seed, zlib.crc32(script.encode())])
        held_out = held_out_families(script, found[script])
        fonts = {name: fonts for name, fonts in found[script].items() if name in held_out}
        pictures, is_legible = zip(
            *(_line(script, fonts, texts, random) for _ in range(options.lines)), strict=True
        )
        started = time.process_time()
        guesses = [guess.script for guess in classify(pictures)]
        seconds += time.process_time() - started
        expected = "Latn" if script == "Viet" else script
        right = [guess == expected for guess in guesses]
        readable = [ok for ok, legible in zip(right, is_legible, strict=True) if legible]
        wrong = Counter(
            guess for guess, legible in zip(guesses, is_legible, strict=True) if legible and guess != expected
        )
        every_legible += readable
        every += right
        others = ", ".join(
            f"{name(other)} {100 * count / len(readable):.0f}" for other, count in wrong.most_common(3)
        )
        print(f"| {name(script)} | {np.mean(readable):.1%} | {np.mean(right):.1%} | {others} |", flush=True)
    print(
        f"| all: {len(every_legible)} and {len(every)} lines | {np.mean(every_legible):.1%} | {np.mean(every):.1%} "
        f"| {1000 * seconds / len(every):.2f} ms a line |"
    )


def _line(
    script: str, fonts: dict[str, list[Font]], texts: Texts, random: np.random.Generator
) -> tuple[np.ndarray, bool]:
    """The picture of a random line, and whether a person can read it and sees at least four letters."""
    if script == NONE and random.random() < _DRAWINGS:
        picture, look = drawing(random)
        return picture, look.is_legible
    ink, text = ink_of(script, fonts, texts, random)
    picture, look = damaged(ink, random)
    return picture, look.is_legible and (script == NONE or sum(map(str.isalpha, text)) >= _LETTERS)


def name(script: str) -> str:
    return {"Viet": "Vietnamese", NONE: "no script"}.get(script) or name_of(script)


if __name__ == "__main__":
    main()
