"""Quality of a recognized page: confidences, ink coverage, and warnings.

An engine reports no confidence for text that it did not read. If half of a page is lost in a shadow, the mean
confidence does not change, but much of the ink lies outside of all recognized text.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ocrkit.geometry import Box, Polygon
from ocrkit.opencv import cv2
from ocrkit.page import Page, Pixels, is_uniform
from ocrkit.result import PageResult, Quality, Word
from ocrkit.scripts.advice import unread_share, warnings_of

_MAX_PIXELS = 750_000  # of the reduced page: letters are still visible, and it takes milliseconds
_LARGE_PAGE = 200.0  # square inches: larger pages than A3 are reduced less, so that small print is visible
_MAX_PIXELS_LARGE = 20_000_000  # of a large page: it takes a second; the resolution may be stated too low
_MIN_DPI = 100.0  # a lower resolution is the default of a camera or of a program
_SMALL_PRINT, _SMALL_PRINT_PIXELS = 6 / 72, 5  # inches, and pixels of the reduced page
_MIN_INK = 0.0005  # share of the page: less text-like ink is dust
_MIN_CONTRAST = 25  # gray levels between a mark and its background, and
_MIN_RELATIVE_CONTRAST = 0.2  # of the strongest contrast: anything fainter is paper or show-through
_MIN_AREA, _MIN_HEIGHT, _MAX_HEIGHT = 6, 4, 90  # pixels of the reduced page: the size of letters
_MAX_ASPECT = 40  # width to height: letters out of focus merge into one bar, but a rule is longer
_MAX_LETTERS_IN_BAR = 200  # letters that are merged into one mark
_LOW_COVERAGE = 0.75
_LOW_CONFIDENCE, _MODERATE_CONFIDENCE = 0.6, 0.9
LEGIBILITY = "legibility"
"""The topic of the decision by which a local engine says that a page is as hard to read as handwriting."""
_STRONGER_READERS = (
    "this page is as hard to read as handwriting; a service (`--mode handwritten --backend google`) or a "
    "vision model (`--backend vlm`) reads handwriting better"
)
_AMBIGUOUS = 0.4  # the probability of all other readings of a word
_MANY_AMBIGUOUS = 0.1  # of the words of a page, and
_LEAST_AMBIGUOUS = 5  # so many of them: a short page is no sample


class Ink(NamedTuple):
    """The marks on a page, before anything is recognized."""

    marks: int
    """The number of marks of at least the size of a small letter, pictures and rules included."""
    letters: int
    """An estimate of the number of letters that these marks can be; too many rather than too few."""


def assess(page: Page, result: PageResult, *, sparse: bool = False) -> tuple[Quality, tuple[str, ...]]:
    """The quality of a result and the warnings about it.

    Args:
        page: the page whose pixels are the coordinates of the result.
        result: the recognized text.
        sparse: whether the page is a photo with little text. Most ink is not text there, so low coverage is
            not a warning.
    """
    coverage, coverage_with_unread = _coverage(page, result)
    quality = of_confidences(result, coverage)
    in_other_scripts = warnings_of(result)
    warnings = list(in_other_scripts)
    if coverage_with_unread is not None and not sparse:
        if not result.lines and not result.unread:
            warnings.append(
                "no text was found although the page is not blank: it may be a picture, too faint, or in a "
                "script that the backend does not support"
            )
        elif coverage_with_unread < _LOW_COVERAGE:
            warnings.append(
                f"only {coverage:.0%} of the text-like ink was recognized: part of the text may be "
                "missing (shadow, blur, fading)"
            )
    if quality.mean is not None and quality.mean < _LOW_CONFIDENCE:
        warnings.append(f"the mean confidence is low ({quality.mean:.2f}): check the text")
    # Text in a script that is not read is as hard, and its own warnings name readers. A strategy may have
    # had hard lines read by another backend since.
    if not in_other_scripts and _is_like_handwriting(result) and (quality.mean or 0.0) < _MODERATE_CONFIDENCE:
        warnings.append(_STRONGER_READERS)
    ambiguous = sum(map(_is_ambiguous, result.words))
    if ambiguous >= max(_LEAST_AMBIGUOUS, _MANY_AMBIGUOUS * len(result.words)):
        warnings.append(
            f"{ambiguous} of {len(result.words)} words are ambiguous: "
            "their `alternatives` are nearly as probable"
        )
    return quality, tuple(warnings)


def _is_like_handwriting(result: PageResult) -> bool:
    return any(each.topic == LEGIBILITY for each in result.trace.decisions)


def of_confidences(result: PageResult, coverage: float | None) -> Quality:
    """The quality of a result whose coverage is known."""
    confidences = sorted(_confidences(result))
    by_line = [line.confidence for line in result.lines if line.confidence is not None]
    return Quality(
        mean=sum(confidences) / len(confidences) if confidences else None,
        p05=confidences[len(confidences) // 20] if confidences else None,
        worst_line=min(by_line, default=None),
        coverage=coverage,
        unread=unread_share(result),
    )


def measure_ink(page: Page) -> Ink:
    """The marks on a page. A page without marks has no text."""
    factor = max(1, round(math.sqrt(page.height * page.width / _MAX_PIXELS)))
    _, _, stats, _ = cv2.connectedComponentsWithStats(
        _marks(_downscaled_gray(page.pixels, factor)), connectivity=8
    )
    stats = stats[1:]  # without the background
    widths, heights = stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]
    counted = (stats[:, cv2.CC_STAT_AREA] >= _MIN_AREA) & (heights >= _MIN_HEIGHT)
    in_bar = np.clip(widths / (0.6 * np.maximum(heights, 1)), 1, _MAX_LETTERS_IN_BAR)
    return Ink(int(counted.sum()), math.ceil(float(in_bar[counted].sum())))


def _is_ambiguous(word: Word) -> bool:
    return sum(other.probability or 0.0 for other in word.alternatives) >= _AMBIGUOUS


def _confidences(result: PageResult) -> list[float]:
    regions = result.words or result.lines
    return [region.confidence for region in regions if region.confidence is not None]


@dataclass(frozen=True, slots=True, eq=False)
class InkMap:
    """The ink of a page that has the size and shape of letters, at a reduced resolution."""

    mask: NDArray[np.bool_]
    factor: int
    """Pixels of the page for one of the mask."""

    @classmethod
    def of(cls, pixels: Pixels, dpi: float | None = None) -> InkMap:
        """The ink of a page.

        Args:
            pixels: the page.
            dpi: its resolution, if that is known.
        """
        height, width = pixels.shape[:2]
        factor = max(1, round(math.sqrt(height * width / _MAX_PIXELS)))
        if dpi and dpi >= _MIN_DPI and height * width > _LARGE_PAGE * dpi**2:
            least = math.ceil(math.sqrt(height * width / _MAX_PIXELS_LARGE))
            factor = max(least, min(factor, int(_SMALL_PRINT * dpi / _SMALL_PRINT_PIXELS)))
        return cls(text_like_ink(_downscaled_gray(pixels, factor)), factor)

    @property
    def is_blank(self) -> bool:
        """Whether the page has no more of it than dust."""
        return int(self.mask.sum()) < _MIN_INK * self.mask.size

    def without(self, polygons: Iterable[Polygon]) -> InkMap:
        """The ink outside of some polygons."""
        return InkMap(self.mask & ~self._filled(polygons), self.factor)

    def share_inside(self, polygons: Iterable[Polygon]) -> float | None:
        """The share of the ink inside of some polygons; None on a blank page."""
        if self.is_blank:
            return None
        return float(self.mask[self._filled(polygons)].sum()) / int(self.mask.sum())

    def inside(self, box: Box) -> float:
        """The ink inside a box, in pixels of the page."""
        left, top, right, bottom = (max(0, round(side / self.factor)) for side in box)
        return float(self.mask[top:bottom, left:right].sum()) * self.factor**2

    def _filled(self, polygons: Iterable[Polygon]) -> NDArray[np.bool_]:
        filled = np.zeros(self.mask.shape, np.uint8)
        for polygon in polygons:
            outline = np.round(np.array(polygon) / self.factor).astype(np.int32)
            cv2.fillPoly(filled, [outline], 1)
        return np.asarray(cv2.dilate(filled, np.ones((5, 5), np.uint8))) > 0


def polygons_of(result: PageResult) -> Iterator[Polygon]:
    """The polygons of the words, and of lines whose words have none."""
    for line in result.lines:
        in_line = [word.polygon for word in line.words if word.polygon]
        yield from in_line or filter(None, [line.polygon])


def _coverage(page: Page, result: PageResult) -> tuple[float | None, float | None]:
    """The share of the text-like ink inside recognized text, and inside that or unread lines.

    None if there is no such ink.
    """
    if any(line.polygon is None and not any(word.polygon for word in line.words) for line in result.lines):
        return None, None  # the backend does not report positions
    if is_uniform(page.pixels):
        return None, None
    ink, read = InkMap.of(page.pixels, page.dpi), [*polygons_of(result)]
    coverage = ink.share_inside(read)
    unread = [each.polygon for each in result.unread if each.polygon]
    return coverage, ink.share_inside([*read, *unread]) if unread else coverage


def text_like_ink(gray: Pixels) -> NDArray[np.bool_]:
    """A mask of the ink that has the size and shape of letters, without dust, rules, frames and pictures.

    Args:
        gray: a reduced picture of a page, of about a million pixels.
    """
    marks = _marks(gray)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(marks, connectivity=8)
    if count <= 1:
        return np.zeros(labels.shape, np.bool_)
    widths, heights = stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]
    is_text_like = (stats[:, cv2.CC_STAT_AREA] >= _MIN_AREA) & (heights >= _MIN_HEIGHT)
    is_text_like &= (heights <= _MAX_HEIGHT) & (widths <= _MAX_ASPECT * np.maximum(heights, 1))
    is_text_like[0] = False
    ink: NDArray[np.bool_] = is_text_like[labels]
    return ink


def _downscaled_gray(pixels: Pixels, factor: int) -> Pixels:
    if factor > 1 and min(pixels.shape[:2]) >= factor:
        height, width = (side // factor for side in pixels.shape[:2])
        whole = pixels[: height * factor, : width * factor]  # a whole factor is many times faster
        pixels = np.asarray(cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA), dtype=np.uint8)
    return pixels if pixels.ndim == 2 else np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)


def _marks(gray: Pixels) -> cv2.typing.MatLike:
    """A mask of the pixels that differ from the background around them."""
    window = max(3, min(31, min(gray.shape) // 2 * 2 - 1))
    background = cv2.medianBlur(gray, window)
    # A shadow reduces the contrast between ink and paper, so it is measured relative to the possible range.
    possible = cv2.max(background, cv2.bitwise_not(background))
    contrast = cv2.divide(cv2.absdiff(gray, background), possible, scale=255)
    cumulative = np.cumsum(cv2.calcHist([contrast], [0], None, [256], [0, 256]))
    strongest = int(np.searchsorted(cumulative, 0.995 * contrast.size))
    threshold = max(_MIN_CONTRAST, int(_MIN_RELATIVE_CONTRAST * strongest))
    _, marks = cv2.threshold(contrast, threshold, 1, cv2.THRESH_BINARY)
    return marks
