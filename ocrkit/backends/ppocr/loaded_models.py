"""Models loaded for one set of options: the detector, and each recognizer on first use."""

from __future__ import annotations

import functools
import importlib.metadata
import threading
from pathlib import Path

from ocrkit.backends.ppocr import bundled_models, runtime
from ocrkit.backends.ppocr.detection import Detector
from ocrkit.backends.ppocr.fast_recognizer import FastRecognizer, LineRecognizer
from ocrkit.backends.ppocr.model_choice import ModelChoice, RecognizerFile, read_alphabet
from ocrkit.backends.ppocr.options import PpocrOptions
from ocrkit.backends.ppocr.recognition import Recognizer
from ocrkit.errors import (
    BackendUnavailableError,
    ConfigError,
    OcrkitError,
)
from ocrkit.languages import match_language
from ocrkit.result import Engine
from ocrkit.scripts import readable_scripts


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
        self._choice = ModelChoice(options)
        network = self._load_network(self._choice.detector(), streams=1)
        self.detector = Detector(network, options.detection_pixels, options.smallest_text)

    def engine(self, recognizer: LineRecognizer) -> Engine:
        """The engine, as reported in the results of a recognizer."""
        return Engine(
            name="PP-OCR",
            version=bundled_models.bundle_version(),
            model=recognizer.name,
            runtime=f"{self._runtime} {importlib.metadata.version(self._runtime)}",
            device=self._device,
            threads=self._options.threads,
            scripts=_scripts_of(recognizer.alphabet),
        )

    def recognizer(self, languages: tuple[str, ...]) -> LineRecognizer:
        """The recognizer for all of the languages, loaded on first use."""
        size = self._options.model
        if size != "fast":
            return self._loaded(self._choice.recognizer(languages, size))
        sure = self._loaded(self._choice.recognizer(languages, "small"))
        if sure.name != bundled_models.FAMILY or any(match_language(tag, ["ja"]) for tag in languages):
            return sure  # the model `tiny` does not read these languages
        return FastRecognizer(self._loaded(self._choice.recognizer(languages, "tiny")), sure)

    def _loaded(self, file: RecognizerFile) -> Recognizer:
        with self._lock:
            if file.path not in self._recognizers:
                network = self._load_network(file.path, streams=self._options.threads)
                self._recognizers[file.path] = self._create(network, file)
            return self._recognizers[file.path]

    @staticmethod
    def _create(network: runtime.Network, file: RecognizerFile) -> Recognizer:
        if file.alphabet is not None:
            return Recognizer.with_alphabet(network, read_alphabet(file.alphabet), file.name)
        if "character" not in network.metadata:
            raise ConfigError(
                f"the recognition model '{file.path}' contains no alphabet; use an ONNX file with the "
                "alphabet in its metadata, under the key 'character'"
            )
        return Recognizer.with_alphabet(network, network.metadata["character"].splitlines(), file.name)

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


@functools.lru_cache(maxsize=8)
def _scripts_of(alphabet: tuple[str, ...]) -> tuple[str, ...]:
    return readable_scripts(alphabet)
