"""Fingerprints of everything that decides how a page is read. Equal fingerprints mean equal results.

A fingerprint covers the request, both chains of steps with their parameters, the backend with its options,
the versions of ocrkit and of the engine, and size and time of the files that options name. Threads, deadlines
and credentials are left out.

Code is identified by its origin: code of ocrkit by the version of ocrkit, any other plug-in by its
distribution and the content of its file. A function or an object of the caller has no such origin and needs a
method `fingerprint`.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
import json
import os
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

import numpy as np
from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import to_jsonable_python

from ocrkit import plugins, registry
from ocrkit.backends.base import OcrBackend, SupportsFingerprint
from ocrkit.config.environment import vendor_variables
from ocrkit.errors import ConfigError
from ocrkit.http import Connection
from ocrkit.page import Page
from ocrkit.registry import ChainStep
from ocrkit.request import HiddenText, Request, TextLayerPolicy
from ocrkit.result import Line
from ocrkit.strategies.base import StrategyBackend

_WHERE = frozenset({"endpoint", "region"})
_WITHOUT_EFFECT = frozenset({
    "allow_download", "threads", "timeout_seconds", "prices", "currency", "max_cost", "max_calls", "ledger",
    *Connection.model_fields,
}) - _WHERE  # fmt: skip


class NoFingerprintError(ConfigError):
    """A backend or a step does not say what its results depend on."""


def fingerprint(
    backend: OcrBackend,
    spec: str | type[OcrBackend] | OcrBackend,
    request: Request,
    preprocess: Iterable[ChainStep] | str,
    postprocess: Iterable[ChainStep],
    *,
    tables: bool = False,
    marks: bool = False,
    text_layer: tuple[TextLayerPolicy, HiddenText] = ("auto", "drop"),
) -> str:
    """The fingerprint of everything but the page.

    Args:
        backend: the backend.
        spec: what it was created from: a name, a dotted path, a class, or itself.
        request: the request.
        preprocess: the steps before the backend, or the name of a profile that chooses them.
        postprocess: the steps after it.
        tables: whether tables are looked for outside their own scene.
        marks: whether marks and codes are looked for.
        text_layer: how text layers are used, and what happens to hidden text.

    Raises:
        NoFingerprintError: a backend or a step has none; the message says which and what to do.
    """
    facts = {
        "ocrkit": importlib.metadata.version("ocrkit"),
        "tables": tables,
        "marks": marks,
        "request": request.model_dump(mode="json"),
        "preprocess": preprocess
        if isinstance(preprocess, str)
        else [_step(registry.PREPROCESS, each) for each in preprocess],
        "backend": _backend(backend, spec),
        "text_layer": text_layer,
        "postprocess": [_step(registry.POSTPROCESS, each) for each in postprocess],
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def page_key(page: Page, fingerprint_of_rest: str, layer: Iterable[Line] = ()) -> str:
    """The key of the result of a page in a cache.

    Args:
        page: the page.
        fingerprint_of_rest: the fingerprint of everything but the page.
        layer: the lines that were read from its text layer.
    """
    lines = [[line.text, line.polygon] for line in layer]
    facts = [
        fingerprint_of_rest,
        page.pixels.shape,
        page.dpi,
        sorted(page.info.items()),
        page.warnings,
        page.form,
        lines,
    ]
    digest = hashlib.sha256(json.dumps(facts, default=str).encode())
    digest.update(np.ascontiguousarray(page.pixels).data)
    return digest.hexdigest()


def _backend(backend: OcrBackend, spec: str | type[OcrBackend] | OcrBackend) -> list[Any]:
    if isinstance(backend, registry.IsolatedBackend):
        backend = backend.backend
    title = f"backend '{backend.name}'"
    options = getattr(backend, "options", None)
    code: Any = None
    if isinstance(spec, str):
        code = _plugin_code(registry.BACKENDS, spec)
    elif isinstance(spec, type) or isinstance(options, BaseModel):  # else it could be made of anything
        code = _module_code(type(backend).__module__)
    facts = [backend.name, _identity(title, backend, code), _plain(title, options), list(_engine(backend))]
    if isinstance(backend, StrategyBackend):
        facts += [_reader(spec, reader) for spec, reader in backend.all_readers()]
    return facts


def _reader(spec: str | type[OcrBackend] | OcrBackend, reader: OcrBackend) -> list[Any]:
    """A backend that another one reads with. Its calibration decides, too."""
    if not isinstance(reader, registry.Reader):
        return _backend(reader, spec)
    calibration = reader.calibration
    return [*_backend(reader.backend, spec), calibration.fingerprint if calibration else None]


def _step(group: plugins.PluginGroup, chained: ChainStep) -> list[Any]:
    step: object = chained.step
    title = f"{group.noun} '{chained.name}'"
    code: Any = None
    if chained.is_owned:
        code = _plugin_code(group, chained.name)
    elif isinstance(step, BaseModel):
        code = _module_code(type(step).__module__)
    parameters = step if isinstance(step, BaseModel) else chained.parameters
    return [chained.name, _identity(title, step, code), _plain(title, parameters)]


def _identity(title: str, thing: object, code: object) -> list[Any]:
    """The identity of a backend or a step, besides its options: its code and its own fingerprint."""
    own = thing.fingerprint() if isinstance(thing, SupportsFingerprint) else None
    if own is None and code is None:
        raise NoFingerprintError(
            f"the {title} does not say what its results depend on; give it a method `fingerprint`, or name "
            "it by its dotted path 'package.module:Name'"
        )
    return [code, own]


def _plugin_code(group: plugins.PluginGroup, spec: str) -> list[str] | None:
    plugin = plugins.find(group, spec)
    code = _module_code(plugin.target.partition(":")[0])
    return None if code is None else [plugin.origin, code]


def _module_code(name: str) -> str | None:
    """A text that changes with the code of a module or package; None for code that is in no file."""
    if name.partition(".")[0] == "ocrkit":
        return "ocrkit"
    file = getattr(sys.modules.get(name), "__file__", None)
    if not file:
        return None
    path = Path(file)
    digest = hashlib.sha256()
    try:
        for each in sorted(path.parent.glob("*.py")) if path.name == "__init__.py" else [path]:
            digest.update(each.read_bytes())
    except OSError:
        return None
    return digest.hexdigest()


def _plain(title: str, value: Any) -> Any:
    """Options or parameters as plain data, without those that do not affect results.

    A file is represented by its path, size and time.
    """
    if isinstance(value, BaseModel):
        fields = type(value).model_fields
        ignored = _WITHOUT_EFFECT | (vendor_variables(type(value)).keys() - _WHERE)
        return {
            name: _plain(title, item)
            for name, item in dict(value).items()
            if name not in ignored and not _is_secret(fields.get(name))
        }
    if isinstance(value, Mapping):
        return {str(key): _plain(title, item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(title, item) for item in value]
    if isinstance(value, (set, frozenset)):
        return sorted(repr(item) for item in value)
    if isinstance(value, Path):
        return [str(value), *_file_state(value)]
    try:
        return to_jsonable_python(value)
    except ValueError as error:
        raise NoFingerprintError(
            f"the {title} has a parameter of the type {type(value).__name__}, which cannot be compared "
            "between runs; use plain values such as numbers, text and paths"
        ) from error


def _is_secret(field: FieldInfo | None) -> bool:
    kind = field.annotation if field else None
    return SecretStr in (kind, *get_args(kind))


def _engine(backend: OcrBackend) -> Iterator[Any]:
    """The versions of the packages and programs that a backend requires."""
    for need in getattr(backend, "requires", ()):
        if need.kind == "module":
            yield need.name, _version(need.name)
        elif (program := shutil.which(need.name)) is not None:
            yield need.name, _file_state(Path(program).resolve())


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


def _file_state(path: Path) -> tuple[int, int] | tuple[()]:
    """Size and time of the last change; empty for a file that does not exist."""
    try:
        state = os.stat(path)  # noqa: PTH116 – the fields, whatever kind of file it is
    except OSError:
        return ()
    return state.st_size, state.st_mtime_ns
