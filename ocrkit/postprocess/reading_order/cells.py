"""Group the rows of a page into bands, so that table cells of several lines are read cell by cell.

Most bands are a single row. A table row whose cells have several lines is a band of several rows: all lines
of the first cell are read before those of the second. A row joins the band above it if one of its fragments
is beside the gap between two lines, like a label centered in its table row. It also joins if it is
under the row above, and either the distance is smaller than between other rows or the lines above broke for
lack of room.
"""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Sequence
from typing import TypeAlias

from ocrkit.postprocess.reading_order.line_fragments import LineFragment, enclosing_box, flatten

_TIGHT_RATIO = 0.85  # a distance less than this many times another one is clearly smaller
_MIN_CELL_GAP = 0.3  # least white space between two cells, in line heights
_UNDER_OVERLAP = 0.5  # a fragment under another shares at least this part of the smaller width
_INTERLEAVE_OVERLAP = 0.25  # interleaved rows overlap by at least this much, in line heights
_MAX_NEIGHBOR_GAP = 12.0  # fragments further apart do not show that rows interleave, in line heights
_NEARBY_BANDS = 6  # bands above and below that show the width of a column
_MAX_PITCH = 1.6  # greatest distance between the lines of a cell, in line heights
_MAX_COLUMNS = 30  # of a table with cells of several lines
_MIN_WIDE_SHARE = 0.25  # least share of larger distances, between table rows
_MIN_SHORTER_SHARE = 0.3  # least share of continuation rows with fewer cells than the row above
_MIN_FORCED_SHARE = 0.5  # least share of lines inside cells that broke for lack of room

FragmentRow: TypeAlias = list[LineFragment]
Band: TypeAlias = list[FragmentRow]


def group_bands(rows: Sequence[FragmentRow]) -> list[Band]:
    return _join_continuations(_join_interleaved(rows))


def split_cells(band: Band, height: float) -> list[list[LineFragment]]:
    """The fragments of a band by cell, left to right, each from top to bottom."""
    cells: list[list[LineFragment]] = []
    reach = 0.0
    for fragment in sorted(flatten(band), key=lambda fragment: (fragment.box.left, fragment.box.top)):
        if not cells or fragment.box.left > reach + _MIN_CELL_GAP * height:
            cells.append([])
            reach = fragment.box.right
        cells[-1].append(fragment)
        reach = max(reach, fragment.box.right)
    return cells


def _join_interleaved(rows: Sequence[FragmentRow]) -> list[Band]:
    bands: list[Band] = []
    for row in rows:
        if bands and _are_interleaved(bands[-1][-1], row):
            bands[-1].append(row)
        else:
            bands.append([row])
    return bands


def _are_interleaved(row: FragmentRow, following: FragmentRow) -> bool:
    """Whether a fragment of one row is beside a fragment of the other, half a line lower."""
    height = min(row[0].box.height, following[0].box.height)
    beside = stacked = 0.0
    for fragment in row:
        for other in following:
            overlap = fragment.box.bottom - other.box.top
            gap = max(fragment.box.left, other.box.left) - min(fragment.box.right, other.box.right)
            if gap <= 0:
                stacked = max(stacked, overlap)
            elif gap < _MAX_NEIGHBOR_GAP * height:  # over a wider gap, slight skew would be enough to overlap
                beside = max(beside, overlap)
    return beside > stacked + _INTERLEAVE_OVERLAP * height


def _join_continuations(bands: Sequence[Band]) -> list[Band]:
    """Join each band with the bands that continue its cells."""
    most = max(len(row) for band in bands for row in band)
    if most < 2 or most > _MAX_COLUMNS:
        return list(bands)
    distances = [
        enclosing_box(other[0]).top - enclosing_box(one[-1]).top for one, other in itertools.pairwise(bands)
    ]
    links = [_links(bands, index) for index in range(len(bands) - 1)]
    max_distance = _max_line_distance(bands, distances, links)
    joined = [list(bands[0])]
    for index, (band, distance, link) in enumerate(zip(bands[1:], distances, links, strict=True)):
        if max_distance:
            continues = bool(link) and distance <= max_distance and _is_band_under(band, joined[-1])
        else:
            height = _median_height(bands[index])
            continues = bool(link) and all(link) and _is_remainder(band, bands[index], height)
            continues = continues and distance < _MAX_PITCH * height
        if continues:
            joined[-1] += band
        else:
            joined.append(list(band))
    return joined


def _median_height(band: Band) -> float:
    return statistics.median(fragment.box.height for row in band for fragment in row)


def _links(bands: Sequence[Band], index: int) -> list[bool]:
    """For each fragment of the next band below one of this band: whether its first word did not fit above."""
    first = max(0, index - _NEARBY_BANDS)
    nearby = [fragment for band in bands[first : index + _NEARBY_BANDS] for fragment in flatten(band)]
    links: list[bool] = []
    for fragment in bands[index + 1][0]:
        above = [other for other in reversed(flatten(bands[index])) if _is_under(fragment, other)]
        if above:
            edge = max(other.box.right for other in nearby if _is_under(fragment, other))
            room = edge - above[0].box.right
            needed = fragment.first_word_width + 0.3 * fragment.box.height
            links.append(not _is_figure(fragment) and room < needed)
    return links


def _max_line_distance(
    bands: Sequence[Band], distances: Sequence[float], links: Sequence[list[bool]]
) -> float | None:
    """The greatest distance between two lines of a cell, if table rows are clearly further apart."""
    linked = [distance for distance, link in zip(distances, links, strict=True) if link]
    if not linked:
        return None
    limit = min(linked) / _TIGHT_RATIO
    inside = [index for index, link in enumerate(links) if link and distances[index] <= limit]
    wide = sum(distance > limit for distance in distances)
    forced = [is_forced for index in inside for is_forced in links[index]]
    shorter = sum(len(bands[index + 1][0]) < len(bands[index][-1]) for index in inside)
    if wide < max(2, _MIN_WIDE_SHARE * len(distances)) or shorter < _MIN_SHORTER_SHARE * len(inside):
        return None
    return limit if sum(forced) > _MIN_FORCED_SHARE * len(forced) else None


def _is_remainder(band: Band, above: Band, height: float) -> bool:
    """Whether a row only continues another: cells are missing, and none begins with a capital or a digit."""
    texts = [fragment.line.text.lstrip() for fragment in flatten(band)]
    return len(texts) < len(split_cells(above, height)) and not any(
        text[:1].isupper() or text[:1].isdigit() for text in texts
    )


def _is_band_under(band: Band, above: Band) -> bool:
    """Whether every fragment of a band is under some fragment of the other one."""
    candidates = flatten(above)
    return all(any(_is_under(fragment, other) for other in candidates) for fragment in flatten(band))


def _is_figure(fragment: LineFragment) -> bool:
    """Whether the text is mostly digits and signs."""
    text = fragment.line.text
    return 2 * sum(character.isalpha() for character in text) < len(text.replace(" ", ""))


def _is_under(fragment: LineFragment, above: LineFragment) -> bool:
    overlap = min(fragment.box.right, above.box.right) - max(fragment.box.left, above.box.left)
    return overlap > _UNDER_OVERLAP * min(fragment.width, above.width)
