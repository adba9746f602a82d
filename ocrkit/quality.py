"""How far a page can be trusted: its confidences, and the ink that no recognised text accounts for.

An engine is sure of what it read and silent about what it did not. Half a page lost in a shadow leaves the
mean confidence untouched; the ink outside of all boxes shows it.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ocrkit.opencv import cv2
from ocrkit.page import Page, Pixels
from ocrkit.result import PageResult, Quality

_PIXELS = 750_000  # marks of letter size survive at this size, and it costs milliseconds
_LEAST_INK = 0.0005  # less text-like ink than this share of the page is dust
_FAINT = 0.2  # of the strongest contrast on the page: what is fainter is paper, shine-through or noise
_LONGEST = 40  # a mark this many times longer than high is a rule; letters out of focus run into one bar
_FEW_COVERED = 0.75
_DOUBTFUL = 0.6


def judge(page: Page, result: PageResult, *, scattered: bool = False) -> tuple[Quality, tuple[str, ...]]:
    """The quality of a result whose polygons are pixels of `page`, and what to warn about.

    Where text is `scattered` over a photo, most marks are none, and their number is no reason to warn.
    """
    confidences = sorted(_confidences(result))
    by_line = [line.confidence for line in result.lines if line.confidence is not None]
    coverage = _coverage(page.pixels, result)
    quality = Quality(
        mean=sum(confidences) / len(confidences) if confidences else None,
        p05=confidences[len(confidences) // 20] if confidences else None,
        worst_line=min(by_line, default=None),
        coverage=coverage,
    )
    warnings: list[str] = []
    if coverage is not None and not result.lines and not scattered:
        warnings.append(
            "no text was found although the page is not blank: it may be a picture, too faint, or in a "
            "script this backend does not read"
        )
    elif coverage is not None and coverage < _FEW_COVERED and not scattered:
        warnings.append(
            f"only {coverage:.0%} of what looks like text was read: part of the page may be lost "
            "(shadow, blur, fading)"
        )
    if quality.mean is not None and quality.mean < _DOUBTFUL:
        warnings.append(f"read with low confidence (mean {quality.mean:.2f}): check the text")
    return quality, tuple(warnings)


def _confidences(result: PageResult) -> list[float]:
    pieces = result.words or result.lines
    return [piece.confidence for piece in pieces if piece.confidence is not None]


def _coverage(pixels: Pixels, result: PageResult) -> float | None:
    """The share of text-like ink inside recognised text, or None where there is no such ink."""
    if any(line.polygon is None and not any(word.polygon for word in line.words) for line in result.lines):
        return None  # an engine that does not say where it read leaves nothing to compare
    height, width = pixels.shape[:2]
    factor = max(1, round(math.sqrt(height * width / _PIXELS)))
    ink = _text_like_ink(pixels, factor)
    total = int(ink.sum())
    if total < _LEAST_INK * ink.size:
        return None
    read = np.zeros(ink.shape, np.uint8)
    for line in result.lines:
        placed = [word for word in line.words if word.polygon]
        for polygon in [word.polygon for word in placed] or [line.polygon]:
            if polygon:
                outline = np.round(np.array(polygon) / factor).astype(np.int32)
                cv2.fillPoly(read, [outline], 1)
    read = np.asarray(cv2.dilate(read, np.ones((5, 5), np.uint8)), dtype=np.uint8)
    return float(ink[read > 0].sum()) / total


def _text_like_ink(pixels: Pixels, factor: int) -> NDArray[np.bool_]:
    """Marks that stand out from their surroundings and are neither dust nor lines, frames or pictures."""
    if factor > 1 and min(pixels.shape[:2]) >= factor:
        height, width = (side // factor for side in pixels.shape[:2])
        whole = pixels[: height * factor, : width * factor]  # many times faster than by a broken factor
        pixels = np.asarray(cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA), dtype=np.uint8)
    gray = pixels if pixels.ndim == 2 else np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)
    window = max(3, min(31, min(gray.shape) // 2 * 2 - 1))
    background = cv2.medianBlur(gray, window)
    # In a shadow paper and ink come closer; what counts is the share of the range that is left there.
    reach = cv2.max(background, cv2.bitwise_not(background))
    contrast = cv2.divide(cv2.absdiff(gray, background), reach, scale=255)
    up_to = np.cumsum(cv2.calcHist([contrast], [0], None, [256], [0, 256]))
    strongest = int(np.searchsorted(up_to, 0.995 * contrast.size))
    _, marks = cv2.threshold(contrast, max(25, int(_FAINT * strongest)), 1, cv2.THRESH_BINARY)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(marks, connectivity=8)
    if count <= 1:
        return np.zeros(gray.shape, np.bool_)
    widths, heights, areas = (
        stats[:, cv2.CC_STAT_WIDTH],
        stats[:, cv2.CC_STAT_HEIGHT],
        stats[:, cv2.CC_STAT_AREA],
    )
    keep = (areas >= 6) & (heights >= 4) & (heights <= 90) & (widths <= _LONGEST * np.maximum(heights, 1))
    keep[0] = False
    inked: NDArray[np.bool_] = keep[labels]
    return inked
