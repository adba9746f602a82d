"""Text chunks with metadata, for frameworks that search documents and answer questions."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Literal, NamedTuple, TypeAlias, get_args

from ocrkit import formats
from ocrkit.config.settings import Settings
from ocrkit.document import Document
from ocrkit.errors import ConfigError
from ocrkit.pipeline import Ocr
from ocrkit.result import Block, PageResult
from ocrkit.sources import SourceLike

Split: TypeAlias = Literal["document", "page", "block"]
"""The unit of a chunk."""

TextFormat: TypeAlias = Literal["text", "markdown", "layout"]
"""The format of documents and pages. Blocks are plain text."""

Metadata: TypeAlias = dict[str, str | int | float]
"""Flat, without unknown values: some vector stores accept neither lists nor None."""

TECHNICAL_KEYS = ("left", "top", "right", "bottom", "width", "height", "dpi", "confidence", "backend")
"""Metadata keys that are of no use to a language model."""


class Chunk(NamedTuple):
    """A text with its metadata."""

    text: str
    metadata: Metadata


class ChunkReader:
    """Reads sources into chunks. The engine is loaded for the first chunk and stays loaded."""

    def __init__(
        self,
        *,
        ocr: Ocr | None = None,
        backend: str | None = None,
        languages: Sequence[str] | str | None = None,
        settings: Settings | Mapping[str, Any] | None = None,
        split: Split = "page",
        text_format: TextFormat = "text",
        page_break: str | None = None,
    ) -> None:
        """Set up, without loading an engine.

        Args:
            ocr: an existing `Ocr`, instead of the next three arguments.
            backend: the name of a backend, or its dotted path.
            languages: BCP-47 tags, the most likely first.
            settings: as for `ocrkit.Ocr`.
            split: the unit of a chunk.
            text_format: the format of documents and pages: `text`, `markdown` or `layout`.
            page_break: the separator between the pages of a document, including blank pages. By default the
                separator of the format.
        """
        for option, value, choices in (
            ("split", split, get_args(Split)),
            ("text_format", text_format, get_args(TextFormat)),
        ):
            if value not in choices:
                raise ConfigError(f"{option} must be one of {', '.join(choices)}, not {value!r}")
        if ocr is not None and (backend is not None or languages is not None or settings is not None):
            raise ConfigError(
                "`ocr` has its own backend, languages and settings: pass either `ocr` or these arguments"
            )
        self._make_ocr = partial(Ocr, backend, languages=languages, settings=settings)
        self._ocr, self._lock = ocr, threading.Lock()
        self._split, self._format, self._page_break = split, text_format, page_break

    def read(
        self,
        source: SourceLike,
        *,
        name: str | None = None,
        pages: str | None = None,
        password: str | None = None,
    ) -> Iterator[Chunk]:
        """Yield the chunks of a source as its pages are read. Pages and blocks without text are skipped.

        Args:
            source: the document to read.
            name: the value of `source` in the metadata.
            pages: the pages to read, counted from 1: `"1-3,7"`.
            password: the password of an encrypted PDF.
        """
        common: Metadata = {} if name is None else {"source": name}
        if self._split == "document":
            document = self.ocr.recognize(source, pages=pages, password=password)
            yield Chunk(self._document_text(document), common | _document_metadata(document))
            return
        for page in self.ocr.stream(source, pages=pages, password=password):
            if self._split == "page" and page.text.strip():
                language = _metadata(language=_common_language(page.blocks))
                yield Chunk(self._page_text(page), common | _page_metadata(page) | language)
            elif self._split == "block":
                for number, block in enumerate(page.blocks, start=1):
                    if block.text.strip():
                        yield Chunk(block.text, common | _block_metadata(block, number, page))

    @property
    def ocr(self) -> Ocr:
        with self._lock:
            if self._ocr is None:
                self._ocr = self._make_ocr()
            return self._ocr

    def _document_text(self, document: Document) -> str:
        if self._page_break is None:
            return self._export(document)
        return self._page_break.join(map(self._page_text, document.pages))

    def _page_text(self, page: PageResult) -> str:
        return self._export(Document(page_count=1, pages=(page,)))

    def _export(self, document: Document) -> str:
        return formats.exporter(self._format)(document).decode().strip("\n")


def _document_metadata(document: Document) -> Metadata:
    means = [(page.quality.mean, len(page.text)) for page in document.pages]
    known = [(mean, length) for mean, length in means if mean is not None]
    total = sum(length for _, length in known)
    return _metadata(
        page_count=document.page_count,
        backend=document.pages[0].backend if document.pages else None,
        confidence=sum(mean * length for mean, length in known) / total if total else None,
        language=_common_language([block for page in document.pages for block in page.blocks]),
    )


def _page_metadata(page: PageResult) -> Metadata:
    return _metadata(
        page=page.number,
        backend=page.backend,
        confidence=page.quality.mean,
        width=page.width,
        height=page.height,
        dpi=page.dpi,
    )


def _block_metadata(block: Block, number: int, page: PageResult) -> Metadata:
    of_page = {key: value for key, value in _page_metadata(page).items() if key != "confidence"}
    edges = dict(zip(("left", "top", "right", "bottom"), block.box, strict=True)) if block.box else {}
    return of_page | _metadata(
        block=number,
        kind=block.kind,
        level=block.level,
        confidence=block.confidence,
        language=block.language,
        **{name: round(value, 2) for name, value in edges.items()},
    )


def _common_language(blocks: Sequence[Block]) -> str | None:
    """The language of all blocks with text; None if they differ."""
    languages = {block.language for block in blocks if block.text.strip()}
    return languages.pop() if len(languages) == 1 else None


def _metadata(**values: str | float | None) -> Metadata:
    """The known values, with floats rounded."""
    rounded = {key: round(value, 4) if isinstance(value, float) else value for key, value in values.items()}
    return {key: value for key, value in rounded.items() if value is not None}
