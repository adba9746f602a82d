"""Where on the paper of a PDF page the pixels are that were read: boxes, turns, and the scan it may hold."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pikepdf
from pikepdf import Name

from ocrkit.geometry import IDENTITY, Box, Point, Transform, bounding_box
from ocrkit.result import PageResult

_LETTER = (0, 0, 612, 792)
_DEPTH = 64
_SAME_SHAPE = 0.03
_FEW_PIXELS = 3


def to_page_space(page: pikepdf.Page, result: PageResult) -> Transform | None:
    """Leads from pixels to the units of the page; None where a page of this shape cannot be what was read.

    Reading a page shows what is inside its crop box, turned by /Rotate. A page that is one scan is read as
    that image instead, which may end a little inside or outside of the box. UserUnit scales the paper with
    all that is on it, so it plays no part.
    """
    turns = _turns(page)
    shown = _scan(page, result) or _visible(page)
    width, height = shown.width, shown.height
    across, down = (height, width) if turns % 2 else (width, height)
    if not _is_of_shape(result, across, down):
        return None
    return (
        Transform.scaling(across / result.width, down / result.height)
        .then(Transform.quarter_turns(turns, width, height).inverse())
        .then(Transform(xx=1, x0=shown.left, yy=-1, y0=shown.bottom))
    )


def _is_of_shape(result: PageResult, across: float, down: float) -> bool:
    # Sizes in pixels are rounded up, which matters for tiny pages.
    wanted = result.width * down
    slack = _SAME_SHAPE * wanted + _FEW_PIXELS * (across + down)
    return abs(result.height * across - wanted) <= slack


def _turns(page: pikepdf.Page) -> int:
    try:
        return int(_inherited(page.obj, "/Rotate") or 0) // 90 % 4
    except (TypeError, ValueError):
        return 0


def _visible(page: pikepdf.Page) -> Box:
    """What is shown of the page; its `bottom` is the larger y, which is the top in a PDF."""
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
    for _ in range(_DEPTH):
        if node is None:
            return None
        if key in node:
            return node[key]
        node = node.get("/Parent")
    return None


def _scan(page: pikepdf.Page, result: PageResult) -> Box | None:
    """The place of the image that the page was taken for, or None where the page was rendered."""
    facts = result.trace.source
    if facts.get("rendered", False):
        return None
    for place, size in _images(page):
        as_read = (result.width, result.height)
        if size in (as_read, as_read[::-1]):
            return bounding_box(place.point(corner) for corner in _UNIT)
        return None  # the first one is the scan, or there is none
    return None


_UNIT = (Point(0, 0), Point(1, 0), Point(0, 1), Point(1, 1))


def _images(page: pikepdf.Page) -> Iterator[tuple[Transform, tuple[int, int]]]:
    """The images that the page itself draws: where each is laid, and its pixels."""
    matrix, saved = IDENTITY, list[Transform]()
    named: Any = page.resources.get("/XObject", {})
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
            image = named.get(str(operands[0]))
            if isinstance(image, pikepdf.Stream) and image.get("/Subtype") == Name.Image:
                yield matrix, (int(image.get("/Width", 0)), int(image.get("/Height", 0)))
        elif operator == "INLINE IMAGE":
            inline = instruction.iimage
            yield matrix, (int(inline.width), int(inline.height))
