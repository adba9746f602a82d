"""Lines and words of glyphs.

Glyphs that follow one another in the file, on one line and without a wide gap, make a fragment; the reading
order joins fragments to lines and lines to paragraphs, as it does for every engine. Within a fragment, words
end at white space or at a gap.
"""

from __future__ import annotations

import unicodedata
from itertools import groupby, pairwise

import numpy as np
from numpy.typing import NDArray

from ocrkit.geometry import Box
from ocrkit.glyphs import TextLayer
from ocrkit.result import Line, Word
from ocrkit.text_layer.direction import logical_order
from ocrkit.text_layer.grouping import Mask, by_character
from ocrkit.text_layer.reading_frame import Framed, framed, polygon_in_page
from ocrkit.text_layer.symbols import LIGATURES, LOWERED, RAISED, SYMBOLS

READ_BY = "text_layer"
_SOFT_HYPHEN = "\u00ad"
_LEAST_OVERLAP = 0.3
"""Of the smaller of two glyphs: less means another line."""
_COLUMN_GAP = 1.2
"""A wider gap, in font sizes, ends a fragment."""
_WORD_GAP = 0.3
"""A wider gap ends a word, in font sizes, also without white space in the file."""
_STEP_BACK = 0.6
"""A glyph that begins this far before the end of the last one begins another fragment."""
_SMALL, _SHIFT = 0.85, 0.12
"""Raised and lowered glyphs are smaller than this, and shifted by more than that, in font sizes."""
_SOFT = str.maketrans({_SOFT_HYPHEN: None})
_WRITTEN = str.maketrans({**SYMBOLS, **LIGATURES, "\u00a0": " ", "\u2011": "-"})


def lines_of(layer: TextLayer, chosen: Mask, spaces: Mask) -> list[Line]:
    """The fragments of lines that these glyphs make, in the order of the file.

    Args:
        layer: the text layer.
        chosen: the glyphs to read; white space among them is ignored.
        spaces: which glyphs are white space.
    """
    index = np.flatnonzero(chosen & ~spaces & np.isfinite(layer.boxes).all(axis=1) & (layer.style_of >= 0))
    if not len(index):
        return []
    glyphs = framed(layer, index)
    follows_space = _follows_space(spaces, index)
    right_to_left = _right_to_left(layer, index)
    starts = np.flatnonzero(_breaks(glyphs, right_to_left))
    found = []
    for start, stop in pairwise([*starts.tolist(), len(index)]):
        line = _line(
            layer, glyphs, slice(start, stop), follows_space, is_mixed=bool(right_to_left[start:stop].any())
        )
        if line is not None:
            found.append(line)
    return found


def _follows_space(spaces: Mask, index: NDArray[np.int64]) -> Mask:
    """For each chosen glyph whether white space lies between it and the chosen glyph before."""
    total = np.cumsum(spaces)
    follows = np.ones(len(index), np.bool_)
    follows[1:] = total[index[1:]] > total[index[:-1]]
    return follows


def _right_to_left(layer: TextLayer, index: NDArray[np.int64]) -> Mask:
    if layer.text.isascii():
        return np.zeros(len(index), np.bool_)
    return by_character(layer.text, lambda each: unicodedata.bidirectional(each) in ("R", "AL", "AN"))[index]


def _breaks(glyphs: Framed, right_to_left: Mask) -> Mask:
    """The positions where fragments begin."""
    begins = np.ones(len(glyphs.position), np.bool_)
    top, bottom = glyphs.top, glyphs.bottom
    overlap = np.minimum(bottom[1:], bottom[:-1]) - np.maximum(top[1:], top[:-1])
    lower = np.minimum(bottom[1:] - top[1:], bottom[:-1] - top[:-1])
    size = np.maximum(glyphs.size[1:], glyphs.size[:-1])
    ahead = glyphs.left[1:] - glyphs.right[:-1]
    behind = glyphs.left[:-1] - glyphs.right[1:]
    continues = (ahead < _COLUMN_GAP * size) & (ahead > -_STEP_BACK * size)
    backwards = (behind < _COLUMN_GAP * size) & (behind > -_STEP_BACK * size)
    continues |= backwards & (right_to_left[1:] | right_to_left[:-1])
    continues |= (glyphs.left[1:] == glyphs.left[:-1]) & (glyphs.right[1:] == glyphs.right[:-1])  # a ligature
    begins[1:] = (glyphs.angle[1:] != glyphs.angle[:-1]) | (overlap < _LEAST_OVERLAP * lower) | ~continues
    return begins


def _line(
    layer: TextLayer, glyphs: Framed, part: slice, follows_space: Mask, *, is_mixed: bool
) -> Line | None:
    positions = np.arange(part.start, part.stop)
    gaps = follows_space[part].copy()
    gaps[1:] |= glyphs.left[part][1:] - glyphs.right[part][:-1] > _WORD_GAP * glyphs.size[part][1:]
    if is_mixed:
        letters = [layer.text[each] for each in glyphs.position[part].tolist()]
        order, gaps = logical_order(letters, glyphs.left[part], glyphs.right[part], glyphs.size[part])
        positions = positions[order]
    gaps[0] = True
    characters = _characters(layer, glyphs, positions)
    starts = np.flatnonzero(gaps)
    angle = float(glyphs.angle[positions[0]])
    ends = [*starts[1:].tolist(), len(positions)]
    texts = [
        _written("".join(characters[start:end]), is_last=end == len(positions))
        for start, end in zip(starts.tolist(), ends, strict=True)
    ]
    words = [
        Word(text=text, polygon=polygon_in_page(box, angle))
        for text, box in zip(texts, _boxes(glyphs, positions, starts), strict=True)
        if text
    ]
    return Line.of(words, read_by=READ_BY) if words else None


def _boxes(glyphs: Framed, positions: NDArray[np.int64], starts: NDArray[np.int64]) -> list[Box]:
    """The boxes of words that begin at these places."""
    sides = (
        np.minimum.reduceat(glyphs.left[positions], starts),
        np.minimum.reduceat(glyphs.top[positions], starts),
        np.maximum.reduceat(glyphs.right[positions], starts),
        np.maximum.reduceat(glyphs.bottom[positions], starts),
    )
    return [Box(*box) for box in np.stack(sides, axis=1).tolist()]


def _written(text: str, *, is_last: bool) -> str:
    """A word as it is written as text: without soft hyphens, except one at the end of its line."""
    if text.isascii():
        return text
    ends_softly = is_last and text.endswith(_SOFT_HYPHEN)
    text = text.translate(_SOFT).translate(_WRITTEN) + (_SOFT_HYPHEN if ends_softly else "")
    return unicodedata.normalize("NFC", text)


def _characters(layer: TextLayer, glyphs: Framed, positions: NDArray[np.int64]) -> list[str]:
    """The characters of a line; raised and lowered digits as such."""
    characters = [layer.text[each] for each in glyphs.position[positions].tolist()]
    sizes = glyphs.size[positions]
    usual = float(np.median(sizes))
    small = sizes < _SMALL * usual
    if not small.any():
        return characters
    middle = (glyphs.top[positions] + glyphs.bottom[positions]) / 2
    level = float(np.median(middle[~small]))
    shift = np.where(small, (middle - level) / usual, 0.0)
    for table, moved in ((RAISED, shift < -_SHIFT), (LOWERED, shift > _SHIFT)):
        for is_moved, group in groupby(range(len(characters)), key=moved.tolist().__getitem__):
            places = list(group)
            if is_moved and all(characters[place] in table for place in places):  # else `[1]` would be `[¹]`
                for place in places:
                    characters[place] = table[characters[place]]
    return characters
