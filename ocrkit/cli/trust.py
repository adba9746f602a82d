"""`ocrkit config trust`, `untrust` and `trusted`: the configuration files that the user has approved."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from ocrkit.cli._console import table
from ocrkit.cli._options import AsJson
from ocrkit.cli._terminal import show, show_json

if TYPE_CHECKING:
    from ocrkit.config.approvals import Approvals

File: TypeAlias = Annotated[
    str | None,
    typer.Argument(
        metavar="FILE", help="The configuration file. Default: the nearest one.", show_default=False
    ),
]


def trust(file: File = None) -> None:
    """Approve a configuration file: all of its settings take effect.

    A file that was only found, in the working folder or above it, may otherwise set harmless options only.
    The approval holds for this path and this content: a changed file needs a new one.
    """
    from ocrkit.config.files import read_to_approve
    from ocrkit.config.trust import keys_to_approve

    found, data = read_to_approve(Path.cwd(), file)
    approval = _approvals().add(found.path, data)
    show(f"{approval.path} is approved as it is now")
    base = {key: value for key, value in found.table.items() if key != "profiles"}
    sections = {"": base, **{f"profiles.{name}.": part for name, part in _profiles(found.table).items()}}
    rows = [
        [f"  {prefix}{'.'.join(key)}", reason]
        for prefix, section in sections.items()
        for key, reason in keys_to_approve(section)
    ]
    show(table(rows) if rows else "It sets harmless options only, and needed no approval.")


def untrust(file: File = None) -> None:
    """Withdraw the approval of a configuration file."""
    from ocrkit.config.files import nearest_file

    path = Path(file).expanduser() if file is not None else nearest_file(Path.cwd())
    was_approved = _approvals().remove(path)
    show(f"{path} is {'no longer' if was_approved else 'not'} approved")


def trusted(as_json: AsJson = False) -> None:
    """List the approved configuration files.

    A file is `valid`, `changed` since it was approved, or `missing`.
    """
    found = _approvals().all()
    if as_json:
        rows = [
            {
                "path": str(each.path),
                "sha256": each.sha256,
                "approved": each.approved.isoformat(),
                "state": each.state,
            }
            for each in found
        ]
        show_json(rows)
    elif found:
        show(table([[str(each.path), each.state, f"{each.approved:%Y-%m-%d}"] for each in found]))
    else:
        show("no configuration file is approved")


def _approvals() -> Approvals:
    from ocrkit.config.approvals import Approvals, user_folder

    return Approvals(user_folder(os.environ))


def _profiles(settings: dict[str, object]) -> dict[str, dict[str, object]]:
    profiles = settings.get("profiles")
    sections = profiles.items() if isinstance(profiles, dict) else ()
    return {str(name): section for name, section in sections if isinstance(section, dict)}
