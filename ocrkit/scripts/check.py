"""Lines in scripts that an engine does not read are taken out of a result, and keep their places.

The picture of a line and the reading of the engine are two witnesses: a reading with high confidence makes
the script of its letters more probable. If most of a page looks like another script, less evidence is needed
for each of its lines.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from ocrkit.geometry import Polygon
from ocrkit.page import Page
from ocrkit.result import Block, Line, PageResult, Unread
from ocrkit.result.blocks import enclosing_polygon
from ocrkit.scripts.advice import area
from ocrkit.scripts.classifier import Guess, classify
from ocrkit.scripts.names import HAN, JAPANESE, LATIN, NONE, SCRIPTS, VIETNAMESE, script_of_text
from ocrkit.scripts.strips import cut

_LIKELY = 0.9
"""The probability above which a single line is foreign."""
_NEUTRAL, _WEIGHT = 0.8, 11.5
"""A reading of this confidence is no evidence. With 0.2 more, its script is ten times as probable; with 0.2
less, a tenth."""
_DOMINANT = 0.35
"""The mean probability, over the area of the lines, above which a foreign script is expected on a page."""
_LIKELY_ON_PAGE = 0.25
_SINGLE = 0.6
"""The same for a picture of a single line."""
_VIETNAMESE_LINES, _VIETNAMESE_LETTERS = 0.4, 0.02
_OF_VIETNAMESE = frozenset("ăđơư")
_MOST_WITHOUT_MARKS = 0.5
"""The confidence of a reading that lacks the marks of Vietnamese is at most this."""


class _Seen(NamedTuple):
    """A line, with the probabilities of its script by its picture and its reading."""

    polygon: Polygon
    text: str
    guess: Guess

    def is_foreign(self, scripts: frozenset[str], *, expected: str | None) -> bool:
        """Whether the line is in a script outside of these.

        Args:
            scripts: the scripts that the engine reads.
            expected: a script that dominates the page.
        """
        if expected is not None and self.guess.of(expected) >= _LIKELY_ON_PAGE:
            return True
        script = self.guess.script
        return script != NONE and not _is_read(script, scripts) and self.guess.probability >= _LIKELY


def check_scripts(result: PageResult, page: Page) -> PageResult:
    """The result without the lines in scripts that its engine does not read; `unread` has their places.

    Unchanged if the engine does not say which scripts it reads. Lines that were checked before are kept.

    Args:
        result: the result of a backend.
        page: the page whose pixels are the coordinates of the result.
    """
    engine = result.trace.engine
    if engine is None or engine.scripts is None:
        return result
    scripts = frozenset(engine.scripts)
    lines = [line for line in result.lines if line.script is None and line.polygon]
    given_up = [each for each in result.unread if each.script is None and each.polygon]
    seen = _look(page, lines, given_up, scripts)
    expected = _dominant(seen, scripts)
    foreign = [each.is_foreign(scripts, expected=expected) for each in seen]
    found = {
        id(line): _Checked(each, is_foreign)
        for line, each, is_foreign in zip(lines, seen, foreign, strict=False)
    }
    unread = [_unread(each, expected) for each, is_foreign in zip(seen, foreign, strict=True) if is_foreign]
    without_marks = VIETNAMESE not in scripts and _looks_vietnamese(seen)
    blocks = tuple(
        changed
        for block in result.blocks
        if (changed := _checked_block(block, found, scripts, without_marks=without_marks)) is not None
    )
    known = [each for each in result.unread if each.script is not None]
    return result.model_copy(update={"blocks": blocks, "unread": (*known, *unread)})


class _Checked(NamedTuple):
    seen: _Seen
    is_foreign: bool


def _look(
    page: Page, lines: Sequence[Line], given_up: Sequence[Unread], scripts: frozenset[str]
) -> list[_Seen]:
    facts = [(line.polygon, line.text, line.confidence) for line in lines]
    facts += [(each.polygon, each.guess, None) for each in given_up]
    pictures = (cut(page.pixels, polygon) for polygon, _, _ in facts if polygon)
    return [
        _Seen(polygon, text, _weighed(guess, text, confidence, scripts))
        for (polygon, text, confidence), guess in zip(facts, classify(pictures), strict=True)
        if polygon
    ]


def _weighed(guess: Guess, text: str, confidence: float | None, scripts: frozenset[str]) -> Guess:
    """The probabilities after the reading, which is evidence for the script of its letters."""
    script = script_of_text(text)
    if confidence is None or script is None:
        return guess
    together = {HAN, JAPANESE} & scripts if script in {HAN, JAPANESE} else {script}
    return guess.weighed(together, math.exp(_WEIGHT * (confidence - _NEUTRAL)))


def _dominant(seen: Sequence[_Seen], scripts: frozenset[str]) -> str | None:
    """The script that most of the page is in, if the engine does not read it."""
    total = sum(area(each.polygon) for each in seen)
    if not total:
        return None
    shares = {
        script: sum(area(each.polygon) * each.guess.of(script) for each in seen) / total for script in SCRIPTS
    }
    read = sum(share for script, share in shares.items() if _is_read(script, scripts))
    script = max((each for each in SCRIPTS if not _is_read(each, scripts)), key=lambda each: shares[each])
    least = _DOMINANT if len(seen) > 1 else _SINGLE
    return script if shares[script] > max(least, read) else None


def _checked_block(
    block: Block, found: dict[int, _Checked], scripts: frozenset[str], *, without_marks: bool
) -> Block | None:
    """The block without foreign lines; None if there are no others."""
    lines = []
    for line in block.lines:
        checked = found.get(id(line))
        if checked is None:
            lines.append(line)
        elif not checked.is_foreign:
            lines.append(_with_script(line, checked.seen, scripts, without_marks=without_marks))
        elif block.table:  # its cells name their lines by position, so that their number has to stay
            lines.append(
                line.model_copy(update={"text": "", "words": (), "script": checked.seen.guess.script})
            )
    if block.table:
        return block.with_lines(lines)
    if len(lines) == len(block.lines):
        return block.model_copy(update={"lines": tuple(lines)})
    return (
        block.model_copy(update={"lines": tuple(lines), "polygon": enclosing_polygon(lines)})
        if lines
        else None
    )


def _with_script(line: Line, seen: _Seen, scripts: frozenset[str], *, without_marks: bool) -> Line:
    script = seen.guess.script
    if script != NONE and not _is_read(script, scripts):  # the reading outweighs the classifier
        script = script_of_text(line.text) or NONE
    if not (without_marks and script == LATIN):
        return line.model_copy(update={"script": script})
    words = tuple(word.model_copy(update=_doubted(word.confidence)) for word in line.words)
    return line.model_copy(update={"script": VIETNAMESE, "words": words, **_doubted(line.confidence)})


def _doubted(confidence: float | None) -> dict[str, float | None]:
    return {"confidence": None if confidence is None else min(confidence, _MOST_WITHOUT_MARKS)}


def _unread(seen: _Seen, expected: str | None) -> Unread:
    script, probability = seen.guess.script, seen.guess.probability
    if expected is not None and script != expected and seen.guess.of(expected) >= _LIKELY_ON_PAGE:
        script, probability = expected, seen.guess.of(expected)
    return Unread(
        polygon=seen.polygon, script=script, confidence=round(min(1.0, probability), 4), guess=seen.text
    )


def _looks_vietnamese(seen: Sequence[_Seen]) -> bool:
    """Whether the Latin lines have the marks of Vietnamese, and the letters that are read without them."""
    latin = [each for each in seen if each.guess.script == LATIN]
    sizes = [area(each.polygon) for each in latin]
    marked = sum(size * each.guess.vietnamese for size, each in zip(sizes, latin, strict=True))
    text = "".join(each.text for each in latin).lower()
    letters = sum(letter in _OF_VIETNAMESE for letter in text)
    return marked > _VIETNAMESE_LINES * sum(sizes) and letters > _VIETNAMESE_LETTERS * len(text)


def _is_read(script: str | None, scripts: frozenset[str]) -> bool:
    """Whether a script is read. Japanese is read by a reader of kana, which reads Chinese characters too."""
    return script in scripts or (script == HAN and JAPANESE in scripts)
