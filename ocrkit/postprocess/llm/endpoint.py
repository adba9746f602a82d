"""A language model behind an OpenAI-compatible server, such as llama-server, vLLM or Ollama."""

from __future__ import annotations

import json
from functools import cached_property

from pydantic import SecretStr

from ocrkit.errors import BackendError, BadResponseError, ConfigError
from ocrkit.http import Connection, Response, Transport
from ocrkit.postprocess.llm.prompt import ChatRequest


class _Connection(Connection):
    api_key: SecretStr | None = None


class EndpointModel:
    """Sends chat completion requests through the transport of the remote backends."""

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
        """Set up the transport without sending anything."""
        options = _Connection(
            endpoint=endpoint, api_key=api_key, timeout_seconds=timeout_seconds, allow_http=allow_http
        )
        self._model = model
        self._transport = Transport("llm", options)
        self._headers = {"Authorization": f"Bearer {api_key.get_secret_value()}"} if api_key else {}

    @cached_property
    def name(self) -> str:
        """The configured model, or the first one that the server lists."""
        if self._model is not None:
            return self._model
        response = self._transport.request("GET", "/models", headers=self._headers)
        try:
            name = response.json()["data"][0]["id"]
        except (KeyError, IndexError, TypeError):
            name = None
        if not isinstance(name, str):
            raise ConfigError("llm: the server lists no models; set `model` to the name of one")
        return name

    def complete(self, request: ChatRequest) -> str:
        """The reply. Servers without support for JSON schemas may reply with any text."""
        json_schema = {"name": "edits", "strict": True, "schema": request.schema}
        body = {
            "model": self.name,
            "messages": request.messages,
            "temperature": 0,
            "max_tokens": request.max_tokens,
            "response_format": {"type": "json_schema", "json_schema": json_schema},
        }
        response = self._transport.request(
            "POST", "/chat/completions", json=body, headers=self._headers, check=_check_response
        )
        try:
            content = response.json()["choices"][0]["message"]["content"]
        except (KeyError, IndexError, TypeError):
            content = None
        if not isinstance(content, str):
            raise BadResponseError("the response contains no text from the model", backend="llm")
        return content

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()


def _check_response(response: Response) -> None:
    """Raise for an error response, with the server's message if it names a wrong model or a text too long."""
    if response.status not in (400, 404, 422):
        response.raise_for_status()
        return
    try:
        error = json.loads(response.body)["error"]
        text = error["message"] if isinstance(error, dict) else error
    except (ValueError, KeyError, TypeError):
        text = f"status {response.status}"
    raise BackendError(f"the language model's server refused the request: {str(text)[:300]}")
