"""Pages as files that a service takes: its limits are kept before anything is sent, or paid for."""

from __future__ import annotations

import base64
import math
from urllib.parse import quote_plus

import numpy as np
from pydantic import BaseModel, ConfigDict

from ocrkit.errors import CapabilityError, SourceError
from ocrkit.page import Encoded, ImageFormat, Page, Pixels

_WHITE = 255
_FORMATS: tuple[ImageFormat, ...] = ("png", "jpeg")
_TRIES = 6


class ImageLimits(BaseModel):
    """What a service takes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_bytes: int | None = None
    counted: str = "file"
    """What `max_bytes` counts: the `file`, its `base64`, or that as part of a web form (`form`)."""
    max_side: int | None = None
    min_side: int = 1
    max_pixels: int | None = None
    max_ratio: float | None = None
    """The longer side divided by the shorter one."""
    formats: tuple[ImageFormat, ...] = _FORMATS
    """What it reads of PNG and JPEG."""
    smallest_scale: float = 0.25
    """Where a page would have to become smaller than this, it is refused: nobody could read it."""


def fit(page: Page, limits: ImageLimits) -> Encoded:
    """The page as a file within the limits, as true to it as they allow.

    PNG first, which loses nothing; then JPEG of falling quality; then smaller. What is too narrow gets
    white paper at its right or lower edge. `to_page` of the result leads coordinates back.

    Raises:
        CapabilityError: it cannot be made to fit. Nothing was sent.
    """
    padded = _padded(page, limits, _scale(page, limits))
    longest = max(1, math.floor(max(padded.width, padded.height) * _scale(padded, limits) + 1e-9))
    net = limits.max_bytes
    if net is not None and limits.counted != "file":
        net = net // 4 * 3
    for _ in range(_TRIES):
        made = _smallest_loss(padded, limits, net, longest)
        if made is None:
            break
        if (
            min(made.width, made.height) < limits.min_side
            or made.width / padded.width < limits.smallest_scale
        ):
            break
        if limits.max_bytes is None or counted_bytes(made.data, limits.counted) <= limits.max_bytes:
            return made
        net = int(net * 0.92) if net else None
    raise CapabilityError(
        f"the page of {page.width} × {page.height} pixels cannot be made to fit what the service takes "
        f"({_told(limits)}); nothing was sent. Cut it into parts, or choose another backend",
        page=page.number,
    )


def counted_bytes(data: bytes, counted: str) -> int:
    """How large a file is in the eyes of a service."""
    if counted == "file":
        return len(data)
    text = base64.b64encode(data)
    return len(text) if counted == "base64" else len(quote_plus(text))


def _scale(page: Page, limits: ImageLimits) -> float:
    scale = 1.0
    if limits.max_side:
        scale = min(scale, limits.max_side / max(page.width, page.height))
    if limits.max_pixels:
        scale = min(scale, math.sqrt(limits.max_pixels / (page.width * page.height)))
    return scale


def _padded(page: Page, limits: ImageLimits, scale: float) -> Page:
    """White paper to the right and below, where a side were too short. No pixel of the page moves."""
    shortest = math.ceil(limits.min_side / scale)
    if limits.max_ratio:
        shortest = max(shortest, math.ceil(max(page.width, page.height) / limits.max_ratio))
    width, height = max(page.width, shortest), max(page.height, shortest)
    if (width, height) == (page.width, page.height):
        return page
    pixels: Pixels = np.full((height, width, *page.pixels.shape[2:]), _WHITE, np.uint8)
    pixels[: page.height, : page.width] = page.pixels
    return page.derive(pixels)


def _smallest_loss(page: Page, limits: ImageLimits, net: int | None, longest: int) -> Encoded | None:
    longest = max(longest, 1)
    if "png" in limits.formats:
        made = page.encoded("png", max_side=longest)
        if net is None or len(made.data) <= net:
            return made
    return _encoded_within(page, "jpeg" if "jpeg" in limits.formats else "png", net, longest)


def _encoded_within(page: Page, image_format: ImageFormat, net: int | None, longest: int) -> Encoded | None:
    try:
        return page.encoded(image_format, max_bytes=net, max_side=longest)
    except SourceError:
        return None


def _told(limits: ImageLimits) -> str:
    told = []
    if limits.max_bytes:
        how = {"file": "", "base64": " as base64", "form": " as base64 in a form"}[limits.counted]
        told.append(f"at most {limits.max_bytes} bytes{how}")
    told += [f"at most {limits.max_side} pixels a side"] if limits.max_side else []
    told += [f"at least {limits.min_side}"] if limits.min_side > 1 else []
    told += [f"at most {limits.max_pixels} pixels"] if limits.max_pixels else []
    told += [f"sides of at most {limits.max_ratio:g} to 1"] if limits.max_ratio else []
    return ", ".join(told)
