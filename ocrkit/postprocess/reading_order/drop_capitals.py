"""Drop capitals: large first letters, which engines find apart from their word or in the wrong line."""

from __future__ import annotations

from collections.abc import Sequence

from ocrkit.geometry import Box
from ocrkit.postprocess.reading_order.initials import is_drop_capital
from ocrkit.postprocess.reading_order.line_fragments import LineFragment, join_row

_MAX_GAP, _MAX_OVERLAP = 1.5, 0.5  # from the letter to its line, in line heights
_MIN_SHARED = 0.5  # share of the smaller height


def join_drop_capitals(fragments: Sequence[LineFragment], height: float) -> list[LineFragment]:
    """The fragments, each drop capital joined with the line that it begins.

    Args:
        fragments: the fragments; the box of a drop capital ends with the first line beside it.
        height: the median height of the fragments.
    """
    joined: dict[int, LineFragment] = {}
    capitals: set[int] = set()
    for number, capital in enumerate(fragments):
        if len(capital.line.text.strip()) != 1:
            continue
        candidates = ((index, each) for index, each in enumerate(fragments) if _begins(capital, each, height))
        beside = [(each.box.left, index) for index, each in candidates]
        if beside:
            _, index = min(beside)
            line = join_row([capital, fragments[index]])
            joined[index] = fragments[index]._replace(line=line)
            capitals.add(number)
    return [joined.get(index, each) for index, each in enumerate(fragments) if index not in capitals]


def _begins(capital: LineFragment, other: LineFragment, height: float) -> bool:
    """Whether a fragment is the drop capital of the line beside it."""
    if capital.kept_block or other.kept_block or not is_drop_capital(capital.line, other.line):
        return False
    gap = other.box.left - capital.box.right
    return (
        -_MAX_OVERLAP * height < gap < _MAX_GAP * height
        and _shared_height(capital.box, other.box) > _MIN_SHARED
    )


def _shared_height(one: Box, other: Box) -> float:
    """The height that two boxes share, relative to the smaller one."""
    return (min(one.bottom, other.bottom) - max(one.top, other.top)) / min(one.height, other.height)
