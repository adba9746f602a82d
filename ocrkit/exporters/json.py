"""JSON: the whole result, readable by `Document.from_json`."""

from __future__ import annotations

from ocrkit.result import Document


def export(document: Document) -> bytes:
    """The document, indented, ending in a line break."""
    return f"{document.to_json(indent=2)}\n".encode()
