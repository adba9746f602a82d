"""Warnings about text that was not read, with the next step."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from ocrkit.geometry import Polygon
from ocrkit.letters import JAPANESE
from ocrkit.result import Decision, Line, PageResult
from ocrkit.scripts.names import SCRIPTS, VIETNAMESE, name_of, script_of_text

_MOST = 0.5
MOST_IN_DOUBT = 0.5
"""The confidence of a reading that lacks the marks of Vietnamese, or may be garbage, is at most this."""


def unread_share(result: PageResult) -> float | None:
    """The share of the lines, by area, that were not read; None where scripts were not checked."""
    if not result.unread and not any(line.script for line in result.lines):
        return None
    unread = sum(area(each.polygon) for each in result.unread)
    total = unread + sum(area(line.polygon) for line in result.lines)
    return round(unread / total, 4) if total else None


def warnings_of(result: PageResult) -> list[str]:
    """The warnings about scripts that were not read, and about letters that are missing."""
    warnings = []
    areas: Counter[str] = Counter()
    lines = Counter(each.script for each in result.unread if each.script)
    for each in result.unread:
        areas[each.script or ""] += round(area(each.polygon))
    total = areas.total() + sum(area(line.polygon) for line in result.lines)
    for script, size in areas.most_common():
        if script:
            share = size / total if total else 0.0
            warnings.append(_not_read(script, lines[script], share, _advice(result, script)))
    for script, doubted in doubted_lines(result).items():
        warnings.append(_may_be(script, len(doubted), _advice(result, script)))
    if without_marks(result):
        warnings.append(
            f"this page looks Vietnamese, and {result.trace.backend} does not know all of its letters: marks "
            f"are missing in the text. To read them: {_advice(result, VIETNAMESE).command}"
        )
    return warnings


def doubted_lines(result: PageResult) -> dict[str, list[Line]]:
    """The lines with text that look like a script which the engine does not read, by script."""
    found: dict[str, list[Line]] = {}
    for line in result.lines:
        if line.script and _is_doubted(line, result):
            found.setdefault(line.script, []).append(line)
    return found


def next_step(script: str, command: str, reason: str) -> Decision:
    """What a strategy says about text in a script that it did not read; the warning repeats it.

    Args:
        script: the script.
        command: what the user can do, as in: to read it, `ocrkit models fetch el`.
        reason: why it was not read, as a clause after the name of the script.
    """
    return Decision(topic=_topic(script), choice=command, reason=reason)


def without_marks(result: PageResult) -> bool:
    """Whether the page has lines in Vietnamese that were read without its marks."""
    scripts = result.trace.engine.scripts if result.trace.engine else None
    return VIETNAMESE not in (scripts or ()) and any(line.script == VIETNAMESE for line in result.lines)


def area(polygon: Polygon | None) -> float:
    """The area of a polygon, in pixels."""
    if not polygon:
        return 0.0
    ends = zip(polygon, (*polygon[1:], polygon[0]), strict=True)
    return abs(sum(a.x * b.y - b.x * a.y for a, b in ends)) / 2


def language_of(script: str) -> str:
    """The language with the most readers that is written in a script."""
    return SCRIPTS[script].languages[0] if script in SCRIPTS else "und"


class _Advice(NamedTuple):
    """Why a script is not read, as a clause, and what the user can do."""

    reason: str
    command: str


def _advice(result: PageResult, script: str) -> _Advice:
    """What the reader of the page said about a script, or what holds for any reader."""
    trace, topic = result.trace, _topic(script)
    said = next((each for each in trace.decisions if each.topic == topic), None)
    if said is not None:
        return _Advice(said.reason, said.choice)
    language = "vi" if script == VIETNAMESE else language_of(script)
    if trace.backend == "tesseract":
        packs = trace.engine.model if trace.engine else None
        fetch = f"`ocrkit models fetch {language} --engine tesseract`"
        reason = f"which tesseract does not read with the pack '{packs}'"
        return _Advice(reason, f"add its language, as in `--lang {language}` (its pack: {fetch})")
    return _Advice(
        f"which {trace.backend} does not read", f"`ocrkit models fetch {language}`, then `--backend auto`"
    )


def _topic(script: str) -> str:
    return f"text in {'Vietnamese' if script == VIETNAMESE else name_of(script)}"


def _not_read(script: str, lines: int, share: float, advice: _Advice) -> str:
    what = f"{name_of(script)}, {advice.reason}"
    if share >= _MOST:
        text = f"most of this page looks like {what}: {_count(lines)} left out"
    else:
        verb = "looks" if lines == 1 else "look"
        text = f"{lines} line{'s' * (lines != 1)} of this page {verb} like {what}: {_count(lines)} left out"
    several = script != JAPANESE and script in SCRIPTS and len(SCRIPTS[script].languages) > 1
    other = " (or another language in this script)" if several else ""
    return f"{text}. To read it{other}: {advice.command}"


def _may_be(script: str, lines: int, advice: _Advice) -> str:
    text = "1 line looks" if lines == 1 else f"{lines} lines look"
    return (
        f"{text} like {name_of(script)}, {advice.reason}: the text stays, with a low confidence, because it "
        f"may be right. If it is wrong: {advice.command}"
    )


def _is_doubted(line: Line, result: PageResult) -> bool:
    """Whether a line has text in other letters than its script, which the engine does not read."""
    scripts = result.trace.engine.scripts if result.trace.engine else None
    if not scripts or line.script not in SCRIPTS or line.script in scripts or not line.text:
        return False
    return (line.confidence or 0.0) <= MOST_IN_DOUBT and script_of_text(line.text) != line.script


def _count(lines: int) -> str:
    return "1 line is" if lines == 1 else f"{lines} lines are"
