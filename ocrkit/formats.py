"""Output formats: lookup by name and by file name, and writing documents.

A built-in format is a module of `ocrkit.exporters`. Other formats have an entry point in the group of this
name, or a dotted path `package.module:function`. Listing the names imports none of them.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ocrkit import plugins
from ocrkit.errors import ConfigError
from ocrkit.exporters.base import Export, SupportsSource, SupportsStream
from ocrkit.files import atomic_write
from ocrkit.result import DocumentResult, PageResult

if TYPE_CHECKING:
    from ocrkit.config.settings import Settings

FORMATS = plugins.PluginGroup("format", "ocrkit.exporters", lambda _: "export")

_SUFFIXES = {
    "text": ".txt",
    "layout": ".layout.txt",
    "markdown": ".md",
    "alto": ".alto.xml",
    "page": ".page.xml",
    "tables_csv": ".tables.csv",
}
"""File name suffixes that differ from the name of the format. A format listed here need not be installed."""

_TABLES_ALONE = frozenset({"xlsx", "tables_csv"})
"""The formats that hold nothing but tables."""


def format_names() -> tuple[str, ...]:
    """The names of all formats, built-in and from plug-ins. Imports none of them."""
    return plugins.names(FORMATS)


def exporter(name: str) -> Export:
    """The function that writes a document in this format."""
    found = plugins.load(FORMATS, name)
    if not callable(found):
        raise ConfigError(
            f"the format '{name}' must be a function from a document to bytes, not a {type(found).__name__}"
        )
    if isinstance(found, type):
        raise ConfigError(f"the format '{name}' must be a function from a document to bytes, not a class")
    export: Export = found
    return export


def ask_for_tables(names: Iterable[str], settings: Settings) -> bool:
    """Whether one of these formats holds nothing but tables, and the settings leave the kind of page open."""
    return settings.scene == "document" and settings.tables and not _TABLES_ALONE.isdisjoint(names)


def suffix_of(format_name: str) -> str:
    """The suffix of file names in this format. For a dotted path it is the last name of the path."""
    return _SUFFIXES.get(format_name, f".{format_name.rpartition(':')[2].rpartition('.')[2]}")


def format_of_suffix(name: str) -> str | None:
    """The format of a file name by its suffix (`a.md`, `a.alto.xml`); None for an unknown suffix.

    The name of a format is accepted as a suffix, too: `a.markdown`.
    """
    known = format_names()
    suffixes = {f".{each}": each for each in known}
    # The suffixes of the table come last, so that a plug-in with the name `md` cannot take over `.md`.
    suffixes |= {suffix_of(each): each for each in sorted(known, key=_SUFFIXES.__contains__)}
    matching = [suffix for suffix in suffixes if name.lower().endswith(suffix)]
    return suffixes[max(matching, key=len)] if matching else None


def format_of_file(path: str | os.PathLike[str]) -> str:
    """The format of a file name by its suffix. Raises `ConfigError` for an unknown suffix."""
    name = Path(path).name
    found = format_of_suffix(name)
    if found is None:
        suffix = Path(name).suffix
        reason = f"no format has the suffix '{suffix}'" if suffix else "the file name has no suffix"
        raise ConfigError(f"{path}: {reason}; name the format. The choices are: {', '.join(format_names())}")
    return found


def save(document: DocumentResult, path: str | os.PathLike[str], format_name: str | None = None) -> None:
    """Write a document to a file atomically, page by page if the exporter supports it."""
    export = exporter(format_of_file(path) if format_name is None else format_name)
    head = document.model_copy(update={"pages": ()})
    with atomic_write(Path(path)) as file:
        for data in export_pages(export, head, document.pages):
            file.write(data)


def export_pages(export: Export, head: DocumentResult, pages: Iterable[PageResult]) -> Iterator[bytes]:
    """The chunks of a file: one or more per page if the exporter streams, else a single chunk.

    Args:
        export: the exporter.
        head: the document without its pages.
        pages: the pages, which are consumed one at a time.
    """
    if isinstance(export, SupportsStream):
        yield from export.stream(head, pages)
    else:
        yield export(head.model_copy(update={"pages": tuple(pages)}))


def export_from(
    export: Export, document: DocumentResult, source: Any, *, password: str | None = None
) -> bytes:
    """The bytes of a whole file. An exporter that shows the pages reads them from the source.

    Args:
        export: the exporter.
        document: the result.
        source: the source of the result.
        password: the password of an encrypted source.
    """
    if isinstance(export, SupportsSource):
        return export.from_source(document, source, password=password)
    return export(document)
