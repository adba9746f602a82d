"""The library that runs a model in its worker process: xllamacpp, which holds a whole llama-server.

Its wheel needs no compiler. The worker talks to the server through its local port, because the functions of
the library cannot divide a text into tokens.
"""

from __future__ import annotations

import contextlib
import http.client
import importlib.util
import json
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ocrkit.errors import ConfigError, PostprocessError, missing_extra
from ocrkit.postprocess.llm.llama_server import LlamaServer
from ocrkit.postprocess.llm.scoring import Question

GET_WARNINGS = None
"""The task that returns the warnings."""
_NO_GPU = "the language model ran on the CPU: gpu_layers is set, but no GPU was found"


def require_installed() -> None:
    """Raise `MissingDependencyError` if the library is not installed. Imports nothing."""
    if importlib.util.find_spec("xllamacpp") is None:
        raise missing_extra("xllamacpp", "llm", "a language model on this machine")


class LocalServer:
    """A model that is loaded in this process; called with the tasks of the worker process."""

    def __init__(self, path: Path, gpu_layers: int, context_size: int, threads: int) -> None:
        """Load the model."""
        import xllamacpp

        self.warnings: tuple[str, ...] = ()
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
        # A random key keeps other programs out of the local port.
        key = secrets.token_urlsafe(32)
        params.api_keys = [key]
        params.ui = params.endpoint_slots = False
        try:
            self._server = xllamacpp.Server(params)
        except RuntimeError:
            raise ConfigError(
                f"llm: {path} cannot be loaded: it is damaged, or xllamacpp does not support its model type"
            ) from None
        self._headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        self._address = urlsplit(self._server.listening_address).netloc
        self._scorer = LlamaServer(self._post)
        # The server sometimes hangs if it is destroyed before its first reply, and never after one.
        self._post("/completion", {"prompt": "\n", "n_predict": 1})

    def __call__(self, task: Sequence[Question] | None) -> Any:
        if task is GET_WARNINGS:
            return self.warnings
        return [self._scorer.score(question) for question in task]

    def _post(self, path: str, body: dict[str, Any]) -> Any:
        with contextlib.closing(http.client.HTTPConnection(self._address)) as connection:
            connection.request("POST", path, json.dumps(body), self._headers)
            reply = json.loads(connection.getresponse().read())
        if isinstance(reply, dict) and "error" in reply:
            error = reply["error"]
            text = error.get("message", error) if isinstance(error, dict) else error
            raise PostprocessError(f"the language model failed: {text}; see `context_size`", step="llm")
        return reply
