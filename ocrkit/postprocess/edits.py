"""Edit the text of a block and keep lines, words and table cells consistent.

A step describes each change as an `Edit`: a range of characters in a line and its replacement. Applying the
edits updates the words. A changed word keeps its position and records a correction. Words merged into one get
the position of all of them; a word split into several is divided in proportion to the text. `raw_text` never
changes.
"""

from __future__ import annotations

import difflib
import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from ocrkit.geometry import Point, Polygon
from ocrkit.result import Alternative, Block, Correction, CorrectionCandidate, Line, Word, join_words

_WORD = re.compile(r"\S+")


class Edit(NamedTuple):
    """A replacement of characters in one line of a block."""

    line: int
    """Index of the line in the block."""
    start: int
    end: int
    """The replaced range of the line's text, end exclusive."""
    after: str
    reason: str
    confidence: float | None = None
    candidates: tuple[CorrectionCandidate, ...] = ()
    """What the step chose among, the best first."""


class WordSpan(NamedTuple):
    """A word and its range in the text of its line."""

    text: str
    start: int
    end: int
    confidence: float | None
    language: str | None
    probability: float | None = None
    """The calibrated probability that the word is right."""
    alternatives: tuple[Alternative, ...] = ()
    """Other readings of the engine."""


def word_spans(line: Line) -> tuple[WordSpan, ...]:
    """The words of a line with their ranges.

    For engines that return no words, the text is split at spaces and each word gets the confidence of the
    line. Empty if the words do not match the line's text: such a line cannot be edited.
    """
    if not line.words:
        return tuple(
            WordSpan(match[0], *match.span(), line.confidence, line.language)
            for match in _WORD.finditer(line.text)
        )
    return tuple(
        WordSpan(
            word.text,
            *word_range,
            word.confidence,
            word.language or line.language,
            word.probability,
            word.alternatives,
        )
        for word, word_range in zip(line.words, _word_ranges(line) or (), strict=False)
    )


def diff_line(line: Line, index: int, text: str, reason: str, confidence: float | None = None) -> list[Edit]:
    """The smallest edits, in whole words, that turn the text of the line with this index into `text`."""
    before = [match.span() for match in _WORD.finditer(line.text)]
    after = [match.span() for match in _WORD.finditer(text)]
    matcher = difflib.SequenceMatcher(
        None,
        [line.text[start:end] for start, end in before],
        [text[start:end] for start, end in after],
        autojunk=False,
    )
    edits = []
    for tag, first, last, first_after, last_after in matcher.get_opcodes():
        if tag == "equal":
            continue
        new = text[after[first_after][0] : after[last_after - 1][1]] if first_after < last_after else ""
        if first < last:
            start, end = before[first][0], before[last - 1][1]
        elif before:  # an insertion: before the next word, or after the last one
            start = end = before[first][0] if first < len(before) else before[-1][1]
            new = f"{new} " if first < len(before) else f" {new}"
        else:
            start = end = 0
        edits.append(Edit(index, start, end, new, reason, confidence))
    return edits


def apply_edits(block: Block, edits: Iterable[Edit], by: str) -> Block:
    """The block with all edits applied, or the same object if nothing changes.

    Lines whose words do not match their text are left unchanged. Raises `ValueError` if edits overlap.
    """
    lines = list(block.lines)
    block_corrections: list[Correction] = []
    ranked = sorted(edits, key=lambda edit: (edit.line, edit.start, edit.end))
    for index, group in itertools.groupby(ranked, key=lambda edit: edit.line):
        line_edits = list(group)
        if any(one.end > other.start for one, other in itertools.pairwise(line_edits)):
            raise ValueError(f"edits of line {index} overlap")
        lines[index], corrections = _edit_line(lines[index], line_edits, by)
        block_corrections += corrections
    if all(new is old for new, old in zip(lines, block.lines, strict=True)):
        return block
    changed = block.with_lines(lines)
    return changed.model_copy(update={"corrections": (*block.corrections, *block_corrections)})


class _WordEdit(NamedTuple):
    """Consecutive words of a line and their replacement."""

    first: int
    last: int
    """Index after the last word."""
    after: str
    edit: Edit


def _edit_line(line: Line, edits: Sequence[Edit], by: str) -> tuple[Line, list[Correction]]:
    """The edited line, and the corrections that no word of it can hold."""
    edits = [edit for edit in edits if line.text[edit.start : edit.end] != edit.after]
    ranges = _word_ranges(line)
    if not edits or ranges is None:
        return line, []
    text = _edit_text(line.text, edits)
    if not line.words:
        corrections = [
            _correction(line.text[edit.start : edit.end].strip(), edit.after.strip(), edit, by)
            for edit in edits
        ]
        return line.model_copy(update={"text": text}), corrections
    words: list[Word] = []
    corrections = []
    copied = 0
    for word_edit in _word_edits(line, edits, ranges):
        replaced = line.words[word_edit.first : word_edit.last]
        new_words, without_word = _edit_words(replaced, word_edit, by)
        words += [*line.words[copied : word_edit.first], *new_words]
        corrections += without_word
        copied = word_edit.last
    words += line.words[copied:]
    return line.model_copy(update={"text": text, "words": tuple(words)}), corrections


def _edit_text(text: str, edits: Sequence[Edit], start: int = 0, end: int | None = None) -> str:
    """A range of the text with the edits applied. Removing a word also removes one adjacent space."""
    edited, position = "", start
    for edit in edits:
        edited += text[position : edit.start] + edit.after
        position = edit.end
        if not edit.after and (not edited or edited[-1].isspace()):
            if text[position : position + 1].isspace():
                position += 1
            elif position == len(text):
                edited = edited.rstrip()
    return edited + text[position:end]


def _word_edits(line: Line, edits: Sequence[Edit], ranges: Sequence[tuple[int, int]]) -> Iterator[_WordEdit]:
    """The edits in whole words. Edits that touch the same word become one."""
    groups: list[tuple[int, int, list[Edit]]] = []
    for edit in edits:
        touched = [
            index for index, (start, end) in enumerate(ranges) if start < edit.end and edit.start < end
        ] or [index for index, (start, end) in enumerate(ranges) if start <= edit.end and edit.start <= end]
        first = touched[0] if touched else sum(end <= edit.start for _, end in ranges)
        last = touched[-1] + 1 if touched else first
        if groups and first < groups[-1][1]:
            groups[-1] = (groups[-1][0], max(last, groups[-1][1]), [*groups[-1][2], edit])
        else:
            groups.append((first, last, [edit]))
    for first, last, group in groups:
        start, end = group[0].start, group[-1].end
        if first < last:
            start, end = min(start, ranges[first][0]), max(end, ranges[last - 1][1])
        yield _WordEdit(first, last, _edit_text(line.text, group, start, end), group[0])


def _edit_words(words: Sequence[Word], word_edit: _WordEdit, by: str) -> tuple[list[Word], list[Correction]]:
    """The words after an edit, and the corrections that none of them can hold."""
    texts = word_edit.after.split()
    if len(texts) == len(words):
        return [
            word
            if word.text == text
            else _change_word(word, text, _correction(word.text, text, word_edit.edit, by))
            for word, text in zip(words, texts, strict=True)
        ], []
    prefix = _common_prefix([word.text for word in words], texts)
    suffix = _common_prefix([word.text for word in words[prefix:]][::-1], texts[prefix:][::-1])
    old, new = words[prefix : len(words) - suffix], texts[prefix : len(texts) - suffix]
    correction = _correction(join_words([word.text for word in old]), join_words(new), word_edit.edit, by)
    replacements = _replace_words(old, new, correction)
    without_word = [] if replacements or not old else [correction]
    return [*words[:prefix], *replacements, *words[len(words) - suffix :]], without_word


def _common_prefix(one: Sequence[str], other: Sequence[str]) -> int:
    """How many texts at the beginning are equal."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((index for index, (a, b) in pairs if a != b), min(len(one), len(other)))


def _replace_words(words: Sequence[Word], texts: Sequence[str], correction: Correction) -> list[Word]:
    """New words for a different number of old ones."""
    if not texts:
        return []
    if not words:  # an insertion: there is no position, and the engine read nothing
        return [
            Word(text=text, raw_text="", corrections=(correction.model_copy(update={"after": text}),))
            for text in texts
        ]
    whole = Line.of(words)
    first, *rest = (
        words[0].model_copy(
            update={"text": text, "polygon": polygon, "confidence": whole.confidence, "probability": None}
        )
        for text, polygon in zip(texts, _divide(whole.polygon, texts), strict=True)
    )
    corrections = (*(each for word in words for each in word.corrections), correction)
    raw_text = join_words([word.raw_text for word in words])
    return [
        first.model_copy(update={"raw_text": raw_text, "corrections": corrections}),
        *(word.model_copy(update={"raw_text": "", "corrections": ()}) for word in rest),
    ]


def _change_word(word: Word, text: str, correction: Correction) -> Word:
    corrections = (*word.corrections, correction)
    return word.model_copy(update={"text": text, "corrections": corrections, "probability": None})


def _correction(before: str, after: str, edit: Edit, by: str) -> Correction:
    return Correction(
        before=before,
        after=after,
        by=by,
        reason=edit.reason,
        confidence=edit.confidence,
        candidates=edit.candidates,
    )


def _divide(polygon: Polygon | None, texts: Sequence[str]) -> list[Polygon | None]:
    """One polygon per text: the given polygon, divided in proportion to the length of the texts."""
    if polygon is None or len(polygon) != 4:
        return [polygon] * len(texts)
    top_left, top_right, bottom_right, bottom_left = polygon
    total = sum(map(len, texts)) + len(texts) - 1
    polygons: list[Polygon | None] = []
    position = 0
    for text in texts:
        start, end = position / total, (position + len(text)) / total
        polygons.append(
            (
                _interpolate(top_left, top_right, start),
                _interpolate(top_left, top_right, end),
                _interpolate(bottom_left, bottom_right, end),
                _interpolate(bottom_left, bottom_right, start),
            )
        )
        position += len(text) + 1
    return polygons


def _interpolate(one: Point, other: Point, share: float) -> Point:
    return Point(one.x + (other.x - one.x) * share, one.y + (other.y - one.y) * share)


def _word_ranges(line: Line) -> list[tuple[int, int]] | None:
    """The range of each word in the line's text; None if a word is not found there."""
    ranges, position = [], 0
    for word in line.words:
        start = line.text.find(word.text, position)
        if start < 0:
            return None
        position = start + len(word.text)
        ranges.append((start, position))
    return ranges
