"""The transform from the pixels of a result to the coordinates of a PDF page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pikepdf
from pikepdf import Name

from ocrkit.geometry import IDENTITY, Box, Point, Transform, bounding_box
from ocrkit.result import PageResult

_LETTER = (0, 0, 612, 792)
_MAX_DEPTH = 64  # of the page tree
_SHAPE_TOLERANCE = 0.03
_ROUNDING_PIXELS = 3


def to_page_space(page: pikepdf.Page, result: PageResult) -> Transform | None:
    """The transform from pixels to page units; None where the page has another aspect ratio than the result.

    A page is rendered inside its crop box and rotated by /Rotate. A page that is a single scan is read as
    that image instead, whose edges may be a little inside or outside the box. UserUnit scales the page and
    its content alike, so it has no effect.
    """
    turns = _quarter_turns(page)
    area = _scan_area(page, result) or _visible_area(page)
    width, height = (area.height, area.width) if turns % 2 else (area.width, area.height)
    if not _has_aspect_ratio(result, width, height):
        return None
    return (
        Transform.scaling(width / result.width, height / result.height)
        .then(Transform.quarter_turns(turns, area.width, area.height).inverse())
        .then(Transform(xx=1, x0=area.left, yy=-1, y0=area.bottom))
    )


def _has_aspect_ratio(result: PageResult, width: float, height: float) -> bool:
    # Sizes in pixels are rounded up, which matters for tiny pages.
    wanted = result.width * height
    tolerance = _SHAPE_TOLERANCE * wanted + _ROUNDING_PIXELS * (width + height)
    return abs(result.height * width - wanted) <= tolerance


def _quarter_turns(page: pikepdf.Page) -> int:
    try:
        return int(_inherited(page.obj, "/Rotate") or 0) // 90 % 4
    except (TypeError, ValueError):
        return 0


def _visible_area(page: pikepdf.Page) -> Box:
    """The crop box. Its `bottom` is the larger y, which is the top in a PDF."""
    media = _box(_inherited(page.obj, "/MediaBox")) or Box(*_LETTER)
    crop = _box(_inherited(page.obj, "/CropBox"))
    return (crop and crop.intersection(media)) or media


def _box(value: Any) -> Box | None:
    try:
        x1, y1, x2, y2 = (float(number) for number in value)
    except (TypeError, ValueError):
        return None
    box = Box(min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2))
    return box if box.width > 0 and box.height > 0 else None


def _inherited(node: Any, key: str) -> Any:
    for _ in range(_MAX_DEPTH):
        if node is None:
            return None
        if key in node:
            return node[key]
        node = node.get("/Parent")
    return None


def _scan_area(page: pikepdf.Page, result: PageResult) -> Box | None:
    """The area of the scan that was read as the page, or None where the page was rendered."""
    if result.trace.source.get("rendered", False):
        return None
    first = next(_images(page), None)
    if first is None:
        return None
    matrix, size = first
    page_size = (result.width, result.height)
    if size not in (page_size, page_size[::-1]):
        return None
    return bounding_box(matrix.point(corner) for corner in _UNIT_SQUARE)


_UNIT_SQUARE = (Point(0, 0), Point(1, 0), Point(0, 1), Point(1, 1))


def _images(page: pikepdf.Page) -> Iterator[tuple[Transform, tuple[int, int]]]:
    """The images that the page itself draws: the matrix and the pixel size of each."""
    matrix, saved = IDENTITY, list[Transform]()
    objects: Any = page.resources.get("/XObject", {})
    try:
        instructions = pikepdf.parse_content_stream(page, "q Q cm Do BI ID EI")
    except pikepdf.PdfError:
        return
    instruction: Any
    for instruction in instructions:
        operator, operands = str(instruction.operator), instruction.operands
        if operator == "q":
            saved.append(matrix)
        elif operator == "Q" and saved:
            matrix = saved.pop()
        elif operator == "cm" and len(operands) == 6:
            a, b, c, d, e, f = (float(number) for number in operands)
            matrix = Transform(xx=a, xy=c, x0=e, yx=b, yy=d, y0=f).then(matrix)
        elif operator == "Do" and operands:
            image = objects.get(str(operands[0]))
            if isinstance(image, pikepdf.Stream) and image.get("/Subtype") == Name.Image:
                yield matrix, (int(image.get("/Width", 0)), int(image.get("/Height", 0)))
        elif operator == "INLINE IMAGE":
            inline = instruction.iimage
            yield matrix, (int(inline.width), int(inline.height))
