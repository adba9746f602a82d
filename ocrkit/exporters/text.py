"""Plain text, UTF-8: lines, an empty line between paragraphs."""

from __future__ import annotations

from ocrkit.result import Document


def export(document: Document) -> bytes:
    """The text of all pages, ending in a line break."""
    return f"{document.text}\n".encode()
