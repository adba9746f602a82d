"""What a step after the engine has changed, so that nothing is ever replaced in silence."""

from __future__ import annotations

from ocrkit.result.model import Confidence, Model, Text


class Correction(Model):
    """One change of what the engine had read."""

    before: Text
    after: Text
    by: str
    """The step that made it."""
    reason: str
    confidence: Confidence | None = None
    """How sure the step is, where it can say so."""
