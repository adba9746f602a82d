"""Model files on this machine: in the store, or in an installed Python package, which is not imported."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ocrkit.models.catalog import Model, ModelFile, Role
from ocrkit.models.store import Store, has_content


@dataclass(frozen=True)
class LocalFile:
    """A model file on this machine."""

    path: Path
    origin: str
    """`fetched`, or the package that holds it."""
    alphabet: Path | None = None
    """A file with the alphabet, if the model does not hold it."""


def local_file(file: ModelFile, store: Store) -> LocalFile | None:
    """A file of the catalog on this machine: the fetched one, else that of a package with its content."""
    if store.has(file):
        return LocalFile(store.path(file), "fetched")
    for packaged in file.packages:
        folder = package_folder(packaged.module)
        if folder is not None and has_content(folder / packaged.path, packaged.sha256):
            alphabet = folder / packaged.alphabet if packaged.alphabet else None
            return LocalFile(folder / packaged.path, f"package {packaged.module}", alphabet)
    return None


def local_files(model: Model, store: Store) -> dict[Role, LocalFile] | None:
    """All files of a model on this machine; None if one is missing."""
    found = {file.role: local_file(file, store) for file in model.files}
    files = {role: file for role, file in found.items() if file is not None}
    return files if len(files) == len(model.files) else None


def local_models(models: tuple[Model, ...], store: Store) -> Iterator[tuple[Model, dict[Role, LocalFile]]]:
    """The models that are complete on this machine."""
    for model in models:
        files = local_files(model, store)
        if files is not None:
            yield model, files


def package_folder(module: str) -> Path | None:
    """The folder of an installed package. The package is not imported."""
    try:
        spec = importlib.util.find_spec(module)
    except (ImportError, ValueError):
        return None
    folders = spec.submodule_search_locations if spec else None
    return next((Path(folder) for folder in folders or ()), None)
