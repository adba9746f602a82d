"""Degrade clean pages in ten ways, each at strength 1 (mild), 2 (medium) and 3 (strong).

Degradations are deterministic: random numbers are seeded with the strength and the pixels. Low resolution and photos
include JPEG artifacts. Grain stays below the level at which specks look like letters, because Tesseract then gets an
enlarged page and takes minutes. Lengths in pixels are for the 200 dpi of `pages.draw`.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ocrkit.opencv import cv2
from ocrkit.page import Pixels

DPI = 200.0
STRENGTHS = (1, 2, 3)

_Value = TypeVar("_Value")


class DegradedPage(NamedTuple):
    """A degraded page, and the resolution that the scanner declares. A camera declares none."""

    pixels: Pixels
    dpi: float | None


def low_resolution(pixels: Pixels, strength: int) -> DegradedPage:
    """Reduced for the web: few pixels, with JPEG blocks."""
    dpi = _at(strength, 100, 72, 60)
    height, width = pixels.shape
    size = (round(width * dpi / DPI), round(height * dpi / DPI))
    small = _bytes(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA))
    return DegradedPage(_jpeg(small, _at(strength, 60, 50, 40)), dpi)


def noise(pixels: Pixels, strength: int) -> DegradedPage:
    return DegradedPage(_grainy(pixels, _at(strength, 25, 45, 60), strength), DPI)


def salt_and_pepper(pixels: Pixels, strength: int) -> DegradedPage:
    return DegradedPage(_speckled(pixels, _at(strength, 0.005, 0.015, 0.04), strength), DPI)


def blur(pixels: Pixels, strength: int) -> DegradedPage:
    return DegradedPage(_soft(pixels, _at(strength, 1.6, 2.6, 3.6)), DPI)


def skew(pixels: Pixels, strength: int) -> DegradedPage:
    """Rotated on a larger sheet of the same paper, so that no corner is cut off."""
    degrees = _at(strength, 0.8, -3.0, 8.0)
    height, width = pixels.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    cosine, sine = abs(turn[0, 0]), abs(turn[0, 1])
    wide, high = round(height * sine + width * cosine), round(height * cosine + width * sine)
    turn[:, 2] += (wide - width) / 2, (high - height) / 2
    paper = float(np.median(pixels))
    turned = cv2.warpAffine(pixels, turn, (wide, high), flags=cv2.INTER_CUBIC, borderValue=(paper,))
    return DegradedPage(_bytes(turned), DPI)


def shadow(pixels: Pixels, strength: int) -> DegradedPage:
    """Fading light, and a shadow with a soft edge over the lower part of the page."""
    lit = _printed(pixels) * _light(pixels.shape, _at(strength, 0.80, 0.50, 0.30))
    return DegradedPage(_grainy(lit, _at(strength, 2, 3, 4), strength), DPI)


def faint(pixels: Pixels, strength: int) -> DegradedPage:
    """Little toner: the ink is nearly as light as the paper."""
    ink, sigma = _at(strength, (200, 3.0), (215, 4.0), (225, 3.2))
    return DegradedPage(_grainy(_levels(pixels, ink, 240), sigma, strength), DPI)


def inverted(pixels: Pixels, strength: int) -> DegradedPage:
    """Light letters on a dark page; at higher strengths grainy and with little contrast."""
    letters, page = _at(strength, (255, 0), (200, 50), (140, 60))
    return DegradedPage(_grainy(_levels(pixels, letters, page), _at(strength, 0, 20, 16), strength), DPI)


def photo(pixels: Pixels, strength: int) -> DegradedPage:
    """A sheet on a desk, photographed by hand at an angle, in color and as a JPEG."""
    height, width = pixels.shape
    lit = _printed(pixels) * _light(pixels.shape, _at(strength, 0.75, 0.55, 0.40))
    slant = _at(strength, 0.015, 0.04, 0.08)
    left, top = 0.07 * width, 0.05 * height
    seen = np.array(
        [
            (left + 1.0 * slant * width, top + 0.5 * slant * height),
            (left + (1 - 0.7 * slant) * width, top + 0.9 * slant * height),
            (left + (1 + 0.1 * slant) * width, top + height),
            (left - 0.2 * slant * width, top + (1 - 0.3 * slant) * height),
        ],
        np.float32,
    )
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    size = (round(1.15 * width), round(1.10 * height))
    matrix = cv2.getPerspectiveTransform(corners, seen)
    sheet = cv2.warpPerspective(lit.astype(np.float32), matrix, size, flags=cv2.INTER_LINEAR)
    coverage = cv2.warpPerspective(np.ones((height, width), np.float32), matrix, size, flags=cv2.INTER_LINEAR)
    scene = sheet[..., None] * (1.0, 0.97, 0.90)
    scene += (1 - coverage)[..., None] * (_desk(size, strength)[..., None] * (1.0, 0.8, 0.62))
    taken = _grainy(_soft(scene, _at(strength, 0.6, 0.8, 1.0)), _at(strength, 3, 5, 8), strength)
    return DegradedPage(_jpeg(taken, _at(strength, 85, 70, 50)), None)


def fax(pixels: Pixels, strength: int) -> DegradedPage:
    """Black and white, with low vertical resolution; the receiver repeats rows to restore the height."""
    height, width = pixels.shape
    rows = round(height * _at(strength, 196, 130, 98) / DPI)
    sent = cv2.resize(_soft(pixels, 0.7), (width, rows), interpolation=cv2.INTER_AREA)
    cut = np.where(_grainy(sent, _at(strength, 10, 25, 40), strength) > 140, 255, 0).astype(np.uint8)
    return DegradedPage(_bytes(cv2.resize(cut, (width, height), interpolation=cv2.INTER_NEAREST)), DPI)


DEGRADATIONS: dict[str, Callable[[Pixels, int], DegradedPage]] = {
    "low resolution": low_resolution,
    "noise": noise,
    "salt-and-pepper": salt_and_pepper,
    "blur": blur,
    "skew": skew,
    "shadow": shadow,
    "faint": faint,
    "inverted": inverted,
    "photo": photo,
    "fax": fax,
}


def _at(strength: int, mild: _Value, medium: _Value, strong: _Value) -> _Value:
    return (mild, medium, strong)[strength - 1]


def _bytes(values: NDArray[np.generic]) -> Pixels:
    if values.dtype == np.uint8:
        return np.ascontiguousarray(values, np.uint8)
    return np.clip(np.rint(values.astype(np.float32)), 0, 255).astype(np.uint8)


def _random(pixels: NDArray[np.generic], strength: int) -> np.random.Generator:
    return np.random.default_rng([strength, zlib.crc32(np.ascontiguousarray(pixels).tobytes())])


def _levels(pixels: Pixels, ink: float, paper: float) -> NDArray[np.float32]:
    """The page with these grays for black and white."""
    return ink + pixels.astype(np.float32) * np.float32((paper - ink) / 255)


def _printed(pixels: Pixels) -> NDArray[np.float32]:
    """The grays of ink on paper: not quite black, not quite white."""
    return _levels(pixels, 30, 245)


def _grainy(values: NDArray[np.generic], sigma: float, strength: int) -> Pixels:
    grain = _random(values, strength).standard_normal(values.shape, np.float32)
    return _bytes(values.astype(np.float32) + np.float32(sigma) * grain)


def _speckled(pixels: Pixels, share: float, strength: int) -> Pixels:
    drawn = _random(pixels, strength).random(pixels.shape, np.float32)
    speckled = pixels.copy()
    speckled[drawn < share / 2] = 0
    speckled[drawn > 1 - share / 2] = 255
    return speckled


def _soft(values: NDArray[np.generic], sigma: float) -> Pixels:
    return _bytes(cv2.GaussianBlur(_bytes(values), (0, 0), sigma))


def _light(shape: tuple[int, ...], darkest: float) -> NDArray[np.float32]:
    """The light on each pixel: 1 in one corner, `darkest` in the opposite one, with an edge between."""
    y = np.linspace(0, 1, shape[0], dtype=np.float32)[:, None]
    x = np.linspace(0, 1, shape[1], dtype=np.float32)[None, :]
    fading = 0.7 * y + 0.3 * x
    cast = 1 / (1 + np.exp(-(y + 0.25 * x - 0.65) / 0.012))
    dark = 0.35 * fading + 0.65 * cast
    return np.asarray(1 - (1 - darkest) * dark / dark.max(), np.float32)


def _desk(size: tuple[int, int], strength: int) -> NDArray[np.float32]:
    """Dark wood with horizontal grain."""
    grain = np.random.default_rng(strength).normal(0, 60, (size[1], size[0])).astype(np.float32)
    return np.asarray(85 + cv2.GaussianBlur(grain, (0, 0), sigmaX=25, sigmaY=1.5), np.float32)


def _jpeg(pixels: Pixels, quality: int) -> Pixels:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=quality)
    return np.array(Image.open(buffer))
