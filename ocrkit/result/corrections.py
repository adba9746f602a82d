"""Records of what post-processing changed."""

from __future__ import annotations

from ocrkit.result.model import Confidence, Model, Text


class Correction(Model):
    """One change of the recognized text."""

    before: Text
    after: Text
    by: str
    """The name of the step that made the change."""
    reason: str
    confidence: Confidence | None = None
    """How sure the step is, where it can tell."""
