"""Lines in scripts that an engine does not read are taken out of a result, and keep their places.

The picture of a line and the engine's reading of it are two witnesses. A reading with high confidence, in
letters of a script that the engine reads, stands against a moderate doubt of the classifier. If most of a
page is in another script, less evidence is needed for each of its lines.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from ocrkit.geometry import Polygon
from ocrkit.page import Page
from ocrkit.result import Block, Line, PageResult, Unread
from ocrkit.result.blocks import enclosing_polygon
from ocrkit.scripts.advice import area
from ocrkit.scripts.classifier import Guess, classify
from ocrkit.scripts.names import HAN, JAPANESE, LATIN, NONE, VIETNAMESE, script_of_text
from ocrkit.scripts.strips import cut

_SURE = 0.97
"""The probability of a script that outweighs a reading with high confidence."""
_LIKELY = 0.7
"""The same for a reading with low confidence."""
_WELL_READ = 0.9
_DOMINANT = 0.5
"""The share of the lines above which a foreign script is expected on a page."""
_LIKELY_ON_PAGE = 0.4
_VIETNAMESE_LINES = 0.5
_MOST_WITHOUT_MARKS = 0.5
"""The confidence of a reading that lacks the marks of Vietnamese is at most this."""


class _Seen(NamedTuple):
    """A line with what is seen in its picture."""

    polygon: Polygon
    text: str
    confidence: float | None
    guess: Guess

    def is_foreign(self, scripts: frozenset[str], *, expected: str | None) -> bool:
        """Whether the line is in a script outside of these.

        Args:
            scripts: the scripts that the engine reads.
            expected: a script that dominates the page.
        """
        script, probability = self.guess.script, self.guess.probability
        if script == NONE or _is_read(script, scripts):
            return expected is not None and self.guess.of(expected) >= _LIKELY_ON_PAGE
        if script == expected:
            return probability >= _LIKELY_ON_PAGE
        is_well_read = self.confidence is not None and self.confidence >= _WELL_READ
        if is_well_read and _is_read(script_of_text(self.text), scripts) and len(self.text.strip()) > 1:
            return probability >= _SURE
        return probability >= _LIKELY


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
    seen = _look(page, lines, given_up)
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


def _look(page: Page, lines: Sequence[Line], given_up: Sequence[Unread]) -> list[_Seen]:
    facts = [(line.polygon, line.text, line.confidence) for line in lines]
    facts += [(each.polygon, each.guess, 0.0) for each in given_up]
    pictures = (cut(page.pixels, polygon) for polygon, _, _ in facts if polygon)
    return [
        _Seen(polygon, text, confidence, guess)
        for (polygon, text, confidence), guess in zip(facts, classify(pictures), strict=True)
        if polygon
    ]


def _dominant(seen: Sequence[_Seen], scripts: frozenset[str]) -> str | None:
    """The script that the engine does not read and most of the page is in, by the areas of the lines."""
    areas: dict[str, float] = defaultdict(float)
    total = 0.0
    for each in seen:
        if each.guess.script == NONE:
            continue
        size = area(each.polygon)
        total += size
        if each.is_foreign(scripts, expected=None):
            areas[each.guess.script] += size
    if not areas:
        return None
    script = max(areas, key=lambda script: areas[script])
    return script if areas[script] > _DOMINANT * total else None


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
    latin = [each for each in seen if each.guess.script == LATIN]
    areas = [area(each.polygon) for each in latin]
    marked = sum(area * each.guess.vietnamese for area, each in zip(areas, latin, strict=True))
    return marked > _VIETNAMESE_LINES * sum(areas)


def _is_read(script: str | None, scripts: frozenset[str]) -> bool:
    """Whether a script is read. Japanese is read by a reader of kana, which reads Chinese characters too."""
    return script in scripts or (script == HAN and JAPANESE in scripts)
