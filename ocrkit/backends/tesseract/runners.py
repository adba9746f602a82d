"""Two ways to call Tesseract, with the same TSV output: the program and the library.

The path of the program and its environment (`os.environ` itself) are global variables of pytesseract. A
backend must not change them for other users of the module, so each runner loads a private copy of it.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import re
import shlex
import threading
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Any, NamedTuple, Protocol

import numpy as np
from PIL import Image

from ocrkit.backends.tesseract import installation
from ocrkit.backends.tesseract.choices import Alternatives, read_alternatives
from ocrkit.backends.tesseract.pack_folders import PackFolders
from ocrkit.backends.tesseract.page_image import PageImage
from ocrkit.errors import ConfigError, missing_extra

_OSD = "osd"
_OSD_ONLY = 0
_MAX_IDLE_ENGINES = 8


class DetectedOrientation(NamedTuple):
    """The output of orientation and script detection."""

    rotation: int
    """Clockwise rotation in degrees that makes the page upright."""
    confidence: float
    script: str


class Output(NamedTuple):
    """The output of recognition."""

    tsv: str
    alternatives: Alternatives | None = None


class Runner(Protocol):
    """A way to call the engine. `seconds` is the time left until the deadline, or None without one."""

    runtime: str

    def version(self) -> str | None: ...

    def packs(self) -> frozenset[str]: ...

    def read(
        self, image: PageImage, packs: tuple[str, ...], segmentation: int, seconds: float | None
    ) -> Output:
        """Recognize the image."""
        ...

    def detect_orientation(self, image: PageImage, seconds: float | None) -> DetectedOrientation | None: ...

    def close(self) -> None: ...


class ProgramRunner:
    """Starts the `tesseract` program for every image, through pytesseract."""

    runtime = "tesseract program"

    def __init__(
        self,
        program: str | None,
        folders: PackFolders,
        engine_mode: int | None,
        variables: Mapping[str, str],
    ) -> None:
        found = installation.find_program(program)
        if not found:
            raise installation.missing_program_error(program)
        self._program = found
        self._pytesseract = _private_pytesseract(found)
        self._folders = folders
        arguments = ["--oem", str(engine_mode)] if engine_mode is not None else []
        for name, value in variables.items():
            arguments += ["-c", f"{name}={value}"]
        self._arguments = arguments
        if variables:
            self._check_variables(variables)
        self._own_packs = installation.program_packs(found, folders.tessdata)[1]

    def _check_variables(self, variables: Mapping[str, str]) -> None:
        """Reject unknown variables; the program would only print a warning and ignore them."""
        known = {line.split("\t")[0] for line in self._query("--print-parameters").splitlines()}
        _reject_unknown_variables([name for name in variables if known and name not in known])

    def _query(self, *arguments: str) -> str:
        return installation.query_program(self._program, *arguments)

    def version(self) -> str | None:
        return engine_version(self._query("--version"))

    def packs(self) -> frozenset[str]:
        return self._own_packs | self._folders.packs()

    def read(
        self, image: PageImage, packs: tuple[str, ...], segmentation: int, seconds: float | None
    ) -> Output:
        # Enabling TSV disables all other formats, so there is one output file, which pytesseract removes.
        arguments = ["--psm", str(segmentation), "-c", "tessedit_create_tsv=1"]
        return Output(self._run(image, "tsv", "+".join(packs), arguments, seconds))

    def detect_orientation(self, image: PageImage, seconds: float | None) -> DetectedOrientation | None:
        try:
            output = self._run(image, "osd", _OSD, ["--psm", str(_OSD_ONLY)], seconds)
        except self._pytesseract.TesseractError as error:
            if error.status != 1:
                raise
            return None  # "Too few characters"
        fields = self._pytesseract.osd_to_dict(output)
        try:
            return DetectedOrientation(fields["rotate"], fields["orientation_conf"], fields["script"])
        except KeyError as error:
            raise ValueError(f"the output of orientation detection has no field {error}") from error

    def _run(
        self, image: PageImage, extension: str, languages: str, arguments: list[str], seconds: float | None
    ) -> str:
        picture = Image.fromarray(image.pixels)
        picture.format = "PPM"  # compressing the temporary file as PNG takes longer than recognition
        arguments = [*self._folder_arguments(languages), *self._arguments, *arguments]
        config = shlex.join([*arguments, "--dpi", str(image.dpi)])
        try:
            output: str = self._pytesseract.run_and_get_output(
                picture, extension=extension, lang=languages, config=config, timeout=seconds or 0
            )
        except RuntimeError as error:
            # pytesseract raises a plain RuntimeError on a timeout; its other errors are subclasses.
            if type(error) is RuntimeError:
                raise TimeoutError(str(error)) from error
            raise
        return output

    def _folder_arguments(self, languages: str) -> list[str]:
        """The folder of the packs, unless it is the program's own."""
        packs = languages.split("+")
        folder = self._folders.tessdata
        if folder is None:
            is_own = self._own_packs.issuperset(pack.removeprefix("~") for pack in packs)
            fetched = PackFolders(self._folders.fetched)
            if is_own and not fetched.have(packs):
                return []
            folder = self._folders.folder_of(packs)
        return ["--tessdata-dir", str(folder)]

    def close(self) -> None:
        """Do nothing: each image has its own program."""


def _private_pytesseract(program: str) -> ModuleType:
    spec = importlib.util.find_spec("pytesseract.pytesseract")
    if spec is None or spec.loader is None:
        raise installation.missing_program_error(program)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    settings: dict[str, Any] = {"tesseract_cmd": program, "environ": installation.program_environment()}
    vars(module).update(settings)
    return module


class LibraryRunner:
    """Runs libtesseract in this process, through tesserocr.

    An engine object handles one call at a time. Idle engines are kept in a pool, so that several threads can
    read at once without loading packs again. The wheel of tesserocr is built without OpenMP.
    """

    runtime = "tesserocr"

    def __init__(
        self,
        program: str | None,  # noqa: ARG002 - the library needs none
        folders: PackFolders,
        engine_mode: int | None,
        variables: Mapping[str, str],
    ) -> None:
        self._tesserocr = import_tesserocr()
        if self._tesserocr is None:
            raise missing_extra("tesserocr", "tesserocr", "the option runner = 'tesserocr' of tesseract")
        if not folders.folders:
            raise installation.missing_tessdata_error(folders.tessdata)
        self._folders = folders
        self._engine_mode = engine_mode
        self._variables = dict(variables)
        self._packs = folders.packs()
        self._idle: list[tuple[str, Any]] = []
        self._lock = threading.Lock()

    def version(self) -> str | None:
        return engine_version(self._tesserocr.tesseract_version())

    def packs(self) -> frozenset[str]:
        return self._packs

    def read(
        self, image: PageImage, packs: tuple[str, ...], segmentation: int, seconds: float | None
    ) -> Output:
        with self._engine("+".join(packs), image) as engine:
            engine.SetPageSegMode(segmentation)
            if not engine.Recognize(max(1, round(seconds * 1000)) if seconds else 0):
                if seconds:
                    raise TimeoutError("recognition exceeded the time limit")
                raise RuntimeError("recognition failed")
            tsv: str = engine.GetTSVText(0)
            chosen = self._variables.get("lstm_choice_mode", "0") != "0"
            return Output(tsv, read_alternatives(self._tesserocr, engine) if chosen else None)

    def detect_orientation(
        self,
        image: PageImage,
        seconds: float | None,  # noqa: ARG002 - the library has no timeout here
    ) -> DetectedOrientation | None:
        with self._engine(_OSD, image) as engine:
            engine.SetPageSegMode(_OSD_ONLY)
            fields = engine.DetectOrientationScript()
        return fields and DetectedOrientation(
            -fields["orient_deg"] % 360, fields["orient_conf"], fields["script_name"]
        )

    @contextlib.contextmanager
    def _engine(self, languages: str, image: PageImage) -> Iterator[Any]:
        """Borrow an engine with the image loaded; an engine that failed is freed."""
        engine = self._take(languages)
        try:
            engine.ClearAdaptiveClassifier()
            height, width = image.pixels.shape[:2]
            channels = 1 if image.pixels.ndim == 2 else 3
            data = np.ascontiguousarray(image.pixels).tobytes()
            engine.SetImageBytes(data, width, height, channels, width * channels)
            engine.SetSourceResolution(image.dpi)
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
        return self._create(languages)

    def _create(self, languages: str) -> Any:
        # The library logs to stderr, which belongs to the application.
        variables = {"debug_file": os.devnull}
        settings: dict[str, Any] = {}
        if languages != _OSD:
            variables |= self._variables
            settings = {} if self._engine_mode is None else {"oem": self._engine_mode}
        folder = self._folders.folder_of(languages.split("+"))
        engine = self._tesserocr.PyTessBaseAPI(
            path=str(folder), lang=languages, variables=variables, **settings
        )
        if languages != _OSD:
            unknown = [name for name in self._variables if engine.GetVariableAsString(name) is None]
            if unknown:
                engine.End()
            _reject_unknown_variables(unknown)
        return engine

    def _put(self, languages: str, engine: Any) -> None:
        with self._lock:
            self._idle.append((languages, engine))
            surplus = self._idle.pop(0)[1] if len(self._idle) > _MAX_IDLE_ENGINES else None
        if surplus is not None:
            surplus.End()

    def close(self) -> None:
        with self._lock:
            idle, self._idle = self._idle, []
        for _, engine in idle:
            engine.End()


def import_tesserocr() -> Any:
    """The module, or None if it is not installed or its libraries cannot be loaded."""
    try:
        import tesserocr
    except ImportError:
        return None
    return tesserocr


def engine_version(text: str) -> str | None:
    found = re.search(r"tesseract v?(\d\S*)", text)
    return found[1] if found else None


def _reject_unknown_variables(names: list[str]) -> None:
    if names:
        raise ConfigError(
            f"tesseract: unknown engine variable{'s' if len(names) > 1 else ''} "
            f"{', '.join(map(repr, names))}; list the known ones with `tesseract --print-parameters`"
        )
