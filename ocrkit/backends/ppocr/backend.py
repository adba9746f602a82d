"""The backend `ppocr`."""

from __future__ import annotations

import threading
from collections.abc import Sequence, Sized
from typing import ClassVar

import numpy as np

from ocrkit.backends.base import BackendOptions, Finding, Requirement
from ocrkit.backends.ppocr import bundled_models, runtime
from ocrkit.backends.ppocr.alphabets import scripts_of
from ocrkit.backends.ppocr.detection import Quad
from ocrkit.backends.ppocr.diagnosis import diagnose_models
from ocrkit.backends.ppocr.fast_recognizer import LineRecognizer
from ocrkit.backends.ppocr.furigana import furigana
from ocrkit.backends.ppocr.loaded_models import LoadedModels
from ocrkit.backends.ppocr.model_choice import ModelChoice
from ocrkit.backends.ppocr.options import PpocrOptions
from ocrkit.backends.ppocr.orientation import PageOrientation
from ocrkit.backends.ppocr.page_reader import read_page
from ocrkit.backends.ppocr.second_look import DOUBTFUL_HANDWRITING, DOUBTFUL_PRINT
from ocrkit.backends.ppocr.words import build_line
from ocrkit.errors import BackendError, CapabilityError
from ocrkit.geometry import Point
from ocrkit.opencv import cv2
from ocrkit.page import Page, Pixels, is_uniform
from ocrkit.quality import LEGIBILITY
from ocrkit.request import Capabilities, Request
from ocrkit.result import Block, Decision, Handwritten, Line, PageResult, Trace, Unread
from ocrkit.scripts import VIETNAMESE, languages_of, script_of_language

_MIN_LENGTH = 20  # characters: less text does not tell how hard a page is to read


class PpocrBackend:
    """Reads print and some handwriting in Latin script, Chinese and Japanese, offline."""

    name: str = "ppocr"
    Options: ClassVar[type[BackendOptions]] = PpocrOptions
    requires: ClassVar[tuple[Requirement, ...]] = (
        Requirement(kind="module", name="rapidocr", install="pip install rapidocr"),
        Requirement(kind="module", name="openvino", install="pip install openvino", unless="onnxruntime"),
        Requirement(kind="module", name="onnxruntime", install="pip install 'ocrkit[onnx]'", optional=True),
    )
    capabilities: Capabilities = Capabilities(
        languages=bundled_models.LANGUAGES,
        modes=frozenset({"auto", "printed", "handwritten"}),
        scenes=frozenset({"document", "line", "sparse"}),
        levels=frozenset({"line", "word"}),
        confidence="word",
        doubtful_below=0.93,
        orientation=True,
        helped_by=frozenset({"deskew"}),
        skew_tolerance=15.0,  # each line is straightened separately
        sharing="shared",
        native=True,
    )

    def __init__(self, options: PpocrOptions | None = None) -> None:
        self.options = options or PpocrOptions()
        self._choice = ModelChoice(self.options)
        if self.capabilities.languages != "any":
            languages = self._choice.languages
            self.capabilities = self.capabilities.model_copy(update={"languages": languages})
        self._models: LoadedModels | None = None
        self._lock = threading.Lock()

    def recognize(self, page: Page, request: Request) -> PageResult:
        """Detect the lines, decide the orientation of the page, read the lines."""
        missing = self.capabilities.missing(request)
        if missing:
            raise CapabilityError(
                f"does not support {', '.join(missing)}; `ocrkit backends` lists what other backends support",
                backend=self.name,
                page=page.number,
            )
        models = self._load_models()
        recognizer = models.recognizer(request.languages).limited(scripts_of(request.languages))
        image = page.pixels
        if page.is_gray:
            image = np.asarray(cv2.cvtColor(image, cv2.COLOR_GRAY2RGB), dtype=np.uint8)
        engine = models.engine(recognizer)
        try:
            quads = _find_lines(models, page, image, request)
            orientation, lines, dropped, decisions = self._read(
                recognizer, image, quads, request, engine.scripts or ()
            )
        except (RuntimeError, cv2.error) as error:
            raise BackendError(
                f"the engine failed on this page: {error}", backend=self.name, page=page.number
            ) from error
        return PageResult(
            index=page.index,
            width=page.width,
            height=page.height,
            dpi=page.dpi,
            rotation=orientation.rotation,
            blocks=tuple(Block.of([line]) for line in lines),
            warnings=models.warnings,
            unread=tuple(dropped),
            trace=Trace(
                backend=self.name, engine=engine, decisions=(*decisions, *_legibility(lines, request))
            ),
        )

    def close(self) -> None:
        """Free the models; the next page loads them again."""
        with self._lock:
            self._models = None

    def languages_for(self, script: str) -> tuple[str, ...]:
        """A language of a script with a recognizer of its own; see `SupportsScripts`."""
        added = [*self.capabilities.languages] if self.capabilities.languages != "any" else []
        of_script = {tag for tag in added if tag not in bundled_models.LANGUAGES and _is_in(tag, script)}
        usual = [tag for tag in languages_of(script) if tag in of_script]
        return tuple((usual or sorted(of_script))[:1])

    def missing_models(self, request: Request) -> tuple[str, ...]:
        """The models that can be fetched; see `ocrkit.backends.base.SupportsModels`."""
        return self._choice.missing(request.languages)

    def fingerprint(self) -> str:
        """The models that no option names; see `ocrkit.backends.base.SupportsFingerprint`."""
        return self._choice.identity

    def diagnose(self) -> list[Finding]:
        """Check the model files and the device."""
        findings = diagnose_models(self.options)
        if self.options.device == "cuda":
            obstacle = runtime.cuda_obstacle()
            text = "CUDA appears to be available" if obstacle is None else f"CUDA cannot be used: {obstacle}"
            findings.append(Finding(ok=obstacle is None, text=text))
        return findings

    def _read(
        self,
        recognizer: LineRecognizer,
        image: Pixels,
        quads: Sequence[Quad],
        request: Request,
        scripts: Sequence[str],
    ) -> tuple[PageOrientation, list[Line], list[Unread], list[Decision]]:
        """The orientation of the page, its lines, those dropped for low confidence, and the decisions."""
        handwritten: Handwritten | None = "requested" if request.mode == "handwritten" else None
        orientation, found = read_page(
            recognizer,
            image,
            quads,
            handwritten=handwritten is not None,
            doubtful_below=self._doubtful_below(request),
            scripts=scripts,
        )
        decisions = [orientation.decision] if quads else []
        if orientation.is_vertical and self.options.furigana == "leave_out" and (small := furigana(found)):
            found = [each for index, each in enumerate(found) if index not in small]
            reason = "small kana beside the characters of a column"
            decisions.append(Decision(topic="furigana", choice=f"left out: {_lines(small)}", reason=reason))
        lines: list[Line] = []
        dropped: list[Unread] = []
        for corners, line in found:
            if line.text.text.strip() and line.text.confidence >= self.options.min_confidence:
                lines.append(build_line(line.text, line.crop, corners, handwritten))
            else:
                polygon = tuple(Point(float(x), float(y)) for x, y in corners)
                dropped.append(Unread(polygon=polygon, guess=line.text.text.strip()))
        if doubtful := [each for each in dropped if each.guess]:
            reason = f"confidence below {self.options.min_confidence:g}"
            decisions.append(Decision(topic="dropped", choice=_lines(doubtful), reason=reason))
        return orientation, lines, dropped, decisions

    def _doubtful_below(self, request: Request) -> float:
        """The confidence below which a line gets a second look."""
        if self.options.second_look == "never":
            return 0.0
        if self.options.second_look == "always" or request.mode == "handwritten":
            return DOUBTFUL_HANDWRITING
        return DOUBTFUL_PRINT

    def _load_models(self) -> LoadedModels:
        with self._lock:
            if self._models is None:
                self._models = LoadedModels(self.options)
            return self._models


def _find_lines(models: LoadedModels, page: Page, image: Pixels, request: Request) -> list[Quad]:
    """The lines to read."""
    if is_uniform(page.pixels):
        return []
    return [_whole_image(image)] if request.scene == "line" else models.detector(image)


def _legibility(lines: Sequence[Line], request: Request) -> list[Decision]:
    """Whether the engine is as unsure of the page as it is of handwriting, which others read better."""
    length = sum(len(line.text) for line in lines)
    if length < _MIN_LENGTH or request.mode == "printed":
        return []
    confidence = sum(len(line.text) * (line.confidence or 0.0) for line in lines) / length
    if confidence >= DOUBTFUL_HANDWRITING:
        return []
    return [Decision(topic=LEGIBILITY, choice="like handwriting", reason=f"mean confidence {confidence:.2f}")]


def _lines(found: Sized) -> str:
    return f"{len(found)} line{'s' if len(found) > 1 else ''}"


def _is_in(tag: str, script: str) -> bool:
    """Whether a language is written in a script; `Latn-VN` is that of Vietnamese."""
    return (VIETNAMESE if tag == "vi" else script_of_language(tag)) == script


def _whole_image(image: Pixels) -> Quad:
    """The image as a single line."""
    height, width = image.shape[:2]
    return Quad(np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float32), 1.0)
