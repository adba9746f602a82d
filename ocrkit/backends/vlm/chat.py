"""One request to the model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ocrkit.backends.remote import ResponseModel, validated
from ocrkit.backends.vlm.answer import Answer, AnswerCollector, events
from ocrkit.backends.vlm.errors import check
from ocrkit.backends.vlm.guards import RepetitionGuard, without_repetition
from ocrkit.backends.vlm.options import VlmOptions
from ocrkit.errors import ConfigError
from ocrkit.http import Attempt, Transport
from ocrkit.validation import unknown


class _Model(ResponseModel):
    id: str


class _Models(ResponseModel):
    data: tuple[_Model, ...] = ()


def headers(options: VlmOptions) -> dict[str, str]:
    """The headers of every request."""
    key = options.api_key
    return {"Authorization": f"Bearer {key.get_secret_value()}"} if key else {}


def complete(attempt: Attempt, options: VlmOptions, body: Mapping[str, Any], letters: int) -> Answer:
    """The answer of the model. It ends early where the model repeats itself.

    Args:
        attempt: the attempt.
        options: the options of the backend.
        body: the body of the request.
        letters: the estimated number of letters in the image.
    """
    collector, guard = AnswerCollector(), RepetitionGuard(letters)
    path = options.path("/chat/completions")
    answer: Answer | None = None
    with attempt.stream("POST", path, json=body, headers=headers(options), check=check) as stream:
        for data in events(stream.lines()):
            collector.add(data)
            if guard.repeats(collector.text):
                answer = collector.answer("repetition")
                break
    answer = answer or collector.answer()
    if answer.ending in ("repetition", "length"):
        answer = replace(answer, text=without_repetition(answer.text))
    return answer


def served_models(transport: Transport, options: VlmOptions) -> tuple[str, ...]:
    """The models that the server lists."""
    response = transport.request("GET", options.path("/models"), headers=headers(options), check=check)
    return tuple(model.id for model in validated(_Models, response.json()).data)


def only_model(names: tuple[str, ...]) -> str:
    """The only model of a server. Raises `ConfigError` if there are more."""
    if len(names) == 1:
        return names[0]
    if not names:
        raise ConfigError("vlm: the server lists no models; set `model` to the name of one")
    shown = ", ".join(names[:8]) + (" …" if len(names) > 8 else "")
    raise ConfigError(f"vlm: the server has several models; set `model` to one of them: {shown}")


def check_served(model: str, names: tuple[str, ...]) -> str | None:
    """The problem with the name of a model, or None."""
    return None if not names or model in names else unknown("model", model, names)
