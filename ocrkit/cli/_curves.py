"""The output of `ocrkit tune --cascade`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ocrkit.cli._terminal import show, show_json

if TYPE_CHECKING:
    from ocrkit.evaluate import CascadeCurve, CascadeTuning


def show_curves(result: CascadeTuning, *, as_json: bool = False) -> None:
    """Print the curves, the best one first, and what was chosen."""
    if as_json:
        show_json(result.model_dump_json(indent=2))
        return
    for curve in result.curves:
        _show_curve(curve)
    best = result.curves[0]
    show(f"chosen: first = {best.first}, then = {best.then}, below = {best.chosen.below:g}")
    alone = f"{best.alone[0]:.1%} by {best.first} alone, {best.alone[1]:.1%} by {best.then} alone"
    checked = f"{best.checked.error:.1%} wrong with {best.checked.share:.0%} read again"
    show(f"on the held-out pages: {checked}; {alone}")
    if not result.is_better:
        show(f"The cascade is no better there than {best.first} alone.")


def _show_curve(curve: CascadeCurve) -> None:
    from ocrkit.cli._console import table

    show(f"first {curve.first}, then {curve.then}")
    rows = [["below", "read again", "pages sent", "wrong", "cost/page", ""]]
    for point in curve.points:
        mark = "chosen" if point.below == curve.chosen.below else ""
        bar = "all" if point.below > 1 else f"{point.below:g}"
        cost = "" if point.cost is None else f"{point.cost:.5g}"
        rows.append([bar, f"{point.share:.0%}", f"{point.pages:.0%}", f"{point.error:.1%}", cost, mark])
    show(table(rows))
    show()
