"""Hidden text: text in the file that is not visible on the page.

The picture of the page with its text minus the picture without it shows what each glyph adds to the page.
That finds text under an image, outside of a clip, on a switched-off layer or in the color of its background,
without knowing how each of them works. What the file says about itself (an invisible mode, no opacity, a
size, a place) names the reason, and counts even where visible text lies in the same place.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ocrkit.glyphs import TextLayer
from ocrkit.opencv import cv2
from ocrkit.text_layer.grouping import Mask, area_sums, by_run

_LEAST_CHANGE = 6
"""Gray levels of the small picture. Letters are thin there, so black text changes it by 100 and more."""
_LEAST_CONTRAST = 14
"""Gray levels between the color of the text and its background."""
_LEAST_SIZE = 2.0
"""Points: nothing smaller can be read on paper."""
_LEAST_RELATIVE_SIZE = 0.003
"""Of the longer side of the page: small pages are shown enlarged."""
_LEAST_SHARE = 0.3
"""The share of the glyphs of a word that must have changed the picture: dots and thin strokes may not."""

INVISIBLE = "invisible or transparent"
OUTSIDE = "outside of the page"
TINY = "too small to read"
SAME_COLOR = "in the color of its background"
COVERED = "covered, clipped or switched off"


def hidden_glyphs(
    layer: TextLayer, spaces: Mask, run_of: NDArray[np.int64], dpi: float
) -> tuple[Mask, Mapping[str, int]]:
    """Which glyphs are hidden, and the number of characters for each reason. White space is never hidden."""
    least = min(_LEAST_SIZE * dpi / 72, _LEAST_RELATIVE_SIZE * max(layer.width, layer.height))
    checks = {
        INVISIBLE: _of_style(layer, [not style.visible for style in layer.styles]),
        OUTSIDE: _outside(layer),
        TINY: _of_style(layer, [style.size < least for style in layer.styles]),
        SAME_COLOR: _without_contrast(layer, spaces, run_of),
        COVERED: _without_mark(layer, spaces, run_of),
    }
    hidden = np.zeros(len(layer), np.bool_)
    counts: dict[str, int] = {}
    for reason, mask in checks.items():
        found = mask & ~hidden & ~spaces
        if found.any():
            counts[reason] = int(found.sum())
            hidden |= found
    return hidden, counts


def _of_style(layer: TextLayer, values: list[bool]) -> Mask:
    """A property of styles, for each glyph."""
    found: Mask = np.array([*values, False], np.bool_)[layer.style_of]
    return found


def _outside(layer: TextLayer) -> Mask:
    x = (layer.boxes[:, 0] + layer.boxes[:, 2]) / 2
    y = (layer.boxes[:, 1] + layer.boxes[:, 3]) / 2
    inside = (x >= 0) & (y >= 0) & (x <= layer.width) & (y <= layer.height)
    return np.asarray(~inside)


def _without_contrast(layer: TextLayer, spaces: Mask, run_of: NDArray[np.int64]) -> Mask:
    """Glyphs in the color of their background."""
    gray = [
        0.299 * style.color[0] + 0.587 * style.color[1] + 0.114 * style.color[2] if style.color else np.nan
        for style in layer.styles
    ]
    color = np.array([*gray, np.nan])[layer.style_of]
    sums, sizes = area_sums(layer.background, layer)
    sums, sizes = by_run(run_of, np.where(spaces, 0, sums)), by_run(run_of, np.where(spaces, 0, sizes))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.abs(sums / sizes - color) < _LEAST_CONTRAST)


def _without_mark(layer: TextLayer, spaces: Mask, run_of: NDArray[np.int64]) -> Mask:
    """Glyphs of words that do not change the picture."""
    change = cv2.absdiff(layer.picture, layer.background)
    marks = cv2.threshold(change, _LEAST_CHANGE - 1, 1, cv2.THRESH_BINARY)[1]
    sums, _ = area_sums(np.asarray(marks, np.uint8), layer)
    marked = by_run(run_of, ((sums > 0) & ~spaces).astype(np.float64))
    total = by_run(run_of, (~spaces).astype(np.float64))
    return np.asarray(marked < _LEAST_SHARE * total)
