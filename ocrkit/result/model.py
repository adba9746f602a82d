"""Base classes and field types of the result models."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

ReprArgs: TypeAlias = Iterator[tuple[str | None, Any]]
"""Names and values for `repr`."""

_REPR_LENGTH = 60


def _encodable(value: Any) -> Any:
    """Escape what UTF-8 cannot encode (lone surrogates, undecodable bytes of a file name)."""
    return value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value


Text: TypeAlias = Annotated[str, BeforeValidator(_encodable)]
Confidence: TypeAlias = Annotated[float, Field(ge=0.0, le=1.0)]
Handwritten: TypeAlias = Literal["requested", "detected"]


def default_raw_text(data: dict[str, Any]) -> str:
    """The text at construction. A copy with another text keeps it as its `raw_text`."""
    text: str = data["text"]
    return text


def shortened(text: str) -> str:
    """The start of a text on one line, for `repr`."""
    line = " ".join(text[: 4 * _REPR_LENGTH].split())
    return line if len(line) <= _REPR_LENGTH else line[: _REPR_LENGTH - 1] + "…"


class Model(BaseModel):
    """A frozen model that rejects unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class WithText(BaseModel):
    """A model with a computed `text`, which is written to JSON and ignored when JSON is read."""

    @model_validator(mode="before")
    @classmethod
    def _drop_text(cls, data: Any) -> Any:
        if isinstance(data, dict) and "text" in data:
            return {key: value for key, value in data.items() if key != "text"}
        return data
