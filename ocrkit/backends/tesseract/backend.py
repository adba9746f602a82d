"""Options, and how one page is read."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import Field, field_validator

from ocrkit.backends.base import BackendOptions, Finding, Requirement
from ocrkit.backends.tesseract import installation
from ocrkit.backends.tesseract.diagnosis import diagnosis
from ocrkit.backends.tesseract.languages import PACKS, choose_packs
from ocrkit.backends.tesseract.page_image import Turn, page_image
from ocrkit.backends.tesseract.page_reader import Reader
from ocrkit.backends.tesseract.runners import (
    LibraryRunner,
    ProgramRunner,
    Runner,
    import_tesserocr,
    translate,
)
from ocrkit.errors import CapabilityError, OcrkitError
from ocrkit.page import Page
from ocrkit.request import Capabilities, Request, Scene
from ocrkit.result import Block, Decision, Engine, PageResult, Trace

# Tesseract's own numbers: automatic, one line, as much text as possible in no particular order.
_SEGMENTATION: dict[Scene, int] = {"document": 3, "line": 7, "sparse": 11}
# Modes that detect the orientation first: we do that ourselves, so that it can be reported.
_WITH_ORIENTATION = {1: 3, 12: 11}
_SEGMENTATION_OF_PAGES = frozenset({3, 4, 6, 11})

_TOO_SMALL = 8


class TesseractOptions(BackendOptions):
    """What can be set about Tesseract."""

    runner: Literal["auto", "tesserocr", "pytesseract"] = "auto"
    """Inside this process, or as a program; `auto` takes the first that is installed, in this order."""
    page_segmentation: Annotated[int, Field(ge=1, le=13)] | None = None
    """Tesseract's `--psm`; None follows the scene that is asked for."""
    engine_mode: Annotated[int, Field(ge=0, le=3)] | None = None
    """Tesseract's `--oem`; None is what the language pack offers."""
    tessdata: Path | None = None
    """The folder with the language packs; None looks where they usually are."""
    program: str | None = None
    """Name or path of the program; None is `tesseract`."""
    timeout_seconds: Annotated[float, Field(gt=0)] | None = 180
    """For one page. The program is ended at once; in this process only recognition looks at the clock."""
    orientation: bool = True
    """Find out how a page lies that reads badly, and read it upright."""
    variables: Mapping[str, str] = Field(default_factory=dict)
    """Engine variables, Tesseract's `-c`. Inside this process some of them hold for every engine."""

    @field_validator("page_segmentation")
    @classmethod
    def _reads_text(cls, value: int | None) -> int | None:
        if value == 2:
            raise ValueError("page segmentation 2 looks at the layout only and reads no text")
        return value


class TesseractBackend:
    """Reads pages with Tesseract."""

    Options: ClassVar[type[TesseractOptions]] = TesseractOptions
    name = "tesseract"
    capabilities = Capabilities(
        languages=frozenset(PACKS),
        modes=frozenset({"auto", "printed"}),
        scenes=frozenset(_SEGMENTATION),
        levels=frozenset({"block", "line", "word"}),
        polygons=True,
        confidence="word",
        doubtful_below=0.8,
        orientation=True,
        helped_by=frozenset({"denoise", "invert", "illumination", "deskew", "upscale"}),
        sharing="shared",
        remote=False,
        native=True,  # with tesserocr; an instance knows better
        killable=False,
        max_side=32_767,
    )
    requires: ClassVar[tuple[Requirement, ...]] = (
        Requirement(
            kind="program", name="tesseract", install=installation.install_command(), unless="tesserocr"
        ),
        Requirement(
            kind="module", name="tesserocr", install="pip install 'ocrkit[tesserocr]'", optional=True
        ),
    )

    def __init__(self, options: TesseractOptions | None = None) -> None:
        self.options = options or TesseractOptions()
        self._runner: Runner | None = None
        self._version: str | None = None
        self._lock = threading.Lock()
        self._inside = _inside_this_process(self.options)
        apart = {"native": self._inside, "killable": not self._inside}
        self.capabilities = type(self).capabilities.model_copy(update=apart)

    def recognize(self, page: Page, request: Request) -> PageResult:
        """Read a page; see `ocrkit.backends.base.OcrBackend`."""
        self._refuse(page, request)
        try:
            return self._recognize(page, request)
        except OcrkitError:
            raise
        except Exception as error:
            raise translate(error, page=page.number) from error

    def _recognize(self, page: Page, request: Request) -> PageResult:
        runner = self._opened()
        packs, decision, warning = choose_packs(request.languages, runner.packs())
        decisions, warnings = [decision], [warning] if warning else []
        blocks: tuple[Block, ...] = ()
        turn: Turn = 0
        if min(page.width, page.height) >= _TOO_SMALL:
            view = page_image(page)
            segmentation, find_orientation = _segmentation(self.options, request.scene)
            reader = Reader(runner, packs, segmentation, self.options.timeout_seconds)
            reading = reader.read_upright(page, view) if find_orientation else reader.read(page, view)
            blocks, turn = reading.blocks, reading.view.turn
            decisions += reader.decisions
            warnings += reader.warnings
        else:
            reason = f"no text can be read on {page.width} × {page.height} pixels"
            decisions.append(Decision(topic="reading", choice="nothing", reason=reason))
        engine = Engine(
            name="Tesseract",
            version=self._version,
            model="+".join(packs),
            runtime=runner.runtime,
            device="cpu",
            threads=1,
        )
        return PageResult(
            index=page.index,
            width=page.width,
            height=page.height,
            dpi=page.dpi,
            rotation=turn,
            blocks=blocks,
            warnings=tuple(warnings),
            trace=Trace(backend=self.name, engine=engine, decisions=tuple(decisions)),
        )

    def _refuse(self, page: Page, request: Request) -> None:
        gaps = self.capabilities.missing(request)
        too_large = self.capabilities.too_large(page.width, page.height)
        gaps += [f"pages of {too_large}"] if too_large else []
        if gaps:
            raise CapabilityError(
                f"Tesseract does not offer {', '.join(gaps)}. It reads printed text, scenes "
                f"{', '.join(sorted(self.capabilities.scenes))}; `ocrkit backends` shows what others offer",
                backend=self.name,
                page=page.number,
            )

    def _opened(self) -> Runner:
        with self._lock:
            if self._runner is None:
                options = self.options
                kind: Callable[..., Runner] = LibraryRunner if self._inside else ProgramRunner
                self._runner = kind(options.program, options.tessdata, options.engine_mode, options.variables)
                self._version = self._runner.version()
            return self._runner

    def close(self) -> None:
        """Free the loaded engines."""
        with self._lock:
            runner, self._runner = self._runner, None
        if runner is not None:
            runner.close()

    def fingerprint(self) -> str:
        """The runner, the program and the packs; see `ocrkit.backends.base.SupportsFingerprint`."""
        runner = "tesserocr" if self._inside else "pytesseract"
        return f"{runner}\n{installation.state(self.options.program, self.options.tessdata)}"

    def diagnose(self) -> list[Finding]:
        """Program, library, folders and packs, as `ocrkit doctor` prints them."""
        return diagnosis(self.options.program, self.options.tessdata)


def _inside_this_process(options: TesseractOptions) -> bool:
    if options.runner != "auto":
        return options.runner == "tesserocr"
    if options.program or import_tesserocr() is None:
        return False  # a program that is named is meant to be used
    return installation.find_tessdata(options.tessdata, None) is not None


def _segmentation(options: TesseractOptions, scene: Scene) -> tuple[int, bool]:
    """The mode of layout analysis, and whether to find out how the page lies: of no use on single lines."""
    wanted = options.page_segmentation or _SEGMENTATION[scene]
    if wanted in _WITH_ORIENTATION:
        return _WITH_ORIENTATION[wanted], True
    return wanted, options.orientation and scene != "line" and wanted in _SEGMENTATION_OF_PAGES
