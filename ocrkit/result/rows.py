"""A result as a table: a row for each word."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from ocrkit.errors import missing_extra
from ocrkit.result.document_result import DocumentResult
from ocrkit.result.page_result import PageResult
from ocrkit.result.region import Region

if TYPE_CHECKING:
    import pandas as pd


class WordRow(NamedTuple):
    """A word with its place. Pages, blocks, lines and words are counted from 1, each within the one above."""

    page: int
    block: int
    line: int
    word: int | None
    """None for a line whose words the engine does not tell apart: the row is the line."""
    text: str
    left: float | None
    top: float | None
    right: float | None
    bottom: float | None
    confidence: float | None
    language: str | None
    """That of the word, or of the line or block it stands in."""


COLUMNS = WordRow._fields

_KINDS = {
    **dict.fromkeys(("page", "block", "line"), "int64"),
    "word": "Int64",
    **dict.fromkeys(("text", "language"), "string"),
    **dict.fromkeys(("left", "top", "right", "bottom", "confidence"), "float64"),
}
"""Stated, so that they are the same for a document without words, or without confidences."""


def word_rows(page: PageResult) -> Iterator[WordRow]:
    """The words of a page in reading order."""
    for block_number, block in enumerate(page.blocks, start=1):
        for line_number, line in enumerate(block.lines, start=1):
            place = (page.number, block_number, line_number)
            language = line.language or block.language
            for word_number, word in enumerate(line.words, start=1):
                yield _row((*place, word_number), word.text, word, word.language or language)
            if line.text and not line.words:
                yield _row((*place, None), line.text, line, language)


def _row(place: tuple[int, int, int, int | None], text: str, region: Region, language: str | None) -> WordRow:
    left, top, right, bottom = region.box or (None, None, None, None)
    return WordRow(*place, text, left, top, right, bottom, region.confidence, language)


def data_frame(document: DocumentResult) -> pd.DataFrame:
    """The words of a document as a pandas table."""
    try:
        import pandas as pd
    except ImportError as error:
        raise missing_extra("pandas", "pandas", "a table of words") from error
    rows = [row for page in document.pages for row in word_rows(page)]
    columns: list[tuple[Any, ...]] = list(zip(*rows, strict=True)) or [()] * len(COLUMNS)
    return pd.DataFrame(
        {
            name: pd.array(values, dtype=_KINDS[name]) if _KINDS[name] in ("Int64", "string")
            else pd.Series(values, dtype=_KINDS[name])
            for name, values in zip(COLUMNS, columns, strict=True)
        }
    )  # fmt: skip
