"""Messages about wrong names and values."""

from __future__ import annotations

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from ocrkit.validation import nested_model, problems, unknown

SECRET = "s3cr3t-value"


class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid")
    size: int = Field(1, le=9)


class Outer(BaseModel):
    model_config = ConfigDict(extra="forbid")
    key: str
    inner: Inner | None = None
    table: dict[str, Inner] = {}
    choice: int | bool = 1

    @field_validator("key")
    @classmethod
    def _short(cls, key: str) -> str:
        if len(key) > 4:
            raise ValueError("must have at most 4 characters")
        return key


def found(**values: object) -> list[tuple[tuple[str, ...], str]]:
    with pytest.raises(ValidationError) as caught:
        Outer.model_validate(values)
    return list(problems(caught.value, Outer))


def test_the_nearest_name_and_the_choices_are_listed() -> None:
    assert unknown("step", "Denoize", ["grayscale", "denoise"]) == (
        "unknown step 'Denoize'. Did you mean 'denoise'? The choices are: denoise, grayscale"
    )
    assert unknown("step", "zzz", []) == "unknown step 'zzz'. There are no choices"


@pytest.mark.parametrize(
    ("values", "path", "text"),
    [
        ({}, ("key",), "key is missing"),
        ({"key": SECRET}, ("key",), "key must have at most 4 characters"),
        ({"key": "a", "inner": {"size": 12}}, ("inner", "size"), "inner.size must be less than or equal to 9"),
        ({"key": "a", "table": {"x": {"sice": 1}}}, ("table", "x", "sice"), "unknown key 'table.x.sice'. Did you mean 'size'?"),
        ({"key": "a", "kye": 1}, ("kye",), "unknown key 'kye'. Did you mean 'key'? The choices are: choice, inner"),
        ({"key": "a", "choice": SECRET}, ("choice",), "choice must be a valid integer"),
    ],
)  # fmt: skip
def test_a_problem_has_its_path_and_no_value(
    values: dict[str, object], path: tuple[str, ...], text: str
) -> None:
    ((where, message),) = found(**values)
    assert where == path
    assert message.startswith(text)
    assert SECRET not in message


def test_all_problems_are_reported() -> None:
    assert [path for path, _ in found(inner={"size": "many"})] == [("key",), ("inner", "size")]


def test_the_model_of_an_optional_field_is_found() -> None:
    assert nested_model(Inner | None) is Inner
    assert nested_model(int | None) is None
