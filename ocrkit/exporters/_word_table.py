"""Tables with one row per word, shared by CSV and TSV."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from ocrkit.exporters._numbers import format_decimal
from ocrkit.exporters.base import Stream
from ocrkit.result import COLUMNS, DocumentResult, PageResult, WordRow, word_rows

_CONFIDENCE_PLACES, _PIXEL_PLACES = 4, 2


def word_table(format_row: Callable[[Sequence[str]], str]) -> Stream:
    """A stream of a header and a row for each word. `format_row` joins the cells of a row."""

    def stream(head: DocumentResult, pages: Iterable[PageResult]) -> Iterator[bytes]:  # noqa: ARG001 – only words are written
        yield format_row(COLUMNS).encode()
        for page in pages:
            yield "".join(format_row(_cells(row)) for row in word_rows(page)).encode()

    return stream


def _cells(row: WordRow) -> list[str]:
    return [_cell(name, value) for name, value in zip(COLUMNS, row, strict=True)]


def _cell(name: str, value: str | float | None) -> str:
    """The text of a cell; empty where the value is unknown."""
    if isinstance(value, float):
        return format_decimal(value, _CONFIDENCE_PLACES if name == "confidence" else _PIXEL_PLACES)
    return "" if value is None else str(value)
