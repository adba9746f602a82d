"""Warnings about text that was not read, with the next step."""

from __future__ import annotations

from collections import Counter

from ocrkit.geometry import Polygon
from ocrkit.letters import JAPANESE
from ocrkit.result import Line, PageResult
from ocrkit.scripts.names import SCRIPTS, VIETNAMESE, name_of

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
            warnings.append(_not_read(script, lines[script], share, result.trace.backend))
    doubted = Counter(line.script for line in result.lines if line.script and _is_doubted(line, result))
    warnings += [_may_be(script, count, result.trace.backend) for script, count in doubted.items()]
    if without_marks(result):
        warnings.append(
            f"this page looks Vietnamese, and {result.trace.backend} does not know all of its letters: "
            f"marks are missing in the text. {_next_step('vi')}"
        )
    return warnings


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


def _not_read(script: str, lines: int, share: float, backend: str) -> str:
    what = f"{name_of(script)}, which {backend} does not read"
    if share >= _MOST:
        text = f"most of this page looks like {what}: {_count(lines)} left out"
    else:
        verb = "looks" if lines == 1 else "look"
        text = f"{lines} line{'s' * (lines != 1)} of this page {verb} like {what}: {_count(lines)} left out"
    several = script != JAPANESE and script in SCRIPTS and len(SCRIPTS[script].languages) > 1
    return f"{text}. {_next_step(language_of(script), several=several)}"


def _may_be(script: str, lines: int, backend: str) -> str:
    text = "1 line looks" if lines == 1 else f"{lines} lines look"
    language = language_of(script)
    return (
        f"{text} like {name_of(script)}, which {backend} does not read, but may be right: the text stays, "
        f"with a low confidence. If it is wrong: `--lang {language} --backend tesseract`, or "
        f"`ocrkit models fetch {language}`"
    )


def _is_doubted(line: Line, result: PageResult) -> bool:
    """Whether a line has text, and looks like a script that the engine does not read."""
    scripts = result.trace.engine.scripts if result.trace.engine else None
    if not scripts or line.script not in SCRIPTS or line.script in scripts or not line.text:
        return False
    return (line.confidence or 0.0) <= MOST_IN_DOUBT


def _count(lines: int) -> str:
    return "1 line is" if lines == 1 else f"{lines} lines are"


def _next_step(language: str, *, several: bool = False) -> str:
    other = " (or another language in this script)" if several else ""
    return f"To read it{other}: `--lang {language} --backend tesseract`, or `ocrkit models fetch {language}`"
