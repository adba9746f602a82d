"""What the engine returns, as plain data."""

from __future__ import annotations

from dataclasses import dataclass

from ocrkit.geometry import Box


@dataclass(frozen=True)
class EngineLine:
    """A line of text."""

    text: str
    box: Box | None = None
    confidence: float = 0.0
    """0 where the engine gives none."""


@dataclass(frozen=True)
class EngineRegion:
    """A region of the page with its text."""

    text: str
    box: Box | None
    kind: str
    """A name in the engine's `RegionTypes`."""


@dataclass(frozen=True)
class EngineCell:
    """A table cell; rows and columns are counted from 0."""

    row: int
    column: int
    text: str


@dataclass(frozen=True)
class EnginePage:
    """The result of one page. Boxes are in pixels of the image."""

    text: str = ""
    lines: tuple[EngineLine, ...] = ()
    regions: tuple[EngineRegion, ...] = ()
    tables: tuple[tuple[EngineCell, ...], ...] = ()
    keywords: tuple[tuple[str, str], ...] = ()
    """Names and values that it found on a receipt or a card."""
    notices: tuple[str, ...] = ()
    """Its warnings."""
    licensed: bool = False
