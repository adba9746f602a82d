"""What OCRmyPDF asks of an engine, answered by `ocrkit.Ocr`.

An engine that was loaded stays loaded, in each process of OCRmyPDF one, which its threads share.
"""

from __future__ import annotations

import contextlib
import logging
import os
import threading
from collections import OrderedDict
from collections.abc import Iterator
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
from ocrkit.config.loading import load_settings
from ocrkit.config.settings import Settings
from ocrkit.document import Document
from ocrkit.integrations.ocrmypdf.languages import codes_offered, tags_of
from ocrkit.integrations.ocrmypdf.options import Chosen
from ocrkit.integrations.ocrmypdf.tree import tree_of
from ocrkit.pipeline import Ocr
from ocrkit.preprocess.deskew import Deskew
from ocrkit.sources import open_source

_log = logging.getLogger(__name__)

_KEPT = 4
"""Engines that stay loaded, for programs that call OCRmyPDF again and again with other options."""

# OCRmyPDF turns a page from 14 on: here, one that is read with a mean confidence of 0.7. A few letters say
# little.
_SURE = 20.0
_ENOUGH_LETTERS = 20


class UnreadPageError(ExitCodeException):
    """The engine failed on a page."""

    exit_code = ExitCode.child_process_error


class OcrkitEngine(OcrEngine):
    """An engine of OCRmyPDF."""

    @staticmethod
    def version() -> str:
        return version("ocrkit")

    @staticmethod
    def creator_tag(options: OcrOptions) -> str:
        return f"ocrkit {version('ocrkit')} ({_reader(options).backend.name})"

    def __str__(self) -> str:
        return f"ocrkit {version('ocrkit')}"

    @staticmethod
    def languages(options: OcrOptions) -> AbstractSet[str]:
        """All that it reads, and what was asked for: `check` has seen that, and says more than OCRmyPDF."""
        offered = codes_offered(_reader(options).backend.capabilities)
        return offered | set(options.languages) if offered else set()

    @staticmethod
    def get_orientation(input_file: Path, options: OcrOptions) -> OrientationConfidence:
        """Read the page to find out how far it was turned clockwise, which is what OCRmyPDF goes by."""
        if not _reader(options).backend.capabilities.orientation:
            return OrientationConfidence(0, 0.0)
        (page,) = _read(input_file, options).pages
        letters = sum(map(str.isalpha, page.text))
        confidence = _SURE * (page.quality.mean or 0.0) * min(1.0, letters / _ENOUGH_LETTERS)
        return OrientationConfidence(-page.rotation % 360, confidence)

    @staticmethod
    def get_deskew(input_file: Path, options: OcrOptions) -> float:  # noqa: ARG004 – it is measured, not read
        """How far to turn the page anticlockwise."""
        with _in_their_words(), contextlib.closing(open_source(input_file)) as source:
            (page,) = source.pages([0])
            return Deskew().measure_skew(page)

    @staticmethod
    def supports_generate_ocr() -> bool:
        return True

    @staticmethod
    def generate_ocr(input_file: Path, options: OcrOptions, page_number: int = 0) -> tuple[OcrElement, str]:
        document = _read(input_file, options, page_number)
        return tree_of(document.pages[0], page_number), _text(document)

    @staticmethod
    def generate_hocr(input_file: Path, output_hocr: Path, output_text: Path, options: OcrOptions) -> None:
        document = _read(input_file, options)
        output_hocr.write_bytes(formats.exporter("hocr")(document))
        output_text.write_text(_text(document), encoding="utf-8")

    @staticmethod
    def generate_pdf(input_file: Path, output_pdf: Path, output_text: Path, options: OcrOptions) -> None:
        raise NotImplementedError("ocrkit's text is drawn by OCRmyPDF: leave out --pdf-renderer sandwich")


def check(options: OcrOptions) -> None:
    """Refuse settings, backends and languages that cannot work, and forget what is out of date."""
    with _in_their_words():
        reader = _fresh_reader(options)
    backend = reader.backend
    if options.rotate_pages and not backend.capabilities.orientation:
        _log.warning(
            "--rotate-pages has no effect: the backend '%s' does not find out how a page lies", backend.name
        )


# ── reading ──


def _read(file: Path, options: OcrOptions, page_number: int | None = None) -> Document:
    with _in_their_words(page_number):
        document = _reader(options).recognize(file)
    for page in document.pages:
        for warning in page.warnings:
            _log.warning("%s", warning)
    return document


def _text(document: Document) -> str:
    return formats.exporter("text")(document).decode()


class _Key(NamedTuple):
    """What decides which engine reads. A process that was forked does not use that of its parent."""

    process: int
    backend: str | None
    config: str | None
    profile: str | None
    languages: tuple[str, ...]
    threads: int | None


class _Warm(NamedTuple):
    settings: Settings
    reader: Ocr


_warm: OrderedDict[_Key, _Warm] = OrderedDict()
_lock = threading.Lock()


def _reader(options: OcrOptions) -> Ocr:
    """The engine for these options, as it was checked when the run began."""
    with _lock:
        found = _warm.get(_key(options))
    return found.reader if found else _fresh_reader(options)


def _fresh_reader(options: OcrOptions) -> Ocr:
    """The same; another one if the settings have changed since."""
    key = _key(options)
    overrides = {} if key.backend is None else {"backend": key.backend}
    settings = load_settings(overrides=overrides, profile=key.profile, config_file=key.config).settings
    with _lock:
        found = _warm.get(key)
        if found is None or found.settings != settings:
            # Without `close`: others may be reading with it. It goes when the last of them is done.
            found = _Warm(settings, _made(settings, key))
            _warm[key] = found
        _warm.move_to_end(key)
        while len(_warm) > _KEPT:
            _warm.popitem(last=False)
    return found.reader


def _made(settings: Settings, key: _Key) -> Ocr:
    name = registry.table_name(settings.backend)
    return Ocr(
        languages=tags_of(key.languages, name), threads=settings.threads or key.threads, settings=settings
    )


def _key(options: OcrOptions) -> _Key:
    chosen = Chosen.of(options)
    jobs = options.jobs or cpu.available()
    # Threads share one engine and its threads; processes share the machine.
    threads = None if options.use_threads else max(1, cpu.available() // jobs)
    return _Key(os.getpid(), chosen.backend, chosen.config, chosen.profile, tuple(options.languages), threads)


# ── errors ──


@contextlib.contextmanager
def _in_their_words(page_number: int | None = None) -> Iterator[None]:
    """Our errors as those of OCRmyPDF, which have its exit codes.

    What was read is a picture of one page in a folder of OCRmyPDF's own: neither its name nor its only page
    says anything to the user.
    """
    try:
        yield
    except errors.OcrkitError as error:
        if isinstance(error, errors.SourceError | errors.BackendError | errors.PreprocessError):
            error.page = None if page_number is None else page_number + 1
        if isinstance(error, errors.SourceError):
            error.path = None
        raise _translated(error) from error


def _translated(error: errors.OcrkitError) -> ExitCodeException:
    if isinstance(error, errors.MissingDependencyError):
        return MissingDependencyError(str(error))
    if isinstance(error, errors.ConfigError | errors.CapabilityError):
        return BadArgsError(str(error))
    if isinstance(error, errors.SourceError):
        return InputFileError(str(error))
    return UnreadPageError(str(error))
