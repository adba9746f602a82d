"""Pages as image files within the limits of a service, before anything is sent or billed."""

from __future__ import annotations

import base64
import math
from typing import Literal
from urllib.parse import quote_plus

import numpy as np
from pydantic import BaseModel, ConfigDict

from ocrkit.errors import CapabilityError, SourceError
from ocrkit.page import Encoded, ImageFormat, Page, Pixels

_WHITE = 255
_ATTEMPTS = 6
_SHRINK = 0.92


class ImageLimits(BaseModel):
    """The image files that a service accepts."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_bytes: int | None = None
    counted: Literal["file", "base64", "form"] = "file"
    """The size that `max_bytes` limits: the file, its base64, or its base64 as part of a web form."""
    max_side: int | None = None
    min_side: int = 1
    max_pixels: int | None = None
    max_ratio: float | None = None
    """The longer side divided by the shorter one."""
    formats: tuple[ImageFormat, ...] = ("png", "jpeg")
    smallest_scale: float = 0.25
    """A page that would have to become smaller than this is refused, because it would be unreadable."""


def encode_page(page: Page, limits: ImageLimits) -> Encoded:
    """The page as an image file within the limits.

    A PNG if it fits, which is lossless; else a JPEG of decreasing quality; else a smaller image. A
    page that is too narrow is padded with white on the right or at the bottom. `to_page` of the result
    transforms coordinates back.

    Raises:
        CapabilityError: the page does not fit; nothing was sent.
    """
    padded = _padded(page, limits, _scale(page, limits))
    longest = max(1, math.floor(max(padded.width, padded.height) * _scale(padded, limits) + 1e-9))
    file_bytes = limits.max_bytes
    if file_bytes is not None and limits.counted != "file":
        file_bytes = file_bytes // 4 * 3
    for _ in range(_ATTEMPTS):
        image = _encoded(padded, limits, file_bytes, longest)
        if image is None or _is_too_small(image, padded, limits):
            break
        if limits.max_bytes is None or counted_bytes(image.data, limits.counted) <= limits.max_bytes:
            return image
        file_bytes = int(file_bytes * _SHRINK) if file_bytes else None
    raise CapabilityError(
        f"the page of {page.width} × {page.height} pixels does not fit the limits of the service "
        f"({_described(limits)}), so nothing was sent; cut it into parts, or choose another backend",
        page=page.number,
    )


def counted_bytes(data: bytes, counted: Literal["file", "base64", "form"]) -> int:
    """The size of a file as a service counts it."""
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
    """The page with white to the right and below where a side would be too short. No pixel moves."""
    shortest = math.ceil(limits.min_side / scale)
    if limits.max_ratio:
        shortest = max(shortest, math.ceil(max(page.width, page.height) / limits.max_ratio))
    width, height = max(page.width, shortest), max(page.height, shortest)
    if (width, height) == (page.width, page.height):
        return page
    pixels: Pixels = np.full((height, width, *page.pixels.shape[2:]), _WHITE, np.uint8)
    pixels[: page.height, : page.width] = page.pixels
    return page.derive(pixels)


def _encoded(page: Page, limits: ImageLimits, file_bytes: int | None, longest: int) -> Encoded | None:
    if "png" in limits.formats:
        image = page.encoded("png", max_side=longest)
        if file_bytes is None or len(image.data) <= file_bytes:
            return image
    image_format: ImageFormat = "jpeg" if "jpeg" in limits.formats else "png"
    try:
        return page.encoded(image_format, max_bytes=file_bytes, max_side=longest)
    except SourceError:
        return None


def _is_too_small(image: Encoded, page: Page, limits: ImageLimits) -> bool:
    too_narrow = min(image.width, image.height) < limits.min_side
    return too_narrow or image.width / page.width < limits.smallest_scale


def _described(limits: ImageLimits) -> str:
    parts = []
    if limits.max_bytes:
        how = {"file": "", "base64": " as base64", "form": " as base64 in a form"}[limits.counted]
        parts.append(f"at most {limits.max_bytes} bytes{how}")
    parts += [f"at most {limits.max_side} pixels a side"] if limits.max_side else []
    parts += [f"at least {limits.min_side} pixels a side"] if limits.min_side > 1 else []
    parts += [f"at most {limits.max_pixels} pixels"] if limits.max_pixels else []
    parts += [f"sides of at most {limits.max_ratio:g} to 1"] if limits.max_ratio else []
    return ", ".join(parts)
