"""Results as a table of words."""

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
    """A word and its position. `page`, `block`, `line` and `word` count from 1 within the one before."""

    page: int
    block: int
    line: int
    word: int | None
    """None where the engine does not separate words: the row is the whole line."""
    text: str
    left: float | None
    top: float | None
    right: float | None
    bottom: float | None
    confidence: float | None
    language: str | None
    """The language of the word, or else of its line or block."""


COLUMNS = WordRow._fields

_DTYPES = {
    **dict.fromkeys(("page", "block", "line"), "int64"),
    "word": "Int64",
    **dict.fromkeys(("text", "language"), "string"),
    **dict.fromkeys(("left", "top", "right", "bottom", "confidence"), "float64"),
}
"""Explicit, so that they are the same for a document without words or confidences."""


def word_rows(page: PageResult) -> Iterator[WordRow]:
    """The words of a page in reading order."""
    for block_number, block in enumerate(page.blocks, start=1):
        for line_number, line in enumerate(block.lines, start=1):
            position = (page.number, block_number, line_number)
            language = line.language or block.language
            for word_number, word in enumerate(line.words, start=1):
                yield _row((*position, word_number), word.text, word, word.language or language)
            if line.text and not line.words:
                yield _row((*position, None), line.text, line, language)


def _row(
    position: tuple[int, int, int, int | None], text: str, region: Region, language: str | None
) -> WordRow:
    left, top, right, bottom = region.box or (None, None, None, None)
    return WordRow(*position, text, left, top, right, bottom, region.confidence, language)


def data_frame(document: DocumentResult) -> pd.DataFrame:
    """See `DocumentResult.to_dataframe`."""
    try:
        import pandas as pd
    except ImportError as error:
        raise missing_extra("pandas", "pandas", "a data frame of words") from error
    rows = [row for page in document.pages for row in word_rows(page)]
    columns: list[tuple[Any, ...]] = list(zip(*rows, strict=True)) or [()] * len(COLUMNS)
    return pd.DataFrame(
        {
            name: pd.array(values, dtype=_DTYPES[name]) if _DTYPES[name] in ("Int64", "string")
            else pd.Series(values, dtype=_DTYPES[name])
            for name, values in zip(COLUMNS, columns, strict=True)
        }
    )  # fmt: skip
