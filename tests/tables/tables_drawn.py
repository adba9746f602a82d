"""Tables drawn on paper: what stands in each cell is known, and where rules are is said."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from PIL import Image, ImageDraw, ImageFont

_FONT = 26
_LEADING = 34
_PAD = 14
_RULE = 3


@dataclass
class Paper:
    """A white page to draw on."""

    width: int = 1100
    height: int = 900
    image: Image.Image = field(init=False)

    def __post_init__(self):
        self.image = Image.new("L", (self.width, self.height), 255)
        self._draw = ImageDraw.Draw(self.image)
        self._font = ImageFont.load_default(_FONT)

    def text(self, left, top, text):
        for number, line in enumerate(text.split("\n")):
            self._draw.text((left, top + number * _LEADING), line, font=self._font, fill=0)

    def level(self, top, left, right):
        self._draw.line((left, top, right, top), fill=0, width=_RULE)

    def upright(self, left, top, bottom):
        self._draw.line((left, top, left, bottom), fill=0, width=_RULE)

    def table(self, rows, *, left, top, widths, rules="grid", spans=()):
        """Draw a table and say where it ends.

        Args:
            rows: texts; None where a cell of another place reaches.
            left: of the table, as is `top`.
            top: of the table.
            widths: of the columns.
            rules: "grid", "head" (above and below the first row, and at the end), or "none".
            spans: of cells that take several places: (row, column, rows, columns).
        """
        heights = [max((text or "").count("\n") + 1 for text in row) * _LEADING + _PAD for row in rows]
        xs = [left + sum(widths[:count]) for count in range(len(widths) + 1)]
        ys = [top + sum(heights[:count]) for count in range(len(heights) + 1)]
        over = {(row, column): (down, right) for row, column, down, right in spans}
        for row, texts in enumerate(rows):
            for column, text in enumerate(texts):
                if text is None:
                    continue
                down, right = over.get((row, column), (1, 1))
                self.text(xs[column] + _PAD, ys[row] + _PAD // 2, text)
                if rules == "grid":
                    for y in (ys[row], ys[row + down]):
                        self.level(y, xs[column], xs[column + right])
                    for x in (xs[column], xs[column + right]):
                        self.upright(x, ys[row], ys[row + down])
        if rules == "head":
            for y in (ys[0], ys[1], ys[-1]):
                self.level(y, xs[0], xs[-1])
        return ys[-1]

    def pixels(self, turn=0.0):
        """As an array, turned clockwise by so many degrees."""
        image = self.image.rotate(-turn, expand=True, fillcolor=255, resample=Image.Resampling.BICUBIC)
        return np.asarray(image)
