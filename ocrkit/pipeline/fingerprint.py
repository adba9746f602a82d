"""What a result depends on, as a short text: two pages with the same key are read the same.

Whatever could make the same page come out differently goes in: the request, the chain, the backend with its
options, its code and its engine's version, the files its options name. Threads, deadlines and credentials do
not.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

import numpy as np
from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from ocrkit import registry
from ocrkit.backends.base import OcrBackend, SupportsFingerprint
from ocrkit.http import Connection
from ocrkit.page import Page
from ocrkit.pipeline.callables import code_of, described
from ocrkit.pipeline.postprocessing import PostprocessLike, chain_of
from ocrkit.postprocess.doubts import usual_doubt
from ocrkit.postprocess.edits import apply_edits
from ocrkit.preprocess.auto import choose_steps
from ocrkit.preprocess.measure import measure
from ocrkit.preprocess.profiles import AUTO, PROFILES
from ocrkit.request import Remedy, Request
from ocrkit.result.hyphens import is_line_break_hyphen
from ocrkit.tables import find_tables

_WITHOUT_EFFECT = frozenset({"allow_download", "threads", "timeout_seconds", *Connection.model_fields}) - {
    "endpoint",
    "region",
}


def fingerprint(
    backend: OcrBackend, request: Request, preprocess: object, postprocess: PostprocessLike, *, is_owned: bool
) -> str | None:
    """The fingerprint of everything but the page, or None where nobody knows.

    Args:
        backend: what reads.
        request: what is asked of it.
        preprocess: the chain before it, as it was given.
        postprocess: the chain after it, likewise.
        is_owned: the backend was made here. Then it depends on its options; one that was handed in may have
            been made with anything, and has to say so.
    """
    has_options = isinstance(getattr(backend, "options", None), BaseModel)
    if not (is_owned or has_options or isinstance(backend, SupportsFingerprint)):
        return None
    facts = {
        "ocrkit": importlib.metadata.version("ocrkit"),
        "request": request.model_dump(mode="json"),
        "preprocess": list(_steps(preprocess)),
        "postprocess": list(_finishing(postprocess)),
        "backend": [backend.name, code_of(type(backend))],
        "options": list(_options(getattr(backend, "options", None))),
        "engine": list(_engine(backend)),
        "tables": code_of(find_tables) if backend.capabilities.as_asked(request) != request else None,
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True, default=str).encode()).hexdigest()


def page_key(page: Page, rest: str) -> str:
    """The key of a page's result, given the fingerprint of all the rest."""
    facts = [rest, page.pixels.shape, page.dpi, sorted(page.info.items()), page.warnings]
    digest = hashlib.sha256(json.dumps(facts, default=str).encode())
    digest.update(np.ascontiguousarray(page.pixels).data)
    return digest.hexdigest()


def _steps(spec: Any) -> Iterator[Any]:
    """The chain as plain data. Names are followed: what stands behind one may have changed."""
    yield code_of(measure)
    if spec == AUTO:
        yield AUTO, code_of(choose_steps), [code_of(registry.create_step(name)) for name in get_args(Remedy)]
        return
    profile = PROFILES.get(spec) if isinstance(spec, str) else None
    for name, parameters, step, *_ in registry.create_chain(spec if profile is None else profile):
        yield name, parameters, described(step)


def _finishing(spec: PostprocessLike) -> Iterator[Any]:
    """The same for the chain after the engine, whose steps may work with files, dictionaries and models."""
    yield code_of(apply_edits), code_of(is_line_break_hyphen), code_of(usual_doubt)
    for name, parameters, step, *_ in chain_of(spec):
        if isinstance(step, BaseModel):
            yield name, code_of(type(step)), list(_options(step))
        else:
            yield name, parameters, described(step)
        if isinstance(step, SupportsFingerprint):
            yield step.fingerprint()


def _options(options: object) -> Iterator[tuple[str, str]]:
    """The options that can change a result, and of the files they name size and date."""
    if not isinstance(options, BaseModel):
        return
    for name, value in sorted(dict(options).items()):
        if name not in _WITHOUT_EFFECT and not _is_secret(type(options).model_fields.get(name)):
            yield name, f"{value!r} {list(_files(value))}"


def _is_secret(field: FieldInfo | None) -> bool:
    kind = field.annotation if field else None
    return SecretStr in (kind, *get_args(kind))


def _files(value: object) -> Iterator[tuple[str, int, int]]:
    if isinstance(value, Mapping):
        value = tuple(value.values())
    if isinstance(value, (list, tuple, set, frozenset)):
        for inner in value:
            yield from _files(inner)
    elif isinstance(value, Path):
        yield from _state(value)


def _engine(backend: OcrBackend) -> Iterator[Any]:
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


def _state(path: Path) -> Iterator[tuple[str, int, int]]:
    try:
        state = os.stat(path)  # noqa: PTH116 – the fields, whatever kind of file it is
    except OSError:
        return
    yield str(path), state.st_size, state.st_mtime_ns
