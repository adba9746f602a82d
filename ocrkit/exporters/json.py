"""JSON: the whole result, readable by `Document.from_json`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ocrkit.exporters.base import Streamed
from ocrkit.result import DocumentResult, PageResult

_EMPTY = '"pages": []'


def _stream(head: DocumentResult, pages: Iterable[PageResult]) -> Iterator[bytes]:
    """The document, indented, ending in a line break."""
    # The pages go where the document without them has its empty list. They are its last field, so what looks
    # like that list inside a text before it is not taken for it.
    before, _, after = head.to_json(indent=2).rpartition(_EMPTY)
    lead = f'{before}"pages": ['
    for page in pages:
        # JSON has no line breaks but those that were made for its layout.
        text = page.model_dump_json(indent=2).replace("\n", "\n    ")
        yield f"{lead}\n    {text}".encode()
        lead = ","
    end = f"{before}{_EMPTY}" if lead != "," else "\n  ]"
    yield f"{end}{after}\n".encode()


export = Streamed(_stream)
