"""Score the bounding boxes of words against those of the ground truth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ocrkit.document import Document
from ocrkit.evaluate.correctness import words_or_lines
from ocrkit.evaluate.ground_truth import Sample
from ocrkit.geometry import Box

_MIN_IOU = 0.5  # the usual threshold for the same box


class BoxScore(NamedTuple):
    """How well the boxes of a page agree with the truth."""

    f1: float
    """F1 of words whose boxes overlap by at least half (IoU)."""
    overlap: float | None
    """The mean IoU of those words."""


def score_boxes(document: Document, sample: Sample) -> BoxScore | None:
    """None if the truth or the engine has no boxes."""
    if not sample.words or len(document.pages) != 1:
        return None
    page = document.pages[0]
    found = [word.box for word in words_or_lines(page) if word.box is not None]
    if not found and page.lines:
        return None
    x_scale, y_scale = 1.0, 1.0
    if sample.size:  # the truth may describe the page at another resolution
        x_scale, y_scale = page.width / sample.size[0], page.height / sample.size[1]
    truth = [
        Box(box.left * x_scale, box.top * y_scale, box.right * x_scale, box.bottom * y_scale)
        for box in (word.box for word in sample.words)
    ]
    overlaps = _matched_overlaps(found, truth)
    f1 = 2 * len(overlaps) / (len(found) + len(truth))
    return BoxScore(f1, float(np.mean(overlaps)) if overlaps else None)


def _matched_overlaps(found: Sequence[Box], truth: Sequence[Box]) -> list[float]:
    """The IoU of each pair of matching boxes. The largest is matched first, and each box once."""
    if not found or not truth:
        return []
    one, other = np.asarray(found, float)[:, None], np.asarray(truth, float)[None]
    sides = np.minimum(one[..., 2:], other[..., 2:]) - np.maximum(one[..., :2], other[..., :2])
    shared = np.clip(sides, 0, None).prod(axis=-1)
    areas = [np.clip(each[..., 2:] - each[..., :2], 0, None).prod(axis=-1) for each in (one, other)]
    union = areas[0] + areas[1] - shared
    overlaps = np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)
    rows, columns = np.nonzero(overlaps >= _MIN_IOU)
    order = np.argsort(-overlaps[rows, columns], kind="stable")
    used_rows: set[int] = set()
    used_columns: set[int] = set()
    matched = []
    for row, column in zip(rows[order].tolist(), columns[order].tolist(), strict=True):
        if row not in used_rows and column not in used_columns:
            used_rows.add(row)
            used_columns.add(column)
            matched.append(float(overlaps[row, column]))
    return matched
