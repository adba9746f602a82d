"""Draw the letters of lines, without damage: `python draw_inks.py --fonts DIR --out inks.npz`.

`train.py` gives each line a new damage whenever it sees it, so that no line is seen twice.
"""

from __future__ import annotations

import argparse
import contextlib
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
from fonts import Font, families, is_handwriting, without_held_out
from lines import UndrawableError, inked
from texts import CLASSES, LOCALES, NONE, Texts

_VERTICAL = {"Hani": 0.12, "Jpan": 0.12, "Hang": 0.04}
_ATTEMPTS = 500
_MORE = {"Latn": 3.0, "Cyrl": 1.3, "Grek": 1.3}


class Inks(NamedTuple):
    """Lines of different widths, one after another in one array."""

    pixels: np.ndarray
    starts: np.ndarray
    heights: np.ndarray
    labels: np.ndarray

    @classmethod
    def of(cls, pictures: list[np.ndarray], labels: list[int]) -> Inks:
        sizes = [picture.size for picture in pictures]
        return cls(
            np.concatenate([picture.ravel() for picture in pictures]),
            np.concatenate([[0], np.cumsum(sizes)]),
            np.array([len(picture) for picture in pictures], np.int32),
            np.array(labels, np.int32),
        )

    @classmethod
    def load(cls, path: Path) -> Inks:
        with np.load(path) as file:
            return cls(*(file[name] for name in cls._fields))

    def __call__(self, number: int) -> np.ndarray:
        """The picture of one line, 255 where there is ink."""
        return self.pixels[self.starts[number] : self.starts[number + 1]].reshape(self.heights[number], -1)


def ink_of(
    script: str, by_family: dict[str, list[Font]], texts: Texts, random: np.random.Generator
) -> tuple[np.ndarray, str]:
    """The letters of a random line of a class, in a random font that has all of them, and its text."""
    names = sorted(by_family)
    for _ in range(_ATTEMPTS):
        of_family = by_family[names[random.integers(len(names))]]
        font = of_family[random.integers(len(of_family))]
        vertical = random.random() < _VERTICAL.get(script, 0)
        text = texts.line(script, random)
        if font.has(text):
            with contextlib.suppress(UndrawableError, OSError, ValueError, MemoryError):
                return inked(text, font, random, vertical=vertical), text
    raise UndrawableError(script)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fonts", type=Path, required=True, nargs="+", help="folders with fonts")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--lines", type=int, default=2000, help="lines for each class")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=60, help="stop earlier after this time")
    options = parser.parse_args()
    texts = Texts()
    found = families(options.fonts, {script: texts.sample(script) for script in LOCALES})
    found[NONE] = found["Latn"]
    chosen = {script: without_held_out(script, found[script]) for script in CLASSES}
    kinds = {script: script for script in CLASSES} | {"handwriting": "Latn"}
    chosen["handwriting"] = {name: fonts for name, fonts in chosen["Latn"].items() if is_handwriting(name)}
    random = np.random.default_rng(options.seed)
    pictures: list[np.ndarray] = []
    labels: list[int] = []
    rounds, started = 20, time.time()
    for number in range(rounds):
        for kind, script in kinds.items():
            count = round(options.lines * _MORE.get(kind, 1.0) / rounds)
            pictures += [ink_of(script, chosen[kind], texts, random)[0] for _ in range(count)]
            labels += [CLASSES.index(script)] * count
        minutes = (time.time() - started) / 60
        print(f"round {number + 1}: {len(labels)} lines, {minutes:.1f} min", flush=True)
        if minutes > options.minutes:
            break
    np.savez(options.out, **Inks.of(pictures, labels)._asdict())


if __name__ == "__main__":
    main()
