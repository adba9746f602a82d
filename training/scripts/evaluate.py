"""Accuracy of the classifier by line, on drawn lines of held-out fonts: `python evaluate.py --fonts DIR --lines 200`.

Prints a Markdown table: for each script the share of right lines, and what the others were taken for.
"""

from __future__ import annotations

import argparse
import time
import zlib
from collections import Counter
from pathlib import Path

import numpy as np
from draw_lines import held_out_families, picture_of
from fonts import families
from texts import CLASSES, LOCALES, NONE, Texts

from ocrkit.scripts import name_of
from ocrkit.scripts.classifier import classify


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fonts", type=Path, required=True)
    parser.add_argument("--lines", type=int, default=200, help="lines for each script")
    parser.add_argument("--seed", type=int, default=2)
    options = parser.parse_args()
    texts = Texts()
    found = families(options.fonts, {script: texts.sample(script) for script in LOCALES})
    found[NONE] = found["Latn"]
    print("| script | right | taken for |\n|---|---|---|")
    right = total = 0
    seconds = 0.0
    for script in CLASSES:
        random = np.random.default_rng([options.seed, zlib.crc32(script.encode())])
        held_out = held_out_families(script, found[script])
        by_family = {name: fonts for name, fonts in found[script].items() if name in held_out}
        pictures = [picture_of(script, by_family, texts, random) for _ in range(options.lines)]
        started = time.perf_counter()
        guesses = classify(pictures)
        seconds += time.perf_counter() - started
        expected = "Latn" if script == "Viet" else script
        wrong = Counter(guess.script for guess in guesses if guess.script != expected)
        right += len(guesses) - wrong.total()
        total += len(guesses)
        others = ", ".join(f"{name_of(other)} {count}" for other, count in wrong.most_common(3))
        share = 1 - wrong.total() / len(guesses)
        print(
            f"| {'Vietnamese' if script == 'Viet' else name_of(script)} | {share:.1%} | {others} |",
            flush=True,
        )
    print(f"| all {total} lines | {right / total:.2%} | {1000 * seconds / total:.2f} ms a line |")


if __name__ == "__main__":
    main()
