"""Choose the preprocessing steps for a page from its measurements and from what helps the backend."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from ocrkit.preprocess.measure.grain import MANY_SPECKS
from ocrkit.request import Capabilities, Remedy
from ocrkit.result import Measurements

_MAX_GRAIN = 0.13  # of the contrast
_MIN_HEIGHT_DESPECKLE = 8.0  # pixels: in smaller print strokes and the dots of an i are single pixels
_MIN_LETTERS = 40
_MIN_REGULARITY = 0.55  # photos of streets and trees, and handwriting, have less
_MAX_SHADOW = 0.02  # of the letters
_LARGE_SKEW = 15.0  # degrees: rare in scans, so it needs a higher certainty
_MIN_CERTAINTY, _MIN_CERTAINTY_LARGE = 1.25, 1.45
_TINY, _SMALL = 5.5, 12.0  # pixels of x-height


class ChosenStep(NamedTuple):
    """A step with its parameters, and the reason for it."""

    step: Remedy
    parameters: dict[str, Any]
    reason: str


def choose_steps(measured: Measurements, capabilities: Capabilities) -> list[ChosenStep]:
    """The steps that improve recognition of this page by this backend, in order; often none.

    Args:
        measured: the measurements of the page.
        capabilities: those of the backend; only steps in `helped_by` are chosen.
    """
    possible = _possible_steps(measured, capabilities.skew_tolerance)
    return [chosen for chosen in possible if chosen.step in capabilities.helped_by]


def _possible_steps(measured: Measurements, skew_tolerance: float) -> Iterator[ChosenStep]:
    height = measured.text_height or 0.0
    noise = measured.noise / 256 / max(measured.contrast, 0.01)
    if noise > _MAX_GRAIN:
        reason = f"the grain is {noise:.0%} of the contrast between ink and paper"
        yield ChosenStep("denoise", {"method": "gaussian", "size": 3}, reason)
    elif measured.specks > MANY_SPECKS and height >= _MIN_HEIGHT_DESPECKLE:
        reason = f"{measured.specks:.2%} of the blank paper is specks"
        yield ChosenStep("denoise", {"method": "median", "size": 3}, reason)
    if measured.inverted:
        yield ChosenStep("invert", {"when": "always"}, "the text is light on a dark background")
    if not _is_print(measured):
        return
    if measured.shadow > _MAX_SHADOW and height >= _TINY:  # smaller "letters" may be leaves or bricks
        reason = f"{measured.shadow:.0%} of the letters are on paper as dark as ink elsewhere"
        yield ChosenStep("illumination", {}, reason)
    skew = measured.skew or 0.0
    min_certainty = _MIN_CERTAINTY if abs(skew) < _LARGE_SKEW else _MIN_CERTAINTY_LARGE
    if abs(skew) > skew_tolerance and measured.skew_certainty >= min_certainty:
        yield ChosenStep("deskew", {"degrees": skew}, f"the lines are rotated by {skew:.1f} degrees")
    if 0 < height < _SMALL:
        tiny = height < _TINY
        scaling = {"factor": 3.0, "method": "cubic"} if tiny else {"factor": 2.0, "method": "soft"}
        yield ChosenStep("upscale", scaling, f"the letters are {height:.0f} pixels tall")


def _is_print(measured: Measurements) -> bool:
    """Whether the page is text, rather than a picture that contains some."""
    return measured.letters >= _MIN_LETTERS and measured.regularity >= _MIN_REGULARITY
