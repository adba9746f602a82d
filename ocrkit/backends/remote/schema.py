"""The base of the pydantic models that describe a service's responses."""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from ocrkit.errors import BadResponseError

_M = TypeVar("_M", bound=BaseModel)
_T = TypeVar("_T")


class ResponseModel(BaseModel):
    """A part of a response. Unknown keys are ignored: services add some all the time."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False, hide_input_in_errors=True)


def _empty_if_null(value: Any) -> Any:
    return () if value is None else value


NullableTuple: TypeAlias = Annotated[tuple[_T, ...], BeforeValidator(_empty_if_null)]
"""A list that may be null instead of empty."""


def validated(model: type[_M], data: Any) -> _M:
    """The data as a model.

    Raises:
        BadResponseError: it has another shape. The message says where, and does not quote the data.
    """
    try:
        return model.model_validate(data)
    except ValidationError as error:
        text = f"the response does not have the expected shape: {first_problem(error)}"
    raise BadResponseError(text)


def first_problem(error: ValidationError) -> str:
    """The place and the kind of an error, without the value."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    where = ".".join(map(str, first["loc"])) or "as a whole"
    return f"{where}: {first['msg']}"
