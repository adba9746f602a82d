"""The settings and options that a found configuration file may set without an approval.

A field is harmless if no value of it runs a program, imports code, reads or writes other files, or decides
where pages and keys go. A field declares this in its type: `dpi: Harmless[int] = 300`. A field without the
mark is not harmless, so a new option of a plug-in is safe by default.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TypeAlias, TypeVar, get_args

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from ocrkit.validation import nested_model

Value = TypeVar("Value")
Key: TypeAlias = tuple[str, ...]

_UNKNOWN = "is not an option that ocrkit knows, so its effect is unknown"
_UNMARKED = "may run programs, or decide where pages and keys go"


@dataclass(frozen=True)
class HarmlessIf:
    """The mark of a field that is harmless for the values that `accepts` returns True for.

    Attributes:
        accepts: whether a value is harmless. None: every value is.
        otherwise: what other values do, for messages: `raises a limit`.
    """

    accepts: Callable[[Any], bool] | None = None
    otherwise: str = _UNMARKED


Harmless: TypeAlias = Annotated[Value, HarmlessIf()]
"""The type of a harmless field: `Harmless[int]`."""


def at_most(limit: float) -> HarmlessIf:
    """The mark of a limit that a found file may lower and not raise above `limit`."""

    def accepts(value: object) -> bool:
        # A value of another type is refused by the validation.
        return not isinstance(value, int | float) or value <= limit

    return HarmlessIf(accepts, f"is above {limit:g}, which weakens a limit")


def only(allowed: object, otherwise: str) -> HarmlessIf:
    """The mark of a field of which one value is harmless."""
    return HarmlessIf(lambda value: type(value) is type(allowed) and value == allowed, otherwise)


def harmful(model: type[BaseModel], table: Mapping[str, Any], key: Key = ()) -> Iterator[tuple[Key, str]]:
    """The keys of a table that are not harmless, each with the reason. Values are not validated."""
    for name, value in table.items():
        field = model.model_fields.get(name)
        if field is None:
            if not _refuses_unknown(model):
                yield (*key, str(name)), _UNKNOWN
            continue
        nested = nested_model(field.annotation)
        if nested is not None and isinstance(value, Mapping):
            yield from harmful(nested, value, (*key, name))
        elif field.annotation is nested:
            continue  # no table, which the validation refuses
        elif reason := _reason(field, value):
            yield (*key, name), reason


def is_marked(field: FieldInfo) -> bool:
    """Whether a field is declared harmless, for all values or for some."""
    return any(isinstance(mark, HarmlessIf) for mark in field.metadata)


def _reason(field: FieldInfo, value: object) -> str | None:
    """Why this value of the field is not harmless, or None."""
    mark = next((mark for mark in field.metadata if isinstance(mark, HarmlessIf)), None)
    if mark is None:
        if _contains(field.annotation, SecretStr):
            return "is a credential, which decides to which account pages are sent"
        return "names files or folders" if _contains(field.annotation, Path) else _UNMARKED
    return None if mark.accepts is None or mark.accepts(value) else mark.otherwise


def _refuses_unknown(model: type[BaseModel]) -> bool:
    """Whether the validation refuses keys that are not fields. An alias is a second name of a field."""
    has_alias = any(field.alias or field.validation_alias for field in model.model_fields.values())
    return model.model_config.get("extra") == "forbid" and not has_alias


def _contains(annotation: Any, kind: type) -> bool:
    if isinstance(annotation, type) and issubclass(annotation, kind):
        return True
    return any(_contains(part, kind) for part in get_args(annotation))
