"""Evaluate engines on pages with ground truth: error rates, significance, reports, calibration and tuning."""

from ocrkit.evaluate.cascade_tuning import CascadeCurve, CascadeTuning, CurvePoint, tune_cascade
from ocrkit.evaluate.evaluation import evaluate
from ocrkit.evaluate.ground_truth import Sample, Samples, find_samples
from ocrkit.evaluate.model import (
    Bin,
    CorrectedWord,
    Evaluation,
    Reliability,
    Score,
    StepCorrections,
    Summary,
    System,
)
from ocrkit.evaluate.normalization import Rules
from ocrkit.evaluate.statistics import Difference, Interval
from ocrkit.evaluate.tuning import Trial, Tuning, tune

__all__ = [
    "Bin",
    "CascadeCurve",
    "CascadeTuning",
    "CorrectedWord",
    "CurvePoint",
    "Difference",
    "Evaluation",
    "Interval",
    "Reliability",
    "Rules",
    "Sample",
    "Samples",
    "Score",
    "StepCorrections",
    "Summary",
    "System",
    "Trial",
    "Tuning",
    "evaluate",
    "find_samples",
    "tune",
    "tune_cascade",
]
