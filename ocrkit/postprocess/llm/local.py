"""A language model on this machine, in a worker process.

The process isolates the model: a crash of its library fails one request instead of the program, extension
modules that cannot be loaded together stay apart, and all memory is released when the process ends.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psutil

from ocrkit import cpu
from ocrkit.errors import ConfigError, PostprocessError
from ocrkit.postprocess.llm import runtimes
from ocrkit.postprocess.llm.scoring import Question
from ocrkit.workers.pool import WorkerPool
from ocrkit.workers.process import Limits, WorkerLostError

_MEMORY_FACTOR = 1.1
"""Memory of a loaded model per byte of its file, without the context."""
_START_SECONDS = 600.0


class LocalModel:
    """Scores one word at a time; threads wait for their turn."""

    def __init__(
        self, path: Path, *, gpu_layers: int, context_size: int, threads: int | None, timeout_seconds: float
    ) -> None:
        """Load a model file.

        Raises:
            ConfigError: the file does not exist or is not a model.
            PostprocessError: there is not enough memory.
            MissingDependencyError: no library that runs models is installed.
        """
        _check(path)
        runtimes.require_installed()
        self.name = path.stem
        if threads is None:
            threads = max(1, cpu.available() - 1)
        setup = functools.partial(runtimes.LocalServer, path, gpu_layers, context_size, threads)
        self._pool = WorkerPool(setup, 1, Limits(seconds=timeout_seconds, start_seconds=_START_SECONDS))
        self.warnings: tuple[str, ...] = self._call(runtimes.GET_WARNINGS)

    def score(self, questions: Sequence[Question]) -> list[list[float]]:
        """See `Scorer.score`. One call per word: a time limit is that of a word, not of a page."""
        return [self._call((question,))[0] for question in questions]

    def close(self) -> None:
        """End the process after the request in progress."""
        self._pool.close()

    def _call(self, task: Any) -> Any:
        try:
            return self._pool.call(task).value
        except WorkerLostError as loss:
            raise PostprocessError(
                f"the language model's process was lost twice: {loss}; use a smaller model, a smaller "
                "`context_size`, a larger `timeout_seconds`, or a server (`endpoint`)",
                step="llm",
            ) from None


def _check(path: Path) -> None:
    """Check the file before loading it: the libraries crash on wrong files, or fail without a message."""
    try:
        with path.open("rb") as file:
            magic = file.read(4)
        size = path.stat().st_size
    except OSError as error:
        raise ConfigError(f"llm: model_path {path}: {error.strerror}") from None
    if magic != b"GGUF":
        raise ConfigError(f"llm: model_path {path} is not a GGUF file")
    free = psutil.virtual_memory().available
    if size * _MEMORY_FACTOR > free:
        raise PostprocessError(
            f"the language model needs about {size * _MEMORY_FACTOR / 1e9:.1f} GB of memory, but only "
            f"{free / 1e9:.1f} GB are free; use a smaller model or quantization, or a server (`endpoint`)",
            step="llm",
        )
