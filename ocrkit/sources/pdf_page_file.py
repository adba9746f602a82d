"""Pages of a PDF as files of their own."""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import pypdfium2

_TOLERANCE = 0.5
"""Points by which the visible part of a page may differ from the whole."""


# What pdfium writes anew at each call. The same page has to be the same file, to be recognized by a service's
# answer that is still pending.
_ID = re.compile(rb"/ID\[<[0-9A-F]{32}><[0-9A-F]{32}>\](?=>>\s+startxref\s+\d+\s+%%EOF\s*\Z)")
_DATE = re.compile(rb"/CreationDate\(D:\d{14}")
_FIXED_ID = b"/ID[<%b><%b>]" % (b"0" * 32, b"0" * 32)
_FIXED_DATE = b"/CreationDate(D:20000101000000"


class _Document(Protocol):
    def single_page(self, index: int) -> bytes: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True, eq=False)
class PdfPageFile:
    """A page of a PDF, which is extracted when it is read; see `ocrkit.page.PageFile`.

    It opens the document again, so it may be read after the source was closed, and in another process.

    Attributes:
        open: opens the document.
        index: the position of the page, counted from 0.
        portable: whether another process can open the document. If not, because it is in memory, the page is
            extracted before it is sent there.
    """

    open: Callable[[], _Document]
    index: int
    portable: bool
    media_type = "application/pdf"

    def read(self) -> bytes:
        with contextlib.closing(self.open()) as document:
            return document.single_page(self.index)

    def __reduce__(self) -> tuple[object, ...]:
        if self.portable:
            return PdfPageFile, (self.open, self.index, True)
        return LoadedPageFile, (self.read(), self.media_type)


@dataclass(frozen=True, slots=True, eq=False)
class LoadedPageFile:
    """A page that was extracted in another process."""

    data: bytes
    media_type: str

    def read(self) -> bytes:
        return self.data


def extracted(document: pypdfium2.PdfDocument, index: int) -> bytes:
    """A document of one page: the same bytes for the same page.

    Call it inside `ocrkit.sources.pdf.pdfium()`.
    """
    with contextlib.closing(pypdfium2.PdfDocument.new()) as single:
        single.import_pages(document, [index])
        buffer = io.BytesIO()
        single.save(buffer)
    return _DATE.sub(_FIXED_DATE, _ID.sub(_FIXED_ID, buffer.getvalue()), count=1)


def is_upright_and_whole(page: pypdfium2.PdfPage) -> bool:
    """Whether the page is neither rotated nor cropped, so that all readers use the same coordinates."""
    whole, visible = page.get_mediabox(), page.get_cropbox()
    differs = any(abs(a - b) > _TOLERANCE for a, b in zip(whole, visible, strict=True))
    return page.get_rotation() == 0 and not differs
