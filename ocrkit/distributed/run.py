"""A run into a folder of tables: what was written stays, and the next run reads only what is missing.

The unit of what is written is a part of the manifest: whoever reads it, on whichever node and in whichever
run, writes the same pages under the same name, whole or not at all. So nothing has to agree on who does what:
a page can be read twice, when a node dies, and is written once.
"""

from __future__ import annotations

import contextlib
import io
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import ray.data
from ray.exceptions import RayError

from ocrkit.config.settings import Settings
from ocrkit.distributed import cluster, manifest
from ocrkit.distributed.dataset import (
    RecognizePages,
    Sources,
    counted,
    settings_of,
)
from ocrkit.distributed.manifest import Manifest, Part
from ocrkit.distributed.page_worker import Sealed, Team
from ocrkit.distributed.schema import error_of, page_rows
from ocrkit.distributed.storage import Location, find_documents
from ocrkit.errors import (
    AuthenticationError,
    BackendUnavailableError,
    ConfigError,
    MissingDependencyError,
    OcrkitError,
    QuotaError,
)
from ocrkit.pipeline.config import PipelineConfig

RESULTS = "pages"
"""The folder of what was read, in that of the run."""

_HOPELESS = [kind.__name__ for kind in (AuthenticationError, ConfigError, MissingDependencyError, QuotaError)]
"""What fails for one page for these reasons fails for all: the part is not written, and the run ends."""

_MOST_BLOCKS = 10_000
_FEW_PAGES = 20  # before so many, a rate of failures says nothing


@dataclass(frozen=True)
class RunProgress:
    """Where a run stands, in pages."""

    documents: int
    pages: int
    pages_before: int = 0
    """Written by earlier runs, and not read again."""
    pages_read: int = 0
    pages_failed: int = 0
    """In this run; what failed before is written, and is among `pages_before`."""
    seconds: float = 0

    @property
    def pages_left(self) -> int:
        return self.pages - self.pages_before - self.pages_read - self.pages_failed


def recognize_into(
    folder: str | os.PathLike[str],
    source: Sources,
    settings: Settings | Mapping[str, Any] | None = None,
    *,
    workers: int | None = None,
    gpus: float = 0,
    retry_errors: bool = False,
    pages_in_a_part: int | None = None,
    address: str | None = None,
    progress: Callable[[RunProgress], None] | None = None,
) -> RunProgress:
    """Read documents into a folder of Parquet files, and go on where that was interrupted.

    The same call again reads what is missing. What is read is decided once, when a run begins: other
    documents are another run, in a folder of its own.

    Args:
        folder: of the run: a path on a file system that all nodes share, or an address such as `s3://…`.
        source: paths, folders, patterns and addresses.
        settings: `Settings`, or some values to put on top of those found in files and the environment.
        workers: how many actors there may be, each reading a page at a time with `threads` CPUs. If not
            given, as many as the cluster has room for now.
        gpus: the share of a GPU for each actor.
        retry_errors: read the pages again that failed in earlier runs.
        pages_in_a_part: how many pages are written together; 4 to 64, by how many there are, if not given.
        address: of the cluster, see `connected`.
        progress: called after each part.

    Raises:
        OcrkitError: what would make every page fail. All that was written until then is kept.
    """
    settings = settings_of(settings)
    top = Location(os.fspath(folder))
    with cluster.connected(address), cluster.quiet():
        team = Team.of(settings, workers, gpus)
        listed = _known(top, source, settings) or _listed(top, source, settings, team, pages_in_a_part)
        parts, done = _todo(top, listed, retry_errors=retry_errors)
        state = RunProgress(listed.documents, listed.pages, done)
        if progress:
            progress(state)
        started = time.perf_counter()
        for row in _read(top, parts, team, retry_errors=retry_errors):
            if row["error_kind"] is not None:
                raise error_of(row["error_kind"], row["error_message"])
            state = replace(
                state,
                pages_before=state.pages_before + row["before"],
                pages_read=state.pages_read + row["read"],
                pages_failed=state.pages_failed + row["failed"],
                seconds=time.perf_counter() - started,
            )
            if progress:
                progress(state)
            _check_rate(state, settings.max_failure_rate)
    return state


class ReadParts:
    """From the numbers of parts to files of results. What leaves the actor is what it counted."""

    def __init__(self, sealed: Sealed, folder: str, *, retry_errors: bool) -> None:
        self._read = RecognizePages(sealed)
        self._folder = Location(folder)
        self._manifest = manifest.Reader(self._folder)
        self._retry_errors = retry_errors

    def __call__(self, parts: pa.Table) -> pa.Table:
        (each,) = parts.to_pylist()
        part = Part(each["volume"], each["group"])
        place = self._folder / RESULTS / part.name
        try:
            return self._done(part, place)
        except OcrkitError as error:  # not of one page: nothing would come of the others either
            return _summary(error=(type(error).__name__, str(error)))

    def _done(self, part: Part, place: Location) -> pa.Table:
        pages = self._manifest.pages(part)
        kept = None
        if place.state() is not None:  # by a node that died after it, or by an earlier run
            kept = table_at(place)
            if not self._retry_errors or not kept.num_rows - _succeeded(kept):
                return _summary(kept.num_rows)
            failed = pc.is_valid(kept["error_kind"])
            pages = pages.filter(failed)
            kept = kept.filter(pc.invert(failed))
        results = self._read(pages)
        _refuse_hopeless(results)
        read, before = _succeeded(results), 0
        if kept is not None:
            before = kept.num_rows
            order = [("document_id", "ascending"), ("page", "ascending")]
            results = pa.concat_tables([kept, results]).sort_by(order)
        buffer = io.BytesIO()
        pq.write_table(results, buffer, compression="zstd")
        place.write(buffer.getvalue())
        return _summary(before, read, results.num_rows - before - read)


def table_at(place: Location, columns: Sequence[str] | None = None) -> pa.Table:
    """The table in a file of results."""
    with place.open() as file:
        return pq.ParquetFile(file).read(columns=list(columns) if columns else None)


def _refuse_hopeless(rows: pa.Table) -> None:
    """Raise what fails every page. Nothing counts as failed then: the next run reads it all."""
    found = rows.filter(pc.is_in(rows["error_kind"], pa.array(_HOPELESS)))
    for row in found.slice(0, 1).to_pylist():
        raise error_of(row["error_kind"], row["error_message"])


def _succeeded(results: pa.Table) -> int:
    return int(results["error_kind"].null_count)


_SUMMARY = pa.schema(
    [(name, pa.int64()) for name in ("before", "read", "failed")]
    + [(name, pa.string()) for name in ("error_kind", "error_message")]
)


def _summary(
    before: int = 0, read: int = 0, failed: int = 0, error: tuple[str, str] | None = None
) -> pa.Table:
    kind, message = error or (None, None)
    row = {"before": before, "read": read, "failed": failed, "error_kind": kind, "error_message": message}
    return pa.Table.from_pylist([row], schema=_SUMMARY)


def _listed(top: Location, source: Sources, settings: Settings, team: Team, size: int | None) -> Manifest:
    """The manifest of a new run."""
    documents = counted(find_documents(source), team)
    _refuse_hopeless(documents)
    counts = documents["page_count"]
    head = Manifest(
        inputs=_names(source),
        fingerprint=_fingerprint(settings),
        documents=documents.num_rows,
        pages=(pc.sum(counts).as_py() or 0) + counts.null_count,
    )
    rows = (each for batch in documents.to_batches(1000) for each in batch.to_pylist())
    return manifest.write(top, (page for row in rows for page in page_rows(row)), head, size)


def _known(top: Location, source: Sources, settings: Settings) -> Manifest | None:
    """That of the run that was begun here."""
    known = manifest.load(top)
    if known is not None and known.fingerprint != _fingerprint(settings):
        raise ConfigError(
            f"{top.uri} was begun with other settings, or by another version, and its pages would be read in "
            "two ways. Go back to those, or choose another folder"
        )
    if known is not None and known.inputs != _names(source):
        raise ConfigError(
            f"{top.uri} was begun with other documents ({', '.join(known.inputs[:3])}), and what is read in "
            "a folder is decided once. Choose another folder for these"
        )
    return known


def _names(source: Sources) -> tuple[str, ...]:
    return tuple(os.fspath(each) for each in source)


def _fingerprint(settings: Settings) -> str:
    """Of all that decides how a page is read."""
    config = PipelineConfig.from_settings(settings)
    with contextlib.closing(config.build(1).backend) as backend:
        return f"{config.fingerprint(backend)} {settings.source.model_dump(exclude={'password'})!r}"


def _todo(top: Location, listed: Manifest, *, retry_errors: bool) -> tuple[list[Part], int]:
    """The parts that are not written, and how many pages the others have."""
    written = set((top / RESULTS).names())
    if retry_errors:
        return list(listed), 0  # each is looked at where it is read
    parts = [part for part in listed if part.name not in written]
    reader = manifest.Reader(top)
    return parts, listed.pages - sum(reader.count(part) for part in parts)


def _read(
    top: Location, parts: Sequence[Part], team: Team, *, retry_errors: bool
) -> Iterator[dict[str, Any]]:
    """What was counted in each part, as they are done."""
    if not parts:
        return
    table = pa.table({"volume": [part.volume for part in parts], "group": [part.group for part in parts]})
    blocks = min(len(parts), _MOST_BLOCKS)
    size = min(team.size, blocks)
    done = ray.data.from_arrow(table, override_num_blocks=blocks).map_batches(
        ReadParts,
        fn_constructor_args=[team.sealed, top.uri if top.local is None else str(top.local)],
        fn_constructor_kwargs={"retry_errors": retry_errors},
        batch_size=1,
        batch_format="pyarrow",
        compute=ray.data.ActorPoolStrategy(min_size=1, max_size=size, initial_size=size),
        num_cpus=team.threads,
        num_gpus=team.gpus or None,
    )
    try:
        yield from done.iter_rows()
    except RayError as error:
        last = str(error).strip().splitlines()[-1]
        raise BackendUnavailableError(f"the cluster gave up, and the same again goes on: {last}") from error


def _check_rate(state: RunProgress, limit: float | None) -> None:
    tried = state.pages_read + state.pages_failed
    if limit is not None and tried >= _FEW_PAGES and state.pages_failed > limit * tried:
        raise OcrkitError(
            f"stopped: {state.pages_failed} of {tried} pages failed, and {limit:.0%} are the limit; what was "
            "read is kept, and the same again goes on"
        )
