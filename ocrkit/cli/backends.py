"""`ocrkit backends`: list the backends and how to install what is missing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ocrkit.cli._console import table
from ocrkit.cli._options import AsJson
from ocrkit.cli._terminal import show, show_json


def backends(as_json: AsJson = False) -> None:
    """List the backends, their capabilities, and the commands that install missing packages."""
    from ocrkit.registry import backend_statuses

    statuses = backend_statuses()
    if as_json:
        show_json([_as_data(status) for status in statuses])
        return
    rows = [["BACKEND", "STATE", "LANGUAGES", "MODES", "TABLES", "RUNS", "FROM"]]
    rows += [_row(status) for status in statuses]
    remarks = [remark for status in statuses for remark in _remarks(status)]
    show("\n".join([table(rows), *([""] if remarks else []), *remarks]))


def _row(status: Any) -> list[str]:
    state = "ready" if status.installed else "broken" if status.error else "missing"
    offer = status.capabilities
    if offer is None:
        return [status.name, state, "?", "?", "?", "?", status.origin]
    return [
        status.name,
        state,
        "any" if offer.languages == "any" else str(len(offer.languages)),
        ",".join(sorted(offer.modes - {"auto"})),
        offer.tables,
        {True: "remote", False: "here", None: "by address"}[offer.remote],
        status.origin,
    ]


def _remarks(status: Any) -> Iterator[str]:
    """The problems of a backend, one line for each command that installs something."""
    if status.error:
        yield f"{status.name}: {status.error}"
    for install, items in missing_by_command(status.missing).items():
        verb = "can use" if all(item.optional for item in items) else "needs"
        yield f"{status.name} {verb} {', '.join(item.name for item in items)}: {install}"


def missing_by_command(missing: Any) -> dict[str, list[Any]]:
    """The missing packages and programs, by the command that installs them."""
    grouped: dict[str, list[Any]] = {}
    for item in missing:
        grouped.setdefault(item.install, []).append(item)
    return grouped


def _as_data(status: Any) -> dict[str, Any]:
    data: dict[str, Any] = status.model_dump(mode="json")
    capabilities = data["capabilities"]
    for key, value in (capabilities or {}).items():
        if isinstance(value, list):
            capabilities[key] = sorted(value)
    if status.capabilities is not None:
        capabilities["tables"] = status.capabilities.tables
    return {"name": data.pop("name"), "installed": status.installed, **data}
