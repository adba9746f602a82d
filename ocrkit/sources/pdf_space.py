"""From points of a PDF page to pixels."""

from __future__ import annotations

import math

import numpy as np
import pypdfium2
from numpy.typing import NDArray

from ocrkit.geometry import Box


class PixelSpace:
    """From points of the PDF page, y upwards and not rotated, to pixels of the upright page."""

    def __init__(self, page: pypdfium2.PdfPage, width: int, height: int) -> None:
        self.left, self.bottom, self.right, self.top = page.get_bbox()
        self.turns = page.get_rotation() // 90
        across, down = max(1e-6, self.right - self.left), max(1e-6, self.top - self.bottom)
        if self.turns % 2:
            across, down = down, across
        self.scale_x, self.scale_y = width / across, height / down

    @property
    def scale(self) -> float:
        return math.sqrt(self.scale_x * self.scale_y)

    def box(self, left: float, top: float, right: float, bottom: float) -> Box:
        """A box in pixels."""
        return Box(*self.boxes(np.array([[left, top, right, bottom]], np.float32))[0].tolist())

    def boxes(self, points: NDArray[np.float32]) -> NDArray[np.float32]:
        """Boxes (left, top, right, bottom), sorted."""
        x0, x1 = points[:, 0] - self.left, points[:, 2] - self.left
        y0, y1 = self.top - points[:, 1], self.top - points[:, 3]
        width, height = self.right - self.left, self.top - self.bottom
        if self.turns == 1:
            x0, y0, x1, y1 = height - y0, x0, height - y1, x1
        elif self.turns == 2:
            x0, y0, x1, y1 = width - x0, height - y0, width - x1, height - y1
        elif self.turns == 3:
            x0, y0, x1, y1 = y0, width - x0, y1, width - x1
        columns = (
            np.minimum(x0, x1) * self.scale_x,
            np.minimum(y0, y1) * self.scale_y,
            np.maximum(x0, x1) * self.scale_x,
            np.maximum(y0, y1) * self.scale_y,
        )
        return np.stack(columns, axis=1).astype(np.float32)
