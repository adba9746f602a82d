"""Pages with drawn tables, for which the text of every cell is known."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from PIL import Image, ImageDraw, ImageFont

_FONT_SIZE = 26
_LINE_HEIGHT = 34
_PADDING = 14
_LINE_WIDTH = 3


@dataclass
class Paper:
    """A white page to draw on."""

    width: int = 1100
    height: int = 900
    image: Image.Image = field(init=False)

    def __post_init__(self):
        self.image = Image.new("L", (self.width, self.height), 255)
        self._draw = ImageDraw.Draw(self.image)
        self._font = ImageFont.load_default(_FONT_SIZE)

    def text(self, left, top, text):
        for number, line in enumerate(text.split("\n")):
            self._draw.text((left, top + number * _LINE_HEIGHT), line, font=self._font, fill=0)

    def horizontal(self, top, left, right):
        self._draw.line((left, top, right, top), fill=0, width=_LINE_WIDTH)

    def vertical(self, left, top, bottom):
        self._draw.line((left, top, left, bottom), fill=0, width=_LINE_WIDTH)

    def table(self, rows, *, left, top, widths, lines="grid", spans=()):
        """Draw a table and return the y of its lower edge.

        Args:
            rows: the texts of the cells; None for a slot that another cell spans.
            left: the left edge of the table.
            top: the upper edge of the table.
            widths: the widths of the columns.
            lines: "grid", "head" (above and below the first row, and at the end), or "none".
            spans: the cells that span several slots, as (row, column, row span, column span).
        """
        heights = [
            max((text or "").count("\n") + 1 for text in row) * _LINE_HEIGHT + _PADDING for row in rows
        ]
        xs = [left + sum(widths[:count]) for count in range(len(widths) + 1)]
        ys = [top + sum(heights[:count]) for count in range(len(heights) + 1)]
        spans_of = {(row, column): span for row, column, *span in spans}
        for row, texts in enumerate(rows):
            for column, text in enumerate(texts):
                if text is None:
                    continue
                row_span, column_span = spans_of.get((row, column), (1, 1))
                self.text(xs[column] + _PADDING, ys[row] + _PADDING // 2, text)
                if lines == "grid":
                    for y in (ys[row], ys[row + row_span]):
                        self.horizontal(y, xs[column], xs[column + column_span])
                    for x in (xs[column], xs[column + column_span]):
                        self.vertical(x, ys[row], ys[row + row_span])
        if lines == "head":
            for y in (ys[0], ys[1], ys[-1]):
                self.horizontal(y, xs[0], xs[-1])
        return ys[-1]

    def pixels(self, degrees=0.0):
        """The page as an array, rotated clockwise."""
        image = self.image.rotate(-degrees, expand=True, fillcolor=255, resample=Image.Resampling.BICUBIC)
        return np.asarray(image)
