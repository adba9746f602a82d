"""Fonts of Debian by script. See README.md for the packages and their licenses."""

from __future__ import annotations

import functools
import hashlib
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

from fontTools.ttLib import TTCollection, TTFont

_MIN_COVERAGE = 0.97
_HELD_OUT = 5
"""One family in this number is held out for the test."""


class Font(NamedTuple):
    path: str
    index: int
    letters: frozenset[int]

    def has(self, text: str) -> bool:
        """Whether the font has all letters of a text, so that none is drawn as an empty box."""
        return all(ord(letter) in self.letters or not letter.isalpha() for letter in text)


def families(root: Path, samples: dict[str, str]) -> dict[str, dict[str, list[Font]]]:
    """The font files by script and family, for the scripts whose sample letters a font has."""
    found: dict[str, dict[str, list[Font]]] = {script: defaultdict(list) for script in samples}
    for path in sorted(root.rglob("*")):
        if path.suffix.lower() not in {".ttf", ".otf", ".ttc"}:
            continue
        for index, (family, letters) in enumerate(_read(path)):
            for script, sample in samples.items():
                if sum(ord(letter) in letters for letter in sample) >= _MIN_COVERAGE * len(sample):
                    found[script][family].append(Font(str(path), index, letters))
    return found


@functools.cache
def is_held_out(script: str, family: str) -> bool:
    """Whether a family is kept for the test. FreeFont, Noto and DejaVu have most scripts, so they train."""
    if family.startswith(("Free", "Noto", "DejaVu")) and script not in {"Armn", "Laoo"}:
        return False
    digest = hashlib.sha256(f"{script} {family}".encode()).digest()
    return digest[0] % _HELD_OUT == 0


def _read(path: Path) -> list[tuple[str, frozenset[int]]]:
    try:
        if path.suffix.lower() == ".ttc":
            fonts = TTCollection(str(path), lazy=True).fonts
        else:
            fonts = [TTFont(str(path), lazy=True)]
        return [
            (str(font["name"].getBestFamilyName() or path.stem), frozenset(font.getBestCmap() or ()))
            for font in fonts
        ]
    except Exception as error:  # noqa: BLE001 - a font that cannot be read is left out
        print(f"{path.name}: {type(error).__name__}")
        return []
