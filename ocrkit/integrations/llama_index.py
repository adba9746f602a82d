"""LlamaIndex reader for files, on its own or in a `SimpleDirectoryReader`.

```python
from ocrkit.integrations.llama_index import OcrkitReader

documents = OcrkitReader(split="page").load_data("letters.pdf")
```
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ocrkit.config.settings import Settings
from ocrkit.errors import missing_extra
from ocrkit.integrations.chunks import TECHNICAL_KEYS, ChunkReader, Split, TextFormat
from ocrkit.pipeline import Ocr

try:
    from llama_index.core.readers.base import BaseReader
    from llama_index.core.schema import Document
except ImportError as error:
    raise missing_extra("llama-index-core", "llama-index", "loading documents into LlamaIndex") from error

__all__ = ["OcrkitReader"]


class OcrkitReader(BaseReader):
    """Reads scans, photos and PDFs. `lazy_load_data` reads page by page."""

    def __init__(
        self,
        *,
        ocr: Ocr | None = None,
        backend: str | None = None,
        languages: Sequence[str] | str | None = None,
        settings: Settings | Mapping[str, Any] | None = None,
        split: Split = "page",
        text_format: TextFormat = "text",
    ) -> None:
        """Set up, without loading an engine. It is loaded once, for the first page, and stays loaded.

        Args:
            ocr: an existing `Ocr`, instead of the next three arguments.
            backend: the name of a backend, or its dotted path.
            languages: BCP-47 tags, the most likely first.
            settings: as for `ocrkit.Ocr`.
            split: the unit of a document: the whole `document`, a `page` or a `block`.
            text_format: the format of documents and pages: `text`, `markdown` or `layout`.
        """
        self._reader = ChunkReader(
            ocr=ocr,
            backend=backend,
            languages=languages,
            settings=settings,
            split=split,
            text_format=text_format,
        )

    def lazy_load_data(
        self,
        file: str | os.PathLike[str],
        extra_info: Mapping[str, Any] | None = None,
        *,
        pages: str | None = None,
        password: str | None = None,
        fs: Any = None,
    ) -> Iterator[Document]:
        """Yield documents as their pages are read.

        Args:
            file: the file to read.
            extra_info: more metadata for each document.
            pages: the pages to read, counted from 1: `"1-3,7"`.
            password: the password of an encrypted PDF.
            fs: the `fsspec` file system of the file; by default the local one.
        """
        name = os.fspath(file)
        content = name if fs is None else fs.cat_file(name)
        for text, metadata in self._reader.read(content, name=name, pages=pages, password=password):
            yield Document(
                text=text,
                metadata={**(extra_info or {}), **metadata},
                # LlamaIndex puts all other keys before the text that a model sees.
                excluded_embed_metadata_keys=[*TECHNICAL_KEYS],
                excluded_llm_metadata_keys=[*TECHNICAL_KEYS],
            )
