"""Plain text that keeps the layout of the page: columns and tables are aligned with spaces (UTF-8).

It is made for monospaced fonts, in which Chinese and Japanese characters are two columns wide. Pages are
separated by form feeds, as in `pdftotext -layout`.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from ocrkit.exporters._structure import clean_line
from ocrkit.exporters.base import StreamingExporter
from ocrkit.geometry import Box, Point, Transform, bounding_box
from ocrkit.result import DocumentResult, Line, PageResult, Word, join_words

_COLUMN_GAP = 2.0
"""In characters. A wider gap separates two columns; the space between words is 0.5 to 1.5 characters wide."""
_MIN_CELL = 0.6
"""The smallest width of a grid cell, in characters. Narrower cells make room for crowded columns."""
_MAX_COLUMNS = 400
"""Limits the length of lines if bounding boxes make no sense."""
_MAX_EMPTY_LINES = 3
_EXTRA_PITCH = 0.4
"""In line distances. Two lines that are this much further apart than usual get an empty line between them."""
_EDGE_TOLERANCE = 0.75
"""In grid cells. Left edges that are closer together are aligned."""
_NUMBER = re.compile(r"[^\w]*\d[\d\s.,'’:/%€$£¥+-]*")


class _TextRun(NamedTuple):
    """Words without a column gap between them."""

    text: str
    box: Box

    @property
    def columns(self) -> int:
        return columns(self.text)


@dataclass
class _GridRow:
    """Text runs at the same height."""

    center: float
    height: float
    runs: list[_TextRun] = field(default_factory=list)


def columns(text: str) -> int:
    """The width of a text in a monospaced font: two columns for wide characters, none for combining marks."""
    return sum(
        2 if unicodedata.east_asian_width(character) in "WF"
        else 0 if unicodedata.category(character) in ("Mn", "Me", "Cf")
        else 1
        for character in text
    )  # fmt: skip


def _stream(head: DocumentResult, pages: Iterable[PageResult]) -> Iterator[bytes]:  # noqa: ARG001 – only text is written
    """The pages, separated by form feeds, each with a line break at the end."""
    separator = ""
    for page in pages:
        yield f"{separator}{_page(page)}\n".encode()
        separator = "\f"
    if not separator:
        yield b"\n"


def _page(page: PageResult) -> str:
    leveling = _leveling_transform(page)
    if leveling is None:
        return "\n\n".join("\n".join(_texts(block.lines)) for block in page.blocks)
    character = _character_width(page, leveling)
    lines = [runs for line in page.lines if (runs := _text_runs(line, leveling, character))]
    parts = []
    if lines:
        rows = _grid_rows(lines, character)
        cell = _cell_width(rows, character, _min_character_width(page))
        columns_by_edge = _align_edges(rows, cell)
        parts.append(
            "\n".join(_with_empty_lines(rows, [_format(row, columns_by_edge, cell) for row in rows]))
        )
    if without_position := _texts(line for line in page.lines if not _has_position(line)):
        parts.append("\n".join(without_position))
    return "\n\n".join(parts)


def _texts(lines: Iterable[Line]) -> list[str]:
    return [text for line in lines if (text := clean_line(line.text))]


# ── positions on the page ──


def _has_position(line: Line) -> bool:
    return bool(line.polygon) or any(word.polygon for word in line.words)


def _leveling_transform(page: PageResult) -> Transform | None:
    """The transform that makes the lines level; None where most lines are vertical."""
    rotation = Transform.quarter_turns(page.rotation // 90, page.width, page.height)
    angles = []
    for line in page.lines:
        if line.polygon and len(line.polygon) > 1 and len(line.text) > 1:
            start, end = (rotation.point(point) for point in line.polygon[:2])
            angles.append(math.degrees(math.atan2(end.y - start.y, end.x - start.x)))
    skew = median(angles) if angles else 0.0
    if abs(skew) > 45:
        return None
    return rotation.then(Transform.rotation(-skew, Point(page.width / 2, page.height / 2)))


def _character_width(page: PageResult, leveling: Transform) -> float:
    """The median width of a character, in pixels."""
    widths = []
    for line in page.lines:
        regions: list[Word | Line] = [word for word in line.words if word.polygon]
        for region in regions or [line]:
            count = columns(clean_line(region.text))
            box = bounding_box(leveling.polygon(region.polygon)) if region.polygon and count else None
            # A box that is too tall for its text belongs to rotated text.
            if box and box.width > box.height * min(1.0, count / 4):
                widths.append((box.width / count, count))
    return max(_weighted_median(widths) or page.width / 80, _min_character_width(page))


def _min_character_width(page: PageResult) -> float:
    return max(page.width, page.height) / _MAX_COLUMNS


def _weighted_median(weighted: Sequence[tuple[float, int]]) -> float | None:
    half = sum(weight for _, weight in weighted) / 2
    for value, weight in sorted(weighted):
        half -= weight
        if half <= 0:
            return value
    return None


def _text_runs(line: Line, leveling: Transform, character: float) -> list[_TextRun]:
    """The words of a line, split at column gaps. Words keep their order within a run."""
    groups: list[tuple[list[str], Box]] = []
    without_position: list[str] = []
    for word in line.words:
        box = bounding_box(leveling.polygon(word.polygon)) if word.polygon else None
        last = groups[-1] if groups else None
        if last and (box is None or _gap(last[1], box) <= _COLUMN_GAP * character):
            groups[-1] = ([*last[0], word.text], last[1].union(box) if box else last[1])
        elif box is None:
            without_position.append(word.text)
        else:
            groups.append(([*without_position, word.text], box))
            without_position = []
    if len(groups) > 1:
        runs = [_TextRun(clean_line(join_words(texts)), box) for texts, box in groups]
    elif line.polygon:
        runs = [_TextRun(clean_line(line.text), bounding_box(leveling.polygon(line.polygon)))]
    else:
        runs = [_TextRun(clean_line(line.text), box) for _, box in groups]
    return [run for run in runs if run.text]


def _gap(first: Box, second: Box) -> float:
    return max(first.left, second.left) - min(first.right, second.right)


def _grid_rows(lines: Sequence[Sequence[_TextRun]], character: float) -> list[_GridRow]:
    """The rows from top to bottom. Lines that are side by side share a row."""
    rows: list[_GridRow] = []
    of_lines = [
        _GridRow(
            median(run.box.center.y for run in runs),
            median(run.box.height for run in runs),
            list(runs),
        )
        for runs in lines
    ]
    for line in sorted(of_lines, key=lambda row: row.center):
        row = next((row for row in reversed(rows[-3:]) if _fits_into(line, row, character)), None)
        if row is None:
            rows.append(line)
        else:
            row.runs += line.runs
    for row in rows:
        row.runs.sort(key=lambda run: run.box.left)
    return rows


def _fits_into(line: _GridRow, row: _GridRow, character: float) -> bool:
    """Whether a line is at the height of a row and does not overlap its runs."""
    if abs(line.center - row.center) > min(line.height, row.height) / 2:
        return False
    return all(_gap(run.box, other.box) >= -character / 2 for run in line.runs for other in row.runs)


# ── the grid ──


def _cell_width(rows: Sequence[_GridRow], character: float, minimum: float) -> float:
    """The width of a grid cell in pixels: narrower than a character where columns are crowded."""
    needed = [
        (following.box.left - run.box.left) / (run.columns + 2)
        for row in rows
        for run, following in pairwise(row.runs)
    ]
    return max(min([character, *needed]), character * _MIN_CELL, minimum)


def _align_edges(rows: Sequence[_GridRow], cell: float) -> dict[float, int]:
    """The grid column of each left edge. Edges that almost match share a column."""
    edges = sorted(_edge(run, cell) for row in rows for run in row.runs)
    columns_by_edge, first = {}, edges[0]
    for edge in edges:
        first = first if edge - first < cell * _EDGE_TOLERANCE else edge
        columns_by_edge[edge] = min(round((first - edges[0]) / cell), _MAX_COLUMNS)
    return columns_by_edge


def _edge(run: _TextRun, cell: float) -> float:
    """The left edge of a run. Numbers are right-aligned, so their left edge follows from the right one."""
    return run.box.right - run.columns * cell if _NUMBER.fullmatch(run.text) else run.box.left


def _format(row: _GridRow, columns_by_edge: Mapping[float, int], cell: float) -> str:
    text, end = "", 0
    for run in row.runs:
        space = max(columns_by_edge[_edge(run, cell)] - end, 2 if text else 0)
        text += " " * space + run.text
        end += space + run.columns
    return text


def _with_empty_lines(rows: Sequence[_GridRow], lines: Sequence[str]) -> Iterator[str]:
    """The lines, with empty lines for the vertical space between them."""
    distances = [following.center - row.center for row, following in pairwise(rows)]
    pitch = max(median(distances), median(row.height for row in rows)) if distances else 0.0
    yield lines[0]
    for distance, line in zip(distances, lines[1:], strict=True):
        empty = math.floor(distance / pitch - _EXTRA_PITCH) if pitch else 0
        yield from [""] * min(max(empty, 0), _MAX_EMPTY_LINES)
        yield line


export = StreamingExporter(_stream)
