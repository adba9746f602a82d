"""An OpenAI-compatible server with a scripted vision model, on this machine."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from ocrkit.backends.base import OcrBackend
from ocrkit.page import Page
from ocrkit.testing.uploads import InvalidImageError, decode_image, recognize
from ocrkit.testing.vendor import Answer, Received, RefusedError, VendorServer


@dataclass(frozen=True)
class Asked:
    """A request to the model."""

    page: Page
    prompt: str | None
    image_first: bool
    body: dict[str, Any] = field(repr=False)


@dataclass(frozen=True)
class ModelReply:
    """The answer of the model."""

    text: str = ""
    finish: str | None = "stop"
    logprob: float | Callable[[str], float] | None = None
    """The logarithm of the probability of each token, or a function of its text, if it is asked for."""
    refusal: str | None = None
    arguments: str | None = None
    """The answer as the arguments of a tool."""


Script: TypeAlias = Callable[[Asked], "str | ModelReply"]


class VlmServer(VendorServer):
    """Answers requests for chat completions with the replies of a script, streamed if that is asked for.

    with VlmServer(lambda asked: "# A title") as server:
        backend = VlmBackend(VlmOptions(**server.options()))
    """

    def __init__(
        self,
        script: Script | OcrBackend | str,
        *,
        models: Sequence[str] = ("sample-vlm",),
        api_key: str | None = None,
    ) -> None:
        """Set up; `with` starts it.

        Args:
            script: gives the reply to a request; or an engine that reads its image; or the reply itself.
            models: the models that the server lists.
            api_key: the accepted key. None: no key is needed.
        """
        super().__init__()
        self.asked: list[Asked] = []
        """The requests to the model so far."""
        self._script = _script_of(script)
        self._models = tuple(models)
        self._api_key = api_key
        self.route("GET", "/v1/models", self._list)
        self.route("POST", "/v1/chat/completions", self._complete)

    def options(self) -> dict[str, Any]:
        """The options of a `VlmBackend` of this server."""
        key = {} if self._api_key is None else {"api_key": self._api_key}
        return {"endpoint": self.url, **key}

    @staticmethod
    def error(code: str, message: str = "scripted by the test", status: int = 400) -> Answer:
        """An error as these servers send it."""
        body = {"error": {"code": code, "message": message, "type": "invalid_request_error"}}
        return Answer(body, status, headers={"x-request-id": "req-1"})

    def _check(self, request: Received) -> None:
        if self._api_key and request.headers.get("authorization") != f"Bearer {self._api_key}":
            raise RefusedError(self.error("invalid_api_key", status=401))

    def _list(self, request: Received) -> Any:
        self._check(request)
        return {"object": "list", "data": [{"id": name, "object": "model"} for name in self._models]}

    def _complete(self, request: Received) -> Answer:
        self._check(request)
        body = request.json()
        if body.get("model") not in self._models:
            raise RefusedError(self.error("model_not_found", status=404))
        asked = _asked(body)
        self.asked.append(asked)
        found = self._script(asked)
        reply = ModelReply(found) if isinstance(found, str) else found
        headers = {"x-request-id": f"req-{len(self.asked)}"}
        if body.get("stream"):
            return Answer(_events(reply, asked), content_type="text/event-stream", headers=headers)
        message: dict[str, Any] = {"role": "assistant", "content": reply.text, "refusal": reply.refusal}
        if reply.arguments is not None:
            message["tool_calls"] = [{"function": {"name": "read", "arguments": reply.arguments}}]
        choice: dict[str, Any] = {"index": 0, "message": message, "finish_reason": reply.finish}
        if body.get("logprobs") and reply.logprob is not None:
            choice["logprobs"] = _logprobs(reply.text, reply.logprob)
        return Answer({"choices": [choice], "usage": _usage(reply, asked)}, headers=headers)


def _script_of(script: Script | OcrBackend | str) -> Script:
    if isinstance(script, str):
        return lambda _: script
    if isinstance(script, OcrBackend):
        return lambda asked: recognize(script, asked.page).text
    return script


def _asked(body: dict[str, Any]) -> Asked:
    content = body["messages"][-1]["content"]
    address = next(part["image_url"]["url"] for part in content if part["type"] == "image_url")
    prompt = next((part["text"] for part in content if part["type"] == "text"), None)
    try:
        page = decode_image(base64.b64decode(address.partition(";base64,")[2], validate=True))
    except (InvalidImageError, binascii.Error):
        raise RefusedError(VlmServer.error("invalid_image_url")) from None
    return Asked(page, prompt, content[0]["type"] == "image_url", body)


def _events(reply: ModelReply, asked: Asked) -> Iterator[bytes]:
    """The reply in small pieces; after the last one the reason for its end, and the usage."""
    yield _event({"choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}}]})
    for piece in _pieces(reply.text):
        choice: dict[str, Any] = {"index": 0, "delta": {"content": piece}, "finish_reason": None}
        if asked.body.get("logprobs") and reply.logprob is not None:
            choice["logprobs"] = _logprobs(piece, reply.logprob)
        yield _event({"choices": [choice]})
    delta: dict[str, Any] = {} if reply.refusal is None else {"refusal": reply.refusal}
    if reply.arguments is not None:
        delta["tool_calls"] = [{"index": 0, "function": {"arguments": reply.arguments}}]
    yield _event({"choices": [{"index": 0, "delta": delta, "finish_reason": reply.finish}]})
    if asked.body.get("stream_options"):
        yield _event({"choices": [], "usage": _usage(reply, asked)})
    yield b"data: [DONE]\n\n"


def _event(data: dict[str, Any]) -> bytes:
    return f"data: {json.dumps(data)}\n\n".encode()


def _pieces(text: str) -> list[str]:
    """Tokens: words with the space before them, at most eight characters each."""
    return re.findall(r"\s*\S{1,8}|\s+", text)


def _logprobs(text: str, logprob: float | Callable[[str], float]) -> dict[str, Any]:
    of = logprob if callable(logprob) else lambda _: logprob
    return {"content": [{"token": each, "logprob": of(each), "top_logprobs": []} for each in _pieces(text)]}


def _usage(reply: ModelReply, asked: Asked) -> dict[str, int]:
    """One token for each patch of the image."""
    sent = asked.page.width * asked.page.height // 784 + len(asked.prompt or "") // 4
    received = len(_pieces(reply.text))
    return {"prompt_tokens": sent, "completion_tokens": received, "total_tokens": sent + received}
