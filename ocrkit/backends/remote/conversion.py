"""From the units of services to those of results: angles, percent, corners, characters."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from ocrkit.geometry import IDENTITY, Box, Point, Polygon, bounding_box, polygon_area
from ocrkit.result import Block, Word
from ocrkit.result.blocks import transform_region

Rotation: TypeAlias = Literal[0, 90, 180, 270]
_ROTATIONS: tuple[Rotation, ...] = (0, 90, 180, 270)
_SMALLEST_AREA = 1e-6


def upright_rotation(degrees: float | None) -> Rotation:
    """The clockwise rotation that puts a page upright whose text is rotated clockwise by `degrees`."""
    return _ROTATIONS[round(-(degrees or 0.0) / 90) % 4]


def rotation_of_text(polygons: Iterable[Polygon | None]) -> Rotation:
    """The clockwise rotation that puts a page upright, from the direction of most of its text.

    For services that return corners in reading order and no angle.
    """
    lengths = [0.0] * 4
    for polygon in polygons:
        if polygon and len(polygon) > 1:
            start, end = polygon[:2]
            angle = math.degrees(math.atan2(end.y - start.y, end.x - start.x))
            lengths[round(angle / 90) % 4] += math.dist(start, end)
    return upright_rotation(90.0 * lengths.index(max(lengths)))


def confidence_of_percent(percent: float | None) -> float | None:
    """A confidence in percent as one from 0 to 1."""
    return None if percent is None else min(1.0, max(0.0, percent / 100))


def polygon_of_corners(corners: Iterable[tuple[float, float]], width: int, height: int) -> Polygon | None:
    """A clockwise polygon from the first corner, clipped to the image; None if it has no area."""
    limit = Box(0, 0, width, height)
    points = tuple(limit.nearest(Point(*corner)) for corner in corners)
    area = polygon_area(points) if len(points) > 2 else 0.0
    if abs(area) < _SMALLEST_AREA:
        return None
    return points if area > 0 else (points[0], *reversed(points[1:]))


def clipped_blocks(blocks: Iterable[Block], width: int, height: int) -> tuple[Block, ...]:
    """The blocks with every polygon clipped to the image: hulls of rotated words may reach beyond it."""
    limit = Box(0, 0, width, height)
    return tuple(transform_region(block, IDENTITY, limit) for block in blocks)


@dataclass(frozen=True)
class Character:
    """One character as a service found it."""

    text: str
    polygon: Polygon | None = None
    confidence: float | None = None


def words_of_characters(text: str, characters: Sequence[Character]) -> tuple[Word, ...]:
    """The words of a line, split at its spaces, each with the polygon and confidence of its characters.

    Empty if the characters are not those of the line, because its words are then unknown.
    """
    rest = [character for character in characters if character.text.strip()]
    words = []
    for part in text.split():
        own: list[Character] = []
        while rest and sum(len(character.text) for character in own) < len(part):
            own.append(rest.pop(0))
        if "".join(character.text for character in own) != part:
            return ()
        known = [character.confidence for character in own if character.confidence is not None]
        confidence = sum(known) / len(known) if known else None
        polygon = _hull([character.polygon for character in own])
        words.append(Word(text=part, polygon=polygon, confidence=confidence))
    return () if rest else tuple(words)


def _hull(polygons: Sequence[Polygon | None]) -> Polygon | None:
    """From the first character to the last along the line, so that a rotated word stays rotated."""
    known = [polygon for polygon in polygons if polygon]
    if not known:
        return None
    first, last = known[0], known[-1]
    if len(first) == len(last) == 4:
        corners = (first[0], last[1], last[2], first[3])
        if polygon_area(corners) > 0:
            return corners
    return bounding_box(point for polygon in known for point in polygon).polygon
