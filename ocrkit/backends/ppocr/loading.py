"""The options of the embedded engine, and its models as they are loaded by them."""

from __future__ import annotations

import importlib.metadata
import threading
from pathlib import Path
from typing import Literal

from pydantic import Field

from ocrkit.backends.base import BackendOptions
from ocrkit.backends.ppocr import models, runtime
from ocrkit.backends.ppocr.detection import Detector
from ocrkit.backends.ppocr.recognition import Recognizer
from ocrkit.errors import (
    BackendUnavailableError,
    CapabilityError,
    ConfigError,
    OcrkitError,
)
from ocrkit.languages import match_language
from ocrkit.result import Engine


class PpocrOptions(BackendOptions):
    """How the embedded engine works."""

    runtime: Literal["auto", "openvino", "onnxruntime"] = "auto"
    """What runs the models. `auto`: OpenVINO on a CPU, where it is installed; else ONNX Runtime."""
    device: Literal["cpu", "cuda"] = "cpu"
    """`cuda` falls back to the CPU, with a warning that says why, where CUDA cannot be used."""
    require_device: bool = False
    """Raise instead of falling back."""
    threads: int = Field(1, ge=1)
    """CPU threads. Lines of one page are spread over them."""
    precision: Literal["auto", "f32"] = "auto"
    """`auto` lets the runtime use bfloat16 where the processor has it; `f32` gives the same on every one."""
    detection_pixels: int = Field(1_200_000, ge=100_000, le=8_000_000)
    """How large, in pixels, a page is shown to the detector at first."""
    smallest_text: float = Field(10.0, ge=0.0)
    """Lines lower than this many pixels there make the detector look again, at a larger size."""
    min_confidence: float = Field(0.5, ge=0.0, le=1.0)
    """Lines read with less are taken for drawings, not text, and left out."""
    detector: Path | None = None
    """Another detection model of the PP-OCR family, as an ONNX file."""
    recognizers: dict[str, Path] = Field(default_factory=dict)
    """Recognition models for more languages, by BCP-47 tag, as ONNX files that carry their alphabet."""


class LoadedModels:
    """A detector and the recognisers that were needed so far, on one device."""

    def __init__(self, options: PpocrOptions) -> None:
        self._options = options
        self._recognizers: dict[Path, Recognizer] = {}
        self._lock = threading.Lock()
        self.warnings: tuple[str, ...] = ()
        self._device = options.device
        if options.device == "cuda" and (obstacle := runtime.cuda_obstacle()):
            self._fall_back(obstacle)
        detector = options.detector or models.model_path(models.DETECTION)
        network = self._network(detector, streams=1)
        self.detector = Detector(network, options.detection_pixels, options.smallest_text)

    @property
    def engine(self) -> Engine:
        """What reads the pages, for the result."""
        return Engine(
            name="PP-OCR",
            version=models.bundle_version(),
            model=models.FAMILY,
            runtime=f"{self._runtime} {importlib.metadata.version(self._runtime)}",
            device=self._device,
            threads=self._options.threads,
        )

    def recognizer(self, languages: tuple[str, ...]) -> Recognizer:
        """The recogniser that reads all of the languages, loaded when it is first needed."""
        wanted = {self._model_for(language) for language in languages} or {None}
        if len(wanted) > 1:
            raise CapabilityError(
                f"no single model reads {', '.join(languages)} together; ask for them one after the other",
                backend="ppocr",
            )
        path = wanted.pop() or models.model_path(models.RECOGNITION)
        with self._lock:
            if path not in self._recognizers:
                network = self._network(path, streams=self._options.threads)
                if "character" not in network.metadata:
                    raise ConfigError(f"the recognition model '{path}' does not carry its alphabet")
                self._recognizers[path] = Recognizer.of(network)
            return self._recognizers[path]

    def _model_for(self, language: str) -> Path | None:
        """The file set for a language, or None for the bundled model."""
        found = match_language(language, self._options.recognizers)
        return self._options.recognizers[found] if found else None

    @property
    def _runtime(self) -> runtime.Runtime:
        if self._options.runtime != "auto":
            return self._options.runtime
        return "onnxruntime" if self._device == "cuda" or not runtime.is_installed("openvino") else "openvino"

    def _network(self, path: Path, *, streams: int) -> runtime.Network:
        if not path.is_file():
            raise ConfigError(f"there is no model file '{path}'")
        try:
            network = runtime.load(
                path,
                runtime=self._runtime,
                device=self._device,
                threads=self._options.threads,
                streams=streams,
                precision=self._options.precision,
            )
        except OcrkitError:
            raise
        except Exception as error:  # each runtime has a family of its own for this
            reason = str(error).strip().splitlines()[-1]
            raise ConfigError(f"the model file '{path}' cannot be loaded: {reason}") from error
        if self._device == "cuda" and network.device != "cuda":
            self._fall_back(
                "ONNX Runtime could not load its CUDA libraries (CUDA or cuDNN is missing or too old)"
            )
            return self._network(path, streams=streams)
        return network

    def _fall_back(self, obstacle: str) -> None:
        if self._options.require_device:
            raise BackendUnavailableError(f'device = "cuda" cannot be used: {obstacle}', backend="ppocr")
        self._device = "cpu"
        self.warnings = (f"reading on the CPU, because CUDA cannot be used: {obstacle}",)
