"""Haystack: a converter, for pipelines.

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
from ocrkit.integrations.chunks import Chunk, ChunkReader, Split, TextFormat

try:
    from haystack import Document, component, default_from_dict, default_to_dict
    from haystack.components.converters.utils import normalize_metadata
    from haystack.dataclasses import ByteStream
except ImportError as error:
    raise missing_extra("haystack-ai", "haystack", "converting files in Haystack") from error

__all__ = ["OcrkitConverter"]

_log = logging.getLogger(__name__)

_OF_THE_FILE = (SourceError, PreprocessError, BackendTimeoutError, BackendCrashError, BadResponseError)


@component
class OcrkitConverter:
    """Turns scans, photos and PDFs into documents.

    A file that cannot be read is logged and left out, as converters do; what is the matter with the engine
    ends the run.
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
        """Set up, without loading anything yet. The engine is loaded once and then stays.

        Args:
            backend: the name of what reads, or its dotted path.
            languages: BCP-47 tags, the most likely first.
            settings: as `ocrkit.Ocr` takes them. They are saved with the pipeline: leave keys and passwords
                to `ocrkit.toml` and the environment.
            split: what makes one document: the whole `document`, a `page`, or a `block`.
            text_format: the format of documents and pages: `text`, `markdown` or `layout`.
            store_full_path: put the whole path of a file into the metadata, not its name only.
        """
        self.backend = backend
        self.languages = languages if languages is None or isinstance(languages, str) else list(languages)
        self.settings = None if settings is None else dict(settings)
        self.split = split
        self.text_format = text_format
        self.store_full_path = store_full_path
        self._reader = ChunkReader(
            backend=backend, languages=languages, settings=settings, split=split, text_format=text_format,
            page_break="\f",  # by which Haystack's splitters know the number of a page
        )  # fmt: skip

    def to_dict(self) -> dict[str, Any]:
        """The component as plain data."""
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
        """The component that `to_dict` has saved."""
        made: OcrkitConverter = default_from_dict(cls, data)
        return made

    @component.output_types(documents=list[Document])
    def run(
        self,
        sources: list[str | Path | ByteStream],
        meta: dict[str, Any] | list[dict[str, Any]] | None = None,
    ) -> dict[str, list[Document]]:
        """Read files.

        Args:
            sources: paths, or streams of bytes.
            meta: more metadata: for all documents, or a list with those of each source.
        """
        documents = []
        for source, more in zip(sources, normalize_metadata(meta, len(sources)), strict=True):
            try:
                pieces = list(self._pieces(source))
            except _OF_THE_FILE as error:
                _log.warning("left out: %s", error)
                continue
            about = self._about(source) | more
            documents += [Document(content=text, meta={**metadata, **about}) for text, metadata in pieces]
        return {"documents": documents}

    def _pieces(self, source: str | Path | ByteStream) -> list[Chunk]:
        content = source.data if isinstance(source, ByteStream) else source
        return list(self._reader.read(content))

    def _about(self, source: str | Path | ByteStream) -> dict[str, Any]:
        """What Haystack's converters say of a file, under the names they have for it."""
        about = dict(source.meta) if isinstance(source, ByteStream) else {"file_path": str(source)}
        if "file_path" in about and not self.store_full_path:
            about["file_path"] = Path(about["file_path"]).name
        return about
