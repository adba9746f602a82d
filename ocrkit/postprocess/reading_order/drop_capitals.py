"""Drop capitals: large first letters, which engines find apart from their word or in the wrong line."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
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
    by_left = sorted(range(len(fragments)), key=lambda index: fragments[index].box.left)
    lefts = [fragments[index].box.left for index in by_left]
    for number, capital in enumerate(fragments):
        if len(capital.line.text.strip()) != 1 or number in joined:
            continue
        # Only fragments that begin close to the end of the letter: a page may hold thousands of letters.
        start = bisect_right(lefts, capital.box.right - _MAX_OVERLAP * height)
        end = bisect_left(lefts, capital.box.right + _MAX_GAP * height)
        free = (index for index in by_left[start:end] if index not in joined and index not in capitals)
        index = next((index for index in free if _begins(capital, fragments[index])), None)
        if index is not None:
            line = join_row([capital, fragments[index]])
            joined[index] = fragments[index]._replace(line=line)
            capitals.add(number)
    return [joined.get(index, each) for index, each in enumerate(fragments) if index not in capitals]


def _begins(capital: LineFragment, other: LineFragment) -> bool:
    """Whether a fragment that begins close to a letter is the line of this drop capital."""
    if capital.kept_block or other.kept_block or not _share_height(capital.box, other.box):
        return False
    return is_drop_capital(capital.line, other.line)


def _share_height(one: Box, other: Box) -> bool:
    shared = min(one.bottom, other.bottom) - max(one.top, other.top)
    return shared > _MIN_SHARED * min(one.height, other.height)
