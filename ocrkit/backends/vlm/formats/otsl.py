"""Tables as OTSL tokens."""

from __future__ import annotations

import html
import re

from ocrkit.backends.vlm.formats.pieces import GridCell, fitted

_TOKEN = re.compile(r"<(fcel|ecel|lcel|ucel|xcel|ched|rhed|srow|nl)>")
_CONTENT = ("fcel", "ecel", "ched", "rhed", "srow")
_MOST_CELLS = 50_000


def has_otsl(text: str) -> bool:
    """Whether a text has OTSL tokens."""
    return _TOKEN.search(text) is not None


def otsl_cells(text: str) -> tuple[GridCell, ...]:
    """The cells of a table. A table that is cut off keeps the cells before the cut."""
    rows = _rows(text)
    cells = [
        GridCell(row, column, content, _down(rows, row, column), _right(tokens, column))
        for row, tokens in enumerate(rows)
        for column, (token, content) in enumerate(tokens)
        if token in _CONTENT
    ]
    return fitted(cells)


def _rows(text: str) -> list[list[tuple[str, str]]]:
    parts = _TOKEN.split(text)
    rows: list[list[tuple[str, str]]] = [[]]
    for token, content in list(zip(parts[1::2], parts[2::2], strict=True))[:_MOST_CELLS]:
        if token == "nl":  # noqa: S105 – a token of the format
            rows.append([])
        else:
            rows[-1].append((token, html.unescape(re.sub(r"<[^<>]*>", "", content)).strip()))
    return [row for row in rows if row]


def _right(row: list[tuple[str, str]], column: int) -> int:
    span = 1
    while column + span < len(row) and row[column + span][0] == "lcel":
        span += 1
    return span


def _down(rows: list[list[tuple[str, str]]], row: int, column: int) -> int:
    span = 1
    while row + span < len(rows) and column < len(rows[row + span]):
        if rows[row + span][column][0] != "ucel":
            break
        span += 1
    return span
