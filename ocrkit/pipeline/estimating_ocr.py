"""An `Ocr` for estimates, which downloads nothing."""

from __future__ import annotations

from ocrkit.pipeline.ocr import Ocr


class EstimatingOcr(Ocr):
    """Estimates runs and reads nothing. Missing models are named in the estimate, and not downloaded."""

    _fetches = False
