"""Haystack converter component.

```python
from ocrkit.integrations.haystack import OcrkitConverter

documents = OcrkitConverter().run(sources=["letters.pdf"])["documents"]
```
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ocrkit.errors import (
    BackendCrashError,
    BackendTimeoutError,
    BadResponseError,
    PreprocessError,
    SourceError,
    missing_extra,
)
from ocrkit.integrations.chunks import ChunkReader, Split, TextFormat

try:
    from haystack import Document, component, default_from_dict, default_to_dict
    from haystack.components.converters.utils import normalize_metadata
    from haystack.dataclasses import ByteStream
except ImportError as error:
    raise missing_extra("haystack-ai", "haystack", "converting files in Haystack") from error

__all__ = ["OcrkitConverter"]

_log = logging.getLogger(__name__)

# Errors that concern one file. All others concern the engine or the settings.
_FILE_ERRORS = (SourceError, PreprocessError, BackendTimeoutError, BackendCrashError, BadResponseError)


@component
class OcrkitConverter:
    """Converts scans, photos and PDFs to documents.

    A file that cannot be read is logged and skipped, as by other converters. Any other error ends the run.
    """

    def __init__(
        self,
        *,
        backend: str | None = None,
        languages: Sequence[str] | str | None = None,
        settings: Mapping[str, Any] | None = None,
        split: Split = "document",
        text_format: TextFormat = "text",
        store_full_path: bool = False,
    ) -> None:
        """Set up, without loading an engine. It is loaded once, for the first page, and stays loaded.

        Args:
            backend: the name of a backend, or its dotted path.
            languages: BCP-47 tags, the most likely first.
            settings: as for `ocrkit.Ocr`. They are saved with the pipeline: keep keys and passwords in
                `ocrkit.toml` or the environment.
            split: the unit of a document: the whole `document`, a `page` or a `block`.
            text_format: the format of documents and pages: `text`, `markdown` or `layout`.
            store_full_path: put the full path of a file into the metadata, not only its name.
        """
        self.backend = backend
        self.languages = languages if languages is None or isinstance(languages, str) else list(languages)
        self.settings = None if settings is None else dict(settings)
        self.split = split
        self.text_format = text_format
        self.store_full_path = store_full_path
        self._reader = ChunkReader(
            backend=backend, languages=languages, settings=settings, split=split, text_format=text_format,
            page_break="\f",  # Haystack's splitters count pages by form feeds
        )  # fmt: skip

    def to_dict(self) -> dict[str, Any]:
        """The component as a dictionary."""
        saved: dict[str, Any] = default_to_dict(
            self,
            backend=self.backend,
            languages=self.languages,
            settings=self.settings,
            split=self.split,
            text_format=self.text_format,
            store_full_path=self.store_full_path,
        )
        return saved

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> OcrkitConverter:
        """Recreate the component from the output of `to_dict`."""
        converter: OcrkitConverter = default_from_dict(cls, data)
        return converter

    @component.output_types(documents=list[Document])
    def run(
        self,
        sources: list[str | Path | ByteStream],
        meta: dict[str, Any] | list[dict[str, Any]] | None = None,
    ) -> dict[str, list[Document]]:
        """Convert files to documents.

        Args:
            sources: paths or byte streams.
            meta: additional metadata: one dictionary for all sources, or a list with one for each.
        """
        documents = []
        for source, more in zip(sources, normalize_metadata(meta, len(sources)), strict=True):
            try:
                chunks = list(self._reader.read(source.data if isinstance(source, ByteStream) else source))
            except _FILE_ERRORS as error:
                _log.warning("skipped a file that cannot be read: %s", error)
                continue
            of_file = self._file_metadata(source) | more
            documents += [Document(content=text, meta={**metadata, **of_file}) for text, metadata in chunks]
        return {"documents": documents}

    def _file_metadata(self, source: str | Path | ByteStream) -> dict[str, Any]:
        """The metadata of a file, with the keys of Haystack's own converters."""
        metadata = dict(source.meta) if isinstance(source, ByteStream) else {"file_path": str(source)}
        if "file_path" in metadata and not self.store_full_path:
            metadata["file_path"] = Path(metadata["file_path"]).name
        return metadata
