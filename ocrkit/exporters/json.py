"""JSON of the whole result, which `Document.from_json` reads back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ocrkit.exporters.base import StreamingExporter
from ocrkit.result import DocumentResult, PageResult

_EMPTY_PAGES = '"pages": []'


def _stream(head: DocumentResult, pages: Iterable[PageResult]) -> Iterator[bytes]:
    """The indented document, with a line break at the end."""
    # The pages replace the empty list of the document without them. `pages` is its last field, so the last
    # occurrence is the field itself and not a text that contains the same characters.
    before, _, after = head.to_json(indent=2).rpartition(_EMPTY_PAGES)
    separator = f'{before}"pages": ['
    for page in pages:
        # All line breaks are indentation: JSON escapes those inside a text.
        text = page.model_dump_json(indent=2).replace("\n", "\n    ")
        yield f"{separator}\n    {text}".encode()
        separator = ","
    end = "\n  ]" if separator == "," else f"{before}{_EMPTY_PAGES}"
    yield f"{end}{after}\n".encode()


export = StreamingExporter(_stream)
