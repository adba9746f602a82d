"""CSV of the tables in a document, with an empty line between two tables (RFC 4180, UTF-8).

Text that a spreadsheet would run as a formula gets an apostrophe in front, as in `csv`. A document without
tables gives an empty file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ocrkit.exporters.base import StreamingExporter
from ocrkit.result import DocumentResult, PageResult


def _stream(head: DocumentResult, pages: Iterable[PageResult]) -> Iterator[bytes]:  # noqa: ARG001 – only tables are written
    """The tables of all pages."""
    separator = ""
    for page in pages:
        for table in page.tables:
            yield f"{separator}{table.to_csv()}".encode()
            separator = "\r\n"


export = StreamingExporter(_stream)
