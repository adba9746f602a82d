"""Replace the recognized text in a form field by the exact value of the field."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rapidfuzz import fuzz

from ocrkit.geometry import Box, bounding_box
from ocrkit.result import Block, Correction, Line, Word, join_words
from ocrkit.result.blocks import enclosing_polygon

STEP = "form"
"""The name of this step in corrections."""
_COVERED = 0.3
"""A line is in a field if it covers this share of the field, or if this share of it is in the field."""


def with_exact_value(blocks: tuple[Block, ...], value: str, box: Box) -> tuple[Block, ...] | None:
    """The blocks with the value in its field; None if no text was recognized there.

    A value of several lines is not assigned to the lines; these stay as they were read.
    """
    lines = [line for block in blocks for line in block.lines if _is_in_field(line, box)]
    if not lines:
        return None
    read = {id(line): [word for word in line.words if _is_inside(word, box)] for line in lines}
    lines = [line for line in lines if read[id(line)]]
    if not lines or "\n" in value.strip():
        return blocks
    best = max(lines, key=lambda line: fuzz.ratio(_text(read[id(line)]), value))
    # Everything else in the field is misread: its frame, or the arrow of a list.
    misread = {id(line) for line in lines if line is not best and len(read[id(line)]) == len(line.words)}
    before = join_words([_text(read[id(line)]) for line in lines if line is best or id(line) in misread])
    if before == " ".join(value.split()):
        return blocks
    exact = _exact_line(best, value, before, read[id(best)], box)
    replaced = (_with_line(block, best, exact, misread) for block in blocks)
    return tuple(block for block in replaced if block.lines or block.table)


def _with_line(block: Block, before: Line, exact: Line, removed: set[int]) -> Block:
    if block.table:
        return block.with_lines(exact if line is before else line for line in block.lines)
    lines = [exact if line is before else line for line in block.lines if id(line) not in removed]
    if len(lines) == len(block.lines) and exact not in lines:
        return block
    return block.model_copy(update={"lines": tuple(lines), "polygon": enclosing_polygon(lines)})


def _exact_line(line: Line, value: str, before: str, read: Sequence[Word], box: Box) -> Line:
    inside = {id(word) for word in read}
    first = next(index for index, word in enumerate(line.words) if id(word) in inside)
    others = [word for word in line.words if id(word) not in inside]
    words = [*others[:first], *_words(value, before, read, box), *others[first:]]
    text = join_words([word.text for word in words])
    return line.model_copy(update={"words": tuple(words), "text": text, "polygon": enclosing_polygon(words)})


def _words(value: str, before: str, read: Sequence[Word], box: Box) -> Iterator[Word]:
    """The words of a value, side by side in the place of the recognized text."""
    place = bounding_box(point for word in read for point in word.polygon or ()).intersection(box) or box
    texts = value.split()
    after = " ".join(texts)
    correction = Correction(before=before, after=after, by=STEP, reason="the form holds this value")
    start = 0
    for number, text in enumerate(texts):
        left = place.left + place.width * start / len(after)
        right = place.left + place.width * (start + len(text)) / len(after)
        yield Word(
            text=text,
            raw_text="" if number else before,
            polygon=Box(left, place.top, right, place.bottom).polygon,
            corrections=() if number else (correction,),
        )
        start += len(text) + 1


def _text(words: Sequence[Word]) -> str:
    return join_words([word.text for word in words])


def _is_in_field(line: Line, box: Box) -> bool:
    shared = line.box.intersection(box) if line.box else None
    return bool(line.box and shared and shared.area >= _COVERED * min(line.box.area, box.area))


def _is_inside(word: Word, box: Box) -> bool:
    shared = word.box.intersection(box) if word.box else None
    return bool(word.box and shared and shared.area >= 0.5 * word.box.area)
