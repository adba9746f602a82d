"""Lines of a second reading in place of lines of the first, without changing the rest of the page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from statistics import fmean
from typing import TypeAlias

from ocrkit.alignment import group_lines
from ocrkit.result import Block, Line, PageResult, Word, join_words
from ocrkit.result.blocks import enclosing_polygon
from ocrkit.strategies.voting import certainty_of, mean_certainty, mean_odds

Takes: TypeAlias = Callable[[Sequence[int], Sequence[int]], bool]

_MORE_LIKELY_RIGHT = 0.5
_LETTERS = 5


def line_probability(line: Line, on_page: float | None = None) -> float | None:
    """The share of the words of a line that are expected to be right, as if all had five letters.

    By letters, because reading a long line again costs more. None if nothing is known. Where the reader is
    not calibrated, its confidences take the place of probabilities.

    Args:
        line: the line.
        on_page: the mean probability of the letters of the page. A reader that is unsure everywhere is wrong
            also where it is sure.
    """
    known = [word for word in line.words if word.text.strip() and _probability(word) is not None]
    if not known:
        return line.confidence
    certainty = [certainty_of(word) for word in known]
    if on_page is not None:
        certainty = [mean_odds(value, on_page) for value in certainty]
    letters = sum(len(word.text) for word in known)
    return max(0.0, 1 - _LETTERS * sum(1 - value for value in certainty) / letters)


def line_probabilities(page: PageResult) -> list[float]:
    """The probability of each line of a page, with regard to the whole page; 0 where nothing is known."""
    on_page = mean_certainty(page.words)
    return [line_probability(line, on_page) or 0.0 for line in page.lines]


def is_better(new: Sequence[Line], old: Sequence[Line]) -> bool:
    """Whether a second reading replaces the first: it is more probable, or its probability is unknown."""
    if not any(line.text.strip() for line in new):
        return False
    of_new = [value for line in new for value in _probabilities(line)]
    of_old = [value for line in old for value in _probabilities(line)]
    return not of_new or not of_old or fmean(of_new) >= fmean(of_old)


def merged(base: PageResult, other: PageResult, takes: Takes) -> PageResult:
    """A page with lines of another reading of it: those that it takes, and probable ones that it lacks.

    Args:
        base: the page, which gives layout and reading order.
        other: the other reading. Both have places.
        takes: whether lines of the page (by position) are replaced by those of the other reading there.
    """
    replaced: dict[int, tuple[Line, ...]] = {}
    added: dict[int, tuple[Line, ...]] = {}
    last = -1
    for of_base, of_other in group_lines([base.lines, other.lines]):
        there = tuple(other.lines[number] for number in of_other)
        if not of_base:
            added[last] = (*added.get(last, ()), *(line for line in there if _is_likely(line)))
            continue
        if there and takes(of_base, of_other):
            replaced |= _replacements(of_base, there)
        last = of_base[-1]
    return with_replaced(base, replaced, {place: lines for place, lines in added.items() if lines})


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
        return Line.of(words, language=lines[0].language, script=lines[0].script, read_by=lines[0].read_by)
    return lines[0].model_copy(
        update={
            "text": join_words([line.text for line in lines]),
            "raw_text": join_words([line.raw_text for line in lines]),
            "polygon": enclosing_polygon(lines),
            "words": (),
        }
    )


def gaps_between_words(line: Line) -> list[str | None]:
    """What stands before each word in the text of a line; None where the text does not hold the word."""
    gaps: list[str | None] = []
    position = 0
    for word in line.words:
        found = line.text.find(word.text, position)
        between = line.text[position:found] if found >= 0 else "?"
        gaps.append(None if between.strip() else between)
        position = found + len(word.text) if found >= 0 else position
    return gaps


def _with_lines(
    block: Block,
    numbers: range,
    replaced: Mapping[int, tuple[Line, ...]],
    added: Mapping[int, tuple[Line, ...]],
) -> Block:
    if not any(number in replaced or number in added for number in numbers):
        return block
    if block.table:  # its cells name their lines by position, so that their number has to stay
        new = [replaced.get(number, (old,)) for number, old in zip(numbers, block.lines, strict=True)]
        return block.with_lines(
            joined(lines) if lines else old.model_copy(update={"text": "", "words": ()})
            for lines, old in zip(new, block.lines, strict=True)
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
    words = [_probability(word) for word in line.words if word.text.strip()]
    known = [value for value in words if value is not None]
    return known or ([line.confidence] if line.confidence is not None else [])


def _probability(word: Word) -> float | None:
    return word.confidence if word.probability is None else word.probability
