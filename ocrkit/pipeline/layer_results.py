"""Results of pages that were read from their text layer, and the regions that are recognized beside it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from ocrkit.geometry import Box, Transform
from ocrkit.page import Page
from ocrkit.pipeline.text_layers import Inspection, Recognize
from ocrkit.result import AppliedStep, Block, Line, PageResult, Trace
from ocrkit.text_layer import erased

_LEAST_CONFIDENCE = 0.5
"""Of lines that are recognized in the pictures of a page."""
_LEAST_SHARED = 0.3
"""Of a line that is recognized beside the layer must lie in a region that the layer lacks."""
_TURNED = 25.0
"""Degrees between the direction of a line and that of most text."""
_MOST_OBLONG = 8


def layer_result(page: Page, lines: Sequence[Line], backend: str) -> PageResult:
    """The lines of a text layer as a result, one block for each line."""
    return PageResult(
        width=page.width,
        height=page.height,
        rotation=_rotation(lines),
        blocks=tuple(Block.of([line]) for line in lines),
        trace=Trace(backend=backend),
    )


def read_regions(
    page: Page, inspection: Inspection, recognize: Recognize
) -> tuple[list[Line], tuple[AppliedStep, ...], Trace | None]:
    """The lines in the regions that the layer lacks, recognized in a picture without the trusted text."""
    layer, verdict = inspection.layer, inspection.verdict
    if layer is None or verdict is None or not verdict.regions:
        return [], (), None
    picture = erased(page.pixels, layer, verdict.trusted)
    whole = verdict.regions[0]
    for region in verdict.regions[1:]:
        whole = whole.union(region)
    whole = _at_least(whole, page)
    left, top = max(0, int(whole.left)), max(0, int(whole.top))
    crop = picture[top : int(whole.bottom) + 1, left : int(whole.right) + 1]
    recognized = recognize(Page(crop, page.index, page.dpi))
    to_page = recognized.to_original.then(Transform.shift(left, top))
    result = recognized.result.transformed(to_page, page.width, page.height)
    lines = [line for line in result.lines if _belongs(line, verdict.regions)]
    return lines, recognized.steps, recognized.result.trace


def _at_least(box: Box, page: Page) -> Box:
    """The box, grown within the page so that it is no strip, on which engines fail."""
    least = max(box.width, box.height) / _MOST_OBLONG
    across, down = max(0.0, least - box.width) / 2, max(0.0, least - box.height) / 2
    return Box(
        max(0.0, box.left - across),
        max(0.0, box.top - down),
        min(float(page.width), box.right + across),
        min(float(page.height), box.bottom + down),
    )


def _belongs(line: Line, regions: Sequence[Box]) -> bool:
    if line.box is None or (line.confidence is not None and line.confidence < _LEAST_CONFIDENCE):
        return False
    shared = sum(common.area for box in regions if (common := box.intersection(line.box)))
    return shared > _LEAST_SHARED * line.box.area


def _rotation(lines: Sequence[Line]) -> int:
    """The clockwise turn that makes most of the text upright."""
    turns: Counter[int] = Counter()
    for line in lines:
        angle = _angle(line)
        if angle is not None:
            turns[-round(angle / 90) % 4 * 90] += len(line.text)
    return turns.most_common(1)[0][0] if turns else 0


def without_turned_lines(page: PageResult) -> tuple[PageResult, list[Block]]:
    """The page without the blocks whose text runs in another direction than most, and these blocks.

    Such text stands in a margin or across the page, so it comes after all other text.
    """
    angles = [_angle(block.lines[0]) if block.lines else None for block in page.blocks]
    lengths: Counter[int] = Counter()
    for angle, block in zip(angles, page.blocks, strict=True):
        if angle is not None:
            lengths[round(angle / 90) % 4] += len(block.text)
    if not lengths:
        return page, []
    usual = lengths.most_common(1)[0][0] * 90
    turned = [
        angle is not None and abs((angle - usual + 180) % 360 - 180) > _TURNED and not block.table
        for angle, block in zip(angles, page.blocks, strict=True)
    ]
    level = tuple(block for block, other in zip(page.blocks, turned, strict=True) if not other)
    others = [block for block, other in zip(page.blocks, turned, strict=True) if other]
    return page.model_copy(update={"blocks": level}), others


def _angle(line: Line) -> float | None:
    if line.polygon is None:
        return None
    start, end = line.polygon[0], line.polygon[1]
    return math.degrees(math.atan2(end.y - start.y, end.x - start.x))
