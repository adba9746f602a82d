"""The output of `--dry-run`."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from ocrkit.cli._terminal import show, show_json

if TYPE_CHECKING:
    from ocrkit.pipeline import Estimate, ReaderEstimate


def show_estimate(estimate: Estimate, *, as_json: bool = False) -> None:
    """Print the expected calls and costs."""
    import json

    from ocrkit.cli._console import table

    if as_json:
        rows = dataclasses.asdict(estimate)
        rows["full_costs"] = {cost.currency: cost.amount for cost in estimate.full_costs}
        show_json(json.dumps(rows, ensure_ascii=False))
        return
    before = f", {estimate.finished} finished before" if estimate.finished else ""
    pages, documents = _counted(estimate.pages, "page"), _counted(estimate.documents, "document")
    show(f"{pages} to read in {documents}{before}")
    if estimate.cached:
        show(f"{estimate.cached} of them are in the cache")
    if estimate.readers:
        show(f"{estimate.sent} of them would be sent")
        rows_of_readers = [
            [each.name, _counted(each.calls, "call"), _price(each)] for each in estimate.readers
        ]
        show(table([["paid backend", "calls", "cost"], *rows_of_readers]))
    full = " and ".join(f"{cost.amount:g} {cost.currency}" for cost in estimate.full_costs)
    if full:
        show(f"everything by the paid backend: {full}")
    if estimate.downloads:
        show(f"models to download first: {', '.join(estimate.downloads)}")
    for text in estimate.limits:
        show(f"limit: {text}")
    for text in estimate.assumptions:
        show(f"assumed: {text}")
    for text in estimate.unreadable:
        show(f"cannot be read: {text}")
    show("nothing was sent or downloaded")


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _price(reader: ReaderEstimate) -> str:
    if reader.cost is None:
        return f"no price known; set `prices` and `currency` in [backends.{reader.name}]"
    return f"{reader.cost:g} {reader.currency}"
