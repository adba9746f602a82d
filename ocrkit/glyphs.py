"""The text layer of a page as plain data: glyphs with their places and styles, and two small pictures.

A source extracts it, and `ocrkit.text_layer` judges it and makes lines of it. Glyphs are columns of arrays,
because a page has thousands of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class GlyphStyle(NamedTuple):
    """The properties that all glyphs of one text object share."""

    font: str
    size: float
    """The font size on the page, in pixels."""
    angle: float
    """The direction of the text, in degrees clockwise from the right."""
    bold: bool = False
    italic: bool = False
    mono: bool = False
    visible: bool = True
    """False if the text object itself says that nothing is drawn: an invisible mode, or no opacity."""
    color: tuple[int, int, int] | None = None
    """The fill color, where it is a plain opaque one."""
    mirrored: bool = False
    """Whether the letters are mirror images."""


@dataclass(frozen=True, slots=True, eq=False)
class TextLayer:
    """The glyphs of a page, in the order of the file. All places are in pixels of the page.

    Attributes:
        text: one character for each glyph. White space includes what the reader of the file inferred.
        boxes: left, top, right and bottom of each glyph: its advance by the height of its font.
        outlines: the same of the ink of the glyph, where it was measured, else NaN. One glyph of each
            character and font is measured.
        style_of: for each glyph the position of its style in `styles`; -1 for white space that the reader
            of the file inferred.
        styles: the styles.
        unmapped: whether the file does not say which character the glyph is.
        width: width of the page in pixels.
        height: height of the page in pixels.
        picture: a small gray picture of the page.
        background: the same picture without the glyphs.
        rules: left, top, right and bottom of each straight line that is drawn across or down the page.
    """

    text: str
    boxes: NDArray[np.float32]
    outlines: NDArray[np.float32]
    style_of: NDArray[np.int32]
    styles: tuple[GlyphStyle, ...]
    unmapped: NDArray[np.bool_]
    width: int
    height: int
    picture: NDArray[np.uint8]
    background: NDArray[np.uint8]
    rules: NDArray[np.float32] = field(default_factory=lambda: np.empty((0, 4), np.float32))

    def __len__(self) -> int:
        return len(self.text)

    @property
    def picture_scale(self) -> tuple[float, float]:
        """From page pixels to pixels of the small pictures, across and down."""
        height, width = self.picture.shape
        return width / self.width, height / self.height

    @property
    def codes(self) -> NDArray[np.uint32]:
        """The code point of each glyph."""
        return np.frombuffer(self.text.encode("utf-32-le", "surrogatepass"), np.uint32)

    def text_of(self, chosen: NDArray[np.bool_] | NDArray[np.int64]) -> str:
        """The characters of some glyphs: a mask, or their positions."""
        return self.codes[chosen].tobytes().decode("utf-32-le", "surrogatepass")

    def select(self, chosen: NDArray[np.bool_]) -> TextLayer:
        """The layer with some of its glyphs only. The pictures stay as they are."""
        return replace(
            self,
            text=self.text_of(chosen),
            boxes=self.boxes[chosen],
            outlines=self.outlines[chosen],
            style_of=self.style_of[chosen],
            unmapped=self.unmapped[chosen],
        )
