"""Statements about pages, for pages without full ground truth, and how many of them hold.

A text is present or absent, one text is before another, a cell of a table is beside another cell. The facts
are read from JSON lines (`reading.py`), also in the public form of olmOCR-bench, and checked against the
recognized pages (`checks.py`).
"""

from ocrkit.evaluate.facts.evaluation import evaluate_facts
from ocrkit.evaluate.facts.model import CheckedFact, FactsEvaluation, FactsSummary
from ocrkit.evaluate.facts.reading import Fact, Facts, read_facts

__all__ = [
    "CheckedFact",
    "Fact",
    "Facts",
    "FactsEvaluation",
    "FactsSummary",
    "evaluate_facts",
    "read_facts",
]
