"""A page with the findings of a comparison."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from ocrkit.result import Alternative, Line, PageResult, Word
from ocrkit.witness.agreement import Agreement, Judgment

_SHOWN = 5
"""The findings of one kind that a warning quotes."""


def marked(page: PageResult, judgments: Sequence[Sequence[Judgment]], agreement: Agreement) -> PageResult:
    """The page with figures, findings, warnings and marked words."""
    remaining = iter(judgments)
    blocks = tuple(
        block.model_copy(update={"lines": tuple(_marked_line(line, remaining) for line in block.lines)})
        for block in page.blocks
    )
    quality = page.quality.model_copy(
        update={"agreement": agreement.agreement, "coverage": agreement.coverage}
    )
    return page.model_copy(
        update={
            "blocks": blocks,
            "quality": quality,
            "findings": (*page.findings, *agreement.findings),
            "warnings": (*page.warnings, *warnings(agreement)),
        }
    )


def _marked_line(line: Line, judgments: Iterator[Sequence[Judgment]]) -> Line:
    return line.model_copy(
        update={"words": tuple(_marked_word(word, next(judgments)) for word in line.words)}
    )


def _marked_word(word: Word, judgments: Sequence[Judgment]) -> Word:
    kinds = [each.kind for each in judgments if each.kind]
    values = [each.probability for each in judgments if each.probability is not None]
    probability = math.prod(values) if len(values) == len(judgments) else None
    if kinds:
        update: dict[str, object] = {"finding": kinds[0]}
        seen = "".join(each.seen for each in judgments)
        if seen:
            other = Alternative(text=seen, probability=probability)
            update["alternatives"] = (*word.alternatives, other)
        return word.model_copy(update=update)
    if word.probability is None and probability is not None and all(each.supported for each in judgments):
        return word.model_copy(update={"probability": probability})
    return word


def warnings(agreement: Agreement) -> tuple[str, ...]:
    """The findings in words, one warning for each kind."""
    digits = [f"{_quoted(each.text)} ({_quoted(each.seen)})" for each in agreement.of_kind("digits")]
    differs = [f"{_quoted(each.text)} ({_quoted(each.seen)})" for each in agreement.of_kind("differs")]
    invented = [_quoted(each.text) for each in agreement.of_kind("invented")]
    missing = [_quoted(each.seen) for each in agreement.of_kind("missing")]
    found = (
        ("numbers that differ from the local reading, which is in brackets", digits),
        ("text without evidence on the page", invented),
        ("words that differ from the local reading, which is in brackets", differs),
        ("text on the page that the result lacks", missing),
    )
    return tuple(f"{len(texts)} × {title}: {_shortened(texts)}" for title, texts in found if texts)


def _shortened(texts: Sequence[str]) -> str:
    more = f" and {len(texts) - _SHOWN} more" if len(texts) > _SHOWN else ""
    return ", ".join(texts[:_SHOWN]) + more


def _quoted(text: str) -> str:
    return f"“{text if len(text) <= 60 else text[:59] + '…'}”"
