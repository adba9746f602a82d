"""Where words stand, against where the truth says they do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ocrkit.document import Document
from ocrkit.evaluate.correctness import pieces_of
from ocrkit.evaluate.ground_truth import Sample
from ocrkit.geometry import Box

_SAME = 0.5  # the usual measure: what overlaps by half is the same box


class PlaceScore(NamedTuple):
    """How well boxes agree."""

    f1: float
    """Of words that were found where they are: their boxes overlap by at least half (IoU)."""
    overlap: float | None
    """The mean IoU of those."""


def score(document: Document, sample: Sample) -> PlaceScore | None:
    """None where the truth, or the engine, says nothing of places."""
    if not sample.words or len(document.pages) != 1:
        return None
    page = document.pages[0]
    found = [piece.box for piece in pieces_of(page) if piece.box is not None]
    if not found and page.lines:
        return None
    across, down = 1.0, 1.0
    if sample.size:  # the truth may be of the same page at another resolution
        across, down = page.width / sample.size[0], page.height / sample.size[1]
    places = [word.box for word in sample.words]
    boxes = [Box(b.left * across, b.top * down, b.right * across, b.bottom * down) for b in places]
    shared = _paired(found, boxes)
    f1 = 2 * len(shared) / (len(found) + len(boxes))
    return PlaceScore(f1, float(np.mean(shared)) if shared else None)


def _paired(found: Sequence[Box], truth: Sequence[Box]) -> list[float]:
    """The overlaps of boxes that are the same, the largest first, each box once."""
    if not found or not truth:
        return []
    one, other = np.asarray(found, float)[:, None], np.asarray(truth, float)[None]
    sides = np.minimum(one[..., 2:], other[..., 2:]) - np.maximum(one[..., :2], other[..., :2])
    shared = np.clip(sides, 0, None).prod(axis=-1)
    areas = [np.clip(each[..., 2:] - each[..., :2], 0, None).prod(axis=-1) for each in (one, other)]
    union = areas[0] + areas[1] - shared
    overlaps = np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)
    rows, columns = np.nonzero(overlaps >= _SAME)
    best = np.argsort(-overlaps[rows, columns], kind="stable")
    taken: tuple[set[int], set[int]] = (set(), set())
    pairs = []
    for row, column in zip(rows[best].tolist(), columns[best].tolist(), strict=True):
        if row not in taken[0] and column not in taken[1]:
            taken[0].add(row)
            taken[1].add(column)
            pairs.append(float(overlaps[row, column]))
    return pairs
