"""The tables of pages and of results.

The types are explicit. Inferred, a block without failures would have columns without a type, and could not be
combined with other blocks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeAlias

import pyarrow as pa

from ocrkit.batch.rows import Problem
from ocrkit.errors import OcrkitError
from ocrkit.failures import error_of
from ocrkit.result import PageResult

SCHEMA_VERSION = 1
"""Changes when readers of the old tables would misread new ones; a new column does not change it."""

Row: TypeAlias = dict[str, Any]

_DOCUMENT = [
    pa.field("document_id", pa.string(), nullable=False),
    pa.field("uri", pa.string(), nullable=False),
]
_PAGE = [pa.field("page", pa.int32()), pa.field("page_count", pa.int32())]
_ERROR = [pa.field("error_kind", pa.string()), pa.field("error_message", pa.string())]
_READ = [
    pa.field("text", pa.large_string()),
    pa.field("result", pa.large_string()),
    pa.field("confidence", pa.float64()),
    pa.field("seconds", pa.float64()),
]

PAGE_SCHEMA = pa.schema([*_DOCUMENT, *_PAGE, *_ERROR])
"""One row per page. A document that cannot be opened is one row, with the error and without a page."""

RESULT_SCHEMA = pa.schema(
    [pa.field("schema_version", pa.int16(), nullable=False), *_DOCUMENT, *_PAGE, *_READ, *_ERROR]
)
"""The result of a page, or its error."""

_EMPTY_RESULT: Row = dict.fromkeys(RESULT_SCHEMA.names)
_NO_ERROR: Row = {"error_kind": None, "error_message": None}


def document_row(document_id: str, uri: str, opened: int | OcrkitError) -> Row:
    """The row of a document, with its number of pages or the error of opening it."""
    row = {"document_id": document_id, "uri": uri, "page": None, "page_count": None}
    if isinstance(opened, OcrkitError):
        return {**row, **_error_columns(opened)}
    return {**row, "page_count": opened, **_NO_ERROR}


def page_rows(document: Row) -> Iterator[Row]:
    """The rows of the pages of a document; for a document that cannot be opened, its own row."""
    if document["error_kind"] is not None:
        yield document
        return
    for page in range(1, document["page_count"] + 1):
        yield {**document, "page": page}


def result_row(page: Mapping[str, Any], outcome: PageResult | OcrkitError) -> Row:
    """The row of a result or an error."""
    known = {name: page[name] for name in ("document_id", "uri", "page", "page_count")}
    row = {**_EMPTY_RESULT, "schema_version": SCHEMA_VERSION, **known}
    if isinstance(outcome, OcrkitError):
        return {**row, **_error_columns(outcome)}
    return {
        **row,
        "text": outcome.text,
        "result": outcome.without_timings().model_dump_json(),
        "confidence": outcome.quality.mean,
        "seconds": sum(outcome.timings.values()),
    }


def outcome_of(row: Mapping[str, Any]) -> PageResult | OcrkitError:
    """The result or the error in a row of either table."""
    if row["error_kind"] is None:
        return PageResult.model_validate_json(row["result"])
    return error_of(row["error_kind"], row["error_message"])


def table_of(rows: Iterable[Row], schema: pa.Schema) -> pa.Table:
    return pa.Table.from_pylist(list(rows), schema=schema)


def _error_columns(error: OcrkitError) -> Row:
    problem = Problem.of(error)
    return {"error_kind": problem.kind, "error_message": problem.message}
