"""A document that was read, with its output formats."""

from __future__ import annotations

import os

from ocrkit import formats
from ocrkit.result import DocumentResult


class Document(DocumentResult):
    """All pages that were read from one source.

    ```python
    document = ocrkit.recognize("letter.pdf")
    print(document.text)
    document.save("letter.docx")
    for page in document:
        print(page.number, page.quality.mean)
    ```
    """

    def export(self, format: str) -> bytes:  # noqa: A002 – the usual name
        """The document in another format, as bytes.

        Args:
            format: a name (`text`, `markdown`, `csv`, …) or the dotted path of an exporter.

        Raises:
            ConfigError: the format does not exist.
        """
        return formats.exporter(format)(self)

    def save(self, path: str | os.PathLike[str], format: str | None = None) -> None:  # noqa: A002 – likewise
        """Write the document to a file. The write is atomic: the file is complete or unchanged.

        Args:
            path: the file.
            format: a name or a dotted path, as in `export`. By default the suffix of the file name decides.

        Raises:
            ConfigError: the format does not exist, or the suffix belongs to no format.
            ExportError: the file cannot be written.
        """
        formats.save(self, path, format)

    def to_markdown(self) -> str:
        """The document as Markdown: headings, lists and tables."""
        return self.export("markdown").decode()

    def to_html(self) -> str:
        """The document as an HTML page."""
        return self.export("html").decode()
