"""What a callable does, as plain data: two that could act differently are described differently.

The other way round nothing is promised: what has no stable form, such as an object that prints its address,
is described anew each time, and what was kept for it is not found again. That costs time and is never wrong.
"""

from __future__ import annotations

import functools
import hashlib
import inspect
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

import numpy as np
from pydantic import BaseModel

_PLAIN = (str, bytes, int, float, complex, type(None))


def described(thing: Any) -> Any:
    """A value that a callable depends on: itself, what it is made of, and what it holds."""
    return _described(thing, {})


def _described(thing: Any, seen: dict[int, Any]) -> Any:
    if isinstance(thing, _PLAIN):
        return repr(thing)
    if id(thing) in seen:
        return "…"
    seen[id(thing)] = thing  # held, or another object might get its number
    if isinstance(thing, BaseModel):
        return [code_of(type(thing)), thing.model_dump(mode="json")]
    if isinstance(thing, np.ndarray):
        return [str(thing.dtype), thing.shape, hashlib.sha256(np.ascontiguousarray(thing).data).hexdigest()]
    if isinstance(thing, Mapping):
        return [[repr(key), _described(value, seen)] for key, value in thing.items()]
    if isinstance(thing, (list, tuple)):
        return [_described(item, seen) for item in thing]
    if isinstance(thing, functools.partial):
        return [_described(part, seen) for part in (thing.func, thing.args, thing.keywords)]
    if inspect.ismethod(thing):
        return [_described(part, seen) for part in (thing.__func__, thing.__self__)]
    if inspect.isfunction(thing):
        return _function(thing, seen)
    held = getattr(thing, "__dict__", None)
    if held is None or isinstance(thing, (type, ModuleType)):
        return [code_of(thing), repr(thing)]
    return [code_of(type(thing)), type(thing).__qualname__, _described(held, seen)]


def code_of(thing: Any) -> str:
    """A fingerprint of the file or package in which something is written; empty where there is none."""
    module = sys.modules.get(getattr(thing, "__module__", None) or "")
    file = getattr(module, "__file__", None)
    if not file:
        return ""
    path = Path(file)
    package = getattr(module, "__package__", "") or ""
    # A part of ocrkit may be a package of several files; a stranger's part is the file it stands in.
    is_package = package.startswith("ocrkit.") and package.count(".") > 1
    files = sorted(path.parent.glob("*.py")) if is_package or path.name == "__init__.py" else [path]
    digest = hashlib.sha256()
    for each in files:
        try:
            digest.update(each.read_bytes())
        except OSError:
            continue
    return digest.hexdigest()


def _function(function: Any, seen: dict[int, Any]) -> list[Any]:
    """Of two functions in one file, or of one name, the instructions and what they refer to."""
    cells = [cell.cell_contents for cell in function.__closure__ or () if _is_filled(cell)]
    return [
        code_of(function),
        function.__qualname__,
        _code(function.__code__),
        *(_described(part, seen) for part in (function.__defaults__, function.__kwdefaults__, cells)),
        [[name, _global(value, function, seen)] for name, value in _globals(function)],
    ]


def _globals(function: Any) -> Iterator[tuple[str, Any]]:
    held = function.__globals__
    return ((name, held[name]) for name in _names(function.__code__) if name in held)


def _global(value: Any, function: Any, seen: dict[int, Any]) -> Any:
    """Values, and functions of the same module. Of all else, such as a logger, which thing it is."""
    of_here = inspect.isfunction(value) and value.__module__ == function.__module__
    if of_here or isinstance(value, (*_PLAIN, list, tuple, dict, np.ndarray, BaseModel)):
        return _described(value, seen)
    kind = value if isinstance(value, (type, ModuleType)) or inspect.isroutine(value) else type(value)
    return [code_of(kind), getattr(kind, "__qualname__", getattr(kind, "__name__", ""))]


def _code(code: CodeType) -> list[Any]:
    """Instructions and constants, also of the functions and comprehensions inside."""
    return [code.co_code.hex(), code.co_names, [_constant(each) for each in code.co_consts]]


def _constant(value: Any) -> Any:
    if isinstance(value, CodeType):
        return _code(value)
    if isinstance(value, tuple):
        return [_constant(each) for each in value]
    return sorted(map(repr, value)) if isinstance(value, frozenset) else repr(value)


def _names(code: CodeType) -> list[str]:
    """What it may look for among the globals."""
    inner = [each for each in code.co_consts if isinstance(each, CodeType)]
    return sorted({*code.co_names, *(name for each in inner for name in _names(each))})


def _is_filled(cell: Any) -> bool:
    try:
        _ = cell.cell_contents
    except ValueError:  # a function that refers to a name that is still to come
        return False
    return True
