"""Plain text with an empty line between paragraphs (UTF-8)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ocrkit.exporters.base import StreamingExporter
from ocrkit.result import DocumentResult, PageResult


def _stream(head: DocumentResult, pages: Iterable[PageResult]) -> Iterator[bytes]:  # noqa: ARG001 – only text is written
    """The text of all pages, with a line break at the end."""
    separator = ""
    for page in pages:
        if text := page.text:
            yield f"{separator}{text}".encode()
            separator = "\n\n"
    yield b"\n"


export = StreamingExporter(_stream)
