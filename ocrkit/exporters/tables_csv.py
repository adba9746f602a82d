"""CSV of tables (RFC 4180, UTF-8): a line for each row, an empty line between two tables.

`csv` is a row for each word. What a spreadsheet would take for a formula gets an apostrophe before it, as
there. A document without tables is an empty file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ocrkit.exporters.base import Streamed
from ocrkit.result import DocumentResult, PageResult


def _stream(head: DocumentResult, pages: Iterable[PageResult]) -> Iterator[bytes]:  # noqa: ARG001 – tables are all it says
    """The tables of all pages."""
    gap = ""
    for page in pages:
        for table in page.tables:
            yield f"{gap}{table.to_csv()}".encode()
            gap = "\r\n"


export = Streamed(_stream)
