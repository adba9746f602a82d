"""Models loaded for one set of options: the detector, and each recognizer on first use."""

from __future__ import annotations

import importlib.metadata
import threading
from pathlib import Path

from ocrkit.backends.ppocr import bundled_models, runtime
from ocrkit.backends.ppocr.detection import Detector
from ocrkit.backends.ppocr.options import PpocrOptions
from ocrkit.backends.ppocr.recognition import Recognizer
from ocrkit.errors import (
    BackendUnavailableError,
    CapabilityError,
    ConfigError,
    OcrkitError,
)
from ocrkit.languages import match_language
from ocrkit.result import Engine


class LoadedModels:
    """The detector and the recognizers in use, all on one device."""

    def __init__(self, options: PpocrOptions) -> None:
        self._options = options
        self._recognizers: dict[Path, Recognizer] = {}
        self._lock = threading.Lock()
        self.warnings: tuple[str, ...] = ()
        self._device = options.device
        if options.device == "cuda" and (obstacle := runtime.cuda_obstacle()):
            self._fall_back_to_cpu(obstacle)
        path = options.detector or bundled_models.model_path(bundled_models.DETECTION)
        network = self._load_network(path, streams=1)
        self.detector = Detector(network, options.detection_pixels, options.smallest_text)

    @property
    def engine(self) -> Engine:
        """The engine, as reported in results."""
        return Engine(
            name="PP-OCR",
            version=bundled_models.bundle_version(),
            model=bundled_models.FAMILY,
            runtime=f"{self._runtime} {importlib.metadata.version(self._runtime)}",
            device=self._device,
            threads=self._options.threads,
        )

    def recognizer(self, languages: tuple[str, ...]) -> Recognizer:
        """The recognizer for all of the languages, loaded on first use."""
        paths = {self._configured_model(language) for language in languages} or {None}
        if len(paths) > 1:
            raise CapabilityError(
                f"no single model reads {', '.join(languages)} together; read the page once per language",
                backend="ppocr",
            )
        path = paths.pop() or bundled_models.model_path(bundled_models.RECOGNITION)
        with self._lock:
            if path not in self._recognizers:
                network = self._load_network(path, streams=self._options.threads)
                if "character" not in network.metadata:
                    raise ConfigError(
                        f"the recognition model '{path}' contains no alphabet; use an ONNX file with the "
                        "alphabet in its metadata, under the key 'character'"
                    )
                self._recognizers[path] = Recognizer.from_network(network)
            return self._recognizers[path]

    def _configured_model(self, language: str) -> Path | None:
        """The model file that the options name for a language, or None for the bundled model."""
        tag = match_language(language, self._options.recognizers)
        return self._options.recognizers[tag] if tag else None

    @property
    def _runtime(self) -> runtime.Runtime:
        if self._options.runtime != "auto":
            return self._options.runtime
        return "onnxruntime" if self._device == "cuda" or not runtime.is_installed("openvino") else "openvino"

    def _load_network(self, path: Path, *, streams: int) -> runtime.Network:
        if not path.is_file():
            raise ConfigError(f"the model file '{path}' does not exist; correct its path in [backends.ppocr]")
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
        except Exception as error:  # the runtimes have no common exception class
            reason = (str(error).strip().splitlines() or [type(error).__name__])[-1]
            raise ConfigError(f"the model file '{path}' cannot be loaded: {reason}") from error
        if self._device == "cuda" and network.device != "cuda":
            self._fall_back_to_cpu(
                "ONNX Runtime could not load its CUDA libraries (CUDA or cuDNN is missing or too old)"
            )
            return self._load_network(path, streams=streams)
        return network

    def _fall_back_to_cpu(self, obstacle: str) -> None:
        if self._options.require_device:
            raise BackendUnavailableError(f'device = "cuda" cannot be used: {obstacle}', backend="ppocr")
        self._device = "cpu"
        self.warnings = (f"running on the CPU because CUDA cannot be used: {obstacle}",)
