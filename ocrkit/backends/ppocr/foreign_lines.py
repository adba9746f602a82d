"""Lines in a script that the model does not read, found before time is spent on reading them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from ocrkit.backends.ppocr.recognition import Corners, RecognizedText
from ocrkit.geometry import Point, Polygon
from ocrkit.page import Pixels
from ocrkit.scripts.classifier import classify
from ocrkit.scripts.evidence import seen, verdict_on
from ocrkit.scripts.strips import cut

_ENOUGH = 8
"""Pages with fewer lines are read in any case: that costs little."""
_SAMPLE = 4
_CERTAIN = 0.9
"""A line that looks like the script of its page with this probability is foreign, whatever its reading is."""


def foreign_lines(
    image: Pixels,
    lines: Sequence[Corners],
    known: Mapping[bytes, RecognizedText],
    scripts: Collection[str],
) -> set[bytes]:
    """The corners, as bytes, of lines that are clearly foreign; none on a page that may have been read.

    Args:
        image: the page.
        lines: the lines, in reading direction.
        known: the texts of lines that were read to find the orientation of the page.
        scripts: the scripts that the model reads.
    """
    sample = [corners for corners in lines if corners.tobytes() in known][:_SAMPLE]
    if len(lines) < _ENOUGH or len(sample) < _SAMPLE:
        return set()
    polygons = [_polygon(corners) for corners in sample]
    texts = [known[corners.tobytes()] for corners in sample]
    pictures = classify(cut(image, polygon) for polygon in polygons)
    read = frozenset(scripts)
    verdict = verdict_on(
        [
            seen(polygon, text.text, text.confidence, picture, read)
            for polygon, text, picture in zip(polygons, texts, pictures, strict=True)
        ],
        read,
    )
    if verdict.script is None or not verdict.is_clear:
        return set()
    guesses = classify(cut(image, _polygon(corners)) for corners in lines)
    return {
        corners.tobytes()
        for corners, guess in zip(lines, guesses, strict=True)
        if guess.of(verdict.script) >= _CERTAIN
    }


def _polygon(corners: Corners) -> Polygon:
    return tuple(Point(float(x), float(y)) for x, y in corners)
