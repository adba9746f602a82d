"""Lines in scripts that an engine does not read are taken out of a result, and keep their places.

`evidence` says which lines these are. If a page looks like another script, but its text may be right, the
text stays with a low confidence, and with the script that it looks like: `advice` warns of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from ocrkit.letters import LATIN
from ocrkit.page import Page
from ocrkit.result import Block, Line, PageResult, Unread
from ocrkit.result.blocks import enclosing_polygon
from ocrkit.scripts.advice import MOST_IN_DOUBT, area
from ocrkit.scripts.classifier import classify
from ocrkit.scripts.evidence import (
    Seen,
    Verdict,
    is_foreign,
    is_read,
    may_be_foreign,
    seen,
    unread_script,
    verdict_on,
)
from ocrkit.scripts.names import NONE, VIETNAMESE, script_of_text
from ocrkit.scripts.room import blank_width, is_hardly_read
from ocrkit.scripts.strips import cut

_VIETNAMESE_LINES, _VIETNAMESE_LETTERS = 0.4, 0.02
_OF_VIETNAMESE = frozenset("ăđơư")
_SURE = 0.9
"""A line with this probability has its own script, whatever the rest of its page is in."""


class _Checked(NamedTuple):
    seen: Seen
    is_unread: bool
    script: str
    """The script of a line that stays."""
    is_doubted: bool


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
    all_seen = _look(page, lines, given_up, scripts)
    verdict = verdict_on(all_seen, scripts)
    without_marks = VIETNAMESE not in scripts and _looks_vietnamese(all_seen)
    blank = [blank_width(page.pixels, line) for line in lines] + [0.0] * len(given_up)
    checked = [
        _checked(each, verdict, scripts, width, without_marks=without_marks)
        for each, width in zip(all_seen, blank, strict=True)
    ]
    if not verdict.is_clear:
        checked = _with_doubt_about_single_lines(checked, scripts)
    found = {id(line): each for line, each in zip(lines, checked, strict=False)}
    unread = [_unread(each) for each in checked if each.is_unread]
    blocks = tuple(
        changed for block in result.blocks if (changed := _checked_block(block, found)) is not None
    )
    known = [each for each in result.unread if each.script is not None]
    return result.model_copy(update={"blocks": blocks, "unread": (*known, *unread)})


def _look(
    page: Page, lines: Sequence[Line], given_up: Sequence[Unread], scripts: frozenset[str]
) -> list[Seen]:
    facts = [(line.polygon, line.text, line.confidence) for line in lines]
    facts += [(each.polygon, each.guess, None) for each in given_up]
    pictures = (cut(page.pixels, polygon) for polygon, _, _ in facts if polygon)
    return [
        seen(polygon, text, confidence, guess, scripts)
        for (polygon, text, confidence), guess in zip(facts, classify(pictures), strict=True)
        if polygon
    ]


def _checked(
    line: Seen, verdict: Verdict, scripts: frozenset[str], blank: float, *, without_marks: bool
) -> _Checked:
    """What becomes of a line, with the width of its gaps without ink."""
    script = line.guess.script
    if is_foreign(line, scripts, verdict.script if verdict.is_clear else None):
        expected = verdict.script if verdict.is_clear and line.guess.probability < _SURE else None
        return _Checked(line, is_unread=True, script=expected or script, is_doubted=False)
    if line.text and is_hardly_read(line.polygon, line.text, blank) and unread_script(line.picture, scripts):
        has_letters = any(map(str.isalnum, line.text))
        foreign = unread_script(line.picture, scripts) or NONE
        return _Checked(line, is_unread=not has_letters, script=foreign, is_doubted=has_letters)
    if verdict.script and not verdict.is_clear and may_be_foreign(line, scripts):
        return _Checked(line, is_unread=False, script=verdict.script, is_doubted=True)
    if script != NONE and not is_read(script, scripts):  # the reading outweighs the classifier
        script = script_of_text(line.text) or NONE
    if without_marks and script == LATIN:
        return _Checked(line, is_unread=False, script=VIETNAMESE, is_doubted=True)
    return _Checked(line, is_unread=False, script=script, is_doubted=False)


def _with_doubt_about_single_lines(checked: list[_Checked], scripts: frozenset[str]) -> list[_Checked]:
    """With the text of lines that are the only one of their page in a script: one picture may deceive."""
    counts = Counter(each.script for each in checked if each.is_unread)
    return [
        each._replace(is_unread=False, is_doubted=True)
        if each.is_unread and counts[each.script] == 1 and each.seen.is_read_in(scripts)
        else each
        for each in checked
    ]


def _checked_block(block: Block, found: dict[int, _Checked]) -> Block | None:
    """The block without foreign lines; None if there are no others."""
    lines = []
    for line in block.lines:
        checked = found.get(id(line))
        if checked is None:
            lines.append(line)
        elif not checked.is_unread:
            lines.append(_with_script(line, checked))
        elif block.table:  # its cells name their lines by position, so that their number has to stay
            lines.append(line.model_copy(update={"text": "", "words": (), "script": checked.script}))
    if block.table:
        return block.with_lines(lines)
    if len(lines) == len(block.lines):
        return block.model_copy(update={"lines": tuple(lines)})
    return (
        block.model_copy(update={"lines": tuple(lines), "polygon": enclosing_polygon(lines)})
        if lines
        else None
    )


def _with_script(line: Line, checked: _Checked) -> Line:
    if not checked.is_doubted:
        return line.model_copy(update={"script": checked.script})
    words = tuple(word.model_copy(update=_doubted(word.confidence)) for word in line.words)
    return line.model_copy(update={"script": checked.script, "words": words, **_doubted(line.confidence)})


def _doubted(confidence: float | None) -> dict[str, float | None]:
    return {"confidence": None if confidence is None else min(confidence, MOST_IN_DOUBT)}


def _unread(checked: _Checked) -> Unread:
    line, probability = checked.seen, checked.seen.guess.of(checked.script)
    return Unread(
        polygon=line.polygon,
        script=checked.script,
        confidence=round(min(1.0, probability), 4),
        guess=line.text,
    )


def _looks_vietnamese(lines: Sequence[Seen]) -> bool:
    """Whether the Latin lines have the marks of Vietnamese, and the letters that are read without them."""
    latin = [each for each in lines if each.guess.script == LATIN]
    sizes = [area(each.polygon) for each in latin]
    marked = sum(size * each.guess.vietnamese for size, each in zip(sizes, latin, strict=True))
    text = "".join(each.text for each in latin).lower()
    letters = sum(letter in _OF_VIETNAMESE for letter in text)
    return marked > _VIETNAMESE_LINES * sum(sizes) and letters > _VIETNAMESE_LETTERS * len(text)
