"""Fonts of Debian by script. See README.md for the packages and their licenses."""

from __future__ import annotations

import functools
import hashlib
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple
from unicodedata import category

from fontTools.ttLib import TTCollection, TTFont
from PIL import ImageFont

_MIN_COVERAGE = 0.97
_MIN_DIFFERENT, _TRIED = 0.8, 40
_ORNAMENTS = "UKIJTughra"
_HELD_OUT = 5
"""One family in this number is held out for the test."""

_EXTRA = "fontsource"
"""A folder with fonts of npm packages, which only train."""
_HANDWRITING = (
    "Dancing Script", "Kristi", "Kaushan Script", "DkgHandwriting", "Nanum Pen Script", "Nanum Brush Script", "Breip",
    "Ecolier_court", "Humor Sans", "It wasn't me", "Purisa", "Rufscript", "femkeklaver", "Domestic Manners", "Z003",
    "TeX Gyre Chorus", "Isabella", "Comic Neue", "Eunjin Nakseo", "El Abogado Loco", "Tomson Talks", "Klee One",
    "Caveat", "Indie Flower", "Homemade Apple", "Reenie Beanie", "Cedarville Cursive", "La Belle Aurore",
    "Mrs Saint Delafield", "Herr Von Muellerhoff", "Rock Salt", "Zeyada", "Shadows Into Light", "Nothing You Could Do",
    "Great Vibes", "Mr Dafoe", "Marck Script", "Bad Script", "Sue Ellen Francisco", "Just Another Hand",
)  # fmt: skip


class Font(NamedTuple):
    path: str
    index: int
    letters: frozenset[int]

    def has(self, text: str) -> bool:
        """Whether the font has all characters of a text, so that none is drawn as an empty box."""
        return all(ord(each) in self.letters or category(each) == "Cf" for each in text)


def families(roots: Sequence[Path], samples: dict[str, str]) -> dict[str, dict[str, list[Font]]]:
    """The font files by script and family, for the scripts whose sample letters a font has."""
    found: dict[str, dict[str, list[Font]]] = {script: defaultdict(list) for script in samples}
    for path in sorted(path for root in roots for path in root.rglob("*")):
        if path.suffix.lower() not in {".ttf", ".otf", ".ttc"}:
            continue
        for index, (family, letters) in enumerate(_read(path)):
            for script, sample in samples.items():
                states = sum(ord(letter) in letters for letter in sample) >= _MIN_COVERAGE * len(sample)
                if states and _draws(path, index, sample):
                    found[script][family].append(Font(str(path), index, letters))
    return found


@functools.cache
def is_held_out(script: str, family: str) -> bool:
    """Whether a family is kept for the test. FreeFont, Noto and DejaVu have most scripts, so they train."""
    if family.startswith(("Free", "Noto", "DejaVu")) and script not in {"Armn", "Laoo"}:
        return False
    digest = hashlib.sha256(f"{script} {family}".encode()).digest()
    return digest[0] % _HELD_OUT == 0


def _draws(path: Path, index: int, sample: str) -> bool:
    """Whether a font draws different signs for different letters: some have empty boxes, ornaments or nothing."""
    if path.name.startswith(_ORNAMENTS):
        return False
    face = ImageFont.truetype(str(path), 20, index=index, layout_engine=ImageFont.Layout.BASIC)
    letters = sorted(set(sample))[:: max(1, len(set(sample)) // _TRIED)]
    drawn = [bytes(face.getmask(letter)) for letter in letters]
    visible = [each for each in drawn if any(each)]
    return len(visible) >= _MIN_COVERAGE * len(drawn) and len(set(visible)) >= _MIN_DIFFERENT * len(drawn)


def held_out_families(script: str, by_family: dict[str, list[Font]]) -> set[str]:
    """The families that are kept for the test: at least one, and not all."""
    debian = {name for name in by_family if any(_EXTRA not in font.path for font in by_family[name])}
    held_out = {name for name in debian if is_held_out(script, name)}
    return held_out if held_out and len(held_out) < len(debian) else {max(debian)}


def without_held_out(script: str, by_family: dict[str, list[Font]]) -> dict[str, list[Font]]:
    """The families to train with."""
    held_out = held_out_families(script, by_family)
    return {name: fonts for name, fonts in by_family.items() if name not in held_out}


def is_handwriting(family: str) -> bool:
    return family.startswith(_HANDWRITING)


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
