"""The libraries that run models, as they are used in the model's process: xllamacpp, or llama-cpp-python.

The first installs without a compiler; the second is compiled where it is installed, and so may know a GPU
that the first does not. Where both are there, the second was wanted.
"""

from __future__ import annotations

import importlib.util
import secrets
from pathlib import Path
from typing import Any, NamedTuple

from ocrkit.errors import ConfigError, PostprocessError
from ocrkit.postprocess.llm.prompt import Messages

WHAT_TO_KNOW = None
"""Asks for the warnings."""
_NO_GPU = "the language model was to use a GPU (gpu_layers), and knows of none: it ran on the CPU"


class Question(NamedTuple):
    """What a model is asked."""

    messages: Messages
    schema: dict[str, Any]
    max_tokens: int


def engine_of(path: Path, gpu_layers: int, context_size: int, threads: int) -> Engine:
    """The model, loaded."""
    kind = _LlamaCpp if importlib.util.find_spec("llama_cpp") is not None else _Xllamacpp
    return kind(path, gpu_layers, context_size, threads)


class Engine:
    """Answers questions."""

    warnings: tuple[str, ...] = ()

    def __call__(self, task: Question | None) -> Any:
        return self.warnings if task is None else self.answer(task)

    def answer(self, question: Question) -> str:
        raise NotImplementedError


class _Xllamacpp(Engine):
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
        # It opens a port on this machine, too; nobody else is to use it.
        params.api_keys = [secrets.token_urlsafe(32)]
        params.ui = params.endpoint_slots = False
        try:
            self._server = xllamacpp.Server(params)
        except RuntimeError:
            raise ConfigError(
                f"llm: {path} cannot be loaded: it is damaged, or of a kind that xllamacpp does not know"
            ) from None
        # Dropped right after it was made, it hangs now and then; after an answer it never does.
        self.answer(Question([{"role": "user", "content": "."}], {"type": "object"}, 1))

    def answer(self, question: Question) -> str:
        form = {"type": "json_schema", "json_schema": {"name": "edits", "schema": question.schema}}
        body = {"messages": question.messages, "temperature": 0, "max_tokens": question.max_tokens}
        return _content(self._server.handle_chat_completions({**body, "response_format": form}))


class _LlamaCpp(Engine):
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

    def answer(self, question: Question) -> str:
        form = {"type": "json_object", "schema": question.schema}
        try:
            reply = self._model.create_chat_completion(
                question.messages, temperature=0, max_tokens=question.max_tokens, response_format=form
            )
        except ValueError as error:
            raise PostprocessError(f"the language model failed: {error}", step="llm") from None
        return _content(reply)


def _content(reply: Any) -> str:
    if "error" in reply:
        told = reply["error"]
        text = told.get("message", told) if isinstance(told, dict) else told
        raise PostprocessError(f"the language model failed: {text}; see context_size", step="llm")
    content: str | None = reply["choices"][0]["message"]["content"]
    return content or ""
