"""Searchable PDF: the original pages with an invisible text layer over the words.

A result does not hold the images of its pages, so the source is needed, too:
`export.from_source(document, source)`. Called with only the document, the exporter reads the file
`document.source`.

A PDF keeps all its content. Each recognized page gets one more content stream, which is drawn first, so that
the graphics state of the other streams cannot affect it. An image becomes a page of its size.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any, BinaryIO, Literal, TypeAlias, get_args

from ocrkit.errors import ExportError, missing_extra
from ocrkit.result import DocumentResult

ExistingText: TypeAlias = Literal["keep", "replace", "add"]
"""The treatment of a PDF page that already has text. `keep` leaves the page unchanged. `replace` replaces the
invisible text of another OCR program, and leaves pages with visible text unchanged. `add` adds the text layer
in any case."""


class SearchablePdf:
    """The exporter for searchable PDFs."""

    def __call__(self, document: DocumentResult) -> bytes:
        """The file, made from the source that the document names."""
        return self.from_source(document, _source_of(document))

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
        """Write the file. Large streams go from one PDF to the other without being loaded into memory.

        Args:
            file: the target, an open and seekable binary file that is not the source.
            document: the result.
            source: the source of the result: a path, bytes, a binary file, a Pillow image or an array.
            password: the password of an encrypted PDF. The new file has the same encryption.
            existing_text: what to do with pages that already have text.

        Raises:
            ExportError: the source cannot be read, or does not match the result.
            MissingDependencyError: the extra `pdf` is not installed.
        """
        if existing_text not in get_args(ExistingText):
            choices = ", ".join(get_args(ExistingText))
            raise ExportError(f"existing_text must be one of {choices}, not {existing_text!r}")
        try:
            from ocrkit.exporters.pdf import writer
        except ModuleNotFoundError as error:
            if error.name != "pikepdf":
                raise
            raise missing_extra("pikepdf", "pdf", "writing PDF files") from error
        writer.write(file, document, source, password=password, existing_text=existing_text)


def _source_of(document: DocumentResult) -> Path:
    if document.source is None:
        raise ExportError(
            "a searchable PDF needs the source, but this result does not name it; pass it with "
            "ocrkit.searchable_pdf(document, source)"
        )
    try:
        path = Path(document.source)
        if path.is_file():
            return path
    except (OSError, ValueError):
        pass
    raise ExportError(
        f"{document.source}: a searchable PDF needs the source, but this file does not exist; pass it with "
        "ocrkit.searchable_pdf(document, source)"
    )


export = SearchablePdf()
