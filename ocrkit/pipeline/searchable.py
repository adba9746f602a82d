"""A source and what was read in it, joined into a searchable PDF."""

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
    """The pages as they were, with the text that was read laid invisibly over them, as a PDF.

    ```python
    document = ocrkit.recognize("scan.tif")
    Path("scan.pdf").write_bytes(ocrkit.searchable_pdf(document, "scan.tif"))
    ```

    A PDF keeps all that it has, an image becomes a page of its size. The same input gives the same bytes,
    unless the source is encrypted.

    Args:
        document: what was read.
        source: what it was read from.
        password: opens an encrypted PDF. The result is encrypted as the source is.
        existing_text: what happens to a page of a PDF that has text already. `keep` leaves it as it is,
            `replace` takes out invisible text first, `add` lays the new text over the old.

    Raises:
        ExportError: the source cannot be had, or is not what was read.
        MissingDependencyError: the extra `pdf` is not installed.
    """
    return export.from_source(document, source, password=password, existing_text=existing_text)
