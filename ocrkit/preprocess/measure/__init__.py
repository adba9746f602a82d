"""A page in figures: what its text, its light and its grain are like, looked at once and cheaply."""

from __future__ import annotations

import numpy as np

from ocrkit.page import Page
from ocrkit.preprocess.measure.sketch import Sketch
from ocrkit.result import Measurements

__all__ = ["measure"]


def measure(page: Page) -> Measurements:
    """Look at a page from all sides."""
    sketch = Sketch(page)
    skew = sketch.skew()
    darkest, lightest = np.percentile(sketch.paper[::8, ::8], (2, 98))
    letters, height, edge = sketch.letters, sketch.text_height, sketch.grain.edge_width
    return Measurements(
        letters=len(letters.centres) if letters else 0,
        regularity=round(letters.regularity, 2) if letters else 0.0,
        text_height=None if height is None else round(height, 1),
        skew=None if skew is None else round(skew.degrees, 2) + 0.0,  # 0.0 also for -0.0
        skew_certainty=1.0 if skew is None else round(skew.certainty, 2),
        contrast=round(sketch.contrast, 3),
        shadow=round(sketch.shadow, 3),
        unevenness=round(1 - float(darkest) / float(lightest), 3) if lightest else 0.0,
        noise=round(sketch.grain.noise, 1),
        specks=round(sketch.grain.specks, 5),
        edge_width=None if edge is None else round(edge, 1),
        inverted=sketch.is_inverted,
    )
