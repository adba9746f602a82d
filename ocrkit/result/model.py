"""The base of all result models."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

ReprArgs: TypeAlias = Iterator[tuple[str | None, Any]]
"""The names and values that `repr` shows."""

_SHORT = 60


def _encodable(value: Any) -> Any:
    """Escape what UTF-8 cannot encode (lone surrogates, undecodable bytes of a file name)."""
    return value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value


Text: TypeAlias = Annotated[str, BeforeValidator(_encodable)]
Confidence: TypeAlias = Annotated[float, Field(ge=0.0, le=1.0)]
Handwritten: TypeAlias = Literal["requested", "detected"]


def as_read(data: dict[str, Any]) -> str:
    """The default of `raw_text`: the text at construction. A copy with another text keeps it."""
    text: str = data["text"]
    return text


def shortened(text: str) -> str:
    """The beginning of a text on one line, for `repr`."""
    line = " ".join(text[: 4 * _SHORT].split())
    return line if len(line) <= _SHORT else line[: _SHORT - 1] + "…"


class Model(BaseModel):
    """A frozen model that refuses unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class WithText(BaseModel):
    """A model that computes its text: JSON contains it, and reading JSON back ignores it."""

    @model_validator(mode="before")
    @classmethod
    def _drop_text(cls, data: Any) -> Any:
        if isinstance(data, dict) and "text" in data:
            return {key: value for key, value in data.items() if key != "text"}
        return data
