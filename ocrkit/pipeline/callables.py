"""What a callable does, as plain data: two that could act differently are described differently.

The other way round nothing is promised: what has no stable form, such as an object that prints its address,
is described anew each time, and what was kept for it is not found again. That costs time and is never wrong.
"""

from __future__ import annotations

import functools
import hashlib
import inspect
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from pydantic import BaseModel

_PLAIN = (str, bytes, int, float, complex, type(None))


def described(thing: Any, seen: frozenset[int] = frozenset()) -> Any:
    """A value that a callable depends on: itself, what it is made of, and what it holds."""
    if isinstance(thing, _PLAIN):
        return repr(thing)
    if id(thing) in seen:
        return "…"
    seen |= {id(thing)}
    if isinstance(thing, BaseModel):
        return [code_of(type(thing)), thing.model_dump(mode="json")]
    if isinstance(thing, np.ndarray):
        return [str(thing.dtype), thing.shape, hashlib.sha256(np.ascontiguousarray(thing).data).hexdigest()]
    if isinstance(thing, Mapping):
        return [[repr(key), described(value, seen)] for key, value in thing.items()]
    if isinstance(thing, (list, tuple)):
        return [described(item, seen) for item in thing]
    if isinstance(thing, functools.partial):
        return [described(part, seen) for part in (thing.func, thing.args, thing.keywords)]
    if inspect.ismethod(thing):
        return [described(part, seen) for part in (thing.__func__, thing.__self__)]
    if inspect.isfunction(thing):
        return _function(thing, seen)
    held = getattr(thing, "__dict__", None)
    if held is None or isinstance(thing, (type, ModuleType)):
        return [code_of(thing), repr(thing)]
    return [code_of(type(thing)), type(thing).__qualname__, described(held, seen)]


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


def _function(function: Any, seen: frozenset[int]) -> list[Any]:
    """Of two functions in one file, or of one name, the instructions and what they refer to."""
    code = function.__code__
    cells = [cell.cell_contents for cell in function.__closure__ or () if _is_filled(cell)]
    return [
        code_of(function),
        function.__qualname__,
        code.co_code.hex(),
        code.co_names,
        [repr(constant) for constant in code.co_consts if isinstance(constant, _PLAIN)],
        *(described(part, seen) for part in (function.__defaults__, function.__kwdefaults__, cells)),
    ]


def _is_filled(cell: Any) -> bool:
    try:
        _ = cell.cell_contents
    except ValueError:  # a function that refers to a name that is still to come
        return False
    return True
