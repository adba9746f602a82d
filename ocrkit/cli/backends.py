"""`ocrkit backends`: what reads, what is missing, and how to get it."""

from __future__ import annotations

import json
from typing import Any

from ocrkit.cli._console import AsJson, table


def backends(as_json: AsJson = False) -> None:
    """List the backends: what is installed, what is missing, and the command that installs it."""
    from ocrkit.registry import backend_statuses

    statuses = backend_statuses()
    if as_json:
        print(json.dumps([_as_data(status) for status in statuses], indent=2, ensure_ascii=False))
        return
    rows = [["BACKEND", "STATE", "LANGUAGES", "MODES", "TABLES", "RUNS", "FROM"]]
    remarks = []
    for status in statuses:
        offer = status.capabilities
        rows.append(
            [
                status.name,
                "ready" if status.installed else "broken" if status.error else "missing",
                "?" if offer is None else "any" if offer.languages == "any" else str(len(offer.languages)),
                "?" if offer is None else ",".join(sorted(offer.modes - {"auto"})),
                "?" if offer is None else offer.tables,
                "?" if offer is None else "remote" if offer.remote else "here",
                status.origin,
            ]
        )
        remarks += [f"{status.name}: {status.error}"] if status.error else []
        for item in status.missing:
            verb = "can use" if item.optional else "needs"
            remarks.append(f"{status.name} {verb} the {item.kind} '{item.name}': {item.install}")
    print("\n".join([table(rows), *([""] if remarks else []), *remarks]))


def _as_data(status: Any) -> dict[str, Any]:
    data: dict[str, Any] = status.model_dump(mode="json")
    capabilities = data["capabilities"]
    for key, value in (capabilities or {}).items():
        if isinstance(value, list):
            capabilities[key] = sorted(value)
    if status.capabilities is not None:
        capabilities["tables"] = status.capabilities.tables
    return {"name": data.pop("name"), "installed": status.installed, **data}
