"""The OCR engine of OCRmyPDF, implemented with `ocrkit.Ocr`.

Each process of OCRmyPDF loads an engine once. Its threads share it.
"""

from __future__ import annotations

import contextlib
import logging
import os
import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from ocrmypdf import OcrOptions
from ocrmypdf.exceptions import (
    BadArgsError,
    ExitCode,
    ExitCodeException,
    InputFileError,
    MissingDependencyError,
)
from ocrmypdf.hocrtransform import OcrElement
from ocrmypdf.pluginspec import OcrEngine, OrientationConfidence

from ocrkit import cpu, errors, formats, registry
from ocrkit.backends.base import OcrBackend
from ocrkit.config.loading import load_settings
from ocrkit.config.settings import Settings
from ocrkit.document import Document
from ocrkit.integrations.ocrmypdf.elements import page_element
from ocrkit.integrations.ocrmypdf.languages import accepted_codes, language_tags
from ocrkit.integrations.ocrmypdf.options import OcrkitOptions
from ocrkit.pipeline import Ocr
from ocrkit.preprocess.deskew import Deskew
from ocrkit.request import Request
from ocrkit.sources import open_source
from ocrkit.strategies.base import StrategyBackend

_log = logging.getLogger(__name__)

_MAX_LOADED = 4
"""How many engines stay loaded, for programs that call OCRmyPDF repeatedly with different options."""

# OCRmyPDF turns a page at an orientation confidence of 14 or more: here at a mean word confidence of 0.7.
# A page with only a few letters has a lower orientation confidence.
_MAX_ORIENTATION_CONFIDENCE = 20.0
_ENOUGH_LETTERS = 20


class RecognitionFailedError(ExitCodeException):
    """The engine failed on a page."""

    exit_code = ExitCode.child_process_error


class OcrkitEngine(OcrEngine):
    """The engine that the plug-in gives to OCRmyPDF."""

    @staticmethod
    def version() -> str:
        return version("ocrkit")

    @staticmethod
    def creator_tag(options: OcrOptions) -> str:
        return f"ocrkit {version('ocrkit')} ({_loaded_ocr(options).backend.name})"

    def __str__(self) -> str:
        return f"ocrkit {version('ocrkit')}"

    @staticmethod
    def languages(options: OcrOptions) -> AbstractSet[str]:
        # Requested languages are always included: `check` rejects wrong ones with a better message.
        accepted = accepted_codes(_loaded_ocr(options).backend)
        return accepted | set(options.languages) if accepted else set()

    @staticmethod
    def get_orientation(input_file: Path, options: OcrOptions) -> OrientationConfidence:
        """Read the page to find out how far it is turned clockwise."""
        if not _loaded_ocr(options).backend.capabilities.orientation:
            return OrientationConfidence(0, 0.0)
        (page,) = _recognize(input_file, options).pages
        letters = sum(map(str.isalpha, page.text))
        confidence = (
            _MAX_ORIENTATION_CONFIDENCE * (page.quality.mean or 0.0) * min(1.0, letters / _ENOUGH_LETTERS)
        )
        return OrientationConfidence(-page.rotation % 360, confidence)

    @staticmethod
    def get_deskew(input_file: Path, options: OcrOptions) -> float:  # noqa: ARG004 – the measurement has no options
        """How far to turn the page counterclockwise, in degrees."""
        with _as_ocrmypdf_errors(), contextlib.closing(open_source(input_file)) as source:
            return Deskew().measure_skew(source.page(0))

    @staticmethod
    def supports_generate_ocr() -> bool:
        return True

    @staticmethod
    def generate_ocr(input_file: Path, options: OcrOptions, page_number: int = 0) -> tuple[OcrElement, str]:
        document = _recognize(input_file, options, page_number)
        return page_element(document.pages[0], page_number), _text(document)

    @staticmethod
    def generate_hocr(input_file: Path, output_hocr: Path, output_text: Path, options: OcrOptions) -> None:
        document = _recognize(input_file, options)
        output_hocr.write_bytes(formats.exporter("hocr")(document))
        output_text.write_text(_text(document), encoding="utf-8")

    @staticmethod
    def generate_pdf(input_file: Path, output_pdf: Path, output_text: Path, options: OcrOptions) -> None:
        raise NotImplementedError(
            "OCRmyPDF itself draws the text that ocrkit reads; leave out --pdf-renderer sandwich"
        )


def check(options: OcrOptions) -> None:
    """Reject wrong settings, backends and languages. Loads the settings again, once for each run."""
    with _as_ocrmypdf_errors():
        ocr = _current_ocr(options)
        backend = ocr.backend
        _check_languages(backend, ocr.settings.languages)
    if options.rotate_pages and not backend.capabilities.orientation:
        _log.warning(
            "--rotate-pages has no effect: the backend '%s' does not detect how a page is turned",
            backend.name,
        )


def _check_languages(backend: OcrBackend, tags: Sequence[str]) -> None:
    """Raise `CapabilityError` for a language that no reader of the backend supports.

    A strategy would report it at the first page that it reads.
    """
    request = Request(languages=tuple(tags))
    readers = backend.all_readers() if isinstance(backend, StrategyBackend) else ()
    gaps = [reader.gaps(request) for reader in readers]
    if gaps and all(gaps):
        raise errors.CapabilityError(f"does not support {', '.join(gaps[0])}", backend=backend.name)


def _recognize(file: Path, options: OcrOptions, page_number: int | None = None) -> Document:
    with _as_ocrmypdf_errors(page_number):
        document = _loaded_ocr(options).recognize(file)
    for page in document.pages:
        for warning in page.warnings:
            _log.warning("%s", warning)
    return document


def _text(document: Document) -> str:
    return formats.exporter("text")(document).decode()


# ── loaded engines ──


class _EngineKey(NamedTuple):
    """The key of an engine. A forked process does not use the engine of its parent."""

    process: int
    backend: str | None
    config: str | None
    profile: str | None
    languages: tuple[str, ...]
    threads: int | None


class _LoadedEngine(NamedTuple):
    settings: Settings
    ocr: Ocr


_engines: OrderedDict[_EngineKey, _LoadedEngine] = OrderedDict()
"""The least recently used engine comes first."""
_lock = threading.Lock()


def _loaded_ocr(options: OcrOptions) -> Ocr:
    """The engine for these options, with the settings of the beginning of the run."""
    with _lock:
        engine = _engines.get(_key(options))
    return engine.ocr if engine else _current_ocr(options)


def _current_ocr(options: OcrOptions) -> Ocr:
    """The engine for these options, with the current settings."""
    key = _key(options)
    overrides = {} if key.backend is None else {"backend": key.backend}
    settings = load_settings(overrides=overrides, profile=key.profile, config_file=key.config).settings
    with _lock:
        engine = _engines.get(key)
        if engine is None or engine.settings != settings:
            # Other threads may still use the old engine: it is not closed but freed after the last of them.
            engine = _LoadedEngine(settings, _make_ocr(settings, key))
            _engines[key] = engine
        _engines.move_to_end(key)
        while len(_engines) > _MAX_LOADED:
            _engines.popitem(last=False)
    return engine.ocr


def _make_ocr(settings: Settings, key: _EngineKey) -> Ocr:
    backend = registry.table_name(settings.backend)
    return Ocr(
        languages=language_tags(key.languages, backend),
        threads=settings.threads or key.threads,
        settings=settings,
    )


def _key(options: OcrOptions) -> _EngineKey:
    ours = OcrkitOptions.of(options)
    jobs = options.jobs or cpu.available()
    # Threads of OCRmyPDF share one engine with all its threads; processes of OCRmyPDF share the CPUs.
    threads = None if options.use_threads else max(1, cpu.available() // jobs)
    return _EngineKey(os.getpid(), ours.backend, ours.config, ours.profile, tuple(options.languages), threads)


# ── errors ──


@contextlib.contextmanager
def _as_ocrmypdf_errors(page_number: int | None = None) -> Iterator[None]:
    """Raise errors of ocrkit as errors of OCRmyPDF, which have its exit codes.

    The source is a temporary image of one page. Its name and its page number mean nothing to the user, so the
    error gets the page number of the document and no name.
    """
    try:
        yield
    except errors.OcrkitError as error:
        if isinstance(error, errors.SourceError | errors.BackendError | errors.PreprocessError):
            error.page = None if page_number is None else page_number + 1
        if isinstance(error, errors.SourceError):
            error.path = None
        raise _ocrmypdf_error(error) from error


def _ocrmypdf_error(error: errors.OcrkitError) -> ExitCodeException:
    if isinstance(error, errors.MissingDependencyError):
        return MissingDependencyError(str(error))
    if isinstance(error, errors.ConfigError | errors.CapabilityError):
        return BadArgsError(str(error))
    if isinstance(error, errors.SourceError):
        return InputFileError(str(error))
    return RecognitionFailedError(str(error))
