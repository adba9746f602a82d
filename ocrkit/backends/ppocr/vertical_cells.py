"""Characters of vertical text that the network passes over.

Columns are read turned by a quarter. The network then recognizes ideographs and most kana, but takes signs
that differ in vertical print for background: commas and full stops in a corner of their cell, brackets, long
vowels, and some small kana. It is sure of the blank, but the best character beside the blank is right. All
characters of a column have cells of one height, so a passed-over one leaves a cell free.
"""

from __future__ import annotations

import functools
import itertools
import unicodedata
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ocrkit.backends.ppocr.runtime import Tensor

_MIN_CHARACTERS = 4  # fewer do not tell how high the cells are
_MIN_DISTANCE = 1.6  # of two characters, in cells, with a free cell between them
_MAX_CELLS = 3  # a longer gap is a gap in the text
_MIN_INK_BEYOND = 0.75  # cells from the middle of the outer character, whose ink ends at half a cell
_MIDDLE = 0.3  # of a cell on both sides of its middle: ink there is not that of the neighbors
_MIN_INK = 0.015  # of the middle of a cell
_MIN_PROBABILITY = 1e-6
_MIN_PROBABILITY_AT_END = 1e-3  # where a column ends, lines of drawings and frames begin
_MIN_PROBABILITY_OF_ENDS = 3e-5
_ENDS = "「」『』、。"
"""With these, a column often begins or ends, so less probability is enough."""


class _Cell(NamedTuple):
    """A range of output steps without a character."""

    start: int
    end: int
    neighbor: int | None = None
    """At the end of a column: the output of the outer character, which may reach into the cell."""

    def min_probability(self, character: str) -> float:
        if self.neighbor is None:
            return _MIN_PROBABILITY
        return _MIN_PROBABILITY_OF_ENDS if character in _ENDS else _MIN_PROBABILITY_AT_END


def with_passed_over(distribution: Tensor, alphabet: tuple[str, ...], ink: NDArray[np.bool_]) -> Tensor:
    """The distribution, with the best character instead of the blank in each free cell with ink.

    Args:
        distribution: the output of the network for a turned column; output 0 is the blank of CTC.
        alphabet: the character of each output.
        ink: the pixels of the column that have ink, as wide as the column is long.
    """
    best = distribution.argmax(axis=1)
    found = np.flatnonzero((best != 0) & (best != np.concatenate(([0], best[:-1]))))
    if len(found) < _MIN_CHARACTERS:
        return distribution
    pitch = float(np.median(np.diff(found)))
    wide = _wide(alphabet)
    changed = distribution.copy()
    by_column = ink[len(ink) // 10 : -len(ink) // 10].mean(axis=0)
    for cell in _cells(found, best, pitch, by_column, len(distribution)):
        part = distribution[cell.start : cell.end]
        peaks = part.max(axis=0)
        first = int(np.where(wide, peaks, 0.0).argmax())
        if first == cell.neighbor or peaks[first] < cell.min_probability(alphabet[first]):
            continue
        step = cell.start + int(part[:, first].argmax())
        kept = np.where(wide, distribution[step], 0.0)
        changed[step] = kept / kept.sum()
    return changed


def free_cells(positions: Sequence[float]) -> Iterator[float]:
    """The middles of the free cells between the characters of a line, from their positions along it."""
    if len(positions) < _MIN_CHARACTERS:
        return
    pitch = float(np.median(np.diff(positions)))
    for before, after in itertools.pairwise(positions):
        free = round((after - before) / max(pitch, 1e-9)) - 1
        if after - before >= _MIN_DISTANCE * pitch and free <= _MAX_CELLS:
            yield from (before + number * (after - before) / (free + 1) for number in range(1, free + 1))


def is_wide(text: str) -> bool:
    """Whether a character fills a cell of vertical text."""
    return bool(text.strip()) and unicodedata.east_asian_width(text[0]) in "WF"


def _cells(
    found: NDArray[np.intp], best: NDArray[np.intp], pitch: float, ink: NDArray[np.float64], count: int
) -> Iterator[_Cell]:
    """The cells with ink between the characters and at both ends."""
    scale = len(ink) / count
    inked = np.flatnonzero(ink > 0.0) / scale

    def cell(middle: float, neighbor: int | None = None) -> Iterator[_Cell]:
        start, end = max(0, round(middle - pitch / 2)), min(count, round(middle + pitch / 2))
        first, last = (max(0, int((middle + side * pitch) * scale)) for side in (-_MIDDLE, _MIDDLE))
        if start < end and ink[first:last].size and ink[first:last].mean() >= _MIN_INK:
            yield _Cell(start, end, neighbor)

    for middle in free_cells(found.tolist()):
        yield from cell(middle)
    if inked.size:
        for end, direction in ((int(found[0]), -1), (int(found[-1]), 1)):
            edge = inked[0] if direction < 0 else inked[-1]
            if (edge - end) * direction >= _MIN_INK_BEYOND * pitch:
                yield from cell(end + direction * pitch, int(best[end]))


@functools.lru_cache(maxsize=4)
def _wide(alphabet: tuple[str, ...]) -> NDArray[np.bool_]:
    """Which characters a free cell may have; not the circle, as which a bracket is seen."""
    return np.array([is_wide(text) and text != "〇" for text in alphabet])
