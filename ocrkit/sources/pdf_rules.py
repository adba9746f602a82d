"""The rules that a page draws as vectors: straight lines, edges of frames, and very thin bars.

Call everything here inside `ocrkit.sources.pdf.pdfium()`.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import pypdfium2
from numpy.typing import NDArray
from pypdfium2 import raw

_MOST_SEGMENTS = 20_000
"""Of a page. More are a drawing or a map."""
_MOST_RULES = 4_000
_MOST_NESTED = 4
_LEVEL = 0.3
"""Points by which the ends of a level line differ at most."""
_THICKEST = 3.0
"""Points: a thicker bar is a surface."""

_Point: TypeAlias = tuple[float, float]
_Rule: TypeAlias = tuple[float, float, float, float]
"""Left, top, right and bottom in points, y upwards."""


class _Matrix(NamedTuple):
    """From the units of an object to points of the page."""

    a: float = 1.0
    b: float = 0.0
    c: float = 0.0
    d: float = 1.0
    e: float = 0.0
    f: float = 0.0

    @classmethod
    def of(cls, page_object: Any) -> _Matrix:
        matrix = raw.FS_MATRIX()
        if not raw.FPDFPageObj_GetMatrix(page_object, matrix):
            return cls()
        return cls(matrix.a, matrix.b, matrix.c, matrix.d, matrix.e, matrix.f)

    def point(self, x: float, y: float) -> _Point:
        return self.a * x + self.c * y + self.e, self.b * x + self.d * y + self.f

    def then(self, after: _Matrix) -> _Matrix:
        (a, b), (c, d) = (self.a, self.b), (self.c, self.d)
        return _Matrix(
            a * after.a + b * after.c,
            a * after.b + b * after.d,
            c * after.a + d * after.c,
            c * after.b + d * after.d,
            *after.point(self.e, self.f),
        )


def read_rules(page: pypdfium2.PdfPage) -> NDArray[np.float32]:
    """Horizontal and vertical rules as boxes (left, top, right, bottom in points, y upwards).

    A page with very many lines has a drawing, and is treated as one without rules.
    """
    rules: list[_Rule] = []
    segments = 0
    for path, matrix in _paths(page):
        segments += raw.FPDFPath_CountSegments(path)
        if segments > _MOST_SEGMENTS or len(rules) > _MOST_RULES:
            return np.empty((0, 4), np.float32)
        rules += _rules(path, matrix)
    return np.array(rules, np.float32).reshape(-1, 4)


def _paths(page: pypdfium2.PdfPage) -> Iterator[tuple[Any, _Matrix]]:
    """The paths of a page and of the forms on it."""
    for index in range(raw.FPDFPage_CountObjects(page)):
        yield from _paths_in(raw.FPDFPage_GetObject(page, index), _Matrix(), 0)


def _paths_in(page_object: Any, outer: _Matrix, depth: int) -> Iterator[tuple[Any, _Matrix]]:
    kind = raw.FPDFPageObj_GetType(page_object)
    if kind == raw.FPDF_PAGEOBJ_PATH:
        yield page_object, _Matrix.of(page_object).then(outer)
    elif kind == raw.FPDF_PAGEOBJ_FORM and depth < _MOST_NESTED:
        inner = _Matrix.of(page_object).then(outer)
        for index in range(raw.FPDFFormObj_CountObjects(page_object)):
            yield from _paths_in(raw.FPDFFormObj_GetObject(page_object, index), inner, depth + 1)


def _rules(path: Any, matrix: _Matrix) -> Iterator[_Rule]:
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    if not raw.FPDFPath_GetDrawMode(path, fill, stroke) or not (fill.value or stroke.value):
        return
    for outline in _outlines(path, matrix):
        if stroke.value:
            for (x0, y0), (x1, y1) in pairwise(outline):
                if min(abs(x1 - x0), abs(y1 - y0)) <= _LEVEL:
                    yield min(x0, x1), max(y0, y1), max(x0, x1), min(y0, y1)
        else:
            xs, ys = zip(*outline, strict=True)
            width, height = max(xs) - min(xs), max(ys) - min(ys)
            if min(width, height) <= _THICKEST < max(width, height):
                yield min(xs), max(ys), max(xs), min(ys)


def _outlines(path: Any, matrix: _Matrix) -> Iterator[list[_Point]]:
    """The corners of each part of a path. A part ends at a curve, because only straight lines are rules."""
    x, y = ctypes.c_float(), ctypes.c_float()
    points: list[_Point] = []
    for index in range(raw.FPDFPath_CountSegments(path)):
        segment = raw.FPDFPath_GetPathSegment(path, index)
        kind = raw.FPDFPathSegment_GetType(segment)
        raw.FPDFPathSegment_GetPoint(segment, x, y)
        if kind != raw.FPDF_SEGMENT_LINETO and points:
            yield points
            points = []
        points.append(matrix.point(x.value, y.value))
        if raw.FPDFPathSegment_GetClose(segment):
            points.append(points[0])
    if points:
        yield points
