"""Batches: many documents read into a folder, with a journal to resume interrupted runs."""

from ocrkit.batch.batch import Batch, documents, has_journal, remove_journal
from ocrkit.batch.inputs import NamedInput
from ocrkit.batch.journal import Problem
from ocrkit.batch.report import Failure, Progress, Report

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
