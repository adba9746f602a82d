"""Batches: many documents read into a folder, with a journal to resume interrupted runs."""

from ocrkit.batch.batch import Batch, documents, has_journal, remove_journal
from ocrkit.batch.inputs import NamedInput
from ocrkit.batch.report import Progress, Report
from ocrkit.batch.rows import Problem
from ocrkit.failures import Failure

__all__ = [
    "Batch",
    "Failure",
    "NamedInput",
    "Problem",
    "Progress",
    "Report",
    "documents",
    "has_journal",
    "remove_journal",
]
