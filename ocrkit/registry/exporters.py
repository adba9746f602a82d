"""Exporters by name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ocrkit.errors import ConfigError
from ocrkit.exporters.base import Export, SupportsSource, SupportsStream
from ocrkit.registry import parts
from ocrkit.result import Document, PageResult

FAMILY = parts.Family("format", "ocrkit.exporters", lambda _: "export")

_SUFFIXES = {"text": ".txt", "markdown": ".md"}


def exporter_names() -> tuple[str, ...]:
    """All formats there are, built-in and plugged in. Imports none."""
    return parts.names(FAMILY)


def exporter(name: str) -> Export:
    """The function that turns a result into a file of this format."""
    found = parts.load(FAMILY, name)
    if not callable(found):
        raise ConfigError(f"the format '{name}' is not a function but a {type(found).__name__}")
    export: Export = found
    return export


def exporter_suffix(name: str) -> str:
    """How the names of files in this format end. A dotted path ends in the name of what it leads to."""
    return _SUFFIXES.get(name, f".{name.rpartition(':')[2].rpartition('.')[2]}")


def export_pages(export: Export, head: Document, pages: Iterable[PageResult]) -> Iterator[bytes]:
    """A file in pieces: page by page where the exporter can, else all at once.

    Args:
        export: the exporter.
        head: the document without its pages.
        pages: the pages, taken as they are needed.
    """
    if isinstance(export, SupportsStream):
        yield from export.stream(head, pages)
    else:
        yield export(head.model_copy(update={"pages": tuple(pages)}))


def export_document(export: Export, document: Document, source: Any, *, password: str | None = None) -> bytes:
    """A whole file, for exporters of every kind: those that show the pages get them from the source.

    Args:
        export: the exporter.
        document: what was read.
        source: what it was read from.
        password: opens an encrypted source.
    """
    if isinstance(export, SupportsSource):
        return export.from_source(document, source, password=password)
    return export(document)
