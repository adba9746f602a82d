"""What the servers of vendors have in common: the pictures they get are read by a backend on this machine."""

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


class NotAPictureError(Exception):
    """The bytes are no image file of a kind that the service takes."""


def picture(data: bytes, formats: tuple[str, ...] = ("PNG", "JPEG")) -> Page:
    """The pixels of an image file."""
    try:
        with Image.open(io.BytesIO(data), formats=formats) as image:
            return Page(np.asarray(image.convert("L" if image.mode in ("1", "L") else "RGB")))
    except OSError as error:
        raise NotAPictureError(str(error)) from None


def read(engine: OcrBackend, page: Page) -> PageResult:
    return engine.recognize(page, Request())


def pieces(polygon: Polygon, count: int) -> list[Polygon]:
    """A word's outline in so many parts of equal width: about where its characters stand."""
    top_left, top_right, bottom_right, bottom_left = polygon

    def between(a: Point, b: Point, part: float) -> Point:
        return Point(a.x + (b.x - a.x) * part, a.y + (b.y - a.y) * part)

    edges = [number / count for number in range(count + 1)]
    return [
        (
            between(top_left, top_right, start),
            between(top_left, top_right, end),
            between(bottom_left, bottom_right, end),
            between(bottom_left, bottom_right, start),
        )
        for start, end in itertools.pairwise(edges)
    ]
