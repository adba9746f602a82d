"""Searchable PDF: the pages as they were, with the text laid invisibly over the words.

A result holds no pictures, so what was read is needed as well: `export.from_source(document, source)`. Called
with the document alone, the exporter takes the file named in `document.source`.

A PDF keeps everything it has; only the pages that were read get one more stream of content, drawn first, so
that nothing of theirs has to be looked at or put in order. An image becomes a page of its own size.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any, BinaryIO, Literal, TypeAlias, get_args

from ocrkit.errors import ExportError, missing_extra
from ocrkit.result import DocumentResult

ExistingText: TypeAlias = Literal["keep", "replace", "add"]
"""What happens to a page of a PDF that has text already. `keep` leaves the page as it is. `replace` takes out
text that is invisible, as another OCR program leaves it, and leaves pages whose text is seen as they are.
`add` lays the text over whatever there is."""


class SearchablePdf:
    """The exporter of this format."""

    def __call__(self, document: DocumentResult) -> bytes:
        """The file, from the source that the document names."""
        return self.from_source(document, _named(document))

    def from_source(
        self,
        document: DocumentResult,
        source: Any,
        *,
        password: str | None = None,
        existing_text: ExistingText = "keep",
    ) -> bytes:
        """The file as bytes; see `write`."""
        file = io.BytesIO()
        self.write(file, document, source, password=password, existing_text=existing_text)
        return file.getvalue()

    def write(
        self,
        file: BinaryIO,
        document: DocumentResult,
        source: Any,
        *,
        password: str | None = None,
        existing_text: ExistingText = "keep",
    ) -> None:
        """Write the file. What is large in a PDF goes from the one file to the other and is never in memory.

        Args:
            file: where it goes; an open binary file that can be rewound, and not the source.
            document: what was read.
            source: what it was read from: a path, bytes, a binary file, a Pillow image or an array.
            password: opens an encrypted PDF. The result is encrypted as the source is.
            existing_text: what happens to pages that have text already.

        Raises:
            ExportError: the source cannot be had, or is not what was read.
            MissingDependencyError: the extra `pdf` is not installed.
        """
        if existing_text not in get_args(ExistingText):
            choices = ", ".join(get_args(ExistingText))
            raise ExportError(f"existing_text is one of {choices}, not {existing_text!r}")
        try:
            from ocrkit.exporters.pdf import writer
        except ModuleNotFoundError as error:
            if error.name != "pikepdf":
                raise
            raise missing_extra("pikepdf", "pdf", "writing PDF files") from error
        writer.write(file, document, source, password=password, existing_text=existing_text)


def _named(document: DocumentResult) -> Path:
    if document.source is None:
        raise ExportError(
            "a searchable PDF shows the pages that were read, and this result does not say where they are; "
            "hand them in: ocrkit.searchable_pdf(document, source)"
        )
    try:
        path = Path(document.source)
        if path.is_file():
            return path
    except (OSError, ValueError):
        pass
    raise ExportError(
        f"{document.source}: a searchable PDF shows the pages that were read, and there is no such file; "
        "hand them in: ocrkit.searchable_pdf(document, source)"
    )


export = SearchablePdf()
