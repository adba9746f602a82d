"""The manifest of a run: the list of its pages, in parts that are each read and written as a whole.

The files `manifest/00000.parquet` and so on have a row for each page; each row group of a file is a part.
`manifest.json` is written last. A resumed run uses the manifest, even if the folders have changed since.
"""

from __future__ import annotations

import functools
import io
import itertools
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace

import pyarrow as pa
import pyarrow.parquet as pq

from ocrkit.distributed.schema import PAGE_SCHEMA, SCHEMA_VERSION, Row, table_of
from ocrkit.distributed.storage import Location
from ocrkit.errors import ConfigError, SourceError

_PARTS_PER_FILE = 1000
_MIN_PAGES, _MAX_PAGES = 4, 64  # in a part
_TARGET_PARTS = 500
"""Enough to keep all workers busy to the end, and to lose little with one of them."""


@dataclass(frozen=True, slots=True)
class Part:
    """Pages that one worker reads one after the other, and writes as one file."""

    file: int
    row_group: int

    @property
    def name(self) -> str:
        return f"{self.file:05}-{self.row_group:05}.parquet"


@dataclass(frozen=True)
class Manifest:
    """The content of `manifest.json`."""

    inputs: tuple[str, ...]
    fingerprint: str
    """Of everything that decides how a page is read."""
    documents: int
    pages: int
    """Rows: a document that cannot be opened counts as one."""
    parts: tuple[int, ...] = ()
    """The number of parts in each file."""
    schema_version: int = SCHEMA_VERSION

    def __iter__(self) -> Iterator[Part]:
        return (Part(file, group) for file, count in enumerate(self.parts) for group in range(count))


def load(folder: Location) -> Manifest | None:
    """The manifest of a run; None if there is none or it is not complete."""
    location = folder / "manifest.json"
    if location.state() is None:
        return None
    values = json.loads(location.read())
    if values.get("schema_version") != SCHEMA_VERSION:
        raise ConfigError(f"{folder.uri} was written by another version of ocrkit; choose another folder")
    return Manifest(**{**values, "inputs": tuple(values["inputs"]), "parts": tuple(values["parts"])})


def write(folder: Location, rows: Iterable[Row], head: Manifest, size: int | None) -> Manifest:
    """Write a manifest. The rows are streamed, in the order of documents and pages.

    Args:
        folder: the folder of the run.
        rows: rows of `PAGE_SCHEMA`.
        head: the manifest without its parts.
        size: the pages in a part. None: by the number of pages.
    """
    size = size or max(_MIN_PAGES, min(_MAX_PAGES, head.pages // _TARGET_PARTS))
    parts = []
    rows = iter(rows)
    for number in itertools.count():
        groups, data = _parquet(itertools.islice(rows, size * _PARTS_PER_FILE), size)
        if not groups:
            break
        parts.append(groups)
        _location(folder, number).write(data)
    manifest = replace(head, parts=tuple(parts))
    (folder / "manifest.json").write(json.dumps(asdict(manifest), indent=1).encode())
    return manifest


def _parquet(rows: Iterator[Row], size: int) -> tuple[int, bytes]:
    """The number of row groups of a file, and its bytes."""
    groups, buffer = 0, io.BytesIO()
    with pq.ParquetWriter(buffer, PAGE_SCHEMA, compression="zstd") as writer:
        while some := list(itertools.islice(rows, size)):
            writer.write_table(table_of(some, PAGE_SCHEMA), row_group_size=size)
            groups += 1
    return groups, buffer.getvalue()


class ManifestReader:
    """Reads the pages of parts. The last file stays open."""

    def __init__(self, folder: Location) -> None:
        self._folder = folder
        self._file = functools.lru_cache(maxsize=1)(self._open)

    def pages(self, part: Part) -> pa.Table:
        """The rows of a part.

        Raises:
            ConfigError: this node has no access to the folder.
        """
        return self._file(part.file).read_row_group(part.row_group)

    def count(self, part: Part) -> int:
        """The number of rows of a part."""
        return int(self._file(part.file).metadata.row_group(part.row_group).num_rows)

    def _open(self, number: int) -> pq.ParquetFile:
        location = _location(self._folder, number)
        try:
            return pq.ParquetFile(location.open())
        except SourceError as error:
            raise ConfigError(
                f"this node cannot read {location.uri}: {error.message}. Put the folder of the run where all "
                "nodes have access to it: on a shared file system, or at a URL such as s3://…"
            ) from error


def _location(folder: Location, number: int) -> Location:
    return folder / "manifest" / f"{number:05}.parquet"
