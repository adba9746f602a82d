"""Messages about wrong names and values: what is wrong, the nearest spelling, the choices.

A message never contains a value, because it may be a secret.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError


def unknown(what: str, name: str, choices: Iterable[str]) -> str:
    """`unknown backend 'tesserakt'. Did you mean 'tesseract'? The choices are: null, ppocr, tesseract`."""
    known = sorted(choices)
    spelled = {choice.lower(): choice for choice in known}
    near = difflib.get_close_matches(name.lower(), spelled, n=1)
    hint = f" Did you mean '{spelled[near[0]]}'?" if near else ""
    listed = f" The choices are: {', '.join(known)}" if known else " There are no choices"
    return f"unknown {what} '{name}'.{hint}{listed}"


def problems(error: ValidationError, model: type[BaseModel]) -> Iterator[tuple[tuple[str, ...], str]]:
    """The path and a description of each error in a value of `model`, without the value."""
    seen = set()
    for detail in error.errors(include_url=False, include_input=False):
        path = _within(detail["loc"], model)
        if detail["type"] == "extra_forbidden":
            parent = _model_at(model, path[:-1])
            name = path[-1]  # compared without its path, shown with it
            text = unknown("key", name, parent.model_fields if parent else ())
            text = text.replace(f"'{name}'", f"'{'.'.join(path)}'", 1)
        elif detail["type"] == "missing":
            text = f"{'.'.join(path)} is missing"
        else:
            text = detail["msg"].removeprefix("Value error, ").replace("Input should be", "must be")
            text = f"{'.'.join(path)} {text}" if path else text
        if path not in seen:  # each member of a union reports an error; the first is the clearest
            seen.add(path)
            yield path, text


def _within(location: tuple[int | str, ...], model: type[BaseModel]) -> tuple[str, ...]:
    """The part of an error location that the user wrote, without the union members that pydantic adds."""
    path: list[str] = []
    annotation: Any = model
    for part in map(str, location):
        if get_origin(annotation) is dict:
            annotation = get_args(annotation)[1]
        elif (nested := nested_model(annotation)) is not None:
            found = nested.model_fields.get(part)
            annotation = found.annotation if found else None
        else:
            break
        path.append(part)
    return tuple(path)


def _model_at(model: type[BaseModel], path: tuple[str, ...]) -> type[BaseModel] | None:
    """The model at a path inside another model, or None."""
    annotation: Any = model
    for part in path:
        if get_origin(annotation) is dict:
            annotation = get_args(annotation)[1]
            continue
        current = nested_model(annotation)
        if current is None or part not in current.model_fields:
            return None
        annotation = current.model_fields[part].annotation
    return nested_model(annotation)


def nested_model(annotation: Any) -> type[BaseModel] | None:
    """The model in an annotation such as `Model` or `Model | None`."""
    for candidate in (annotation, *get_args(annotation)):
        if isinstance(candidate, type) and issubclass(candidate, BaseModel):
            return candidate
    return None
