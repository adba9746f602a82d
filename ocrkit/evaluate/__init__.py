"""How well engines read one's own documents: rates, intervals, differences, and confidences to believe."""

from ocrkit.evaluate.evaluation import evaluate
from ocrkit.evaluate.ground_truth import Sample, Samples, find_samples
from ocrkit.evaluate.model import Bin, Evaluation, Reliability, Score, Summary, System
from ocrkit.evaluate.statistics import Difference, Interval
from ocrkit.evaluate.text import Rules
from ocrkit.evaluate.tuning import Trial, Tuning, tune

__all__ = [
    "Bin",
    "Difference",
    "Evaluation",
    "Interval",
    "Reliability",
    "Rules",
    "Sample",
    "Samples",
    "Score",
    "Summary",
    "System",
    "Trial",
    "Tuning",
    "evaluate",
    "find_samples",
    "tune",
]
