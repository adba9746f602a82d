"""DOCX, an editable Word document (Office Open XML, transitional).

Blocks become paragraphs, headings, lists and tables, and every page begins on a new page. Line breaks and
positions of the original are not kept. The file states languages, text directions, and fonts for Chinese,
Japanese and Korean, so that Word displays and spell-checks it correctly.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator

from ocrkit.exporters.base import StreamingExporter
from ocrkit.exporters.docx import parts
from ocrkit.exporters.docx.body import BodyWriter
from ocrkit.result import DocumentResult, PageResult

_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The earliest time that a ZIP archive can hold. A fixed time keeps output reproducible."""


def _stream(head: DocumentResult, pages: Iterable[PageResult]) -> Iterator[bytes]:
    """The archive, page by page. The definitions of lists follow the body, when all lists are known."""
    body, buffer = BodyWriter(), _OutputBuffer()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in parts.static_parts(head.source).items():
            archive.writestr(_entry(name), text)
        with archive.open(_entry("word/document.xml"), "w") as part:
            part.write(body.start().encode())
            for page in pages:
                part.write(body.page(page).encode())
                yield buffer.take()
            part.write(body.end().encode())
        archive.writestr(_entry("word/numbering.xml"), parts.numbering(body.lists))
    yield buffer.take()


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _EPOCH)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system = 3  # Unix; by default it differs between systems
    return entry


class _OutputBuffer(io.RawIOBase):
    """A write-only buffer that returns the data written so far. It cannot seek, which ZIP does not need."""

    def __init__(self) -> None:
        super().__init__()
        self._written = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: bytes | bytearray | memoryview) -> int:  # type: ignore[override]  # typeshed's Buffer is newer
        self._written += data
        return len(data)

    def take(self) -> bytes:
        data = bytes(self._written)
        self._written.clear()
        return data


export = StreamingExporter(_stream)
