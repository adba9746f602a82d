"""Results whose words are placed and checked by the reading of the local engine."""

from __future__ import annotations

from collections.abc import Sequence

from ocrkit.geometry import Box
from ocrkit.page import Page
from ocrkit.result import Block, Decision, Line, PageResult
from ocrkit.witness import held_to


def checked(said: PageResult, seen: PageResult, page: Page) -> PageResult:
    """The text of the model with places and findings.

    Formulas are not compared: their source is not the text that a local engine reads there.
    """
    formulas = {number: block for number, block in enumerate(said.blocks) if block.kind == "formula"}
    hidden = tuple(
        Block(kind="formula", polygon=block.polygon) if number in formulas else block
        for number, block in enumerate(said.blocks)
    )
    seen = _outside(seen, [block.box for block in formulas.values() if block.box])
    held = held_to(said.model_copy(update={"blocks": hidden}), seen, page)
    blocks = tuple(formulas.get(number, block) for number, block in enumerate(held.blocks))
    return held.model_copy(update={"blocks": blocks})


def _outside(seen: PageResult, boxes: Sequence[Box]) -> PageResult:
    """The reading without the lines whose center is in one of the boxes."""

    def is_outside(line: Line) -> bool:
        center = line.box.center if line.box else None
        return center is None or all(box.nearest(center) != center for box in boxes)

    if not boxes:
        return seen
    blocks = (
        block if block.table else block.with_lines(filter(is_outside, block.lines)) for block in seen.blocks
    )
    return seen.model_copy(update={"blocks": tuple(blocks)})


def local_instead(said: PageResult, seen: PageResult) -> PageResult:
    """The text of the local engine, with the reason why it replaces the model's text."""
    agreement = said.quality.agreement or 0.0
    reason = (
        f"it supports only {agreement:.0%} of the text of {said.trace.engine and said.trace.engine.model}"
    )
    decision = Decision(topic="reader", choice=seen.trace.backend, reason=reason)
    trace = said.trace.model_copy(
        update={"engine": seen.trace.engine, "decisions": (*said.trace.decisions, decision)}
    )
    blocks = tuple(
        block.with_lines(line.model_copy(update={"read_by": seen.trace.backend}) for line in block.lines)
        for block in seen.blocks
    )
    warning = f"the text is that of {seen.trace.backend}, because {reason}"
    return said.model_copy(
        update={
            "blocks": blocks,
            "marks": (),
            "findings": (),
            "rotation": seen.rotation,
            "warnings": (warning, *seen.warnings),
            "trace": trace,
        }
    )
