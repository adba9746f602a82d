"""The results in the folder of a run: verified against its manifest, and combined into documents."""

from __future__ import annotations

import itertools
import os
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields

import pyarrow as pa

from ocrkit.distributed import manifest
from ocrkit.distributed.manifest import Manifest, ManifestReader, Part
from ocrkit.distributed.run import RESULTS, read_table
from ocrkit.distributed.schema import PAGE_SCHEMA, RESULT_SCHEMA, Row, outcome_of
from ocrkit.distributed.storage import Location
from ocrkit.document import Document
from ocrkit.errors import ConfigError, OcrkitError
from ocrkit.failures import Failure, error_of
from ocrkit.pipeline.document_pages import finished_pages
from ocrkit.pipeline.recognize_many import Done
from ocrkit.result import PageFailure, PageResult

_KEY = ("document_id", "page")
_COLUMNS = [*_KEY, "error_kind"]
_CONCURRENT_REQUESTS = 16


@dataclass(frozen=True)
class Verification:
    """The pages of a manifest compared with the pages in the folder."""

    pages: int
    read: int
    failed: int
    """Pages with an error instead of a result."""
    missing: int
    duplicated: int
    """Pages that occur more than once, which only files copied by hand can cause."""
    unknown: int
    """Pages that are not in the manifest."""

    @property
    def is_complete(self) -> bool:
        """Whether every page occurs exactly once, with a result or an error."""
        return not (self.missing or self.duplicated or self.unknown)


def verify(folder: str | os.PathLike[str]) -> Verification:
    """Compare the pages in the folder of a run with its manifest.

    Raises:
        ConfigError: the folder has no run.
    """
    counts: Counter[str] = Counter()
    for planned, written in _parts(folder):
        expected = set(_keys(planned))
        found = Counter(_keys(written))
        failed = len(written) - written["error_kind"].null_count
        counts["pages"] += len(expected)
        counts["missing"] += len(expected - found.keys())
        counts["unknown"] += sum(count for key, count in found.items() if key not in expected)
        counts["duplicated"] += sum(count - 1 for key, count in found.items() if key in expected)
        counts["failed"] += failed
        counts["read"] += len(written) - failed
    return Verification(**{each.name: counts[each.name] for each in fields(Verification)})


def missing(folder: str | os.PathLike[str]) -> pa.Table:
    """The rows of the manifest that have no result yet, as a table of `PAGE_SCHEMA`."""
    tables = [PAGE_SCHEMA.empty_table()]
    for planned, written in _parts(folder):
        known = set(_keys(written))
        tables.append(planned.filter(pa.array([key not in known for key in _keys(planned)], pa.bool_())))
    return pa.concat_tables(tables)


def read_documents(folder: str | os.PathLike[str]) -> Iterator[Done | Failure]:
    """The documents of a run, one at a time, sorted by name.

    Documents with missing pages are left out. The `source` of an outcome is the name of the document:
    `2024/letter.png`.

    Raises:
        ConfigError: the folder has no run.
    """
    top, plan = _open(folder)
    reader = ManifestReader(top)
    rows = itertools.chain.from_iterable(_rows(top, reader, part) for part in plan)
    for name, group in itertools.groupby(rows, key=lambda row: str(row["document_id"])):
        pages = list(group)
        if all("result" in page for page in pages):
            yield _outcome(name, sorted(pages, key=lambda row: row["page"] or 0))


def _rows(top: Location, reader: ManifestReader, part: Part) -> Iterator[Row]:
    """The results of a part, or its pages if it has no results yet."""
    location = top / RESULTS / part.name
    table = reader.pages(part) if location.state() is None else read_table(location)
    yield from table.to_pylist()


def _outcome(name: str, rows: list[Row]) -> Done | Failure:
    first = rows[0]
    if first["page"] is None:
        return Failure.of(name, error_of(first["error_kind"], first["error_message"]))
    outcomes = [(row, outcome_of(row)) for row in rows]
    read = [outcome for _, outcome in outcomes if isinstance(outcome, PageResult)]
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
            pages=tuple(finished_pages(lambda: read)),
        ),
    )


def _parts(folder: str | os.PathLike[str]) -> Iterator[tuple[pa.Table, pa.Table]]:
    """The planned pages and the results of each part; then results that belong to no part."""
    top, plan = _open(folder)
    reader = ManifestReader(top)
    written = set((top / RESULTS).names())

    def results(name: str) -> pa.Table:
        if name not in written:
            return RESULT_SCHEMA.empty_table().select(_COLUMNS)
        return read_table(top / RESULTS / name, _COLUMNS)

    with ThreadPoolExecutor(_CONCURRENT_REQUESTS) as threads:
        parts = iter(plan)
        while some := list(itertools.islice(parts, _CONCURRENT_REQUESTS)):
            tables = threads.map(results, [part.name for part in some])
            yield from zip((reader.pages(part) for part in some), tables, strict=True)
        unknown = sorted(written - {part.name for part in plan})
        yield from ((PAGE_SCHEMA.empty_table(), table) for table in threads.map(results, unknown))


def _keys(table: pa.Table) -> Iterator[tuple[str, int | None]]:
    return zip(*(table[name].to_pylist() for name in _KEY), strict=True)


def _open(folder: str | os.PathLike[str]) -> tuple[Location, Manifest]:
    top = Location(os.fspath(folder))
    plan = manifest.load(top)
    if plan is None:
        raise ConfigError(f"{top.uri} contains no run; check the name")
    return top, plan
