"""Many documents on one machine, into a folder, so that nothing is lost and nothing read twice."""

from ocrkit.batch.batch import Batch, documents, forget, has_journal
from ocrkit.batch.inputs import Listed
from ocrkit.batch.journal import Problem
from ocrkit.batch.report import Failure, Progress, Report

__all__ = [
    "Batch",
    "Failure",
    "Listed",
    "Problem",
    "Progress",
    "Report",
    "documents",
    "forget",
    "has_journal",
]
