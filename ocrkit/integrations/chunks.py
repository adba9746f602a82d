"""What programs that search and answer questions want: pieces of text, each with where it comes from."""

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
"""What makes one piece."""

TextFormat: TypeAlias = Literal["text", "markdown", "layout"]
"""How documents and pages are written; a block is plain text."""

Metadata: TypeAlias = dict[str, str | int | float]
"""Flat, and without what is not known: some stores of vectors take neither lists nor nothing."""

FOR_PROGRAMS = ("left", "top", "right", "bottom", "width", "height", "dpi", "confidence", "backend")
"""The metadata that say nothing to a language model."""


class Chunk(NamedTuple):
    """A text and what is known of it."""

    text: str
    metadata: Metadata


class ChunkReader:
    """Reads sources into pieces. The engine is loaded with the first of them, and then stays."""

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
        """Set up, without loading anything yet.

        Args:
            ocr: what reads, where there is one already; instead of the three that follow.
            backend: the name of what reads, or its dotted path.
            languages: BCP-47 tags, the most likely first.
            settings: as `ocrkit.Ocr` takes them.
            split: what makes one piece.
            text_format: the format of documents and pages: `text`, `markdown` or `layout`.
            page_break: stands between the pages of a document, also where one is blank; what the format has
                between them if not given.
        """
        for what, value, choices in (
            ("split", split, get_args(Split)),
            ("text_format", text_format, get_args(TextFormat)),
        ):
            if value not in choices:  # here, not when the first page is read
                raise ConfigError(f"{what} is one of {', '.join(choices)}, not {value!r}")
        if ocr is not None and (backend is not None or languages is not None or settings is not None):
            raise ConfigError("an Ocr has its backend, languages and settings already: leave out either")
        self._make = partial(Ocr, backend, languages=languages, settings=settings)
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
        """The pieces of a source, as they are read. Pages and blocks without text make none.

        Args:
            source: what is read.
            name: what it is called in the metadata.
            pages: which pages, counted from 1: `"1-3,7"`.
            password: opens an encrypted PDF.
        """
        about: Metadata = {} if name is None else {"source": name}
        if self._split == "document":
            document = self.ocr.recognize(source, pages=pages, password=password)
            yield Chunk(self._whole(document), about | _of_document(document))
            return
        for page in self.ocr.stream(source, pages=pages, password=password):
            if self._split == "page" and page.text.strip():
                yield Chunk(
                    self._alone(page), about | _of_page(page) | _known(language=_language(page.blocks))
                )
            elif self._split == "block":
                for number, block in enumerate(page.blocks, start=1):
                    if block.text.strip():
                        yield Chunk(block.text, about | _of_block(block, number, page))

    @property
    def ocr(self) -> Ocr:
        """What reads."""
        with self._lock:
            if self._ocr is None:
                self._ocr = self._make()
            return self._ocr

    def _whole(self, document: Document) -> str:
        if self._page_break is None:
            return self._written(document)
        return self._page_break.join(map(self._alone, document.pages))

    def _alone(self, page: PageResult) -> str:
        return self._written(Document(page_count=1, pages=(page,)))

    def _written(self, document: Document) -> str:
        return formats.exporter(self._format)(document).decode().strip("\n")


def _of_document(document: Document) -> Metadata:
    means = [(page.quality.mean, len(page.text)) for page in document.pages]
    known = [(mean, letters) for mean, letters in means if mean is not None]
    letters = sum(count for _, count in known)
    return _known(
        page_count=document.page_count,
        backend=document.pages[0].backend if document.pages else None,
        confidence=sum(mean * count for mean, count in known) / letters if letters else None,
        language=_language([block for page in document.pages for block in page.blocks]),
    )


def _of_page(page: PageResult) -> Metadata:
    return _known(
        page=page.number,
        backend=page.backend,
        confidence=page.quality.mean,
        width=page.width,
        height=page.height,
        dpi=page.dpi,
    )


def _of_block(block: Block, number: int, page: PageResult) -> Metadata:
    places = block.box and dict(zip(("left", "top", "right", "bottom"), block.box, strict=True))
    of_block = _known(
        block=number,
        kind=block.kind,
        level=block.level,
        confidence=block.confidence,
        language=block.language,
        **{side: round(value, 2) for side, value in (places or {}).items()},
    )
    return {key: value for key, value in _of_page(page).items() if key != "confidence"} | of_block


def _language(blocks: Sequence[Block]) -> str | None:
    """The language of all of them; none where they differ."""
    languages = {block.language for block in blocks if block.text.strip()}
    return languages.pop() if len(languages) == 1 else None


def _known(**values: str | float | None) -> Metadata:
    rounded = {key: round(value, 4) if isinstance(value, float) else value for key, value in values.items()}
    return {key: value for key, value in rounded.items() if value is not None}
