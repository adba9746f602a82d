"""A model on this machine, in a process of its own.

There it does no harm: a library that crashes costs an answer and not the program, none can get into the way
of another one (some extension modules cannot be loaded beside one another at all), and what the model held is
given back for certain when the process ends.
"""

from __future__ import annotations

import functools
import importlib.util
from pathlib import Path
from typing import Any

import psutil

from ocrkit import cpu
from ocrkit.errors import ConfigError, PostprocessError, missing_extra
from ocrkit.postprocess.llm.engine import WHAT_TO_KNOW, Question, engine_of
from ocrkit.postprocess.llm.prompt import Messages
from ocrkit.workers.pool import WorkerPool
from ocrkit.workers.process import Limits, WorkerLostError

_MORE = 1.1
"""What a model takes, for each byte of its file; its memory of the text comes on top."""
_SECONDS_TO_LOAD = 600.0


class LocalModel:
    """Answers one question at a time; threads wait for their turn."""

    def __init__(
        self, path: Path, *, gpu_layers: int, context_size: int, threads: int | None, timeout_seconds: float
    ) -> None:
        """Load the model of a file.

        Raises:
            ConfigError: there is no such file, or it is not a model.
            PostprocessError: there is not enough memory for it.
            MissingDependencyError: nothing that runs models is installed.
        """
        _check(path)
        if not any(importlib.util.find_spec(name) for name in ("llama_cpp", "xllamacpp")):
            raise missing_extra("xllamacpp", "llm", "a language model on this machine")
        self.name = path.stem
        if threads is None:
            threads = max(1, cpu.available() - 1)
        setup = functools.partial(engine_of, path, gpu_layers, context_size, threads)
        self._crew = WorkerPool(setup, 1, Limits(seconds=timeout_seconds, start_seconds=_SECONDS_TO_LOAD))
        self.warnings: tuple[str, ...] = self._call(WHAT_TO_KNOW)

    def ask(self, messages: Messages, schema: dict[str, Any], max_tokens: int) -> str:
        """Its answer, in the form of the schema as far as the tokens reach."""
        answer: str = self._call(Question(messages, schema, max_tokens))
        return answer

    def close(self) -> None:
        """End the process, once the question it is at is answered."""
        self._crew.close()

    def _call(self, task: Any) -> Any:
        try:
            return self._crew.call(task).value
        except WorkerLostError as loss:
            raise PostprocessError(
                f"the language model's process was lost twice: {loss}. A smaller model or context_size, more "
                "timeout_seconds or a server (endpoint) may help",
                step="llm",
            ) from None


def _check(path: Path) -> None:
    """What the libraries say of a wrong file is nothing, or a crash."""
    try:
        with path.open("rb") as file:
            magic = file.read(4)
        size = path.stat().st_size
    except OSError as error:
        raise ConfigError(f"llm: model_path {path}: {error.strerror}") from None
    if magic != b"GGUF":
        raise ConfigError(f"llm: model_path {path} is not a GGUF file")
    free = psutil.virtual_memory().available
    if size * _MORE > free:
        raise PostprocessError(
            f"the language model needs about {size * _MORE / 1e9:.1f} GB of memory, and {free / 1e9:.1f} GB "
            "are free; choose a smaller one or a smaller quantization, or set endpoint to a server",
            step="llm",
        )
