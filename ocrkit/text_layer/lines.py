"""Lines and words of glyphs.

Glyphs that follow one another in the file, on one line and without a wide gap, make a fragment; the reading
order joins fragments to lines and lines to paragraphs, as it does for every engine. Within a fragment, words
end at white space or at a gap.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from itertools import groupby, islice, pairwise
from typing import NamedTuple

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


class StyledLine(NamedTuple):
    """A line, and whether all of its letters are bold."""

    line: Line
    bold: bool


def lines_of(layer: TextLayer, chosen: Mask, spaces: Mask) -> list[Line]:
    """The fragments of lines that these glyphs make, in the order of the file.

    Args:
        layer: the text layer.
        chosen: the glyphs to read; white space among them is ignored.
        spaces: which glyphs are white space.
    """
    return [styled.line for styled in styled_lines_of(layer, chosen, spaces)]


def styled_lines_of(layer: TextLayer, chosen: Mask, spaces: Mask) -> list[StyledLine]:
    """The same with their styles."""
    index = np.flatnonzero(chosen & ~spaces & np.isfinite(layer.boxes).all(axis=1) & (layer.style_of >= 0))
    if not len(index):
        return []
    glyphs = framed(layer, index)
    right_to_left = _right_to_left(layer, index)
    begins_line = _breaks(glyphs, right_to_left)
    begins_word = begins_line | _follows_gap(glyphs, spaces)
    characters = layer.text_of(index)
    boxes = iter(_boxes(glyphs, np.flatnonzero(begins_word)))
    starts = np.flatnonzero(begins_line)
    is_mixed = np.logical_or.reduceat(right_to_left, starts).tolist()
    is_even = np.minimum.reduceat(glyphs.size, starts) == np.maximum.reduceat(glyphs.size, starts)
    bold = np.array([style.bold for style in layer.styles], np.bool_)[layer.style_of[index]]
    is_bold = np.logical_and.reduceat(bold, starts).tolist()
    found = []
    for number, (start, stop) in enumerate(pairwise([*starts.tolist(), len(index)])):
        letters: Sequence[str] = characters[start:stop]
        begins = begins_word[start:stop]
        own_boxes = list(islice(boxes, int(np.count_nonzero(begins))))
        if is_mixed[number]:
            letters, begins, own_boxes = _in_logical_order(letters, glyphs, slice(start, stop))
        elif not is_even[number]:
            letters = _characters(letters, glyphs, np.arange(start, stop))
        line = _line(letters, begins, own_boxes, float(glyphs.angle[start]))
        if line is not None:
            found.append(StyledLine(line, is_bold[number]))
    return found


def _in_logical_order(
    letters: Sequence[str], glyphs: Framed, part: slice
) -> tuple[Sequence[str], Mask, list[Box]]:
    """The characters of a line, where its words begin, and the boxes of these."""
    order, begins = logical_order(letters, glyphs.left[part], glyphs.right[part], glyphs.size[part])
    begins[0] = True
    positions = part.start + order
    letters = _characters([letters[each] for each in order.tolist()], glyphs, positions)
    return letters, begins, _boxes(glyphs, np.flatnonzero(begins), positions)


def _follows_gap(glyphs: Framed, spaces: Mask) -> Mask:
    """For each glyph whether white space, stored or seen, lies between it and the one before."""
    total = np.cumsum(spaces)[glyphs.position]
    follows = np.ones(len(total), np.bool_)
    follows[1:] = total[1:] > total[:-1]
    follows[1:] |= glyphs.left[1:] - glyphs.right[:-1] > _WORD_GAP * glyphs.size[1:]
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


def _line(letters: Sequence[str], begins_word: Mask, boxes: Sequence[Box], angle: float) -> Line | None:
    ends = [*np.flatnonzero(begins_word).tolist(), len(letters)]
    words = []
    for (start, end), box in zip(pairwise(ends), boxes, strict=True):
        text = "".join(letters[start:end])
        if not text.isascii():
            text = _written(text, is_last=end == len(letters))
        if text:
            words.append(Word.trusted(text=text, raw_text=text, polygon=polygon_in_page(box, angle)))
    return Line.of(words, read_by=READ_BY) if words else None


def _boxes(
    glyphs: Framed, starts: NDArray[np.int64], order: NDArray[np.int64] | slice = slice(None)
) -> list[Box]:
    """The boxes of words that begin at these places of the glyphs in an order."""
    sides = (
        np.minimum.reduceat(glyphs.left[order], starts).tolist(),
        np.minimum.reduceat(glyphs.top[order], starts).tolist(),
        np.maximum.reduceat(glyphs.right[order], starts).tolist(),
        np.maximum.reduceat(glyphs.bottom[order], starts).tolist(),
    )
    return list(map(Box, *sides))


def _written(text: str, *, is_last: bool) -> str:
    """A word as it is written as text: without soft hyphens, except one at the end of its line."""
    ends_softly = is_last and text.endswith(_SOFT_HYPHEN)
    text = text.translate(_SOFT).translate(_WRITTEN) + (_SOFT_HYPHEN if ends_softly else "")
    return unicodedata.normalize("NFC", text)


def _characters(letters: Sequence[str], glyphs: Framed, positions: NDArray[np.int64]) -> Sequence[str]:
    """The characters of a line; raised and lowered digits as such."""
    sizes = glyphs.size[positions]
    usual = float(np.median(sizes))
    small = sizes < _SMALL * usual
    if not small.any():
        return letters
    characters = list(letters)
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
