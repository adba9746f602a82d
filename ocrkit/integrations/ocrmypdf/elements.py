"""The element tree from which OCRmyPDF draws its text layer, made from a result."""

from __future__ import annotations

import math
from collections.abc import Iterator

from ocrmypdf import BoundingBox
from ocrmypdf.hocrtransform import Baseline, OcrClass, OcrElement

from ocrkit.geometry import Box, Polygon, bounding_box
from ocrkit.integrations.ocrmypdf.languages import tesseract_code
from ocrkit.result import Block, Line, PageResult, Word

_DESCENT = 0.21
"""The part of a printed line's height that lies below its baseline."""
_MIN_SLANT = 0.3
"""Degrees. A smaller slant is invisible, and OCRmyPDF ignores it."""


def page_element(page: PageResult, page_number: int) -> OcrElement:
    """The page with its blocks, lines and words.

    Args:
        page: the result of a page that was read alone, so that its own index is 0.
        page_number: the index of the page in the PDF, counted from 0.
    """
    return OcrElement(
        OcrClass.PAGE,
        bbox=_bounding_box(Box(0, 0, page.width, page.height)),
        children=list(_block_elements(page)),
        dpi=page.dpi,
        page_number=page_number,
    )


def _block_elements(page: PageResult) -> Iterator[OcrElement]:
    page_box = Box(0, 0, page.width, page.height)
    for index, block in enumerate(page.blocks):
        polygon = _polygon(block.polygon, [line.polygon for line in block.lines])
        box = bounding_box(polygon) if polygon else _strip(page_box, index, len(page.blocks))
        yield OcrElement(
            OcrClass.PARAGRAPH,
            bbox=_bounding_box(box),
            children=list(_line_elements(block, box)),
            language=tesseract_code(block.language),
        )


def _line_elements(block: Block, block_box: Box) -> Iterator[OcrElement]:
    for index, line in enumerate(block.lines):
        polygon = _polygon(line.polygon, [word.polygon for word in line.words])
        polygon = polygon or _strip(block_box, index, len(block.lines)).polygon
        words = _words(line, polygon)
        angle, language = _angle(polygon), line.language or block.language
        if angle and abs(angle) <= 45 and len(words) > 1:
            # Programs that extract text from a PDF split a word whose letters have different heights. A line
            # for each word is level enough, and each word keeps its place.
            for word in words:
                yield _line_element([word], word.polygon or polygon, 0.0, language)
        elif words:
            yield _line_element(words, polygon, angle, language)


def _line_element(words: list[Word], polygon: Polygon, angle: float, language: str | None) -> OcrElement:
    is_horizontal = abs(angle) <= 45
    return OcrElement(
        OcrClass.LINE,
        bbox=_bounding_box(_level_box(polygon, angle) if is_horizontal else bounding_box(polygon)),
        language=tesseract_code(language),
        textangle=None if is_horizontal else -angle,
        baseline=Baseline(math.tan(math.radians(angle)), 0.0) if is_horizontal else None,
        children=[
            OcrElement(
                OcrClass.WORD,
                bbox=_bounding_box(bounding_box(word.polygon or polygon)),
                text=word.text,
                confidence=word.confidence,
                language=tesseract_code(word.language or language),
            )
            for word in words
        ],
    )


def _words(line: Line, polygon: Polygon) -> list[Word]:
    """The words of a line, or the line as one word if words or their polygons are missing."""
    words = [word for word in line.words if word.text.strip()]
    if not words or any(word.polygon is None for word in words):
        words = [Word(text=line.text, polygon=polygon, confidence=line.confidence)]
    normalized = [word.model_copy(update={"text": " ".join(word.text.split())}) for word in words]
    return [word for word in normalized if word.text]


# ── geometry ──


def _bounding_box(box: Box) -> BoundingBox:
    return BoundingBox(box.left, box.top, box.right, box.bottom)


def _polygon(own: Polygon | None, parts: list[Polygon | None]) -> Polygon | None:
    points = [point for part in parts if part for point in part]
    return own or (bounding_box(points).polygon if points else None)


def _strip(box: Box, index: int, count: int) -> Box:
    """A strip of the parent's box for an element without a polygon, so that a search finds its page."""
    height = box.height / count
    return Box(box.left, box.top + index * height, box.right, box.top + (index + 1) * height)


def _angle(polygon: Polygon) -> float:
    """The clockwise rotation of the text in degrees, rounded to a quarter turn if it is close to one."""
    (x1, y1), (x2, y2) = polygon[:2]
    angle = math.degrees(math.atan2(y2 - y1, x2 - x1))
    quarter = 90.0 * round(angle / 90)
    return quarter if abs(angle - quarter) < _MIN_SLANT else angle


def _level_box(polygon: Polygon, angle: float) -> Box:
    """The box of the line after leveling it around its start, without the descenders.

    OCRmyPDF takes the height of a line's box as the height of its letters, and the lower edge as the start of
    the baseline. The bounding box of a slanted line is as tall as its rise, so the letters would cover the
    lines above.
    """
    box = bounding_box(polygon)
    sine, cosine = math.sin(math.radians(angle)), math.cos(math.radians(angle))
    across = [point.y * cosine - point.x * sine for point in polygon]
    height = max(max(across) - min(across), 1.0)
    baseline = (max(across) - _DESCENT * height + box.left * sine) / cosine
    return Box(box.left, baseline - (1 - _DESCENT) * height, box.right, baseline)
