"""Disagreements between a reading and a second one of the same page."""

from __future__ import annotations

from typing import Literal, TypeAlias

from ocrkit.result.model import Confidence, Text
from ocrkit.result.region import Region

FindingKind: TypeAlias = Literal["digits", "invented", "missing", "differs"]
"""A number, date or code that differs; words without any evidence on the page; words on the
page that the reading lacks; other words at the same place."""


class Finding(Region):
    """A place where a second reading of the page does not support the first."""

    kind: FindingKind
    text: Text = ""
    """The text of the reading; empty where it lacks the text."""
    seen: Text = ""
    """The text of the second reading; empty where it has none."""
    probability: Confidence | None = None
    """The probability that the second reading is right here; None without text or if unknown."""
