"""What all values of a result have in common."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator


def _writable(value: Any) -> Any:
    """Text that UTF-8 has no form for (parts of characters, bytes of a file's name) as what JSON can hold."""
    return value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value


Text: TypeAlias = Annotated[str, BeforeValidator(_writable)]
Confidence: TypeAlias = Annotated[float, Field(ge=0.0, le=1.0)]
Handwritten: TypeAlias = Literal["requested", "detected"]


def as_read(data: dict[str, Any]) -> str:
    """The default of `raw_text`: the text a value is made with. A copy that is given other text keeps it."""
    text: str = data["text"]
    return text


class Model(BaseModel):
    """Frozen, and strict about unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class WithText(BaseModel):
    """Computes its text, writes it down for whoever reads the JSON, and is deaf to it when read back."""

    @model_validator(mode="before")
    @classmethod
    def _drop_text(cls, data: Any) -> Any:
        if isinstance(data, dict) and "text" in data:
            return {key: value for key, value in data.items() if key != "text"}
        return data
