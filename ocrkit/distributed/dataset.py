"""Ray datasets: documents to pages, and pages to rows of results, in a stream."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import pyarrow as pa
import ray.data

from ocrkit.config.loading import load_settings
from ocrkit.config.settings import Settings
from ocrkit.distributed import cluster
from ocrkit.distributed.page_worker import ActorPlan, PageWorker, PickledConfig
from ocrkit.distributed.schema import (
    PAGE_SCHEMA,
    RESULT_SCHEMA,
    Row,
    document_row,
    page_rows,
    result_row,
    table_of,
)
from ocrkit.distributed.storage import StoredDocument, find_documents
from ocrkit.errors import ConfigError
from ocrkit.failures import error_of

Sources: TypeAlias = Sequence[str | os.PathLike[str]]
"""Paths, folders, patterns and URLs."""

PAGES_PER_BLOCK = 8
"""Pages that an actor gets together. Few, because they are read again when a node dies, and because large
blocks would leave one actor busy at the end while the others are idle."""

_READERS_PER_COUNTER = 16  # actors that read pages, for each actor that counts pages
_DOCUMENTS_PER_COUNTER = 50  # for fewer documents, starting another actor takes longer than it saves
_BLOCKS_PER_ACTOR = 4


class CountPages:
    """Documents to pages, for `Dataset.map_batches`. Needs the column `uri`; `document_id` is optional."""

    def __init__(self, config: PickledConfig, *, row_per_document: bool = False) -> None:
        """Set up.

        Args:
            config: how documents are opened.
            row_per_document: return a row per document with its number of pages, instead of a row per page.
        """
        self._worker = PageWorker(config)
        self._row_per_document = row_per_document

    def __call__(self, documents: pa.Table) -> pa.Table:
        rows = (self._count(each["uri"], each.get("document_id")) for each in documents.to_pylist())
        if not self._row_per_document:
            rows = (page for row in rows for page in page_rows(row))
        return table_of(rows, PAGE_SCHEMA)

    def _count(self, uri: str, document_id: str | None) -> Row:
        return document_row(document_id or uri, uri, self._worker.count(uri))


class RecognizePages:
    """Pages to results, for `Dataset.map_batches`.

    Takes tables with at least the columns `uri` and `page` of `PAGE_SCHEMA`, and returns tables of
    `RESULT_SCHEMA` with a row for each page, also for failed pages. Each actor loads the engine once, in a
    worker process.
    """

    def __init__(self, config: PickledConfig, keeper: Any = None) -> None:
        """Set up. `keeper` is the actor that counts costs, if they are limited."""
        self._worker = PageWorker(config, keeper)

    def __call__(self, pages: pa.Table) -> pa.Table:
        return table_of((self._read(page) for page in pages.to_pylist()), RESULT_SCHEMA)

    def _read(self, page: Mapping[str, Any]) -> Row:
        uri = page["uri"]
        known = {**page, "document_id": page.get("document_id") or uri, "page_count": page.get("page_count")}
        if page.get("error_kind") is not None:
            return result_row(known, error_of(page["error_kind"], page["error_message"]))
        return result_row(known, self._worker.read(uri, page["page"]))


def recognize_dataset(
    source: Sources | ray.data.Dataset,
    settings: Settings | Mapping[str, Any] | None = None,
    *,
    workers: int | None = None,
    gpus: float = 0,
) -> ray.data.Dataset:
    """A dataset of results, with a row of `RESULT_SCHEMA` for each page.

    Reading begins when the dataset is written or iterated over. For a run that can be resumed, see
    `recognize_into`.

    Args:
        source: paths, folders, patterns and URLs (`s3://…`); or a dataset with a column `uri`, whose rows are
            documents, or pages if it also has a column `page`, counted from 1.
        settings: `Settings`, or values on top of those from files and the environment.
        workers: the largest number of actors; each reads one page at a time with `threads` CPUs. None: as
            many as fit into the cluster now. Set it for a cluster that grows.
        gpus: the share of a GPU for each actor.

    Raises:
        ConfigError: there is no cluster, no document, or a setting is wrong. Errors of single documents and
            pages are in their rows.
    """
    if not ray.is_initialized():
        raise ConfigError(
            "there is no Ray cluster: call ray.init() first, or use `with ocrkit.distributed.connected():`"
        )
    plan = ActorPlan.create(settings_of(settings), workers, gpus)
    pages = _pages(source, plan)
    return pages.repartition(target_num_rows_per_block=PAGES_PER_BLOCK).map_batches(
        RecognizePages,
        fn_constructor_args=[plan.config, plan.keeper],
        batch_format="pyarrow",
        compute=ray.data.ActorPoolStrategy(min_size=1, max_size=plan.count),
        num_cpus=cluster.cpus_to_request(plan.threads),
        num_gpus=plan.gpus or None,
    )


def settings_of(settings: Settings | Mapping[str, Any] | None) -> Settings:
    return settings if isinstance(settings, Settings) else load_settings(overrides=settings).settings


def count_pages(documents: ray.data.Dataset, plan: ActorPlan) -> ray.data.Dataset:
    """The pages of documents, counted while other actors read them.

    The actors request no CPU, because those that read pages wait for them.
    """
    return documents.map_batches(
        CountPages,
        fn_constructor_args=[plan.config],
        batch_format="pyarrow",
        compute=ray.data.ActorPoolStrategy(size=1 + plan.count // _READERS_PER_COUNTER),
        num_cpus=0,
    )


def count_all_pages(documents: Sequence[StoredDocument], plan: ActorPlan) -> pa.Table:
    """The documents with their numbers of pages, sorted by name."""
    size = min(plan.count, 1 + len(documents) // _DOCUMENTS_PER_COUNTER)
    counting = dataset_of(documents, plan).map_batches(
        CountPages,
        fn_constructor_args=[plan.config],
        fn_constructor_kwargs={"row_per_document": True},
        batch_format="pyarrow",
        compute=ray.data.ActorPoolStrategy(min_size=1, max_size=size, initial_size=size),
        num_cpus=plan.threads,
    )
    tables = counting.iter_batches(batch_format="pyarrow", batch_size=None)
    return pa.concat_tables(tables).sort_by("document_id")


def dataset_of(documents: Sequence[StoredDocument], plan: ActorPlan) -> ray.data.Dataset:
    """A dataset of documents, with blocks for all actors."""
    columns = {
        "document_id": [each.document_id for each in documents],
        "uri": [each.uri for each in documents],
    }
    blocks = min(len(documents), _BLOCKS_PER_ACTOR * plan.count)
    return ray.data.from_arrow(pa.table(columns), override_num_blocks=blocks)


def _pages(source: Sources | ray.data.Dataset, plan: ActorPlan) -> ray.data.Dataset:
    if not isinstance(source, ray.data.Dataset):
        if isinstance(source, str | os.PathLike):
            raise ConfigError(f"sources must be a list of paths, not {source!r}; put it in brackets")
        return count_pages(dataset_of(find_documents(source), plan), plan)
    columns = source.columns() or []
    if "uri" not in columns:
        raise ConfigError(f"the dataset needs a column 'uri'; it has {', '.join(columns) or 'no columns'}")
    return source if "page" in columns else count_pages(source, plan)
