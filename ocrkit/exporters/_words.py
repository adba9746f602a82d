"""What the tables of words have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from ocrkit.exporters.base import Stream
from ocrkit.result import COLUMNS, DocumentResult, PageResult, WordRow, word_rows


def table(write: Callable[[Sequence[str]], str]) -> Stream:
    """A header and a row for each word; `write` puts the cells of one row into a line."""

    def stream(head: DocumentResult, pages: Iterable[PageResult]) -> Iterator[bytes]:  # noqa: ARG001 – words are all it says
        yield write(COLUMNS).encode()
        for page in pages:
            yield "".join(write(_cells(row)) for row in word_rows(page)).encode()

    return stream


def _cells(row: WordRow) -> list[str]:
    """Hundredths of a pixel and ten-thousandths of confidence; nothing for what is not known."""
    decimals = {"confidence": 4}
    return [
        "" if value is None
        else _number(value, decimals.get(name, 2)) if isinstance(value, float)
        else str(value)
        for name, value in zip(COLUMNS, row, strict=True)
    ]  # fmt: skip


def _number(value: float, decimals: int) -> str:
    """Without an exponent, and without zeros that say nothing."""
    text = f"{value:.{decimals}f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
