"""The rows of a page as bands: what is read before anything below it, and in it cell by cell.

Most bands are one row. A row of a table whose cells take several lines is a band of several rows: first all
lines of its first cell, then those of the second. Three things show that a row goes on in the next one: a
cell stands beside the gap between two lines, as a label in the middle of its row does; or a smaller distance
than between other rows; or lines that broke because they had to. And always: what goes on has something
above it.
"""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Sequence
from typing import TypeAlias

from ocrkit.postprocess.reading_order.pieces import Piece, around, flat

_TIGHTER = 0.85  # a distance of this many times another one is smaller than that
_COLUMN = 0.3  # the least white between two cells, in line heights
_UNDER = 0.5  # what stands under a cell shares so much of its width
_BETWEEN = 0.25  # two rows stand into one another by so much of their height
_NEIGHBOUR = 12.0  # and are no further apart, in line heights
_NEAR = 6  # bands above and below that show how wide a column is
_PITCH = 1.6  # lines of a cell stand no further apart, in line heights
_MOST_COLUMNS = 30  # of a table with cells of several lines
_FURTHER = 0.25  # the least share of distances between rows of cells
_FEWER = 0.3  # the share of lines in which fewer cells go on than in the line above
_WRAPPED = 0.5  # the share of lines that broke because they had to, inside of cells

Row: TypeAlias = list[Piece]
Band: TypeAlias = list[Row]


def bands_of(rows: Sequence[Row]) -> list[Band]:
    """The rows, those together that belong together."""
    return _wrapped(_interleaved(rows))


def cells_of(band: Band, height: float) -> list[list[Piece]]:
    """The pieces of a band by cell, left to right, each from top to bottom."""
    cells: list[list[Piece]] = []
    reach = 0.0
    for piece in sorted(flat(band), key=lambda piece: (piece.box.left, piece.box.top)):
        if not cells or piece.box.left > reach + _COLUMN * height:
            cells.append([])
            reach = piece.box.right
        cells[-1].append(piece)
        reach = max(reach, piece.box.right)
    return cells


def _interleaved(rows: Sequence[Row]) -> list[Band]:
    """A row together with the next, where a piece of that stands beside one of this, half a line lower."""
    bands: list[Band] = []
    for row in rows:
        if bands and _stand_into_one_another(bands[-1][-1], row):
            bands[-1].append(row)
        else:
            bands.append([row])
    return bands


def _stand_into_one_another(row: Row, following: Row) -> bool:
    height = min(row[0].box.height, following[0].box.height)
    beside = stacked = 0.0
    for piece in row:
        for other in following:
            shared = piece.box.bottom - other.box.top
            apart = max(piece.box.left, other.box.left) - min(piece.box.right, other.box.right)
            if apart <= 0:
                stacked = max(stacked, shared)
            elif apart < _NEIGHBOUR * height:  # further away, a line that is not quite level is enough
                beside = max(beside, shared)
    return beside > stacked + _BETWEEN * height


def _wrapped(bands: Sequence[Band]) -> list[Band]:
    """Bands of rows together with the bands in which their cells go on."""
    most = max(len(row) for band in bands for row in band)
    if most < 2 or most > _MOST_COLUMNS:
        return list(bands)
    distances = [around(other[0]).top - around(one[-1]).top for one, other in itertools.pairwise(bands)]
    links = [_links(bands, index) for index in range(len(bands) - 1)]
    told_apart = _told_apart_by_distance(bands, distances, links)
    joined = [list(bands[0])]
    for index, (band, distance, link) in enumerate(zip(bands[1:], distances, links, strict=True)):
        if told_apart:
            goes_on = bool(link) and distance <= told_apart and _stands_under(band, joined[-1])
        else:
            goes_on = bool(link) and all(link) and _is_rest(band, bands[index], height_of(bands[index]))
            goes_on = goes_on and distance < _PITCH * height_of(bands[index])
        if goes_on:
            joined[-1] += band
        else:
            joined.append(list(band))
    return joined


def height_of(band: Band) -> float:
    return statistics.median(piece.box.height for row in band for piece in row)


def _links(bands: Sequence[Band], index: int) -> list[bool]:
    """For each piece that stands under one of the band before it: whether it had to be there."""
    near = [piece for band in bands[max(0, index - _NEAR) : index + _NEAR] for piece in flat(band)]
    links: list[bool] = []
    for piece in bands[index + 1][0]:
        above = [other for other in reversed(flat(bands[index])) if _under(piece, other)]
        if above:
            edge = max(other.box.right for other in near if _under(piece, other))
            room = edge - above[0].box.right
            links.append(not _is_figure(piece) and room < piece.first_word + 0.3 * piece.box.height)
    return links


def _told_apart_by_distance(
    bands: Sequence[Band], distances: Sequence[float], links: Sequence[list[bool]]
) -> float | None:
    """The largest distance between two lines of a cell, where rows of cells stand further apart."""
    linked = [distance for distance, link in zip(distances, links, strict=True) if link]
    if not linked:
        return None
    tight = min(linked) / _TIGHTER
    inside = [n for n, link in enumerate(links) if link and distances[n] <= tight]
    further = sum(distance > tight for distance in distances)
    forced = [each for n in inside for each in links[n]]
    fewer = sum(len(bands[n + 1][0]) < len(bands[n][-1]) for n in inside)
    if further < max(2, _FURTHER * len(distances)) or fewer < _FEWER * len(inside):
        return None
    return tight if sum(forced) > _WRAPPED * len(forced) else None


def _is_rest(band: Band, above: Band, height: float) -> bool:
    """Whether a row is less than one: cells are missing, and what is there begins as nothing does."""
    texts = [piece.line.text.lstrip() for piece in flat(band)]
    return len(texts) < len(cells_of(above, height)) and not any(
        text[:1].isupper() or text[:1].isdigit() for text in texts
    )


def _stands_under(band: Band, above: Band) -> bool:
    """Whether all of a band stands under something of another one."""
    pieces = flat(above)
    return all(any(_under(piece, other) for other in pieces) for piece in flat(band))


def _is_figure(piece: Piece) -> bool:
    text = piece.line.text
    return 2 * sum(character.isalpha() for character in text) < len(text.replace(" ", ""))


def _under(piece: Piece, above: Piece) -> bool:
    shared = min(piece.box.right, above.box.right) - max(piece.box.left, above.box.left)
    return shared > _UNDER * min(piece.width, above.width)
