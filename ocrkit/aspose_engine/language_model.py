"""The engine's language model, in a worker process: its spelling correction of texts.

The model runs in libraries of llama.cpp that the engine does not bring. It looks for those of one release in
`Aspose.AI.LLM/runtimes`, in the user's folder for data, and downloads them otherwise, whatever its own
setting says. `process_variables` makes the current folder of the process that folder for data.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ocrkit.aspose_engine.errors import engine_error
from ocrkit.aspose_engine.license import LicenseOptions
from ocrkit.aspose_engine.loading import load_engine
from ocrkit.aspose_engine.model_folder import FOLDER, MODEL
from ocrkit.errors import BackendError, ConfigError, OcrkitError


@dataclass(frozen=True)
class ModelOptions:
    """Which model, and how it runs. None leaves a value to the engine."""

    model_path: Path | None = None
    repo_id: str | None = None
    file_name: str | None = None
    gpu_layers: int = 0
    context_size: int | None = None
    allow_download: bool = False

    @property
    def attributes(self) -> dict[str, object]:
        """The attributes of the engine's `AsposeAIModelConfig`."""
        found = {
            "allow_auto_download": self.allow_download,
            "file_model_path": None if self.model_path is None else str(self.model_path),
            "hugging_face_repo_id": self.repo_id,
            "hugging_face_file_name": self.file_name,
            "gpu_layers": self.gpu_layers,
            "context_size": self.context_size,
        }
        return {name: value for name, value in found.items() if value is not None}


def load_model(license_options: LicenseOptions, options: ModelOptions) -> LanguageModel:
    """The setup of the worker process: the function that answers its calls."""
    return LanguageModel(license_options, options)


class LanguageModel:
    """Corrects the spelling of texts. The model is loaded with the first call."""

    def __init__(self, license_options: LicenseOptions, options: ModelOptions) -> None:
        self._license = license_options
        self._options = options
        self._ai: Any = None
        self._processor: Any = None

    def __call__(self, texts: Sequence[str]) -> tuple[str, ...]:
        """The corrected texts, in the same order."""
        try:
            if self._ai is None:
                self._load()
            self._ai.run_postprocessor(list(texts))
            return tuple(str(each.result or "") for each in self._processor.get_result())
        except RuntimeError as error:
            raise _model_error(error) from None

    def close(self) -> None:
        """Free the model, as the engine's own documentation asks."""
        if self._ai is not None:
            self._ai.free_resources()
            self._ai = None

    def _load(self) -> None:
        load_engine(
            self._license,
            resources=None,
            allow_download=self._options.allow_download,
            purpose="the step 'aspose_ai'",
        )
        from aspose.ocr import ai

        processor = ai.SpellCheckAIProcessor()
        loaded = ai.AsposeAI()
        loaded.set_post_processor(processor, _config(ai, self._options.attributes))
        self._ai, self._processor = loaded, processor


def _config(ai: Any, attributes: Mapping[str, object]) -> Any:
    """The engine's configuration. Its attributes have changed between releases."""
    config = ai.AsposeAIModelConfig()
    for name, value in attributes.items():
        if not hasattr(config, name):
            raise ConfigError(
                f"this release of aspose-ocr-python-net has no '{name}' in its AsposeAIModelConfig; install "
                "26.5 or later: pip install --upgrade 'ocrkit[aspose-local]'"
            )
        setattr(config, name, value)
    return config


def _model_error(error: RuntimeError) -> OcrkitError:
    text = str(error)
    if "required binaries" in text or "Unable to load shared library" in text:
        return BackendError(
            "the engine's language model needs libraries of llama.cpp, which are not complete in "
            "resources_path/runtimes and could not be downloaded; allow the download once with "
            "allow_download = true, or copy the folder from a machine that has it"
        )
    if "model is not available" in text:
        expected = text.partition("Expected local path: ")[2].partition(". Specify")[0]
        path = expected.partition(f"{FOLDER}/")[2]
        return BackendError(
            "the engine has no language model; set model_path to a GGUF file, put one at "
            f"{path or MODEL} in resources_path, or set allow_download = true"
        )
    return engine_error(error)
