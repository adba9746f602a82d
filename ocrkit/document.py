"""A document that was read, with its output formats."""

from __future__ import annotations

import os
from collections.abc import Iterable

from ocrkit import formats
from ocrkit.result import BlockKind, DocumentResult


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

    def export(self, format: str, *, without: Iterable[BlockKind] = ()) -> bytes:  # noqa: A002 – the usual name
        """The document in another format, as bytes.

        Args:
            format: a name (`text`, `markdown`, `csv`, …) or the dotted path of an exporter.
            without: the kinds of blocks to leave out: `["header", "footer", "page_number"]`.

        Raises:
            ConfigError: the format or a kind does not exist.
        """
        return formats.exporter(format)(self.without(without))

    def save(
        self,
        path: str | os.PathLike[str],
        format: str | None = None,  # noqa: A002 – likewise
        *,
        without: Iterable[BlockKind] = (),
    ) -> None:
        """Write the document to a file. The write is atomic: the file is complete or unchanged.

        Args:
            path: the file.
            format: a name or a dotted path, as in `export`. By default the suffix of the file name decides.
            without: the kinds of blocks to leave out, as in `export`.

        Raises:
            ConfigError: the format or a kind does not exist, or the suffix belongs to no format.
            ExportError: the file cannot be written.
        """
        formats.save(self.without(without), path, format)

    def to_markdown(self, *, without: Iterable[BlockKind] = ()) -> str:
        """The document as Markdown: headings, lists and tables, without blocks of the kinds `without`."""
        return self.export("markdown", without=without).decode()

    def to_html(self, *, without: Iterable[BlockKind] = ()) -> str:
        """The document as an HTML page, without blocks of the kinds `without`."""
        return self.export("html", without=without).decode()
