"""The models that are installed with ocrkit: PP-OCRv6 small, in the wheel of `rapidocr`.

They are found by their content, and the package is not imported: other packages install a module of the same
name.
"""

from __future__ import annotations

import importlib.metadata
from pathlib import Path

from ocrkit.errors import MissingDependencyError
from ocrkit.models import Role, Store, find_model, local_file, package_folder

DETECTION: Role = "detector"
RECOGNITION: Role = "recognizer"
FAMILY = "PP-OCRv6 small"
_MODEL = "ppocr/small"
_INSTALL = "pip install --force-reinstall 'rapidocr>=3.10,<4'"

# A language is listed if the model's alphabet contains all of its letters. This excludes Vietnamese (most of
# its tone marks are missing), Greek (its accented letters are missing), and every language written in
# Cyrillic, Arabic, Hebrew, Hangul, Thai or an Indic script.
LANGUAGES = frozenset(
    """
    af br bs-Latn ca co cs cy da de en eo es et eu fi fo fr fy ga gd gl hr ht hu id is it ja ku-Latn
    la lb lt lv mg mi ms mt nb nds nl nn no oc pl pt qu rm ro sc sk sl so sq sr-Latn st su sv sw tl
    tn tr uz-Latn wa xh zh-Hans zh-Hant zu
    """.split()
)


def model_path(role: Role, store: Store | None = None) -> Path:
    """Path of the installed detector or recognizer: of the package, or fetched.

    A file with the right name and another content is the model of a later version of the package.
    """
    file = find_model(_MODEL).file(role)
    assert file is not None  # noqa: S101 - the catalog has both
    found = local_file(file, store or Store.of(None))
    if found is not None:
        return found.path
    folder = package_folder("rapidocr")
    path = folder / "models" / file.name if folder else None
    if path is not None and path.is_file():
        return path
    raise MissingDependencyError(
        f"the model '{file.name}' was not found: {_owners()}. Install it with: {_INSTALL}, or fetch it with "
        f"`ocrkit models fetch {_MODEL}`",
        install=_INSTALL,
    )


def has_known_content(store: Store | None = None) -> bool:
    """Whether the installed models are those of the catalog, which the published figures are about."""
    files = find_model(_MODEL).files
    return all(local_file(file, store or Store.of(None)) is not None for file in files)


def bundle_version() -> str:
    """Version of the wheel that contains the models."""
    try:
        return importlib.metadata.version("rapidocr")
    except importlib.metadata.PackageNotFoundError:
        return "unknown"


def module_owners() -> list[str]:
    """The distributions that install a module `rapidocr`, with their versions."""
    names = importlib.metadata.packages_distributions().get("rapidocr", [])
    return [f"{name} {importlib.metadata.version(name)}" for name in sorted(set(names))]


def _owners() -> str:
    owners = module_owners()
    if not owners:
        return "the package 'rapidocr' is not installed"
    return f"the module 'rapidocr' comes from {' and '.join(owners)}, and its folder has no such file"
