"""LangChain document loader for files, and parser for blobs.

```python
from ocrkit.integrations.langchain import OcrkitLoader

documents = OcrkitLoader("letters.pdf", split="page").load()
```
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ocrkit.config.settings import Settings
from ocrkit.errors import missing_extra
from ocrkit.integrations.chunks import ChunkReader, Split, TextFormat
from ocrkit.pipeline import Ocr

try:
    from langchain_core.document_loaders import BaseBlobParser, BaseLoader, Blob
    from langchain_core.documents import Document
except ImportError as error:
    raise missing_extra("langchain-core", "langchain", "loading documents into LangChain") from error

__all__ = ["OcrkitLoader", "OcrkitParser"]


class OcrkitParser(BaseBlobParser):
    """Parses the blobs that LangChain's blob loaders find in folders and stores."""

    def __init__(
        self,
        *,
        ocr: Ocr | None = None,
        backend: str | None = None,
        languages: Sequence[str] | str | None = None,
        settings: Settings | Mapping[str, Any] | None = None,
        split: Split = "page",
        text_format: TextFormat = "text",
        pages: str | None = None,
        password: str | None = None,
    ) -> None:
        """Set up, without loading an engine. It is loaded once, for the first page, and stays loaded.

        Args:
            ocr: an existing `Ocr`, instead of the next three arguments.
            backend: the name of a backend, or its dotted path.
            languages: BCP-47 tags, the most likely first.
            settings: as for `ocrkit.Ocr`.
            split: the unit of a document: the whole `document`, a `page` or a `block`.
            text_format: the format of documents and pages: `text`, `markdown` or `layout`.
            pages: the pages to read, counted from 1: `"1-3,7"`.
            password: the password of encrypted PDFs.
        """
        self._reader = ChunkReader(
            ocr=ocr,
            backend=backend,
            languages=languages,
            settings=settings,
            split=split,
            text_format=text_format,
        )
        self._pages, self._password = pages, password

    def lazy_parse(self, blob: Blob) -> Iterator[Document]:
        """Yield documents as their pages are read."""
        content = blob.path if blob.data is None and blob.path is not None else blob.as_bytes()
        chunks = self._reader.read(content, name=blob.source, pages=self._pages, password=self._password)
        for text, metadata in chunks:
            yield Document(page_content=text, metadata={**blob.metadata, **metadata})


class OcrkitLoader(BaseLoader):
    """Loads scans, photos and PDFs. `lazy_load` reads page by page."""

    def __init__(
        self,
        file_path: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
        *,
        ocr: Ocr | None = None,
        backend: str | None = None,
        languages: Sequence[str] | str | None = None,
        settings: Settings | Mapping[str, Any] | None = None,
        split: Split = "page",
        text_format: TextFormat = "text",
        pages: str | None = None,
        password: str | None = None,
    ) -> None:
        """Set up, without loading an engine.

        Args:
            file_path: a file, or a list of files.
            ocr: an existing `Ocr`, instead of the next three arguments.
            backend: the name of a backend, or its dotted path.
            languages: BCP-47 tags, the most likely first.
            settings: as for `ocrkit.Ocr`.
            split: the unit of a document: the whole `document`, a `page` or a `block`.
            text_format: the format of documents and pages: `text`, `markdown` or `layout`.
            pages: the pages to read, counted from 1: `"1-3,7"`.
            password: the password of encrypted PDFs.
        """
        self._paths = [file_path] if isinstance(file_path, (str, os.PathLike)) else list(file_path)
        self._parser = OcrkitParser(
            ocr=ocr, backend=backend, languages=languages, settings=settings, split=split,
            text_format=text_format, pages=pages, password=password,
        )  # fmt: skip

    def lazy_load(self) -> Iterator[Document]:
        """Yield documents as their pages are read."""
        for path in self._paths:
            yield from self._parser.lazy_parse(Blob.from_path(os.fspath(path)))
