"""A model behind an address that speaks the protocol of OpenAI: llama-server, vLLM, Ollama and many more."""

from __future__ import annotations

import json
from functools import cached_property
from typing import Any

from pydantic import SecretStr

from ocrkit.errors import BackendError, BadResponseError, ConfigError
from ocrkit.http import Connection, Response, Transport
from ocrkit.postprocess.llm.prompt import Messages


class _Connection(Connection):
    api_key: SecretStr | None = None


class Server:
    """Asks it, through the one transport of everything remote."""

    warnings: tuple[str, ...] = ()

    def __init__(
        self,
        endpoint: str,
        model: str | None,
        api_key: SecretStr | None,
        timeout_seconds: float,
        *,
        allow_http: bool = False,
    ) -> None:
        """Set up; nothing is sent yet."""
        options = _Connection(
            endpoint=endpoint, api_key=api_key, timeout_seconds=timeout_seconds, allow_http=allow_http
        )
        self._wanted = model
        self._transport = Transport("llm", options)
        self._headers = {"Authorization": f"Bearer {api_key.get_secret_value()}"} if api_key else {}

    @cached_property
    def name(self) -> str:
        """What was set, or the first model that the server lists."""
        if self._wanted is not None:
            return self._wanted
        reply = self._transport.request("GET", "/models", headers=self._headers)
        try:
            name = reply.json()["data"][0]["id"]
        except (KeyError, IndexError, TypeError):
            name = None
        if not isinstance(name, str):
            raise ConfigError("llm: the server lists no model; set model to the one to be asked")
        return name

    def ask(self, messages: Messages, schema: dict[str, Any], max_tokens: int) -> str:
        """Its answer. A server that does not know schemas may answer anything."""
        form = {"type": "json_schema", "json_schema": {"name": "edits", "strict": True, "schema": schema}}
        body = {
            "model": self.name,
            "messages": messages,
            "temperature": 0,
            "max_tokens": max_tokens,
            "response_format": form,
        }
        reply = self._transport.request(
            "POST", "/chat/completions", json=body, headers=self._headers, check=_check
        )
        try:
            content = reply.json()["choices"][0]["message"]["content"]
        except (KeyError, IndexError, TypeError):
            content = None
        if not isinstance(content, str):
            raise BadResponseError("the server's answer holds no text of a model", backend="llm")
        return content

    def close(self) -> None:
        """Drop the connections."""
        self._transport.close()


def _check(reply: Response) -> None:
    """What these servers say of a request they refuse is worth reading: a wrong model, a text too long."""
    if reply.status not in (400, 404, 422):
        reply.raise_for_status()
        return
    try:
        told = json.loads(reply.body)["error"]
        text = told["message"] if isinstance(told, dict) else told
    except (ValueError, KeyError, TypeError):
        text = f"status {reply.status}"
    raise BackendError(f"the language model's server refused: {str(text)[:300]}")
