"""The judgments about the words of a page, as figures and findings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from ocrkit.geometry import Polygon
from ocrkit.result import Finding, FindingKind, Region
from ocrkit.result.blocks import enclosing_polygon, join_words

_ORDER: tuple[FindingKind, ...] = ("digits", "invented", "differs", "missing")


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far a second reading supports a reading of the same page."""

    agreement: float | None
    """The share of the words that the second reading supports; words that it cannot judge do not count.
    None if it can judge none."""
    coverage: float | None
    """The share of the surely read characters of the second reading that the first one contains."""
    findings: tuple[Finding, ...] = ()
    """The disagreements: numbers first, then in the order of the page."""

    def of_kind(self, kind: FindingKind) -> tuple[Finding, ...]:
        """The findings of one kind."""
        return tuple(each for each in self.findings if each.kind == kind)


@dataclass(frozen=True, slots=True)
class Judgment:
    """A word of the reading, and what the second reading says about it."""

    text: str
    polygon: Polygon | None
    line: int
    word: int
    """The position of the word on the page."""
    supported: bool | None
    """None where the second reading cannot judge."""
    kind: FindingKind | None = None
    seen: str = ""
    probability: float | None = None


def findings_of(judgments: Sequence[Judgment]) -> Iterator[Finding]:
    """Findings about words; neighbors of one kind are one finding, except numbers."""
    for _, group in groupby(judgments, key=_group):
        words = list(group)
        kind = words[0].kind
        if kind is None:
            continue
        values = [each.probability for each in words if each.probability is not None]
        polygons = [Region(polygon=each.polygon) for each in words if each.polygon]
        yield Finding(
            kind=kind,
            text=join_words([each.text for each in words]),
            seen=join_words([each.seen for each in words if each.seen]),
            polygon=enclosing_polygon(polygons),
            probability=min(values, default=None),
        )


def _group(judgment: Judgment) -> tuple[FindingKind, int, int] | None:
    if judgment.kind is None:
        return None
    return (judgment.kind, judgment.line, judgment.word if judgment.kind in ("digits", "differs") else 0)


def agreement_of(
    judged_words: Sequence[Sequence[Judgment]], missing: Sequence[Finding], coverage: float | None
) -> Agreement:
    """The figures and the findings of a page."""
    judgments = [each for word in judged_words for each in word]
    judged = [each for each in judgments if each.supported is not None]
    supported = sum(each.supported is True for each in judged)
    found = [*findings_of(judgments), *missing]
    return Agreement(
        agreement=supported / len(judged) if judged else None,
        coverage=coverage,
        findings=tuple(sorted(found, key=lambda each: _ORDER.index(each.kind))),
    )
