"""`ppocr`: the embedded engine, PP-OCRv6 small, with its models in the wheel of `rapidocr`.

Reference: https://github.com/PaddlePaddle/PaddleOCR (the models), https://github.com/RapidAI/RapidOCR (their
ONNX form and the wheel). Only the model files come from there; finding lines, reading them and deciding which
way up the page is are done here: docs/explanation/decisions/0002-embedded-engine.md says why.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from ocrkit.backends.base import BackendOptions, Finding, Requirement
from ocrkit.backends.ppocr import models, orientation, runtime
from ocrkit.backends.ppocr.detection import Quad
from ocrkit.backends.ppocr.line_reader import AS_IT_IS, PRINT, LineReader
from ocrkit.backends.ppocr.loading import LoadedModels, PpocrOptions
from ocrkit.backends.ppocr.orientation import GOOD, TALL, Orientation, turned
from ocrkit.backends.ppocr.recognition import Corners, Recognizer
from ocrkit.backends.ppocr.words import line_of
from ocrkit.errors import BackendError, CapabilityError
from ocrkit.opencv import cv2
from ocrkit.page import Page, Pixels
from ocrkit.request import Capabilities, Request
from ocrkit.result import Block, Decision, Handwritten, Line, PageResult, Trace


class PpocrBackend:
    """Reads print and some handwriting in Latin scripts, Chinese and Japanese. No network, no key."""

    name: str = "ppocr"
    Options: ClassVar[type[BackendOptions]] = PpocrOptions
    requires: ClassVar[tuple[Requirement, ...]] = (
        Requirement(kind="module", name="rapidocr", install="pip install rapidocr"),
        Requirement(kind="module", name="openvino", install="pip install openvino", unless="onnxruntime"),
        Requirement(kind="module", name="onnxruntime", install="pip install 'ocrkit[onnx]'", optional=True),
    )
    capabilities: Capabilities = Capabilities(
        languages=models.LANGUAGES,
        modes=frozenset({"auto", "printed", "handwritten"}),
        scenes=frozenset({"document", "line", "sparse"}),
        levels=frozenset({"line", "word"}),
        confidence="word",
        doubtful_below=0.93,
        orientation=True,
        helped_by=frozenset({"deskew"}),
        skew_tolerance=15.0,  # it straightens each line for itself
        sharing="shared",
        native=True,
    )

    def __init__(self, options: PpocrOptions | None = None) -> None:
        self.options = options or PpocrOptions()
        if self.options.recognizers and self.capabilities.languages != "any":
            languages = self.capabilities.languages | set(self.options.recognizers)
            self.capabilities = self.capabilities.model_copy(update={"languages": languages})
        self._models: LoadedModels | None = None
        self._lock = threading.Lock()

    def recognize(self, page: Page, request: Request) -> PageResult:
        """Find the lines, decide which way up the page is, read the lines."""
        gaps = self.capabilities.missing(request)
        if gaps:
            raise CapabilityError(f"does not offer {', '.join(gaps)}", backend=self.name, page=page.number)
        loaded = self._load()
        recognizer = loaded.recognizer(request.languages)
        image = page.pixels
        if page.is_gray:
            image = np.asarray(cv2.cvtColor(image, cv2.COLOR_GRAY2RGB), dtype=np.uint8)
        try:
            quads = [_whole(image)] if request.scene == "line" else loaded.detector(image)
            upright, lines, dropped = self._read(recognizer, image, quads, request)
        except (RuntimeError, cv2.error) as error:
            raise BackendError(
                f"the engine failed on this page: {error}", backend=self.name, page=page.number
            ) from error
        decisions = [upright.decision] if quads else []
        if dropped:
            decisions.append(
                Decision(
                    topic="left out",
                    choice=f"{dropped} line{'s' if dropped > 1 else ''}",
                    reason=f"confidence below {self.options.min_confidence:g}",
                )
            )
        return PageResult(
            index=page.index,
            width=page.width,
            height=page.height,
            dpi=page.dpi,
            rotation=upright.rotation,
            blocks=tuple(Block.of([line]) for line in lines),
            warnings=loaded.warnings,
            trace=Trace(backend=self.name, engine=loaded.engine, decisions=tuple(decisions)),
        )

    def close(self) -> None:
        """Free the models; they are loaded again when they are needed."""
        with self._lock:
            self._models = None

    def diagnose(self) -> list[Finding]:
        """Whether the models are there, and what would run them."""
        findings = [Finding(ok=True, text=f"{models.FAMILY} models of rapidocr {models.bundle_version()}")]
        for name in (models.DETECTION, models.RECOGNITION):
            models.model_path(name)
        if self.options.device == "cuda":
            obstacle = runtime.cuda_obstacle()
            text = "CUDA can be tried" if obstacle is None else f"CUDA cannot be used: {obstacle}"
            findings.append(Finding(ok=obstacle is None, text=text))
        return findings

    def _read(
        self, recognizer: Recognizer, image: Pixels, quads: Sequence[Quad], request: Request
    ) -> tuple[Orientation, list[Line], int]:
        handwritten: Handwritten | None = "requested" if request.mode == "handwritten" else None
        reader = LineReader(recognizer, image, AS_IT_IS if handwritten else PRINT)
        upright = orientation.decide(quads, lambda outlines: [line.reading for line in reader(outlines)])
        if upright.score < GOOD and not handwritten:
            reader = LineReader(recognizer, image, AS_IT_IS)
        choices = [_directions(quad, upright.turns) for quad in quads]
        reader([corners for directions in choices for corners in directions])
        lines, dropped = [], 0
        for directions in choices:
            corners, (reading, pixels) = reader.best(directions)
            if not reading.text.strip():
                continue
            if reading.confidence < self.options.min_confidence:
                dropped += 1
                continue
            lines.append(line_of(reading, pixels, corners, handwritten))
        return upright, lines, dropped

    def _load(self) -> LoadedModels:
        with self._lock:
            if self._models is None:
                self._models = LoadedModels(self.options)
            return self._models


def _whole(image: Pixels) -> Quad:
    """The picture itself as the only line."""
    height, width = image.shape[:2]
    return Quad(np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float32), 1.0)


def _directions(quad: Quad, turns: int) -> list[Corners]:
    """The directions a line may be read in, on a page whose text is turned by `turns`.

    A line across the others (a note along the margin, a vertical line of Chinese) may run up or down; a short
    one may also be a single narrow letter that stands as the rest does.
    """
    usual = turned(quad.corners, turns)
    along, across = (quad.height, quad.width) if turns % 2 else (quad.width, quad.height)
    if across <= TALL * along:
        return [usual]
    sideways = [turned(quad.corners, turns + 1), turned(quad.corners, turns + 3)]
    return [usual, *sideways] if across < 3 * along else sideways
