"""From a result to the tree of elements that OCRmyPDF draws its layer of text from."""

from __future__ import annotations

import math
from collections.abc import Iterator

from ocrmypdf import BoundingBox
from ocrmypdf.hocrtransform import Baseline, OcrClass, OcrElement

from ocrkit.geometry import Box, Polygon, bounding_box
from ocrkit.integrations.ocrmypdf.languages import code_of
from ocrkit.result import Block, Line, PageResult, Word

_DESCENT = 0.21
"""How much of its height a line of print takes below the letters that stand on it."""
_LEVEL = 0.3
"""A slant, in degrees, that nobody sees, and that OCRmyPDF leaves out."""


def tree_of(page: PageResult, number: int) -> OcrElement:
    """The page, its blocks, their lines and their words.

    Args:
        page: what was read.
        number: the page's place in its document, counted from 0; the page itself was read alone.
    """
    return OcrElement(
        OcrClass.PAGE,
        bbox=_box(Box(0, 0, page.width, page.height)),
        children=list(_blocks(page)),
        dpi=page.dpi,
        page_number=number,
    )


def _blocks(page: PageResult) -> Iterator[OcrElement]:
    everywhere = Box(0, 0, page.width, page.height)
    for index, block in enumerate(page.blocks):
        place = _outline(block.polygon, [line.polygon for line in block.lines])
        around = bounding_box(place) if place else _share(everywhere, index, len(page.blocks))
        yield OcrElement(
            OcrClass.PARAGRAPH,
            bbox=_box(around),
            children=list(_lines(block, around)),
            language=code_of(block.language),
        )


def _lines(block: Block, around: Box) -> Iterator[OcrElement]:
    for index, line in enumerate(block.lines):
        place = _outline(line.polygon, [word.polygon for word in line.words])
        outline = place or _share(around, index, len(block.lines)).polygon
        words = _words(line, outline)
        angle, language = _angle(outline), line.language or block.language
        if angle and abs(angle) <= 45 and len(words) > 1:
            # Programs that take text out of a PDF cut a word in pieces when its letters stand at different
            # heights. Each word by itself is level enough, and stands where it is.
            for word in words:
                yield _line([word], word.polygon or outline, 0.0, language)
        elif words:
            yield _line(words, outline, angle, language)


def _line(words: list[Word], outline: Polygon, angle: float, language: str | None) -> OcrElement:
    lies = abs(angle) <= 45
    return OcrElement(
        OcrClass.LINE,
        bbox=_box(_standing(outline, angle) if lies else bounding_box(outline)),
        language=code_of(language),
        textangle=None if lies else -angle,
        baseline=Baseline(math.tan(math.radians(angle)), 0.0) if lies else None,
        children=[
            OcrElement(
                OcrClass.WORD,
                bbox=_box(bounding_box(word.polygon or outline)),
                text=word.text,
                confidence=word.confidence,
                language=code_of(word.language or language),
            )
            for word in words
        ],
    )


def _words(line: Line, outline: Polygon) -> list[Word]:
    """The words; the line as one where the engine told none apart, or does not say where they are."""
    words = [word for word in line.words if word.text.strip()]
    if not words or any(word.polygon is None for word in words):
        words = [Word(text=line.text, polygon=outline, confidence=line.confidence)]
    named = [word.model_copy(update={"text": " ".join(word.text.split())}) for word in words]
    return [word for word in named if word.text]


# ── places ──


def _box(box: Box) -> BoundingBox:
    return BoundingBox(box.left, box.top, box.right, box.bottom)


def _outline(own: Polygon | None, parts: list[Polygon | None]) -> Polygon | None:
    points = [point for part in parts if part for point in part]
    return own or (bounding_box(points).polygon if points else None)


def _share(box: Box, index: int, count: int) -> Box:
    """A strip of what is around, for what the engine did not place: so a search leads to the right page."""
    height = box.height / count
    return Box(box.left, box.top + index * height, box.right, box.top + (index + 1) * height)


def _angle(outline: Polygon) -> float:
    """How far the text is turned clockwise, in degrees; by whole quarters where it nearly is."""
    (x1, y1), (x2, y2) = outline[:2]
    angle = math.degrees(math.atan2(y2 - y1, x2 - x1))
    quarter = 90.0 * round(angle / 90)
    return quarter if abs(angle - quarter) < _LEVEL else angle


def _standing(outline: Polygon, angle: float) -> Box:
    """The line as if it were level from where it begins, without what hangs below its letters.

    OCRmyPDF takes the height of a line's box for that of its letters, and its lower edge for the start of the
    line they stand on. The box around a slanting line is as tall as it rises, and its letters would cover the
    lines above.
    """
    box = bounding_box(outline)
    sine, cosine = math.sin(math.radians(angle)), math.cos(math.radians(angle))
    across = [point.y * cosine - point.x * sine for point in outline]
    height = max(max(across) - min(across), 1.0)
    foot = (max(across) - _DESCENT * height + box.left * sine) / cosine
    return Box(box.left, foot - (1 - _DESCENT) * height, box.right, foot)
