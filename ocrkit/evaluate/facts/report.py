"""Present an evaluation of facts: as tables and sentences for the terminal, and as a web page."""

from __future__ import annotations

import html
from collections.abc import Sequence
from importlib import resources

from ocrkit.evaluate import phrases
from ocrkit.evaluate.facts.model import CheckedFact, FactsEvaluation, FactsSummary

_SHOWN = 10
"""The number of facts that the terminal lists; the report has all."""


def overall(result: FactsEvaluation) -> tuple[list[str], list[list[str]]]:
    """The titles and rows of the main table, the best system first: all facts, then by type."""
    types = list(dict.fromkeys(each.group or "" for each in result.by_type))
    rows = []
    for each in result.summaries:
        own = {other.group: other for other in result.by_type if other.system == each.system}
        span = (
            f"{100 * each.interval.low:.1f}–{phrases.percent(each.interval.high)}" if each.interval else "–"
        )
        cells = [each.system, phrases.percent(each.share), span, _count(each)]
        rows.append([*cells, *(_count(own[name]) for name in types)])
    return ["system", "hold", "95 %", "facts", *types], rows


def by_category(result: FactsEvaluation) -> list[list[str]]:
    """A row for each category: its name, and the facts that hold for each system."""
    systems = [each.system for each in result.summaries]
    groups = dict.fromkeys(each.group or "" for each in result.by_category)
    found = {(each.group, each.system): each for each in result.by_category}
    return [[group, *(_count(found[group, system]) for system in systems)] for group in groups]


def sentences(result: FactsEvaluation) -> list[str]:
    """Which differences are significant, and what was left out."""
    texts = phrases.compared(result.differences)
    texts += [
        f"left out, not checked by ocrkit: {count} of type {name}"
        for name, count in result.not_checked.items()
    ]
    return [*texts, *result.notes]


def failures(result: FactsEvaluation, limit: int = _SHOWN) -> list[str]:
    """The first facts that do not hold for the best system."""
    best = result.summaries[0].system
    wrong = [each for each in result.checked if each.system == best and not each.holds]
    texts = [f"{each.id} ({each.file}, page {each.page}): {each.reason}" for each in wrong[:limit]]
    return [*texts, f"and {len(wrong) - limit} more"] if len(wrong) > limit else texts


def render(result: FactsEvaluation) -> str:
    """A self-contained web page with all facts that do not hold."""
    names = [each.system for each in result.summaries]
    title = html.escape(f"Facts about {result.folder.name}: {', '.join(names)}")
    style = (resources.files("ocrkit.evaluate") / "assets" / "report.css").read_text(encoding="utf-8")
    titles, rows = overall(result)
    tables = [_table(titles, rows), _table(["category", *names], by_category(result))]
    for name in names:
        wrong = [each for each in result.checked if each.system == name and not each.holds]
        heading = html.escape(f"{name}: {len(wrong)} facts do not hold")
        tables.append(f"<h2>{heading}</h2>{_table(['fact', 'type', 'page', 'reason'], map(_row, wrong))}")
    notes = "".join(f"<li>{html.escape(each)}</li>" for each in sentences(result))
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>\n'
        f"<style>{style}</style></head>\n<body><header><h1>{title}</h1></header><main>\n"
        f"<ul>{notes}</ul>\n{''.join(tables)}\n</main></body></html>\n"
    )


def _row(each: CheckedFact) -> list[str]:
    return [each.id, each.type, f"{each.file}, page {each.page}", each.reason or ""]


def _count(summary: FactsSummary) -> str:
    return f"{summary.hold}/{summary.facts}"


def _table(titles: Sequence[str], rows: object) -> str:
    head = "".join(f"<th>{html.escape(each)}</th>" for each in titles)
    lines = [
        "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>"
        for row in rows  # type: ignore[attr-defined]
    ]
    return f'<div class="scroll"><table><tr>{head}</tr>\n{"".join(lines)}</table></div>\n'
