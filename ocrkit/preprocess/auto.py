"""What a page needs: by its measurements, and by what helps the engine that will read it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from ocrkit.preprocess.measure.grain import MANY_SPECKS
from ocrkit.request import Capabilities, Remedy
from ocrkit.result import Measurements

_GRAIN = 0.13  # of the contrast
_BODY_OF_SPECKLED = 8.0  # pixels: in smaller letters single pixels are strokes, and dots of an i
_LETTERS = 40
_REGULAR = 0.55  # of all pieces of ink: a street, a tree, a hand have less
_SHADOW = 0.02  # of the letters
_CERTAIN = 1.25
_CERTAIN_OF_MUCH = 1.45
_MUCH = 15.0  # degrees: of a scan that is hardly ever true
_TINY, _SMALL = 5.5, 12.0  # pixels


class Need(NamedTuple):
    """A step with its parameters, and why."""

    step: Remedy
    parameters: dict[str, Any]
    reason: str


def needs(measured: Measurements, capabilities: Capabilities) -> list[Need]:
    """The steps to take, in their order; none for a page that an engine reads best as it is.

    Args:
        measured: what the page is like.
        capabilities: what helps the engine that will read it.
    """
    needed = _all(measured, capabilities.skew_tolerance)
    return [need for need in needed if need.step in capabilities.helped_by]


def _all(measured: Measurements, skew_tolerance: float) -> Iterator[Need]:
    height = measured.text_height or 0.0
    noise = measured.noise / 256 / max(measured.contrast, 0.01)
    if noise > _GRAIN:
        reason = f"the grain varies by {noise:.0%} of the difference of ink and paper"
        yield Need("denoise", {"method": "gaussian", "size": 3}, reason)
    elif measured.specks > MANY_SPECKS and height >= _BODY_OF_SPECKLED:
        reason = f"{measured.specks:.2%} of the blank paper is specks"
        yield Need("denoise", {"method": "median", "size": 3}, reason)
    if measured.inverted:
        yield Need("invert", {"when": "always"}, "the text is light on dark ground")
    if not _is_print(measured):
        return
    if measured.shadow > _SHADOW and height >= _TINY:  # or it may be leaves and bricks
        reason = f"{measured.shadow:.0%} of the letters stand on paper as dark as ink elsewhere"
        yield Need("illumination", {}, reason)
    skew = measured.skew or 0.0
    if abs(skew) > skew_tolerance and measured.skew_certainty >= (
        _CERTAIN if abs(skew) < _MUCH else _CERTAIN_OF_MUCH
    ):
        yield Need("deskew", {"degrees": skew}, f"the lines are turned by {skew:.1f} degrees")
    if 0 < height < _SMALL:
        more = {"factor": 3.0, "method": "cubic"} if height < _TINY else {"factor": 2.0, "method": "soft"}
        yield Need("upscale", more, f"the letters are {height:.0f} pixels tall")


def _is_print(measured: Measurements) -> bool:
    """Whether it is a page of text, and not a picture on which there is some."""
    return measured.letters >= _LETTERS and measured.regularity >= _REGULAR
