"""Marks of harmless fields, and the keys of a table that are not harmless."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import pytest
from pydantic import BaseModel, ConfigDict, SecretStr

from ocrkit.harmless import Harmless, at_most, harmful, is_marked, only


class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid")
    size: Harmless[int] = 1
    program: str = "tesseract"


class Outer(BaseModel):
    model_config = ConfigDict(extra="forbid")
    mode: Harmless[str] = "auto"
    seconds: Annotated[float, at_most(300)] = 300
    remote: Annotated[bool | None, only(allowed=False, otherwise="lets pages leave")] = None
    hidden: Annotated[str, only(allowed="drop", otherwise="reads hidden text")] = "drop"
    key: SecretStr | None = None
    folder: Path | None = None
    inner: Inner = Inner()


@pytest.mark.parametrize(
    "table",
    [
        {"mode": "printed"}, {"seconds": 10}, {"seconds": 300.0}, {"remote": False}, {"hidden": "dr" + "op"},
        {"inner": {"size": 3}}, {"unknown": 1},
    ],
)  # fmt: skip
def test_harmless_values_are_not_reported(table: dict[str, object]) -> None:
    assert list(harmful(Outer, table)) == []


@pytest.mark.parametrize(
    ("table", "key", "reason"),
    [
        ({"seconds": 301}, ("seconds",), "is above 300, which weakens a limit"),
        ({"remote": True}, ("remote",), "lets pages leave"),
        ({"remote": 0}, ("remote",), "lets pages leave"),
        ({"hidden": "keep"}, ("hidden",), "reads hidden text"),
        ({"key": "x"}, ("key",), "is a credential"),
        ({"folder": "/x"}, ("folder",), "names files or folders"),
        ({"inner": {"program": "./t.sh"}}, ("inner", "program"), "may run programs"),
    ],
)
def test_other_values_are_reported_with_their_key(
    table: dict[str, object], key: tuple[str, ...], reason: str
) -> None:
    ((found, why),) = harmful(Outer, table)
    assert found == key
    assert reason in why


def test_a_field_without_a_mark_is_not_harmless() -> None:
    assert is_marked(Outer.model_fields["mode"])
    assert not is_marked(Outer.model_fields["folder"])
