"""Text in a grid of characters (UTF-8): columns and tables stand as they do on the page.

Meant for fonts of one width, in which Chinese and Japanese characters take two places. Pages are parted by a
form feed, as `pdftotext -layout` does it.
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

from ocrkit.exporters._structure import cleaned
from ocrkit.exporters.base import Streamed
from ocrkit.geometry import Box, Point, Transform, bounding_box
from ocrkit.result import DocumentResult, Line, PageResult, Word, join_words

_APART = 2.0
"""A gap of more characters than this parts two columns; one between words has half to one and a half."""
_SQUEEZED = 0.6
"""How far characters may be narrower than they usually are, to make room for what stands close."""
_WIDEST = 400
"""More characters on a line are not written: boxes that make no sense must not make endless lines."""
_EMPTY_LINES = 3
"""More than these do not show more."""
_MORE = 0.4
"""By how much of a line two lines are further apart than usual where one would fit between them on paper."""
_STRAIGHT = 0.75
_FIGURES = re.compile(r"[^\w]*\d[\d\s.,'’:/%€$£¥+-]*")


class _Piece(NamedTuple):
    """Words that follow one another closely."""

    text: str
    box: Box

    @property
    def columns(self) -> int:
        return columns(self.text)


@dataclass
class _Row:
    """Pieces at one height."""

    middle: float
    height: float
    pieces: list[_Piece] = field(default_factory=list)


def columns(text: str) -> int:
    """How many places a text takes: two for wide characters, none for marks upon others."""
    return sum(
        2 if unicodedata.east_asian_width(character) in "WF"
        else 0 if unicodedata.category(character) in ("Mn", "Me", "Cf")
        else 1
        for character in text
    )  # fmt: skip


def _stream(head: DocumentResult, pages: Iterable[PageResult]) -> Iterator[bytes]:  # noqa: ARG001 – text is all it says
    """The pages, each ending in a line break, with a form feed between two."""
    feed = ""
    for page in pages:
        yield f"{feed}{_page(page)}\n".encode()
        feed = "\f"
    if not feed:
        yield b"\n"


def _page(page: PageResult) -> str:
    upright = _upright(page)
    if upright is None:
        return "\n\n".join("\n".join(_plain(block.lines)) for block in page.blocks)
    character = _character(page, upright)
    placed = [pieces for line in page.lines if (pieces := _pieces(line, upright, character))]
    parts = []
    if placed:
        rows = _rows(placed, character)
        cell = _cell(rows, character, _least(page))
        starts = _starts(rows, cell)
        parts.append("\n".join(_spaced(rows, [_written(row, starts, cell) for row in rows])))
    # What stands nowhere comes last.
    if homeless := _plain(line for line in page.lines if not _stands(line)):
        parts.append("\n".join(homeless))
    return "\n\n".join(parts)


def _plain(lines: Iterable[Line]) -> list[str]:
    return [text for line in lines if (text := cleaned(line.text))]


# ── where things stand ──


def _stands(line: Line) -> bool:
    return bool(line.polygon) or any(word.polygon for word in line.words)


def _upright(page: PageResult) -> Transform | None:
    """From the page as it lies to one whose lines are level; None where most lines run up and down."""
    turned = Transform.quarter_turns(page.rotation // 90, page.width, page.height)
    angles = []
    for line in page.lines:
        if line.polygon and len(line.polygon) > 1 and len(line.text) > 1:
            start, end = (turned.point(point) for point in line.polygon[:2])
            angles.append(math.degrees(math.atan2(end.y - start.y, end.x - start.x)))
    skew = median(angles) if angles else 0.0
    if abs(skew) > 45:
        return None
    return turned.then(Transform.rotation(-skew, Point(page.width / 2, page.height / 2)))


def _character(page: PageResult, upright: Transform) -> float:
    """The width of a character: that of the middle one."""
    widths = []
    for line in page.lines:
        regions: list[Word | Line] = [word for word in line.words if word.polygon]
        for region in regions or [line]:
            count = columns(cleaned(region.text))
            box = bounding_box(upright.polygon(region.polygon)) if region.polygon and count else None
            # A box that is taller than its text is long is that of turned text.
            if box and box.width > box.height * min(1.0, count / 4):
                widths.append((box.width / count, count))
    return max(_middle(widths) or page.width / 80, _least(page))


def _least(page: PageResult) -> float:
    return max(page.width, page.height) / _WIDEST


def _middle(weighted: Sequence[tuple[float, int]]) -> float | None:
    half = sum(weight for _, weight in weighted) / 2
    for value, weight in sorted(weighted):
        half -= weight
        if half <= 0:
            return value
    return None


def _pieces(line: Line, upright: Transform, character: float) -> list[_Piece]:
    """The words of a line, parted where the gap is wide. They keep their order within a piece."""
    runs: list[tuple[list[str], Box]] = []
    homeless: list[str] = []
    for word in line.words:
        box = bounding_box(upright.polygon(word.polygon)) if word.polygon else None
        last = runs[-1] if runs else None
        if last and (box is None or _gap(last[1], box) <= _APART * character):
            runs[-1] = ([*last[0], word.text], last[1].union(box) if box else last[1])
        elif box is None:
            homeless.append(word.text)
        else:
            runs.append(([*homeless, word.text], box))
            homeless = []
    if len(runs) > 1:
        pieces = [_Piece(cleaned(join_words(texts)), box) for texts, box in runs]
    elif line.polygon:
        pieces = [_Piece(cleaned(line.text), bounding_box(upright.polygon(line.polygon)))]
    else:
        pieces = [_Piece(cleaned(line.text), box) for _, box in runs]
    return [piece for piece in pieces if piece.text]


def _gap(first: Box, second: Box) -> float:
    return max(first.left, second.left) - min(first.right, second.right)


def _rows(lines: Sequence[Sequence[_Piece]], character: float) -> list[_Row]:
    """Lines at the same height beside one another, from top to bottom."""
    rows: list[_Row] = []
    found = [
        _Row(
            median(piece.box.center.y for piece in pieces),
            median(piece.box.height for piece in pieces),
            list(pieces),
        )
        for pieces in lines
    ]
    for line in sorted(found, key=lambda row: row.middle):
        for row in reversed(rows[-3:]):
            near = abs(line.middle - row.middle) <= min(line.height, row.height) / 2
            if near and not any(
                _gap(mine.box, other.box) < -character / 2 for mine in line.pieces for other in row.pieces
            ):
                row.pieces += line.pieces
                break
        else:
            rows.append(line)
    for row in rows:
        row.pieces.sort(key=lambda piece: piece.box.left)
    return rows


# ── the grid ──


def _cell(rows: Sequence[_Row], character: float, least: float) -> float:
    """The width of a place in the grid: narrower than a character where a column needs it to stay there."""
    needed = [
        (following.box.left - piece.box.left) / (piece.columns + 2)
        for row in rows
        for piece, following in pairwise(row.pieces)
    ]
    return max(min([character, *needed]), character * _SQUEEZED, least)


def _starts(rows: Sequence[_Row], cell: float) -> dict[float, int]:
    """Left edges to places in the grid. Edges less than a place apart are one: a margin stays straight."""
    edges = sorted(_edge(piece, cell) for row in rows for piece in row.pieces)
    starts, first = {}, edges[0]
    for edge in edges:
        first = first if edge - first < cell * _STRAIGHT else edge
        starts[edge] = min(round((first - edges[0]) / cell), _WIDEST)
    return starts


def _edge(piece: _Piece, cell: float) -> float:
    """Where a piece begins. Figures stand below one another by their ends."""
    return piece.box.right - piece.columns * cell if _FIGURES.fullmatch(piece.text) else piece.box.left


def _written(row: _Row, starts: Mapping[float, int], cell: float) -> str:
    text, end = "", 0
    for piece in row.pieces:
        space = max(starts[_edge(piece, cell)] - end, 2 if text else 0)
        text += " " * space + piece.text
        end += space + piece.columns
    return text


def _spaced(rows: Sequence[_Row], lines: Sequence[str]) -> Iterator[str]:
    """The lines, with empty ones where the page has room for them."""
    steps = [following.middle - row.middle for row, following in pairwise(rows)]
    pitch = max(median(steps), median(row.height for row in rows)) if steps else 0.0
    yield lines[0]
    for step, line in zip(steps, lines[1:], strict=True):
        empty = math.floor(step / pitch - _MORE) if pitch else 0
        yield from [""] * min(max(empty, 0), _EMPTY_LINES)
        yield line


export = Streamed(_stream)
