"""Plain text, UTF-8: lines, an empty line between paragraphs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ocrkit.exporters.base import Streamed
from ocrkit.result import DocumentResult, PageResult


def _stream(head: DocumentResult, pages: Iterable[PageResult]) -> Iterator[bytes]:  # noqa: ARG001 – text is all it says
    """The text of all pages, ending in a line break."""
    gap = ""
    for page in pages:
        if text := page.text:
            yield f"{gap}{text}".encode()
            gap = "\n\n"
    yield b"\n"


export = Streamed(_stream)
