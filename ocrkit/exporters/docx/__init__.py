"""Word (Office Open XML, transitional): text to go on working with.

Blocks become paragraphs, headings, lists and tables, and every page begins a new one. Lines flow: where they
broke on the paper is not kept, and neither is where they stood. The file states languages, directions and
fonts for Chinese, Japanese and Korean, so that it is shown and spell-checked right away.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator

from ocrkit.exporters.base import Streamed
from ocrkit.exporters.docx import parts
from ocrkit.exporters.docx.body import Body
from ocrkit.result import DocumentResult, PageResult

_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The first day that a ZIP archive can name: when a file was written is not what it says."""


def _stream(head: DocumentResult, pages: Iterable[PageResult]) -> Iterator[bytes]:
    """The archive, page by page. What is said of lists stands at its end, when all of them are known."""
    body, buffer = Body(), _Buffer()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in parts.fixed(head.source).items():
            archive.writestr(_entry(name), text)
        with archive.open(_entry("word/document.xml"), "w") as part:
            part.write(body.beginning().encode())
            for page in pages:
                part.write(body.page(page).encode())
                yield buffer.taken()
            part.write(body.end().encode())
        archive.writestr(_entry("word/numbering.xml"), parts.numbering(body.lists))
    yield buffer.taken()


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _EPOCH)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system = 3  # the same on every system
    return entry


class _Buffer(io.RawIOBase):
    """What was written and not yet taken. It cannot go back, and a ZIP archive need not."""

    def __init__(self) -> None:
        super().__init__()
        self._written = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: bytes | bytearray | memoryview) -> int:  # type: ignore[override]  # typeshed's Buffer is newer
        self._written += data
        return len(data)

    def taken(self) -> bytes:
        data = bytes(self._written)
        self._written.clear()
        return data


export = Streamed(_stream)
