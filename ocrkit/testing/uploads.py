"""Images that clients upload to the local vendor servers: decoding, recognition and character boxes."""

from __future__ import annotations

import io
import itertools

import numpy as np
from PIL import Image

from ocrkit.backends.base import OcrBackend
from ocrkit.geometry import Point, Polygon
from ocrkit.page import Page
from ocrkit.request import Request
from ocrkit.result import PageResult


class InvalidImageError(Exception):
    """The bytes are not an image in a format that the service accepts."""


def decode_image(data: bytes, formats: tuple[str, ...] = ("PNG", "JPEG")) -> Page:
    try:
        with Image.open(io.BytesIO(data), formats=formats) as image:
            return Page(np.asarray(image.convert("L" if image.mode in ("1", "L") else "RGB")))
    except OSError as error:
        raise InvalidImageError(str(error)) from None


def recognize(engine: OcrBackend, page: Page) -> PageResult:
    return engine.recognize(page, Request())


def split_polygon(polygon: Polygon, count: int) -> list[Polygon]:
    """Split the polygon of a word into parts of equal width, as estimates of its characters' polygons."""
    top_left, top_right, bottom_right, bottom_left = polygon

    def between(a: Point, b: Point, fraction: float) -> Point:
        return Point(a.x + (b.x - a.x) * fraction, a.y + (b.y - a.y) * fraction)

    edges = [index / count for index in range(count + 1)]
    return [
        (
            between(top_left, top_right, start),
            between(top_left, top_right, end),
            between(bottom_left, bottom_right, end),
            between(bottom_left, bottom_right, start),
        )
        for start, end in itertools.pairwise(edges)
    ]
