"""`ocrkit evaluate --facts`: check statements about pages."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ocrkit.cli._terminal import printable, show, show_json
from ocrkit.files import atomic_write

if TYPE_CHECKING:
    from ocrkit.evaluate.readings import SystemConfig


def evaluate_facts(
    files: Sequence[str], folder: str, configs: Sequence[SystemConfig], *,
    report: str | None, as_json: bool, progress: Any, **options: Any,
) -> None:  # fmt: skip
    """Check the facts in these files, and print how many hold."""
    from ocrkit.evaluate.facts import evaluate_facts, read_facts
    from ocrkit.evaluate.facts.report import render

    facts = read_facts([Path(each) for each in files])
    try:
        result = evaluate_facts(facts, Path(folder), configs, progress=progress, **options)
    finally:
        progress.clear()
    if report:
        with atomic_write(Path(report)) as file:
            file.write(render(result).encode())
    if as_json:
        show_json(result.model_dump_json(indent=2))
        return
    _show(result)
    if report:
        show(report)


def _show(result: Any) -> None:
    from rich.console import Console

    from ocrkit.cli.evaluate import text_table
    from ocrkit.evaluate.facts import report

    console = Console(highlight=False)
    console.print(text_table(*report.overall(result)))
    groups = report.by_category(result)
    if len(groups) > 1:
        console.print()
        console.print(text_table(["hold, by category", *(each.system for each in result.summaries)], groups))
    console.print()
    failures = report.failures(result)
    heading = [f"do not hold for {result.summaries[0].system}:"] if failures else []
    for text in (*report.sentences(result), *heading, *failures):
        console.print(printable(text), markup=False)
