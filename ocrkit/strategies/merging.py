"""Lines of a second reading in place of lines of the first, without changing the rest of the page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean

from ocrkit.alignment import group_lines
from ocrkit.result import Block, Line, PageResult, join_words
from ocrkit.result.blocks import enclosing_polygon

_MORE_LIKELY_RIGHT = 0.5


def line_probability(line: Line) -> float | None:
    """The probability of the least probable word; None if it is unknown.

    Where the reader is not calibrated, its confidences take the place of probabilities.
    """
    return min(_probabilities(line), default=None)


def is_better(new: Sequence[Line], old: Sequence[Line]) -> bool:
    """Whether a second reading replaces the first: it is more probable, or its probability is unknown."""
    if not any(line.text.strip() for line in new):
        return False
    of_new = [value for line in new for value in _probabilities(line)]
    of_old = [value for line in old for value in _probabilities(line)]
    return not of_new or not of_old or fmean(of_new) >= fmean(of_old)


def merge_pages(
    first: PageResult, second: PageResult, doubtful: Iterable[int]
) -> tuple[dict[int, tuple[Line, ...]], dict[int, tuple[Line, ...]]]:
    """The changes of a second reading of a whole page: replacements of doubtful lines, and missed lines.

    Lines that the second reading lacks are kept.

    Returns:
        The new lines by the position of the old one (empty for a line that is in another's replacement), and
        the added ones by the position of the line before them (-1: before all).
    """
    old, new = first.lines, second.lines
    wanted = set(doubtful)
    replaced: dict[int, tuple[Line, ...]] = {}
    added: dict[int, tuple[Line, ...]] = {}
    last = -1
    for of_first, of_second in group_lines([old, new]):
        there = tuple(new[number] for number in of_second)
        if not of_first:
            more = tuple(line for line in there if _is_likely(line))
            added[last] = (*added.get(last, ()), *more)
        elif wanted.intersection(of_first) and is_better(there, [old[number] for number in of_first]):
            replaced |= _replacements(of_first, there)
        last = max((last, *of_first)) if not of_first else of_first[-1]
    return replaced, {place: lines for place, lines in added.items() if lines}


def with_replaced(
    page: PageResult,
    replaced: Mapping[int, tuple[Line, ...]],
    added: Mapping[int, tuple[Line, ...]] | None = None,
) -> PageResult:
    """The page with other lines, and added ones: inside of a block, or as a block between two.

    The cells of tables take over the text of their lines.
    """
    added = added or {}
    blocks = [Block.of(added[-1])] if -1 in added else []
    start = 0
    for block in page.blocks:
        numbers = range(start, start + len(block.lines))
        start += len(block.lines)
        inside = () if block.table else numbers[:-1]
        blocks.append(_with_lines(block, numbers, replaced, {n: added[n] for n in inside if n in added}))
        blocks += [Block.of(added[n]) for n in numbers if n in added and n not in inside]
    return page.model_copy(update={"blocks": tuple(block for block in blocks if _is_kept(block, page))})


def joined(lines: Sequence[Line]) -> Line:
    """Several lines as one."""
    if len(lines) == 1:
        return lines[0]
    if all(line.words for line in lines):
        words = [word for line in lines for word in line.words]
        return Line.of(words, language=lines[0].language, read_by=lines[0].read_by)
    return lines[0].model_copy(
        update={
            "text": join_words([line.text for line in lines]),
            "raw_text": join_words([line.raw_text for line in lines]),
            "polygon": enclosing_polygon(lines),
            "words": (),
        }
    )


def _with_lines(
    block: Block,
    numbers: range,
    replaced: Mapping[int, tuple[Line, ...]],
    added: Mapping[int, tuple[Line, ...]],
) -> Block:
    if not any(number in replaced or number in added for number in numbers):
        return block
    if block.table:  # its cells name their lines by position, so that their number has to stay
        new = [replaced.get(number, ()) for number in numbers]
        return block.with_lines(
            joined(lines) if lines else old for lines, old in zip(new, block.lines, strict=True)
        )
    lines: list[Line] = []
    for number, old in zip(numbers, block.lines, strict=True):
        lines += [*replaced.get(number, (old,)), *added.get(number, ())]
    return block.with_lines(lines).model_copy(update={"polygon": enclosing_polygon(lines)})


def _replacements(of_first: tuple[int, ...], there: tuple[Line, ...]) -> dict[int, tuple[Line, ...]]:
    """Line by line where both readings have as many; else all of them in place of the first one."""
    if len(of_first) == len(there):
        return {number: (line,) for number, line in zip(of_first, there, strict=True)}
    return dict.fromkeys(of_first, ()) | {of_first[0]: there}


def _is_kept(block: Block, page: PageResult) -> bool:
    return bool(block.lines) or block in page.blocks  # pictures and signatures may have no lines


def _is_likely(line: Line) -> bool:
    known = _probabilities(line)
    return bool(line.text.strip()) and (not known or fmean(known) >= _MORE_LIKELY_RIGHT)


def _probabilities(line: Line) -> list[float]:
    words = [
        word.confidence if word.probability is None else word.probability
        for word in line.words
        if word.text.strip()
    ]
    known = [value for value in words if value is not None]
    return known or ([line.confidence] if line.confidence is not None else [])
