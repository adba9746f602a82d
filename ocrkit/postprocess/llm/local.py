"""A model on this machine: a GGUF file, run inside the process by xllamacpp, or by llama-cpp-python.

The first installs without a compiler; the second is compiled where it is installed, and so may know a GPU
that the first does not. Where both are there, the second was wanted.
"""

from __future__ import annotations

import importlib.util
import secrets
import threading
from pathlib import Path
from typing import Any

import psutil

from ocrkit import cpu
from ocrkit.errors import ConfigError, PostprocessError, extra
from ocrkit.postprocess.llm.asking import Messages

_MORE = 1.1
"""What a model takes, for each byte of its file; its memory of the text comes on top."""
_NO_GPU = "the language model was to use a GPU (gpu_layers), and knows of none: it ran on the CPU"


def load(path: Path, *, gpu_layers: int, context_size: int, threads: int | None) -> LocalModel:
    """The model of a file.

    Raises:
        ConfigError: there is no such file, or it is not a model.
        PostprocessError: there is not enough memory for it.
        MissingDependencyError: nothing that runs models is installed.
    """
    _check(path)
    if threads is None:
        threads = max(1, cpu.available() - 1)
    if importlib.util.find_spec("llama_cpp") is not None:
        return _LlamaCpp(path, gpu_layers, context_size, threads)
    if importlib.util.find_spec("xllamacpp") is not None:
        return _Xllamacpp(path, gpu_layers, context_size, threads)
    raise extra("xllamacpp", "llm", "a language model on this machine")


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


class LocalModel:
    """Answers one question at a time. Asked after it was closed, it says so instead of crashing."""

    def __init__(self, path: Path) -> None:
        self.name = path.stem
        self.warnings: tuple[str, ...] = ()
        self._lock = threading.Lock()
        self._engine: Any = None

    def ask(self, messages: Messages, schema: dict[str, Any], max_tokens: int) -> str:
        """Its answer, in the form of the schema as far as the tokens reach."""
        with self._lock:
            if self._engine is None:
                raise PostprocessError("the language model was closed while a page wanted it", step="llm")
            return self._answer(self._engine, messages, schema, max_tokens)

    def close(self) -> None:
        """Free it, once the question it is at is answered."""
        with self._lock:
            engine, self._engine = self._engine, None
            if engine is not None:
                self._free(engine)

    def _answer(self, engine: Any, messages: Messages, schema: dict[str, Any], max_tokens: int) -> str:
        raise NotImplementedError

    def _free(self, engine: Any) -> None:
        """Dropping it is enough, unless it is not."""


class _Xllamacpp(LocalModel):
    def __init__(self, path: Path, gpu_layers: int, context_size: int, threads: int) -> None:
        super().__init__(path)
        import xllamacpp

        devices = xllamacpp.get_device_info()
        if gpu_layers and not any("GPU" in str(device["type"]) for device in devices):
            self.warnings = (_NO_GPU,)
        params = xllamacpp.CommonParams()
        params.model.path = str(path)
        params.n_ctx = context_size
        params.n_parallel = 1
        params.n_gpu_layers = gpu_layers
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
        params.verbosity = -1
        params.offline = True
        # It opens a port on this machine, too; nobody else is to use it.
        params.api_keys = [secrets.token_urlsafe(32)]
        params.ui = params.endpoint_slots = False
        try:
            self._engine = xllamacpp.Server(params)
        except RuntimeError:
            raise ConfigError(
                f"llm: {path} cannot be loaded: it is damaged, or of a kind that xllamacpp does not know"
            ) from None
        # Dropped right after it was made, it hangs now and then; after an answer it never does.
        self.ask([{"role": "user", "content": "."}], {"type": "object"}, 1)

    def _answer(self, engine: Any, messages: Messages, schema: dict[str, Any], max_tokens: int) -> str:
        form = {"type": "json_schema", "json_schema": {"name": "edits", "schema": schema}}
        reply = engine.handle_chat_completions(
            {"messages": messages, "temperature": 0, "max_tokens": max_tokens, "response_format": form}
        )
        return _content(reply)


class _LlamaCpp(LocalModel):
    def __init__(self, path: Path, gpu_layers: int, context_size: int, threads: int) -> None:
        super().__init__(path)
        import llama_cpp

        if gpu_layers and not llama_cpp.llama_supports_gpu_offload():
            self.warnings = (_NO_GPU,)
        try:
            self._engine = llama_cpp.Llama(
                str(path),
                n_gpu_layers=gpu_layers,
                n_ctx=context_size,
                n_threads=threads,
                n_threads_batch=threads,
                verbose=False,
            )
        except ValueError as error:
            raise ConfigError(f"llm: {path} cannot be loaded: {error}") from None

    def _answer(self, engine: Any, messages: Messages, schema: dict[str, Any], max_tokens: int) -> str:
        form = {"type": "json_object", "schema": schema}
        try:
            reply = engine.create_chat_completion(
                messages, temperature=0, max_tokens=max_tokens, response_format=form
            )
        except ValueError as error:
            raise PostprocessError(f"the language model failed: {error}", step="llm") from None
        return _content(reply)

    def _free(self, engine: Any) -> None:
        engine.close()


def _content(reply: Any) -> str:
    if "error" in reply:
        told = reply["error"]
        text = told.get("message", told) if isinstance(told, dict) else told
        raise PostprocessError(f"the language model failed: {text}; see context_size", step="llm")
    return reply["choices"][0]["message"]["content"] or ""
