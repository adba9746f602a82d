"""The libraries that run a model in its worker process: xllamacpp or llama-cpp-python.

xllamacpp installs without a compiler. llama-cpp-python is compiled during installation and can support GPUs
that xllamacpp does not, so it is preferred if both are installed.
"""

from __future__ import annotations

import importlib.util
import secrets
from pathlib import Path
from typing import Any

from ocrkit.errors import ConfigError, PostprocessError, missing_extra
from ocrkit.postprocess.llm.prompt import ChatRequest

GET_WARNINGS = None
"""The task that returns the warnings."""
_NO_GPU = "the language model ran on the CPU: gpu_layers is set, but no GPU was found"


def require_installed() -> None:
    """Raise `MissingDependencyError` if no library that runs models is installed. Imports none."""
    if not any(importlib.util.find_spec(name) for name in ("xllamacpp", "llama_cpp")):
        raise missing_extra("xllamacpp", "llm", "a language model on this machine")


def load_runtime(path: Path, gpu_layers: int, context_size: int, threads: int) -> ModelRuntime:
    """Load a model into this process."""
    runtime = _LlamaCpp if importlib.util.find_spec("llama_cpp") is not None else _Xllamacpp
    return runtime(path, gpu_layers, context_size, threads)


class ModelRuntime:
    """A loaded model; called with the tasks of the worker process."""

    warnings: tuple[str, ...] = ()

    def __call__(self, task: ChatRequest | None) -> Any:
        return self.warnings if task is GET_WARNINGS else self.complete(task)

    def complete(self, request: ChatRequest) -> str:
        raise NotImplementedError


class _Xllamacpp(ModelRuntime):
    def __init__(self, path: Path, gpu_layers: int, context_size: int, threads: int) -> None:
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
        # The library also opens a local port; a random key keeps other programs out.
        params.api_keys = [secrets.token_urlsafe(32)]
        params.ui = params.endpoint_slots = False
        try:
            self._server = xllamacpp.Server(params)
        except RuntimeError:
            raise ConfigError(
                f"llm: {path} cannot be loaded: it is damaged, or xllamacpp does not support its model type"
            ) from None
        # The server sometimes hangs if it is destroyed before its first reply, and never after one.
        self.complete(ChatRequest([{"role": "user", "content": "."}], {"type": "object"}, 1))

    def complete(self, request: ChatRequest) -> str:
        response_format = {"type": "json_schema", "json_schema": {"name": "edits", "schema": request.schema}}
        body = {
            "messages": request.messages,
            "temperature": 0,
            "max_tokens": request.max_tokens,
            "response_format": response_format,
        }
        return _content(self._server.handle_chat_completions(body))


class _LlamaCpp(ModelRuntime):
    def __init__(self, path: Path, gpu_layers: int, context_size: int, threads: int) -> None:
        import llama_cpp

        if gpu_layers and not llama_cpp.llama_supports_gpu_offload():
            self.warnings = (_NO_GPU,)
        try:
            self._model = llama_cpp.Llama(
                str(path),
                n_gpu_layers=gpu_layers,
                n_ctx=context_size,
                n_threads=threads,
                n_threads_batch=threads,
                verbose=False,
            )
        except ValueError as error:
            raise ConfigError(f"llm: {path} cannot be loaded: {error}") from None

    def complete(self, request: ChatRequest) -> str:
        response_format = {"type": "json_object", "schema": request.schema}
        try:
            response = self._model.create_chat_completion(
                request.messages,
                temperature=0,
                max_tokens=request.max_tokens,
                response_format=response_format,
            )
        except ValueError as error:
            raise PostprocessError(f"the language model failed: {error}", step="llm") from None
        return _content(response)


def _content(response: Any) -> str:
    if "error" in response:
        error = response["error"]
        text = error.get("message", error) if isinstance(error, dict) else error
        raise PostprocessError(f"the language model failed: {text}; see `context_size`", step="llm")
    content: str | None = response["choices"][0]["message"]["content"]
    return content or ""
