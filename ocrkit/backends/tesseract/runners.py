"""The two ways to call Tesseract, and what its errors mean. Both answer the same table of words.

pytesseract has two settings that belong to the whole module: the path of the program and the environment the
program starts with (`os.environ` itself). A backend may change neither for everyone, so each runner loads a
private copy of that module and sets them there.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import re
import shlex
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple, Protocol

import numpy as np
from PIL import Image

from ocrkit.backends.tesseract import installation
from ocrkit.backends.tesseract.page_image import PageImage
from ocrkit.errors import (
    BackendError,
    BackendTimeoutError,
    BackendUnavailableError,
    BadResponseError,
    ConfigError,
    OcrkitError,
    missing_extra,
)

_OSD = "osd"
_OSD_ONLY = 0
_MOST_IDLE_ENGINES = 8


class Orientation(NamedTuple):
    """What orientation and script detection found. `turn` sets the page upright, clockwise in degrees."""

    turn: int
    confidence: float
    script: str


class Runner(Protocol):
    """One way to call the engine. `seconds` is what is left until the deadline, or None."""

    runtime: str

    def version(self) -> str | None: ...

    def packs(self) -> frozenset[str]: ...

    def read(
        self, view: PageImage, packs: tuple[str, ...], segmentation: int, seconds: float | None
    ) -> str: ...

    def orientation(self, view: PageImage, seconds: float | None) -> Orientation | None: ...

    def close(self) -> None: ...


class ProgramRunner:
    """The `tesseract` program, started by pytesseract for every picture."""

    runtime = "tesseract program"

    def __init__(
        self,
        program: str | None,
        tessdata: Path | None,
        engine_mode: int | None,
        variables: Mapping[str, str],
    ) -> None:
        found = installation.find_program(program)
        if not found:
            raise installation.missing_program(program)
        self._program = found
        self._pytesseract = _private_pytesseract(found)
        self._tessdata = tessdata
        arguments = ["--tessdata-dir", str(tessdata)] if tessdata else []
        arguments += ["--oem", str(engine_mode)] if engine_mode is not None else []
        for name, value in variables.items():
            arguments += ["-c", f"{name}={value}"]
        self._arguments = arguments
        if variables:
            self._check(variables)
        self._packs = installation.program_packs(found, tessdata)[1]

    def _check(self, variables: Mapping[str, str]) -> None:
        """The program only grumbles about a variable it does not know, and goes on without it."""
        known = {line.split("\t")[0] for line in self._ask("--print-parameters").splitlines()}
        _refuse_unknown([name for name in variables if known and name not in known])

    def _ask(self, *arguments: str) -> str:
        return installation.ask_program(self._program, *arguments)

    def version(self) -> str | None:
        return engine_version(self._ask("--version"))

    def packs(self) -> frozenset[str]:
        return self._packs

    def read(self, view: PageImage, packs: tuple[str, ...], segmentation: int, seconds: float | None) -> str:
        # Other renderers than the table stay off once it is on: one output file, which pytesseract removes.
        arguments = ["--psm", str(segmentation), "-c", "tessedit_create_tsv=1"]
        return self._run(view, "tsv", "+".join(packs), arguments, seconds)

    def orientation(self, view: PageImage, seconds: float | None) -> Orientation | None:
        try:
            answer = self._run(view, "osd", _OSD, ["--psm", str(_OSD_ONLY)], seconds)
        except self._pytesseract.TesseractError as error:
            if error.status != 1:
                raise
            return None  # "Too few characters": there is nothing to go by
        found = self._pytesseract.osd_to_dict(answer)
        try:
            return Orientation(found["rotate"], found["orientation_conf"], found["script"])
        except KeyError as error:
            raise ValueError(f"no {error} in what Tesseract says about the orientation") from error

    def _run(
        self, view: PageImage, kind: str, languages: str, arguments: list[str], seconds: float | None
    ) -> str:
        image = Image.fromarray(view.pixels)
        image.format = (
            "PPM"  # pytesseract writes a file of this kind; packing it as PNG costs more than reading
        )
        config = shlex.join([*self._arguments, *arguments, "--dpi", str(view.dpi)])
        try:
            answer: str = self._pytesseract.run_and_get_output(
                image, extension=kind, lang=languages, config=config, timeout=seconds or 0
            )
        except RuntimeError as error:
            if (
                type(error) is RuntimeError
            ):  # pytesseract's own errors are subclasses; the plain one is its timeout
                raise TimeoutError(str(error)) from error
            raise
        return answer

    def close(self) -> None:
        """Nothing is held: every picture is a program of its own."""


def _private_pytesseract(program: str) -> ModuleType:
    spec = importlib.util.find_spec("pytesseract.pytesseract")
    if spec is None or spec.loader is None:
        raise installation.missing_program(program)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    settings: dict[str, Any] = {"tesseract_cmd": program, "environ": installation.program_environment()}
    vars(module).update(settings)
    return module


class LibraryRunner:
    """libtesseract inside this process, through tesserocr.

    One engine object serves one call at a time; idle ones are kept, so that as many threads as there are may
    read at once and nothing is loaded twice. The wheel of tesserocr is built without OpenMP.
    """

    runtime = "tesserocr"

    def __init__(
        self,
        program: str | None,
        tessdata: Path | None,
        engine_mode: int | None,
        variables: Mapping[str, str],
    ) -> None:
        self._tesserocr = import_tesserocr()
        if self._tesserocr is None:
            raise missing_extra(
                "tesserocr", "tesserocr", "Tesseract inside this process (runner = 'tesserocr')"
            )
        folder = installation.find_tessdata(tessdata, program)
        if folder is None:
            raise installation.missing_tessdata(tessdata)
        self._folder = folder
        self._engine_mode = engine_mode
        self._variables = dict(variables)
        self._packs = installation.packs_in(folder)
        self._idle: list[tuple[str, Any]] = []
        self._lock = threading.Lock()

    def version(self) -> str | None:
        return engine_version(self._tesserocr.tesseract_version())

    def packs(self) -> frozenset[str]:
        return self._packs

    def read(self, view: PageImage, packs: tuple[str, ...], segmentation: int, seconds: float | None) -> str:
        with self._engine("+".join(packs), view) as engine:
            engine.SetPageSegMode(segmentation)
            if not engine.Recognize(max(1, round(seconds * 1000)) if seconds else 0):
                if seconds:
                    raise TimeoutError("recognition was stopped at its deadline")
                raise RuntimeError("recognition failed")
            answer: str = engine.GetTSVText(0)
            return answer

    def orientation(self, view: PageImage, seconds: float | None) -> Orientation | None:  # noqa: ARG002 - no deadline here
        with self._engine(_OSD, view) as engine:
            engine.SetPageSegMode(_OSD_ONLY)
            found = engine.DetectOrientationScript()
        return found and Orientation(-found["orient_deg"] % 360, found["orient_conf"], found["script_name"])

    @contextlib.contextmanager
    def _engine(self, languages: str, view: PageImage) -> Iterator[Any]:
        """An engine for some languages that holds the picture; one that failed is not used again."""
        engine = self._take(languages)
        try:
            engine.ClearAdaptiveClassifier()
            height, width = view.pixels.shape[:2]
            channels = 1 if view.pixels.ndim == 2 else 3
            data = np.ascontiguousarray(view.pixels).tobytes()
            engine.SetImageBytes(data, width, height, channels, width * channels)
            engine.SetSourceResolution(view.dpi)
            yield engine
            engine.Clear()
        except BaseException:
            engine.End()
            raise
        self._put(languages, engine)

    def _take(self, languages: str) -> Any:
        with self._lock:
            for position in range(len(self._idle) - 1, -1, -1):
                if self._idle[position][0] == languages:
                    return self._idle.pop(position)[1]
        settings: dict[str, Any] = {} if self._engine_mode is None else {"oem": self._engine_mode}
        reading = languages != _OSD
        engine = self._tesserocr.PyTessBaseAPI(
            path=str(self._folder),
            lang=languages,
            # What the library has to say goes to stderr, which belongs to the program around us.
            variables={"debug_file": os.devnull, **(self._variables if reading else {})},
            **(settings if reading else {}),
        )
        if reading:
            unknown = [name for name in self._variables if engine.GetVariableAsString(name) is None]
            if unknown:
                engine.End()
            _refuse_unknown(unknown)
        return engine

    def _put(self, languages: str, engine: Any) -> None:
        with self._lock:
            self._idle.append((languages, engine))
            surplus = self._idle.pop(0)[1] if len(self._idle) > _MOST_IDLE_ENGINES else None
        if surplus is not None:
            surplus.End()

    def close(self) -> None:
        with self._lock:
            idle, self._idle = self._idle, []
        for _, engine in idle:
            engine.End()


def import_tesserocr() -> Any:
    """The module, or None where it is not installed or its libraries do not load."""
    try:
        import tesserocr
    except ImportError:
        return None
    return tesserocr


def engine_version(text: str) -> str | None:
    found = re.search(r"tesseract v?(\d\S*)", text)
    return found[1] if found else None


def _refuse_unknown(names: list[str]) -> None:
    if names:
        raise ConfigError(
            f"tesseract: there is no engine variable {', '.join(map(repr, names))}; "
            "`tesseract --print-parameters` lists them"
        )


# By the name of the class, or of the nearest class it derives from: a private copy of pytesseract has classes
# of its own.
ERRORS: dict[str, tuple[type[BackendError], str]] = {
    "TimeoutError": (BackendTimeoutError, "no answer in time; allow more in the option 'timeout_seconds'"),
    "TesseractNotFoundError": (BackendUnavailableError, "the program has disappeared"),
    "TesseractError": (BackendUnavailableError, "the program failed"),
    "OSError": (BackendUnavailableError, "the program cannot be run"),
    "MemoryError": (BackendUnavailableError, "not enough memory for this page"),
    "UnicodeError": (BadResponseError, "the answer is not text"),
    "ValueError": (BadResponseError, "the answer cannot be understood"),
    "RuntimeError": (BackendUnavailableError, "the engine does not work"),
}


def translate(error: Exception, *, page: int | None = None) -> OcrkitError:
    """An error of Tesseract as one of ours; ours stay as they are."""
    if isinstance(error, OcrkitError):
        return error
    for kind in type(error).__mro__:
        if kind.__name__ in ERRORS:
            ours, meaning = ERRORS[kind.__name__]
            return ours(f"{meaning}: {error}", backend="tesseract", page=page)
    return BackendError(f"{type(error).__name__}: {error}", backend="tesseract", page=page)
