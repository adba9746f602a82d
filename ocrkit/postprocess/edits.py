"""Other text in a block, so that its lines, words and cells agree and nothing is replaced in silence.

A step says what is to stand where, in characters of a line. What that means for the words is decided here:
one that is changed keeps its place and says what it was; some that become one have the place of all; one
that becomes several is cut in proportion. `raw_text` is never touched.
"""

from __future__ import annotations

import difflib
import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from ocrkit.geometry import Point, Polygon
from ocrkit.result import Block, Correction, Line, Word, join_words

_WORD = re.compile(r"\S+")


class Edit(NamedTuple):
    """What is to stand in place of some characters of a line."""

    line: int
    """Which line of the block, from 0."""
    start: int
    end: int
    """From where to where in its text."""
    after: str
    reason: str
    confidence: float | None = None


class Token(NamedTuple):
    """A word as a step sees it, whether or not its engine tells words apart."""

    text: str
    start: int
    end: int
    confidence: float | None
    language: str | None


def tokens(line: Line) -> tuple[Token, ...]:
    """The words of a line; where it has none, what stands between its spaces, as sure as the line is.

    Nothing where the words are not those of the line's text: it cannot be edited.
    """
    if not line.words:
        return tuple(
            Token(match[0], *match.span(), line.confidence, line.language)
            for match in _WORD.finditer(line.text)
        )
    return tuple(
        Token(word.text, *span, word.confidence, word.language or line.language)
        for word, span in zip(line.words, _spans(line) or (), strict=False)
    )


def edits_to(line: Line, number: int, text: str, reason: str, confidence: float | None = None) -> list[Edit]:
    """The smallest edits, in whole words, that make a line with this number say another text."""
    before = [match.span() for match in _WORD.finditer(line.text)]
    after = [match.span() for match in _WORD.finditer(text)]
    matcher = difflib.SequenceMatcher(
        None,
        [line.text[start:end] for start, end in before],
        [text[start:end] for start, end in after],
        autojunk=False,
    )
    edits = []
    for tag, first, last, to_first, to_last in matcher.get_opcodes():
        if tag == "equal":
            continue
        new = text[after[to_first][0] : after[to_last - 1][1]] if to_first < to_last else ""
        if first < last:
            start, end = before[first][0], before[last - 1][1]
        elif before:  # inserted: before the next word, or after the last one
            start = end = before[first][0] if first < len(before) else before[-1][1]
            new = f"{new} " if first < len(before) else f" {new}"
        else:
            start = end = 0
        edits.append(Edit(number, start, end, new, reason, confidence))
    return edits


def edited(block: Block, edits: Iterable[Edit], by: str) -> Block:
    """The block with all these edits made; they may not overlap. The very block if there are none.

    A line whose words are not those of its text is left as it is: nobody could say which of them to change.
    """
    lines = list(block.lines)
    without_word: list[Correction] = []
    ranked = sorted(edits, key=lambda edit: (edit.line, edit.start, edit.end))
    for number, group in itertools.groupby(ranked, key=lambda edit: edit.line):
        here = list(group)
        if any(one.end > other.start for one, other in itertools.pairwise(here)):
            raise ValueError(f"edits of line {number} overlap")
        lines[number], corrections = _edited(lines[number], here, by)
        without_word += corrections
    if all(new is old for new, old in zip(lines, block.lines, strict=True)):
        return block
    changed = block.with_lines(lines)
    return changed.model_copy(update={"corrections": (*block.corrections, *without_word)})


class _Part(NamedTuple):
    """Words that follow one another, and what is to stand in their place."""

    first: int
    last: int
    """One behind the last of them."""
    before: str
    after: str
    edit: Edit


def _edited(line: Line, edits: Sequence[Edit], by: str) -> tuple[Line, list[Correction]]:
    """The line, and the corrections that no word of it can hold."""
    edits = [edit for edit in edits if line.text[edit.start : edit.end] != edit.after]
    spans = _spans(line)
    if not edits or spans is None:
        return line, []
    text = _spliced(line.text, edits)
    if not line.words:
        corrections = [
            _correction(line.text[edit.start : edit.end].strip(), edit.after.strip(), edit, by)
            for edit in edits
        ]
        return line.model_copy(update={"text": text}), corrections
    words: list[Word] = []
    corrections = []
    done = 0
    for part in _parts(line, edits, spans):
        made, without_word = _words(line.words[part.first : part.last], part, by)
        words += [*line.words[done : part.first], *made]
        corrections += without_word
        done = part.last
    words += line.words[done:]
    return line.model_copy(update={"text": text, "words": tuple(words)}), corrections


def _spliced(text: str, edits: Sequence[Edit], start: int = 0, end: int | None = None) -> str:
    """Part of a text with the edits made. Where a word goes, one of the spaces around it goes too."""
    made, position = "", start
    for edit in edits:
        made += text[position : edit.start] + edit.after
        position = edit.end
        if not edit.after and (not made or made[-1].isspace()):
            if text[position : position + 1].isspace():
                position += 1
            elif position == len(text):
                made = made.rstrip()
    return made + text[position:end]


def _parts(line: Line, edits: Sequence[Edit], spans: Sequence[tuple[int, int]]) -> Iterator[_Part]:
    """Which words each edit is about. Edits that share a word are one part, which takes both."""
    groups: list[tuple[int, int, list[Edit]]] = []
    for edit in edits:
        touched = [
            place for place, (start, end) in enumerate(spans) if start < edit.end and edit.start < end
        ] or [place for place, (start, end) in enumerate(spans) if start <= edit.end and edit.start <= end]
        first = touched[0] if touched else sum(end <= edit.start for _, end in spans)
        last = touched[-1] + 1 if touched else first
        if groups and first < groups[-1][1]:
            groups[-1] = (groups[-1][0], max(last, groups[-1][1]), [*groups[-1][2], edit])
        else:
            groups.append((first, last, [edit]))
    for first, last, group in groups:
        start, end = group[0].start, group[-1].end
        if first < last:
            start, end = min(start, spans[first][0]), max(end, spans[last - 1][1])
        after = _spliced(line.text, group, start, end)
        yield _Part(first, last, line.text[start:end], after, group[0])


def _words(words: Sequence[Word], part: _Part, by: str) -> tuple[list[Word], list[Correction]]:
    """What becomes of the words of a part, and the corrections that none of them can hold."""
    texts = part.after.split()
    if len(texts) == len(words):
        return [
            word if word.text == text else _changed(word, text, _correction(word.text, text, part.edit, by))
            for word, text in zip(words, texts, strict=True)
        ], []
    same = 0
    while same < min(len(words), len(texts)) and words[same].text == texts[same]:
        same += 1
    same_behind = 0
    while (
        same_behind < min(len(words), len(texts)) - same
        and words[-1 - same_behind].text == texts[-1 - same_behind]
    ):
        same_behind += 1
    old, new = words[same : len(words) - same_behind], texts[same : len(texts) - same_behind]
    correction = _correction(join_words([word.text for word in old]), join_words(new), part.edit, by)
    made = _remade(old, new, correction)
    without_word = [] if made or not old else [correction]
    return [*words[:same], *made, *words[len(words) - same_behind :]], without_word


def _remade(words: Sequence[Word], texts: Sequence[str], correction: Correction) -> list[Word]:
    """These words in place of those, of which there were more or fewer."""
    if not texts:
        return []
    if not words:  # nothing stood there: it has no place, and the engine had read nothing
        return [
            Word(text=text, raw_text="", corrections=(correction.model_copy(update={"after": text}),))
            for text in texts
        ]
    whole = Line.of(words)
    first, *rest = (
        words[0].model_copy(
            update={"text": text, "polygon": polygon, "confidence": whole.confidence, "probability": None}
        )
        for text, polygon in zip(texts, _cut(whole.polygon, texts), strict=True)
    )
    corrections = (*(each for word in words for each in word.corrections), correction)
    raw_text = join_words([word.raw_text for word in words])
    return [
        first.model_copy(update={"raw_text": raw_text, "corrections": corrections}),
        *(word.model_copy(update={"raw_text": "", "corrections": ()}) for word in rest),
    ]


def _changed(word: Word, text: str, correction: Correction) -> Word:
    corrections = (*word.corrections, correction)
    return word.model_copy(update={"text": text, "corrections": corrections, "probability": None})


def _correction(before: str, after: str, edit: Edit, by: str) -> Correction:
    return Correction(before=before, after=after, by=by, reason=edit.reason, confidence=edit.confidence)


def _cut(polygon: Polygon | None, texts: Sequence[str]) -> list[Polygon | None]:
    """A place for each of some words where one stood: as wide as they are long."""
    if polygon is None or len(polygon) != 4:
        return [polygon] * len(texts)
    top_left, top_right, bottom_right, bottom_left = polygon
    whole = sum(map(len, texts)) + len(texts) - 1
    pieces: list[Polygon | None] = []
    position = 0
    for text in texts:
        start, end = position / whole, (position + len(text)) / whole
        pieces.append(
            (
                _between(top_left, top_right, start),
                _between(top_left, top_right, end),
                _between(bottom_left, bottom_right, end),
                _between(bottom_left, bottom_right, start),
            )
        )
        position += len(text) + 1
    return pieces


def _between(one: Point, other: Point, share: float) -> Point:
    return Point(one.x + (other.x - one.x) * share, one.y + (other.y - one.y) * share)


def _spans(line: Line) -> list[tuple[int, int]] | None:
    """Where the words stand in the line's text; None where one of them does not."""
    spans, position = [], 0
    for word in line.words:
        start = line.text.find(word.text, position)
        if start < 0:
            return None
        position = start + len(word.text)
        spans.append((start, position))
    return spans
