"""A searchable PDF of a source and its result."""

from __future__ import annotations

from ocrkit.document import Document
from ocrkit.exporters.pdf import ExistingText, export
from ocrkit.sources import SourceLike


def searchable_pdf(
    document: Document,
    source: SourceLike,
    *,
    password: str | None = None,
    existing_text: ExistingText = "keep",
) -> bytes:
    """A PDF of the pages as they are, with the recognized text as an invisible layer over them.

    ```python
    document = ocrkit.recognize("scan.tif")
    Path("scan.pdf").write_bytes(ocrkit.searchable_pdf(document, "scan.tif"))
    ```

    A PDF keeps its content; an image becomes a page of its size. The same input gives the same bytes, unless
    the source is encrypted.

    Args:
        document: the result.
        source: the source that was read.
        password: opens an encrypted PDF. The new PDF is encrypted in the same way.
        existing_text: what happens to a page of a PDF that has text already: `keep` does not change the page,
            `replace` removes invisible text first, `add` puts the new text over the old.

    Raises:
        ExportError: the source cannot be read, or is not the source of this document.
        MissingDependencyError: the extra `pdf` is not installed.
    """
    return export.from_source(document, source, password=password, existing_text=existing_text)
