"""What a result depends on, as a short text: two pages with the same key are read the same.

Whatever could make the same page come out differently goes in: the request, the chain, the backend with its
options, its code and its engine's version, the files its options name. Threads, deadlines and credentials do
not.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
import inspect
import json
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel, SecretStr

from ocrkit.backends.base import Backend, SupportsFingerprint
from ocrkit.page import Page
from ocrkit.preprocess.profiles import PROFILES
from ocrkit.request import Request

_WITHOUT_EFFECT = frozenset({"threads", "timeout_seconds"})


def fingerprint(backend: Backend, request: Request, preprocess: object) -> str:
    """The fingerprint of everything but the page."""
    facts = {
        "ocrkit": importlib.metadata.version("ocrkit"),
        "request": request.model_dump(mode="json"),
        "preprocess": list(_described(PROFILES.get(preprocess, preprocess))) if isinstance(preprocess, str)
        else list(_described(preprocess)),
        "backend": [backend.name, _code(type(backend))],
        "options": list(_options(getattr(backend, "options", None))),
        "engine": list(_engine(backend)),
    }  # fmt: skip
    return hashlib.sha256(json.dumps(facts, sort_keys=True, default=str).encode()).hexdigest()


def page_key(page: Page, rest: str) -> str:
    """The key of a page's result, given the fingerprint of all the rest."""
    facts = [rest, page.pixels.shape, page.dpi, sorted(page.info.items()), page.warnings]
    digest = hashlib.sha256(json.dumps(facts, default=str).encode())
    digest.update(np.ascontiguousarray(page.pixels).data)
    return digest.hexdigest()


def _described(spec: Any) -> Iterator[Any]:
    """A chain as plain data; a callable by its name, its code and its parameters."""
    if isinstance(spec, str):
        yield spec
    elif isinstance(spec, Mapping):
        yield {str(name): parameters for name, parameters in spec.items()}
    elif callable(spec):
        function = spec.func if isinstance(spec, functools.partial) else spec
        kind = function if inspect.isroutine(function) or isinstance(function, type) else type(function)
        bound = [spec.args, spec.keywords] if isinstance(spec, functools.partial) else []
        state = spec.model_dump(mode="json") if isinstance(spec, BaseModel) else getattr(spec, "__dict__", {})
        yield [getattr(kind, "__qualname__", str(kind)), _code(kind), repr(bound), repr(state)]
    else:
        for item in spec:
            yield from _described(item)


def _options(options: object) -> Iterator[tuple[str, str]]:
    """The options that can change a result, and of the files they name size and date."""
    if not isinstance(options, BaseModel):
        return
    for name, value in sorted(dict(options).items()):
        if name not in _WITHOUT_EFFECT and not isinstance(value, SecretStr):
            yield name, f"{value!r} {list(_files(value))}"


def _files(value: object) -> Iterator[tuple[str, int, int]]:
    if isinstance(value, Mapping):
        for inner in value.values():
            yield from _files(inner)
    elif isinstance(value, Path):
        yield from _state(value)


def _engine(backend: Backend) -> Iterator[Any]:
    if isinstance(backend, SupportsFingerprint):
        yield backend.fingerprint()
    for need in getattr(backend, "requires", ()):
        if need.kind == "module":
            yield need.name, _version(need.name)
        elif (program := shutil.which(need.name)) is not None:
            yield from _state(Path(program).resolve())


def _version(module: str) -> str | None:
    for name in (module, *_distributions().get(module, ())):
        try:
            return importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return None


@functools.cache
def _distributions() -> Mapping[str, list[str]]:
    return importlib.metadata.packages_distributions()


def _code(thing: Any) -> str:
    """A fingerprint of the file or package in which something is written."""
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


def _state(path: Path) -> Iterator[tuple[str, int, int]]:
    try:
        state = os.stat(path)  # noqa: PTH116 – the fields, whatever kind of file it is
    except OSError:
        return
    yield str(path), state.st_size, state.st_mtime_ns
