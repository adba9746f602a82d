"""What lies in the folder of a run: held against its manifest, and put together into documents again."""

from __future__ import annotations

import itertools
import os
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields

import pyarrow as pa

from ocrkit.distributed import manifest
from ocrkit.distributed.manifest import Manifest, Part
from ocrkit.distributed.run import RESULTS, table_at
from ocrkit.distributed.schema import PAGE_SCHEMA, RESULT_SCHEMA, Row, error_of, outcome_of
from ocrkit.distributed.storage import Location
from ocrkit.document import Document
from ocrkit.errors import ConfigError, OcrkitError
from ocrkit.pipeline.recognize_many import Done, Failed
from ocrkit.result import PageFailure, PageResult

_KEY = ("document_id", "page")
_COLUMNS = [*_KEY, "error_kind"]
_REQUESTS_AT_ONCE = 16


@dataclass(frozen=True)
class Verification:
    """The pages of a manifest beside those that were written."""

    pages: int
    read: int
    failed: int
    """Written, with the error."""
    missing: int
    doubled: int
    """Written more often than once: this cannot be, short of files that were copied by hand."""
    unknown: int
    """Written, and not in the manifest."""

    @property
    def is_complete(self) -> bool:
        """Every page is there exactly once, read or with its error."""
        return not (self.missing or self.doubled or self.unknown)


def verify(folder: str | os.PathLike[str]) -> Verification:
    """Count what is in the folder of a run, page by page, against its manifest.

    Raises:
        ConfigError: no run was begun there.
    """
    counts: Counter[str] = Counter()
    for wanted, written in _compared(folder):
        expected = set(_keys(wanted))
        found = Counter(_keys(written))
        failed = len(written) - written["error_kind"].null_count
        counts["pages"] += len(expected)
        counts["missing"] += len(expected - found.keys())
        counts["unknown"] += sum(count for key, count in found.items() if key not in expected)
        counts["doubled"] += sum(count - 1 for key, count in found.items() if key in expected)
        counts["failed"] += failed
        counts["read"] += len(written) - failed
    return Verification(**{each.name: counts[each.name] for each in fields(Verification)})


def missing(folder: str | os.PathLike[str]) -> pa.Table:
    """The rows of the manifest that were not written yet, as a table of `PAGE_SCHEMA`."""
    tables = [PAGE_SCHEMA.empty_table()]
    for wanted, written in _compared(folder):
        known = set(_keys(written))
        tables.append(wanted.filter(pa.array([key not in known for key in _keys(wanted)], pa.bool_())))
    return pa.concat_tables(tables)


def read_documents(folder: str | os.PathLike[str]) -> Iterator[Done | Failed]:
    """The documents of a run, one at a time, in the order of their names.

    Those of which pages are still missing are left out. The `source` of an outcome is the name of the
    document: `2024/letter.png`.

    Raises:
        ConfigError: no run was begun there.
    """
    top, listed = _opened(folder)
    reader = manifest.Reader(top)
    rows = itertools.chain.from_iterable(_rows(top, reader, part) for part in listed)
    for name, group in itertools.groupby(rows, key=lambda row: str(row["document_id"])):
        pages = list(group)
        if all("result" in page for page in pages):
            yield _outcome(name, sorted(pages, key=lambda row: row["page"] or 0))


def _rows(top: Location, reader: manifest.Reader, part: Part) -> Iterator[Row]:
    """The results of a part; where it was not written, its pages."""
    place = top / RESULTS / part.name
    table = reader.pages(part) if place.state() is None else table_at(place)
    yield from table.to_pylist()


def _outcome(name: str, rows: list[Row]) -> Done | Failed:
    first = rows[0]
    if first["page"] is None:
        return Failed(name, error_of(first["error_kind"], first["error_message"]))
    outcomes = [(row, outcome_of(row)) for row in rows]
    return Done(
        name,
        Document(
            source=first["uri"],
            page_count=first["page_count"],
            failures=tuple(
                PageFailure(index=row["page"] - 1, kind=row["error_kind"], message=row["error_message"])
                for row, outcome in outcomes
                if isinstance(outcome, OcrkitError)
            ),
            pages=tuple(outcome for _, outcome in outcomes if isinstance(outcome, PageResult)),
        ),
    )


def _compared(folder: str | os.PathLike[str]) -> Iterator[tuple[pa.Table, pa.Table]]:
    """For each part its pages, and what was written of it; then what was written of none."""
    top, listed = _opened(folder)
    reader = manifest.Reader(top)
    written = set((top / RESULTS).names())

    def there(name: str) -> pa.Table:
        if name not in written:
            return RESULT_SCHEMA.empty_table().select(_COLUMNS)
        return table_at(top / RESULTS / name, _COLUMNS)

    with ThreadPoolExecutor(_REQUESTS_AT_ONCE) as threads:
        parts = iter(listed)
        while some := list(itertools.islice(parts, _REQUESTS_AT_ONCE)):
            tables = threads.map(there, [part.name for part in some])
            yield from zip((reader.pages(part) for part in some), tables, strict=True)
        strangers = sorted(written - {part.name for part in listed})
        yield from ((PAGE_SCHEMA.empty_table(), table) for table in threads.map(there, strangers))


def _keys(table: pa.Table) -> Iterator[tuple[str, int | None]]:
    return zip(*(table[name].to_pylist() for name in _KEY), strict=True)


def _opened(folder: str | os.PathLike[str]) -> tuple[Location, Manifest]:
    top = Location(os.fspath(folder))
    listed = manifest.load(top)
    if listed is None:
        raise ConfigError(f"no run was begun in {top.uri}; check the name")
    return top, listed
