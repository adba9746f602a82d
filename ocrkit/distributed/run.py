"""A run that writes results into a folder of tables, and that can be resumed.

Results are written by part of the manifest: any worker, on any node and in any run, writes the same pages
under the same name in an atomic write. So workers need no coordination: a page may be read twice when a node
dies, but it is written once.
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
    count_all_pages,
    settings_of,
)
from ocrkit.distributed.manifest import Manifest, ManifestReader, Part
from ocrkit.distributed.page_worker import ActorPlan, PickledConfig
from ocrkit.distributed.schema import page_rows
from ocrkit.distributed.storage import Location, find_documents
from ocrkit.errors import (
    AuthenticationError,
    BackendUnavailableError,
    BudgetSpentError,
    ConfigError,
    MissingDependencyError,
    OcrkitError,
    QuotaError,
)
from ocrkit.failures import error_of
from ocrkit.pipeline.config import PipelineConfig

RESULTS = "pages"
"""The folder of the results in the folder of the run."""

_FATAL = [
    kind.__name__
    for kind in (AuthenticationError, BudgetSpentError, ConfigError, MissingDependencyError, QuotaError)
]
"""These errors would fail every page: the part is not written, and the run ends."""

_MAX_BLOCKS = 10_000
_MIN_PAGES_FOR_RATE = 20


@dataclass(frozen=True)
class RunProgress:
    """The progress of a run in pages."""

    documents: int
    pages: int
    pages_before: int = 0
    """Pages that earlier runs have written."""
    pages_read: int = 0
    pages_failed: int = 0
    """In this run. Pages that failed in earlier runs count among `pages_before`."""
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
    retry_failed: bool = False,
    pages_per_part: int | None = None,
    address: str | None = None,
    progress: Callable[[RunProgress], None] | None = None,
) -> RunProgress:
    """Read documents into a folder of Parquet files. The same call again resumes an interrupted run.

    The documents of a run are fixed when it begins. Other documents need another folder.

    Args:
        folder: a path on a file system that all nodes share, or a URL such as `s3://…`.
        source: paths, folders, patterns and URLs.
        settings: `Settings`, or values on top of those from files and the environment.
        workers: the largest number of actors; each reads one page at a time with `threads` CPUs. None: as
            many as fit into the cluster now.
        gpus: the share of a GPU for each actor.
        retry_failed: read pages again that failed in earlier runs.
        pages_per_part: how many pages are written together. None: 4 to 64, by the number of pages.
        address: the address of the cluster, see `connected`.
        progress: called after each part.

    Raises:
        OcrkitError: an error that would fail every page. The results so far are kept.
    """
    settings = settings_of(settings)
    top = Location(os.fspath(folder))
    with cluster.connected(address), cluster.quiet():
        actors = ActorPlan.create(settings, workers, gpus)
        plan = _load_manifest(top, source, settings)
        plan = plan or _create_manifest(top, source, settings, actors, pages_per_part)
        parts, done = _pending_parts(top, plan, retry_failed=retry_failed)
        state = RunProgress(plan.documents, plan.pages, done)
        if progress:
            progress(state)
        started = time.perf_counter()
        for row in _read_parts(top, parts, actors, retry_failed=retry_failed):
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
    """Reads parts and writes their results. Returns rows with the numbers of pages."""

    def __init__(self, config: PickledConfig, folder: str, *, retry_failed: bool, keeper: Any = None) -> None:
        self._read = RecognizePages(config, keeper)
        self._folder = Location(folder)
        self._manifest = ManifestReader(self._folder)
        self._retry_failed = retry_failed

    def __call__(self, parts: pa.Table) -> pa.Table:
        (each,) = parts.to_pylist()
        part = Part(each["file"], each["row_group"])
        location = self._folder / RESULTS / part.name
        try:
            return self._read_part(part, location)
        except OcrkitError as error:  # an error that would fail every page
            return _summary(error=(type(error).__name__, str(error)))

    def _read_part(self, part: Part, location: Location) -> pa.Table:
        pages = self._manifest.pages(part)
        kept = None
        if location.state() is not None:  # written by an earlier run, or by a node that died afterwards
            kept = read_table(location)
            if not self._retry_failed or not kept.num_rows - _count_successes(kept):
                return _summary(kept.num_rows)
            failed = pc.is_valid(kept["error_kind"])
            pages = pages.filter(failed)
            kept = kept.filter(pc.invert(failed))
        results = self._read(pages)
        _raise_fatal(results)
        read, before = _count_successes(results), 0
        if kept is not None:
            before = kept.num_rows
            order = [("document_id", "ascending"), ("page", "ascending")]
            results = pa.concat_tables([kept, results]).sort_by(order)
        buffer = io.BytesIO()
        pq.write_table(results, buffer, compression="zstd")
        location.write(buffer.getvalue())
        return _summary(before, read, results.num_rows - before - read)


def read_table(location: Location, columns: Sequence[str] | None = None) -> pa.Table:
    """The table in a file of results."""
    with location.open() as file:
        return pq.ParquetFile(file).read(columns=list(columns) if columns else None)


def _raise_fatal(rows: pa.Table) -> None:
    """Raise an error that would fail every page. The next run reads these pages again."""
    found = rows.filter(pc.is_in(rows["error_kind"], pa.array(_FATAL)))
    for row in found.slice(0, 1).to_pylist():
        raise error_of(row["error_kind"], row["error_message"])


def _count_successes(results: pa.Table) -> int:
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


def _create_manifest(
    top: Location, source: Sources, settings: Settings, actors: ActorPlan, size: int | None
) -> Manifest:
    """The manifest of a new run."""
    documents = count_all_pages(find_documents(source), actors)
    _raise_fatal(documents)
    counts = documents["page_count"]
    head = Manifest(
        inputs=_names(source),
        fingerprint=_fingerprint(settings),
        documents=documents.num_rows,
        pages=(pc.sum(counts).as_py() or 0) + counts.null_count,
    )
    rows = (each for batch in documents.to_batches(1000) for each in batch.to_pylist())
    return manifest.write(top, (page for row in rows for page in page_rows(row)), head, size)


def _load_manifest(top: Location, source: Sources, settings: Settings) -> Manifest | None:
    """The manifest of the run in this folder, or None."""
    known = manifest.load(top)
    if known is not None and known.fingerprint != _fingerprint(settings):
        raise ConfigError(
            f"the run in {top.uri} has other settings or was started by another version of ocrkit, so its "
            "pages would be read in two ways. Use the same settings, or choose another folder"
        )
    if known is not None and known.inputs != _names(source):
        raise ConfigError(
            f"the run in {top.uri} has other documents ({', '.join(known.inputs[:3])}), and the documents of "
            "a run cannot be changed. Choose another folder"
        )
    return known


def _names(source: Sources) -> tuple[str, ...]:
    return tuple(os.fspath(each) for each in source)


def _fingerprint(settings: Settings) -> str:
    """The fingerprint of everything that decides how a page is read."""
    config = PipelineConfig.from_settings(settings)
    with contextlib.closing(config.build(1).backend) as backend:
        return f"{config.fingerprint(backend)} {settings.source.model_dump(exclude={'password'})!r}"


def _pending_parts(top: Location, plan: Manifest, *, retry_failed: bool) -> tuple[list[Part], int]:
    """The parts that are not written, and the number of pages in the other parts."""
    written = set((top / RESULTS).names())
    if retry_failed:
        return list(plan), 0  # the worker that reads a part looks for its failures
    parts = [part for part in plan if part.name not in written]
    reader = ManifestReader(top)
    return parts, plan.pages - sum(reader.count(part) for part in parts)


def _read_parts(
    top: Location, parts: Sequence[Part], actors: ActorPlan, *, retry_failed: bool
) -> Iterator[dict[str, Any]]:
    """Read parts on the cluster; yields the numbers of pages of each part when it is done."""
    if not parts:
        return
    columns = {"file": [part.file for part in parts], "row_group": [part.row_group for part in parts]}
    table = pa.table(columns)
    blocks = min(len(parts), _MAX_BLOCKS)
    size = min(actors.count, blocks)
    done = ray.data.from_arrow(table, override_num_blocks=blocks).map_batches(
        ReadParts,
        fn_constructor_args=[actors.config, top.uri if top.local is None else str(top.local)],
        fn_constructor_kwargs={"retry_failed": retry_failed, "keeper": actors.keeper},
        batch_size=1,
        batch_format="pyarrow",
        compute=ray.data.ActorPoolStrategy(min_size=1, max_size=size, initial_size=size),
        num_cpus=actors.threads,
        num_gpus=actors.gpus or None,
    )
    try:
        yield from done.iter_rows()
    except RayError as error:
        last = str(error).strip().splitlines()[-1]
        raise BackendUnavailableError(
            f"the run failed on the cluster: {last}; start the same run again to resume it"
        ) from error


def _check_rate(state: RunProgress, limit: float | None) -> None:
    tried = state.pages_read + state.pages_failed
    if limit is not None and tried >= _MIN_PAGES_FOR_RATE and state.pages_failed > limit * tried:
        raise OcrkitError(
            f"stopped: {state.pages_failed} of {tried} pages failed (limit {limit:.0%}); the results so far "
            "are kept; start the same run again to resume it"
        )
