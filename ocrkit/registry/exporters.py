"""Exporters by name."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from ocrkit import plugins
from ocrkit.errors import ConfigError
from ocrkit.exporters.base import Export, SupportsSource, SupportsStream
from ocrkit.files import atomic_write
from ocrkit.result import Document, PageResult

FAMILY = plugins.PluginGroup("format", "ocrkit.exporters", lambda _: "export")

_SUFFIXES = {
    "text": ".txt",
    "layout": ".layout.txt",
    "markdown": ".md",
    "alto": ".alto.xml",
    "page": ".page.xml",
    "tables_csv": ".tables.csv",
}
"""Where the name of a format is not how its files end. What stands here need not be installed."""


def exporter_names() -> tuple[str, ...]:
    """All formats there are, built-in and plugged in. Imports none."""
    return plugins.names(FAMILY)


def exporter(name: str) -> Export:
    """The function that turns a result into a file of this format."""
    found = plugins.load(FAMILY, name)
    if not callable(found):
        raise ConfigError(f"the format '{name}' is not a function but a {type(found).__name__}")
    export: Export = found
    return export


def exporter_suffix(name: str) -> str:
    """How the names of files in this format end. A dotted path ends in the name of what it leads to."""
    return _SUFFIXES.get(name, f".{name.rpartition(':')[2].rpartition('.')[2]}")


def format_of_suffix(name: str) -> str | None:
    """The format of files whose names end like this one (`a.md`, `.alto.xml`); None where there is none.

    An ending that is the name of a format stands for it as well: `a.markdown`.
    """
    known = exporter_names()
    endings = {f".{each}": each for each in known}
    # Those of the table come last, so that no plug-in takes `.md` from the format it is known for.
    endings |= {exporter_suffix(each): each for each in sorted(known, key=_SUFFIXES.__contains__)}
    fitting = [ending for ending in endings if name.lower().endswith(ending)]
    return endings[max(fitting, key=len)] if fitting else None


def format_of_file(path: str | os.PathLike[str]) -> str:
    """The format that the name of a file asks for; an ending that says nothing is an error."""
    name = Path(path).name
    found = format_of_suffix(name)
    if found is None:
        ending = Path(name).suffix
        told = f"no format has files that end in '{ending}'" if ending else "the name has no ending"
        choices = ", ".join(exporter_names())
        raise ConfigError(f"{path}: {told}; say which format is meant. The choices are: {choices}")
    return found


def export_document(
    document: Document, format_name: str | None = None, path: str | os.PathLike[str] | None = None
) -> bytes | None:
    """A document in a format: as bytes, or, with a path, in a file, page by page where the exporter can."""
    if path is None:
        if format_name is None:
            raise ConfigError("say in which format: with its name, or with a path that ends like 'letter.md'")
        return exporter(format_name)(document)
    export = exporter(format_of_file(path) if format_name is None else format_name)
    head = document.model_copy(update={"pages": ()})
    with atomic_write(Path(path)) as file:
        for data in export_pages(export, head, document.pages):
            file.write(data)
    return None


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


def export_from(export: Export, document: Document, source: Any, *, password: str | None = None) -> bytes:
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
