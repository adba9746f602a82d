"""The body of a request for a chat completion with an image."""

from __future__ import annotations

import base64
from typing import Any

from ocrkit.backends.remote import ImageLimits
from ocrkit.backends.vlm.options import VlmOptions
from ocrkit.backends.vlm.preset import ImageSize, Preset
from ocrkit.page import Encoded

_MAX_BYTES = 20_000_000
"""The limit of most services for an image as base64."""
_FIXED_TEMPERATURE = ("o1", "o3", "o4", "gpt-5")
"""Models that accept only their own temperature."""


def image_limits(size: ImageSize) -> ImageLimits:
    """The image that a preset asks for."""
    return ImageLimits(
        max_bytes=_MAX_BYTES,
        counted="base64",
        max_side=size.max_side,
        max_pixels=size.max_pixels,
        min_side=28,
        max_ratio=100,
        smallest_scale=0.1,
        formats=("jpeg",) if size.media_type == "jpeg" else ("png", "jpeg"),
    )


def request_body(
    options: VlmOptions,
    preset: Preset,
    model: str,
    image: Encoded,
    *,
    prompt: str | None,
    temperature: float | None,
    max_tokens: int,
) -> dict[str, Any]:
    """The body, with only those parameters that the dialect of the server has."""
    dialect = options.spoken
    body: dict[str, Any] = {"model": model, "messages": _messages(preset, image, prompt), **preset.body}
    body["max_completion_tokens" if dialect == "openai" else "max_tokens"] = max_tokens
    if temperature is not None and not (dialect == "openai" and model.startswith(_FIXED_TEMPERATURE)):
        body["temperature"] = temperature
    if preset.stop:
        body["stop"] = list(preset.stop)
    if dialect == "open":
        body |= preset.extra_body
    if options.wants_logprobs:
        body["logprobs"] = True
    if options.stream:
        body["stream"] = True
        if dialect != "strict":
            body["stream_options"] = {"include_usage": True}
    return body


def _messages(preset: Preset, image: Encoded, prompt: str | None) -> list[dict[str, Any]]:
    address = f"data:{image.media_type};base64,{base64.b64encode(image.data).decode()}"
    picture = {"type": "image_url", "image_url": {"url": address}}
    content: list[dict[str, Any]] = [picture]
    if prompt is not None:
        text = {"type": "text", "text": prompt.rstrip("\n")}
        content = [picture, text] if preset.image_first else [text, picture]
    system = [] if preset.system is None else [{"role": "system", "content": preset.system}]
    return [*system, {"role": "user", "content": content}]
