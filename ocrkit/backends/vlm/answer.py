"""The answer of a model, from a stream or from a single response."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from ocrkit.backends.vlm.errors import stream_error
from ocrkit.errors import BadResponseError

Ending: TypeAlias = Literal["complete", "length", "content_filter", "repetition", "cut"]
"""How an answer ended: `length` at the token limit, `repetition` stopped by a guard, `cut` without an end."""

_ENDINGS: Mapping[str, Ending] = {
    "stop": "complete",
    "tool_calls": "complete",
    "eos": "complete",
    "length": "length",
    "max_tokens": "length",
    "content_filter": "content_filter",
    "recitation": "content_filter",
    "safety": "content_filter",
}


@dataclass(frozen=True, slots=True)
class Token:
    """A token of an answer with the logarithm of its probability."""

    text: str
    logprob: float


@dataclass(frozen=True, slots=True)
class Answer:
    """The text of a model, and how it ended."""

    text: str = ""
    ending: Ending = "complete"
    tokens: tuple[Token, ...] = field(default=(), repr=False)
    """Empty where the server gives no probabilities."""
    input_tokens: int = 0
    output_tokens: int = 0
    refusal: str = ""


class AnswerCollector:
    """Collects an answer piece by piece. Keys that are missing or of another type are ignored."""

    def __init__(self) -> None:
        self.text = ""
        self._reason: str | None = None
        self._refusal = ""
        self._arguments = ""
        self._tokens: list[Token] = []
        self._usage: Mapping[str, Any] = {}
        self._is_answer = False

    def add(self, data: Any) -> str:
        """Add a chunk of a stream, or a whole response; returns its text.

        Raises:
            BackendError: it is an error of the server.
        """
        if not isinstance(data, dict):
            raise BadResponseError("the response does not come from an OpenAI-compatible server")
        if data.get("error"):
            raise stream_error(data["error"])
        usage = data.get("usage")
        self._usage = usage if isinstance(usage, dict) else self._usage
        choices = data.get("choices")
        if not isinstance(choices, list):
            return ""
        self._is_answer = True
        if not choices or not isinstance(choices[0], dict):
            return ""
        return self._add_choice(choices[0])

    def answer(self, ending: Ending | None = None) -> Answer:
        """The answer so far.

        Args:
            ending: how it ended, if it was stopped here.
        """
        if not self._is_answer:
            raise BadResponseError("the response has no answer of a model (`choices` is missing)")
        found = _ENDINGS.get((self._reason or "").lower(), "complete" if self._reason else "cut")
        return Answer(
            self.text or _text_of_arguments(self._arguments),
            ending or found,
            tuple(self._tokens),
            _count(self._usage.get("prompt_tokens")),
            _count(self._usage.get("completion_tokens")),
            self._refusal,
        )

    def _add_choice(self, choice: Mapping[str, Any]) -> str:
        reason = choice.get("finish_reason")
        self._reason = reason if isinstance(reason, str) and reason else self._reason
        self._tokens += _tokens(choice.get("logprobs"))
        message = next(
            (part for name in ("delta", "message") if isinstance(part := choice.get(name), dict)), {}
        )
        text = _text_of(message.get("content"))
        self.text += text
        self._refusal += refusal if isinstance(refusal := message.get("refusal"), str) else ""
        for call in message.get("tool_calls") or () if isinstance(message.get("tool_calls"), list) else ():
            function = call.get("function") if isinstance(call, dict) else None
            arguments = function.get("arguments") if isinstance(function, dict) else None
            self._arguments += arguments if isinstance(arguments, str) else ""
        return text


def events(lines: Iterable[str]) -> Iterator[Any]:
    """The data of server-sent events, or the single value of a server that does not stream.

    Raises:
        BadResponseError: something is not JSON.
    """
    whole = ""
    for line in lines:
        if line.startswith("data:"):
            data = line[5:].strip()
            if data == "[DONE]":
                return
            if data:
                yield _json(data)
        elif not whole and (not line.strip() or line.startswith((":", "event:", "id:", "retry:"))):
            continue
        else:
            whole += line + "\n"
    if whole.strip():
        yield _json(whole)


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    raise BadResponseError("the response is neither JSON nor a stream of server-sent events")


def _text_of(content: Any) -> str:
    """The text of a message: a text, or a list of parts."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        parts = (part.get("text") for part in content if isinstance(part, dict))
        return "".join(part for part in parts if isinstance(part, str))
    return ""


def _text_of_arguments(arguments: str) -> str:
    """The texts in the arguments of a tool call: some gateways send the answer as such a call."""
    if not arguments:
        return ""
    try:
        value = json.loads(arguments)
    except (ValueError, RecursionError):
        return arguments
    return "\n\n".join(_texts(value, 0)) or arguments


def _texts(value: Any, depth: int) -> Iterator[str]:
    if depth > 8:
        return
    if isinstance(value, list):
        for each in value:
            yield from _texts(each, depth + 1)
    elif isinstance(value, dict):
        for name, each in value.items():
            if name in ("text", "markdown", "content") and isinstance(each, str):
                yield each
            else:
                yield from _texts(each, depth + 1)


def _tokens(logprobs: Any) -> Iterator[Token]:
    content = logprobs.get("content") if isinstance(logprobs, dict) else None
    for token in content if isinstance(content, list) else ():
        if isinstance(token, dict):
            text, value = token.get("token"), token.get("logprob")
            if isinstance(text, str) and isinstance(value, (int, float)):
                yield Token(text, float(value))


def _count(value: Any) -> int:
    return value if isinstance(value, int) and value > 0 else 0
