"""The results of checking facts, as frozen models."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from ocrkit.evaluate.model import System
from ocrkit.evaluate.statistics import Difference, Interval
from ocrkit.result import Model


class CheckedFact(Model):
    """Whether one fact holds for one system."""

    system: str
    id: str
    type: str
    category: str
    file: str
    page: int
    reason: str | None = None
    """Why the fact does not hold; None if it does."""

    @property
    def holds(self) -> bool:
        return self.reason is None


class FactsSummary(Model):
    """How many facts hold for a system."""

    system: str
    group: str | None = None
    """The type or category of the facts; None for all."""
    facts: int
    hold: int
    share: float
    interval: Interval | None = None


class FactsEvaluation(Model):
    """How many facts hold for each system."""

    folder: Path
    readings: Path
    """The folder with the recognition results."""
    systems: tuple[System, ...]
    checked: tuple[CheckedFact, ...]
    summaries: tuple[FactsSummary, ...]
    """Over all facts; the best system first."""
    by_type: tuple[FactsSummary, ...]
    by_category: tuple[FactsSummary, ...]
    differences: tuple[Difference, ...]
    """Between every two systems, the better one first, in shares of facts that do not hold."""
    not_checked: dict[str, int] = Field(default_factory=dict)
    """The number of facts of each type that cannot be checked."""
    notes: tuple[str, ...] = ()
