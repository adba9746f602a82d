"""The backend `tesseract`."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import ClassVar

from ocrkit.backends.base import Finding, Requirement
from ocrkit.backends.tesseract import choices, installation
from ocrkit.backends.tesseract.diagnosis import diagnose
from ocrkit.backends.tesseract.errors import translate_error
from ocrkit.backends.tesseract.languages import (
    PACKS,
    choose_packs,
    first_packs,
    installed_languages,
    scripts_of_packs,
)
from ocrkit.backends.tesseract.options import TesseractOptions
from ocrkit.backends.tesseract.pack_folders import PackFolders
from ocrkit.backends.tesseract.page_image import QuarterTurn, page_image
from ocrkit.backends.tesseract.page_reader import TesseractReader
from ocrkit.backends.tesseract.runners import LibraryRunner, ProgramRunner, Runner, import_tesserocr
from ocrkit.errors import CapabilityError, OcrkitError
from ocrkit.page import Page
from ocrkit.request import Capabilities, Request, Scene
from ocrkit.result import Block, Decision, Engine, PageResult, Trace

# Tesseract's `--psm`: automatic, single line, sparse text.
_SEGMENTATION: dict[Scene, int] = {"document": 3, "line": 7, "sparse": 11}
_ONE_COLUMN = 4
# With these packs, the automatic mode finds columns in lines of text: most of a page is misread.
_TAKES_LINES_FOR_COLUMNS = frozenset({"kor", "khm"})
# Modes with orientation detection, and the same modes without: this backend does it and reports the decision.
_WITHOUT_ORIENTATION = {1: 3, 12: 11}
_PAGE_SEGMENTATIONS = frozenset({3, 4, 6, 11})

_MIN_SIDE = 8  # pixels; smaller pages cannot contain text


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
        native=True,  # with tesserocr; corrected per instance
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
        self._in_process = _runs_in_process(self.options)
        by_runner = {"native": self._in_process, "killable": not self._in_process}
        self.capabilities = type(self).capabilities.model_copy(update=by_runner)

    def recognize(self, page: Page, request: Request) -> PageResult:
        """Read a page; see `ocrkit.backends.base.OcrBackend`."""
        self._check_supported(page, request)
        try:
            return self._recognize(page, request)
        except OcrkitError:
            raise
        except Exception as error:
            raise translate_error(error, page=page.number) from error

    def _recognize(self, page: Page, request: Request) -> PageResult:
        runner = self._open_runner()
        packs, decision, warning = choose_packs(request.languages, runner.packs())
        decisions, warnings = [decision], [warning] if warning else []
        blocks: tuple[Block, ...] = ()
        rotation: QuarterTurn = 0
        if min(page.width, page.height) >= _MIN_SIDE:
            image = page_image(page)
            segmentation, any_orientation = _segmentation(self.options, request.scene, packs)
            reader = TesseractReader(runner, packs, segmentation, self.options.timeout_seconds)
            read = reader.read_upright if any_orientation else reader.read
            recognition = read(page, image)
            blocks, rotation = recognition.blocks, recognition.image.rotation
            decisions += reader.decisions
            warnings += reader.warnings
        else:
            reason = f"{page.width} × {page.height} pixels are too few for text"
            decisions.append(Decision(topic="reading", choice="nothing", reason=reason))
        return PageResult(
            index=page.index,
            width=page.width,
            height=page.height,
            dpi=page.dpi,
            rotation=rotation,
            blocks=blocks,
            warnings=tuple(warnings),
            trace=Trace(backend=self.name, engine=self._engine(runner, packs), decisions=tuple(decisions)),
        )

    def _engine(self, runner: Runner, packs: Sequence[str]) -> Engine:
        return Engine(
            name="Tesseract",
            version=self._version,
            model="+".join(packs),
            runtime=runner.runtime,
            device="cpu",
            threads=1,
            scripts=scripts_of_packs(packs),
        )

    def _check_supported(self, page: Page, request: Request) -> None:
        missing = self.capabilities.missing(request)
        too_large = self.capabilities.too_large(page.width, page.height)
        missing += [f"pages of {too_large}"] if too_large else []
        if missing:
            raise CapabilityError(
                f"does not support {', '.join(missing)}; it reads printed text in the scenes "
                f"{', '.join(sorted(self.capabilities.scenes))}; `ocrkit backends` lists what other backends "
                "support",
                backend=self.name,
                page=page.number,
            )

    def _open_runner(self) -> Runner:
        with self._lock:
            if self._runner is None:
                options = self.options
                keep_choices = options.alternatives and self._in_process
                variables = {**(choices.VARIABLES if keep_choices else {}), **options.variables}
                create: Callable[..., Runner] = LibraryRunner if self._in_process else ProgramRunner
                self._runner = create(options.program, _folders(options), options.engine_mode, variables)
                self._version = self._runner.version()
            return self._runner

    def close(self) -> None:
        """Free the loaded engines."""
        with self._lock:
            runner, self._runner = self._runner, None
        if runner is not None:
            runner.close()

    def languages_for(self, script: str) -> tuple[str, ...]:
        """The languages of a script whose packs are installed; see `ocrkit.backends.base.SupportsScripts`."""
        try:
            packs = self._open_runner().packs()
        except OcrkitError:
            return ()  # Tesseract is not installed, or has no packs
        languages = installed_languages(script, packs)
        if len(languages) > 1 and not _folders(self.options).have(choose_packs(languages, packs)[0]):
            return languages[:1]  # Tesseract reads the packs of one page from one folder
        return languages

    def missing_models(self, request: Request) -> tuple[str, ...]:
        """The packs that can be fetched; see `ocrkit.backends.base.SupportsModels`."""
        if self.options.tessdata:
            return ()
        packs = first_packs(request.languages)
        folders = _folders(self.options)
        if not packs or folders.have(packs):
            return ()
        fetched = PackFolders(folders.fetched).packs()
        return tuple(f"tesseract/{pack}" for pack in packs if pack not in fetched)

    def fingerprint(self) -> str:
        """The runner, the program and the language packs; see `ocrkit.backends.base.SupportsFingerprint`."""
        runner = "tesserocr" if self._in_process else "pytesseract"
        return f"{runner}\n{installation.fingerprint(self.options.program, _folders(self.options).folders)}"

    def diagnose(self) -> list[Finding]:
        """Check the program, the library and the language packs."""
        return diagnose(self.options.program, _folders(self.options))


def _runs_in_process(options: TesseractOptions) -> bool:
    if options.runner != "auto":
        return options.runner == "tesserocr"
    if options.program or import_tesserocr() is None:
        return False  # a configured program must be the one that runs
    return bool(PackFolders.find(options.tessdata, None, options.models_folder).folders)


def _folders(options: TesseractOptions) -> PackFolders:
    return PackFolders.find(options.tessdata, options.program, options.models_folder)


def _segmentation(options: TesseractOptions, scene: Scene, packs: Sequence[str]) -> tuple[int, bool]:
    """The page segmentation mode, and whether to try other orientations (never on a single line)."""
    mode = options.page_segmentation or _SEGMENTATION[scene]
    if not options.page_segmentation and scene == "document" and packs[0] in _TAKES_LINES_FOR_COLUMNS:
        mode = _ONE_COLUMN
    if mode in _WITHOUT_ORIENTATION:
        return _WITHOUT_ORIENTATION[mode], True
    return mode, options.orientation and scene != "line" and mode in _PAGE_SEGMENTATIONS
