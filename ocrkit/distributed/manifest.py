"""Which pages a run reads, decided once: the list, in parts that are read and written as wholes.

`manifest/00000.parquet` and so on have a row for each page; each row group of them is a part. When all is
written, `manifest.json` says so. A run that is begun again goes by it, whatever lies in the folders by then.
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

_PARTS_IN_A_VOLUME = 1000
_FEWEST, _MOST = 4, 64
_PARTS_WANTED = 500
"""Enough that all workers have something to do to the end, and losing one costs little."""


@dataclass(frozen=True, slots=True)
class Part:
    """Some pages that are read by one worker, one after the other, and written as one file."""

    volume: int
    group: int

    @property
    def name(self) -> str:
        return f"{self.volume:05}-{self.group:05}.parquet"


@dataclass(frozen=True)
class Manifest:
    """What `manifest.json` says."""

    inputs: tuple[str, ...]
    fingerprint: str
    """Of all that decides how a page is read."""
    documents: int
    pages: int
    """Rows: a document that cannot be opened counts as one."""
    parts: tuple[int, ...] = ()
    """How many there are in each volume."""
    schema_version: int = SCHEMA_VERSION

    def __iter__(self) -> Iterator[Part]:
        return (Part(volume, group) for volume, count in enumerate(self.parts) for group in range(count))


def load(folder: Location) -> Manifest | None:
    """The manifest of a run; None where none was begun, or not to the end of its manifest."""
    place = folder / "manifest.json"
    if place.state() is None:
        return None
    said = json.loads(place.read())
    if said.get("schema_version") != SCHEMA_VERSION:
        raise ConfigError(f"{folder.uri} was written by another version of ocrkit; choose another folder")
    return Manifest(**{**said, "inputs": tuple(said["inputs"]), "parts": tuple(said["parts"])})


def write(folder: Location, rows: Iterable[Row], head: Manifest, size: int | None) -> Manifest:
    """Write it. The rows come in the order of documents and pages, and are never all in memory.

    Args:
        folder: of the run.
        rows: of `PAGE_SCHEMA`.
        head: what it will say, without its parts.
        size: pages in a part; chosen by their number if not given.
    """
    size = size or max(_FEWEST, min(_MOST, head.pages // _PARTS_WANTED))
    parts = []
    rows = iter(rows)
    for volume in itertools.count():
        groups, data = _grouped(itertools.islice(rows, size * _PARTS_IN_A_VOLUME), size)
        if not groups:
            break
        parts.append(groups)
        _volume(folder, volume).write(data)
    manifest = replace(head, parts=tuple(parts))
    (folder / "manifest.json").write(json.dumps(asdict(manifest), indent=1).encode())
    return manifest


def _grouped(rows: Iterator[Row], size: int) -> tuple[int, bytes]:
    """A volume, and how many groups it has."""
    groups, buffer = 0, io.BytesIO()
    with pq.ParquetWriter(buffer, PAGE_SCHEMA, compression="zstd") as writer:
        while some := list(itertools.islice(rows, size)):
            writer.write_table(table_of(some, PAGE_SCHEMA), row_group_size=size)
            groups += 1
    return groups, buffer.getvalue()


class Reader:
    """Hands out the pages of parts. The volume it was last asked for stays open."""

    def __init__(self, folder: Location) -> None:
        self._folder = folder
        self._volume = functools.lru_cache(maxsize=1)(self._opened)

    def pages(self, part: Part) -> pa.Table:
        """The rows of a part.

        Raises:
            ConfigError: the folder cannot be seen from here.
        """
        return self._volume(part.volume).read_row_group(part.group)

    def count(self, part: Part) -> int:
        """How many rows it has."""
        return int(self._volume(part.volume).metadata.row_group(part.group).num_rows)

    def _opened(self, volume: int) -> pq.ParquetFile:
        place = _volume(self._folder, volume)
        try:
            return pq.ParquetFile(place.open())
        except SourceError as error:
            raise ConfigError(
                f"this node cannot read {place.uri}: {error.message}. The folder of a run has to be one that "
                "all nodes see: on a shared file system, or an address such as s3://…"
            ) from error


def _volume(folder: Location, number: int) -> Location:
    return folder / "manifest" / f"{number:05}.parquet"
