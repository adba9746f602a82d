"""Base classes and field types of the result models."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from typing_extensions import Self

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

    @classmethod
    def trusted(cls, **values: Any) -> Self:
        """A value of valid parts, made without validation: ten times as fast, for the words of a page.

        Fields whose default depends on other fields must be given.
        """
        template, needed = _template(cls)
        fields = {**template, **values}
        if len(fields) != len(template) or not needed <= values.keys():
            raise TypeError(f"{cls.__name__} needs other fields than {', '.join(values)}")
        made = cls.__new__(cls)
        object.__setattr__(made, "__dict__", fields)
        object.__setattr__(made, "__pydantic_fields_set__", _shared(tuple(values)))
        object.__setattr__(made, "__pydantic_extra__", None)
        object.__setattr__(made, "__pydantic_private__", None)
        return made


@functools.cache
def _shared(names: tuple[str, ...]) -> set[str]:
    """A set of these names for all values that have them. Pydantic changes copies only."""
    return set(names)


@functools.cache
def _template(model: type[BaseModel]) -> tuple[dict[str, Any], frozenset[str]]:
    """All fields in their order with their defaults, and the names of those that have no constant default."""
    fields = model.model_fields
    needed = frozenset(name for name, field in fields.items() if field.is_required() or field.default_factory)
    return {name: field.default for name, field in fields.items()}, needed


class WithText(BaseModel):
    """A model with a computed `text`, which is written to JSON and ignored when JSON is read."""

    @model_validator(mode="before")
    @classmethod
    def _drop_text(cls, data: Any) -> Any:
        if isinstance(data, dict) and "text" in data:
            return {key: value for key, value in data.items() if key != "text"}
        return data
