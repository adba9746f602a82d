"""Measurements of a page: text height, skew, lighting, contrast and noise."""

from __future__ import annotations

import numpy as np

from ocrkit.page import Page, is_uniform
from ocrkit.preprocess.measure.analysis import PageAnalysis
from ocrkit.result import Measurements

__all__ = ["measure"]

_PART = 64  # pixels


def measure(page: Page) -> Measurements:
    """Measure all properties of a page."""
    if is_uniform(page.pixels):  # a small part of it measures the same
        page = page.derive(np.ascontiguousarray(page.pixels[:_PART, :_PART]))
    analysis = PageAnalysis(page)
    skew = analysis.skew()
    darkest, lightest = np.percentile(analysis.paper[::8, ::8], (2, 98))
    letters, height, edge = analysis.letters, analysis.text_height, analysis.grain.edge_width
    return Measurements(
        letters=len(letters.centers) if letters else 0,
        regularity=round(letters.regularity, 2) if letters else 0.0,
        text_height=None if height is None else round(height, 1),
        skew=None if skew is None else round(skew.degrees, 2) + 0.0,  # turns -0.0 into 0.0
        skew_certainty=1.0 if skew is None else round(skew.certainty, 2),
        contrast=round(analysis.contrast, 3),
        shadow=round(analysis.shadow, 3),
        unevenness=round(1 - float(darkest) / float(lightest), 3) if lightest else 0.0,
        noise=round(analysis.grain.noise, 1),
        specks=round(analysis.grain.specks, 5),
        edge_width=None if edge is None else round(edge, 1),
        inverted=analysis.is_inverted,
    )
