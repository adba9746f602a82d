"""The catalog of model files: address, size, license and SHA-256 of every file, as data.

The files `data/*.toml` are written by `tools/model_catalog.py`.
"""

from __future__ import annotations

import difflib
import functools
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import resources
from typing import Any, Literal, TypeAlias

from ocrkit.errors import ConfigError
from ocrkit.languages import match_language

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

Engine: TypeAlias = Literal["ppocr", "tesseract"]
Role: TypeAlias = Literal["detector", "recognizer", "pack"]

# The order decides which model is the first choice for a language.
_FILES: dict[Engine, tuple[str, ...]] = {"ppocr": ("ppocr",), "tesseract": ("tesseract", "tesseract-best")}


@dataclass(frozen=True)
class PackagedFile:
    """The copy of a model file that a Python package holds."""

    module: str
    path: str
    sha256: str
    alphabet: str | None = None
    """The file of the package with the alphabet, if the model does not hold it."""


@dataclass(frozen=True)
class ModelFile:
    """One file of a model."""

    role: Role
    path: str
    """Its path below the folder of models, and below a mirror."""
    address: str | None
    """Where its publisher offers it; None if it is only in packages."""
    sha256: str
    size: int | None = None
    """In bytes; None if the publisher does not state it."""
    packages: tuple[PackagedFile, ...] = ()

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]


@dataclass(frozen=True)
class Model:
    """A recognizer, a size of the embedded engine, or a language pack."""

    name: str
    """`ppocr/greek`, `tesseract/ell`, `tesseract-best/fra`."""
    engine: Engine
    title: str
    languages: tuple[str, ...]
    """The BCP-47 tags of what it reads; empty for a size of the embedded engine."""
    license: str
    origin: str
    files: tuple[ModelFile, ...]

    @property
    def size(self) -> int | None:
        """The size of all files in bytes, if it is known."""
        sizes = [file.size for file in self.files if file.size is not None]
        return sum(sizes) if len(sizes) == len(self.files) else None

    def file(self, role: Role) -> ModelFile | None:
        return next((file for file in self.files if file.role == role), None)

    def reads(self, languages: Iterable[str]) -> bool:
        """Whether it reads all of the languages."""
        return all(match_language(tag, self.languages) for tag in languages)


@functools.cache
def models(engine: Engine | None = None) -> tuple[Model, ...]:
    """All models of the catalog, or those of an engine; for each language, the first choice comes first."""
    if engine is None:
        return tuple(model for each in _FILES for model in models(each))
    return tuple(model for name in _FILES[engine] for model in _load(name))


def find_model(name: str) -> Model:
    """The model with a name. Raises `ConfigError` for an unknown one."""
    by_name = {model.name: model for model in models("ppocr" if name.startswith("ppocr/") else None)}
    if name not in by_name:
        near = difflib.get_close_matches(name, by_name, n=1)
        hint = f" Did you mean '{near[0]}'?" if near else ""
        raise ConfigError(f"unknown model '{name}'.{hint} `ocrkit models list --all` lists the models")
    return by_name[name]


def models_for(language: str, engine: Engine | None = None) -> tuple[Model, ...]:
    """The models that read a language, the first choice first."""
    return tuple(model for model in models(engine) if model.reads([language]))


def _load(name: str) -> Iterator[Model]:
    text = resources.files(__package__).joinpath(f"data/{name}.toml").read_text(encoding="utf-8")
    table = tomllib.loads(text)
    for entry in table["models"]:
        yield Model(
            name=entry["name"],
            engine=table["engine"],
            title=entry.get("title", ""),
            languages=tuple(entry.get("languages", ())),
            license=entry.get("license", table["license"]),
            origin=entry.get("origin", table["origin"]),
            files=tuple(_file(each) for each in entry["files"]),
        )


def _file(entry: dict[str, Any]) -> ModelFile:
    packages = tuple(PackagedFile(**each) for each in entry.get("packages", ()))
    return ModelFile(
        role=entry["role"],
        path=entry["path"],
        address=entry.get("address"),
        sha256=entry["sha256"],
        size=entry.get("size"),
        packages=packages,
    )
