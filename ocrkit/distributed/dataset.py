"""Pages as a Ray dataset: from documents to pages, from pages to results, and never all of them at once."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import pyarrow as pa
import ray.data

from ocrkit.config.loading import load_settings
from ocrkit.config.settings import Settings
from ocrkit.distributed import cluster
from ocrkit.distributed.page_worker import PageWorker, Sealed, Team
from ocrkit.distributed.schema import (
    PAGE_SCHEMA,
    RESULT_SCHEMA,
    Row,
    document_row,
    error_of,
    page_rows,
    result_row,
    table_of,
)
from ocrkit.distributed.storage import Found, find_documents
from ocrkit.errors import ConfigError

Sources: TypeAlias = Sequence[str | os.PathLike[str]]
"""Paths, folders, patterns, addresses."""

PAGES_AT_ONCE = 8
"""Pages that go to an actor together. Few: so many are read again when a node dies, and with large blocks one
actor is left with the last of them while the others have nothing to do."""

_READERS_FOR_ONE = 16  # actors that read, for each that counts
_DOCUMENTS_FOR_ONE = 50  # below that starting one more costs more than it saves
_BLOCKS_FOR_EACH = 4


class CountPages:
    """From documents to their pages, for `Dataset.map_batches`: `uri`, and `document_id` if there is one."""

    def __init__(self, sealed: Sealed, *, one_row_each: bool = False) -> None:
        """Set up.

        Args:
            sealed: how documents are opened.
            one_row_each: give the documents back with the number of their pages, instead of the pages.
        """
        self._station = PageWorker(sealed)
        self._one_row_each = one_row_each

    def __call__(self, documents: pa.Table) -> pa.Table:
        rows = (self._counted(each["uri"], each.get("document_id")) for each in documents.to_pylist())
        if not self._one_row_each:
            rows = (page for row in rows for page in page_rows(row))
        return table_of(rows, PAGE_SCHEMA)

    def _counted(self, uri: str, document_id: str | None) -> Row:
        return document_row(document_id or uri, uri, self._station.count(uri))


class RecognizePages:
    """From pages to what was read on them, for `Dataset.map_batches`.

    Takes tables of `PAGE_SCHEMA`, of which `uri` and `page` are enough, and gives tables of `RESULT_SCHEMA`,
    a row for each page, also for those that failed. The engine is loaded once for each actor, in a process
    of its own.
    """

    def __init__(self, sealed: Sealed) -> None:
        self._station = PageWorker(sealed)

    def __call__(self, pages: pa.Table) -> pa.Table:
        return table_of((self._read(page) for page in pages.to_pylist()), RESULT_SCHEMA)

    def _read(self, page: Mapping[str, Any]) -> Row:
        uri = page["uri"]
        known = {**page, "document_id": page.get("document_id") or uri, "page_count": page.get("page_count")}
        if page.get("error_kind") is not None:
            return result_row(known, error_of(page["error_kind"], page["error_message"]))
        return result_row(known, self._station.read(uri, page["page"]))


def recognize_dataset(
    source: Sources | ray.data.Dataset,
    settings: Settings | Mapping[str, Any] | None = None,
    *,
    workers: int | None = None,
    gpus: float = 0,
) -> ray.data.Dataset:
    """The pages of documents, read: a dataset with a row of `RESULT_SCHEMA` for each page.

    Nothing is read before the dataset is written or iterated over. It stays the caller's to transform and to
    write; for a run that goes on where it was interrupted see `recognize_into`.

    Args:
        source: paths, folders, patterns and addresses (`s3://…`); or a dataset with a column `uri`, whose
            rows are documents, or pages where it has a column `page` as well, counted from 1.
        settings: `Settings`, or some values to put on top of those found in files and the environment.
        workers: how many actors there may be, each reading a page at a time with `threads` CPUs. If not
            given, as many as the cluster has room for now; say a number where the cluster grows.
        gpus: the share of a GPU for each actor.

    Raises:
        ConfigError: there is no cluster, nothing to read, or a setting is wrong. What is wrong with single
            pages or documents is in their rows.
    """
    if not ray.is_initialized():
        raise ConfigError(
            "there is no Ray cluster: call ray.init() first, or use `with ocrkit.distributed.connected():`"
        )
    team = Team.of(settings_of(settings), workers, gpus)
    pages = _pages(source, team)
    return pages.repartition(target_num_rows_per_block=PAGES_AT_ONCE).map_batches(
        RecognizePages,
        fn_constructor_args=[team.sealed],
        batch_format="pyarrow",
        compute=ray.data.ActorPoolStrategy(min_size=1, max_size=team.size),
        num_cpus=cluster.claim_beside_others(team.threads),
        num_gpus=team.gpus or None,
    )


def settings_of(settings: Settings | Mapping[str, Any] | None) -> Settings:
    return settings if isinstance(settings, Settings) else load_settings(overrides=settings).settings


def count_pages(documents: ray.data.Dataset, team: Team) -> ray.data.Dataset:
    """The pages of documents, for those who read them meanwhile.

    It takes no CPU of its own: it must not wait for those who wait for it.
    """
    return documents.map_batches(
        CountPages,
        fn_constructor_args=[team.sealed],
        batch_format="pyarrow",
        compute=ray.data.ActorPoolStrategy(size=1 + team.size // _READERS_FOR_ONE),
        num_cpus=0,
    )


def counted(found: Sequence[Found], team: Team) -> pa.Table:
    """The documents, each with the number of its pages, sorted by name. The whole team counts."""
    size = min(team.size, 1 + len(found) // _DOCUMENTS_FOR_ONE)
    counting = documents_of(found, team).map_batches(
        CountPages,
        fn_constructor_args=[team.sealed],
        fn_constructor_kwargs={"one_row_each": True},
        batch_format="pyarrow",
        compute=ray.data.ActorPoolStrategy(min_size=1, max_size=size, initial_size=size),
        num_cpus=team.threads,
    )
    tables = counting.iter_batches(batch_format="pyarrow", batch_size=None)
    return pa.concat_tables(tables).sort_by("document_id")


def documents_of(found: Sequence[Found], team: Team) -> ray.data.Dataset:
    """The documents, in blocks for all that count them."""
    columns = {"document_id": [each.document_id for each in found], "uri": [each.uri for each in found]}
    blocks = min(len(found), _BLOCKS_FOR_EACH * team.size)
    return ray.data.from_arrow(pa.table(columns), override_num_blocks=blocks)


def _pages(source: Sources | ray.data.Dataset, team: Team) -> ray.data.Dataset:
    if not isinstance(source, ray.data.Dataset):
        if isinstance(source, str | os.PathLike):
            raise ConfigError(f"sources are a list of names, not {source!r}: put it in brackets")
        return count_pages(documents_of(find_documents(source), team), team)
    columns = source.columns() or []
    if "uri" not in columns:
        raise ConfigError(f"the dataset needs a column 'uri', and has {', '.join(columns) or 'none'}")
    return source if "page" in columns else count_pages(source, team)
