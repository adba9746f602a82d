"""Wrong characters: glyphs that look right on the page, but have other characters in the file.

Some are wrong for certain: glyphs without a character, replacement characters, private ones, mirror images,
and UTF-8 that was read as something else (`Ã©`), of which most letters are right, so that a sample may agree.
The others are only suspected, font by font, because a second reading must decide:

* Letters do not have the shapes of their kind. In every font a `p` goes below the line, an `l` rises above an
  `a`; in a font whose characters are shifted or shuffled, the heights fit by chance only.
* The letters that European languages use most are rare.
* The text consists of glyph names (`(cid:31)`, `/g17`).
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ocrkit.glyphs import TextLayer
from ocrkit.text_layer.grouping import Mask, by_character, is_private
from ocrkit.text_layer.symbols import SYMBOLS

_LOW = "acemnorsuvwxzαεικνοπστυωавгежзиклмнопстхчшъыьэюя"
_TALL = "bdfhklABCDEFGHIKLMNOPRSTUVWXYZδθλΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩАБВГЕЖЗИКЛМНОПРСТУФХЧШЪЫЬЭЮЯ"
_ON_LINE = "acemnorsuvwxzbdhklABCDEFGHIKLMNOPRSTUVWXYZαεικνοπστυωавгежзиклмнопстхчшъыьэюя"
_BELOW = "gpqyγημρχру"
_FREQUENT = frozenset("eainrtsoEAINRTSO")
_LEAST_FIT = 0.6
"""Correlation of heights with those of the letters; good fonts have 0.9 and more, shuffled ones about 0."""
_LEAST_LETTERS, _LEAST_KINDS = 8, 2
_LEAST_FREQUENT = 0.42
"""The share of the eight most frequent letters: 0.6 and more in European languages, 0.31 by chance."""
_LEAST_SHARE = 0.2
"""The share of the page from which a font is one of its main fonts."""
_LEAST_ALPHANUMERIC = 0.3
"""The share of letters and digits in a main font, apart from dots and dashes that fill lines."""
_LEADERS = ".·…_-–—"
_MISREAD = 3
"""So many sequences of misread UTF-8 are no chance."""
_MOST_OF_ONE = 0.4
"""The share of the most frequent letter: below 0.2 in European languages."""
_ENOUGH_LETTERS = 80
_GLYPH_NAME = re.compile(r"\(cid:\d+\)|/(?:g|G|c|C|glyph|index|uni|cid)\d{1,5}\b|\buni[0-9A-F]{4}\b")
_MISREAD_UTF8 = re.compile("[ÃÂ][\u0080-\u00bf]|â€|Ð[\u0080-\u00bf]|ã[\u0080-\u00aa\u00ac-\u00ba]")
_MOST_BAD = 0.5
"""From this share of certainly wrong characters on, a font is wrong as a whole."""


class EncodingFindings(NamedTuple):
    """Which glyphs have wrong characters."""

    wrong: Mask
    suspected: Mask
    reasons: tuple[str, ...]
    """Why fonts are suspected, or wrong."""


def check_encoding(layer: TextLayer, considered: Mask) -> EncodingFindings:
    """Check the considered glyphs, font by font."""
    wrong = by_character(layer.text, _is_wrong)
    wrong |= np.array([*(style.mirrored for style in layer.styles), False], np.bool_)[layer.style_of]
    wrong &= considered
    suspected = np.zeros(len(layer), np.bool_)
    reasons: list[str] = []
    enough = _LEAST_SHARE * float(considered.sum())
    for font, of_font in _by_font(layer, considered).items():
        unmapped = float(layer.unmapped[of_font].mean())
        is_main = float(of_font.sum()) >= enough
        if unmapped > _MOST_BAD and is_main:  # the codes may still be characters, as in old TeX
            suspected |= of_font
            reasons.append(f"{_name(font)}: the file does not name the characters")
            continue
        wrong |= layer.unmapped & of_font
        share = float(wrong[of_font].mean())
        if share > _MOST_BAD:
            wrong |= of_font
            reasons.append(f"{_name(font)}: {share:.0%} of the glyphs have no character")
            continue
        text = layer.text_of(of_font)
        if len(_MISREAD_UTF8.findall(text)) >= _MISREAD:
            wrong |= of_font
            reasons.append(f"{_name(font)}: the text is UTF-8 that was read in another encoding")
            continue
        reason = _suspicion(layer, of_font, text, is_main=is_main)
        if reason:
            suspected |= of_font
            reasons.append(f"{_name(font)}: {reason}")
    return EncodingFindings(wrong, suspected & ~wrong, tuple(dict.fromkeys(reasons)))


def _is_wrong(character: str) -> bool:
    return character == "\ufffd" or (
        not character.isspace() and is_private(character) and character not in SYMBOLS
    )


def _by_font(layer: TextLayer, considered: Mask) -> Mapping[str, Mask]:
    styles: defaultdict[str, list[int]] = defaultdict(list)
    for number, style in enumerate(layer.styles):
        styles[style.font].append(number)
    masks = {font: np.isin(layer.style_of, numbers) & considered for font, numbers in styles.items()}
    return {font: mask for font, mask in masks.items() if mask.any()}


def _name(font: str) -> str:
    return f"font {font.partition('#')[0] or 'without a name'}"


def _suspicion(layer: TextLayer, of_font: Mask, text: str, *, is_main: bool) -> str | None:
    """Why the characters of a font may be wrong; None if they look right.

    A font for a small part of the page may hold symbols or variables only.
    """
    if _GLYPH_NAME.search(text):
        return "the text consists of glyph names"
    counts = Counter(text)
    letters = {each: count for each, count in counts.items() if each.isascii() and each.isalpha()}
    total = sum(letters.values()) if is_main else 0
    other = len(text) - sum(counts[leader] for leader in _LEADERS)
    alphanumeric = sum(count for each, count in counts.items() if each.isalnum())
    if is_main and other >= _ENOUGH_LETTERS and alphanumeric < _LEAST_ALPHANUMERIC * other:
        return "there are hardly any letters and digits"
    frequent = sum(count for letter, count in letters.items() if letter in _FREQUENT)
    if total >= _ENOUGH_LETTERS and frequent < _LEAST_FREQUENT * total:
        return f"the most frequent letters are rare ({frequent / total:.0%})"
    if total >= _ENOUGH_LETTERS and max(letters.values()) > _MOST_OF_ONE * total:
        return "one letter stands for most others"
    fit = _shape_fit(layer, of_font)
    if fit is not None and fit < _LEAST_FIT:
        return f"letters do not have their shapes (fit {fit:.2f})"
    return None


def _shape_fit(layer: TextLayer, of_font: Mask) -> float | None:
    """How well the heights of letters fit their kinds, from -1 to 1; None where too few were measured."""
    measured = of_font & ~np.isnan(layer.outlines[:, 0])
    heights: dict[str, tuple[float, float]] = {}
    for index in np.flatnonzero(measured):
        box, ink = layer.boxes[index], layer.outlines[index]
        height = float(box[3] - box[1])
        if height > 0 and layer.styles[layer.style_of[index]].angle == 0 and ink[3] > ink[1]:
            heights.setdefault(
                layer.text[index], (float(box[3] - ink[1]) / height, float(ink[3] - box[1]) / height)
            )
    rises = _correlation(
        [heights[each][0] for each in _LOW if each in heights],
        [heights[each][0] for each in _TALL if each in heights],
    )
    falls = _correlation(
        [heights[each][1] for each in _ON_LINE if each in heights],
        [heights[each][1] for each in _BELOW if each in heights],
    )
    known = [fit for fit in (rises, falls) if fit is not None]
    return min(known) if known else None


def _correlation(short: Sequence[float], long: Sequence[float]) -> float | None:
    """The correlation of lengths with membership in the second group."""
    if min(len(short), len(long)) < _LEAST_KINDS or len(short) + len(long) < _LEAST_LETTERS:
        return None
    values: NDArray[np.float64] = np.array([*short, *long])
    groups = np.repeat([0.0, 1.0], [len(short), len(long)])
    if values.std() < 0.02:  # of the height of the font: only one height was reported for all glyphs
        return None
    return float(np.corrcoef(values, groups)[0, 1])
