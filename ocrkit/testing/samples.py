"""Pages drawn for tests: the text on them is known, and where each word stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from typing import Literal, TypeAlias

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ocrkit.geometry import Box, Transform, bounding_box
from ocrkit.page import Page

Font: TypeAlias = str | PathLike[str] | None
"""A font file; None is the one that comes with Pillow, which has the letters of English and no accents."""

Turn: TypeAlias = Literal[0, 90, 180, 270]

_MARGIN = 2.0
_LEADING = 1.5


@dataclass(frozen=True, slots=True, eq=False)
class DrawnPage:
    """A page, the lines that were drawn on it, and its words with the boxes around their ink."""

    page: Page
    lines: tuple[str, ...]
    words: tuple[tuple[str, Box], ...]

    @property
    def text(self) -> str:
        """The lines, one below the other."""
        return "\n".join(self.lines)


def draw_page(
    lines: Sequence[str] | str,
    *,
    size: tuple[int, int] | None = None,
    font_size: int = 32,
    font: Font = None,
    colour: bool = False,
    rotation: Turn = 0,
    dpi: float | None = None,
    index: int = 0,
) -> DrawnPage:
    """Draw lines of text, black on white, one below the other; an empty line leaves a gap.

    Args:
        lines: the text.
        size: width and height before turning; None is as large as the text needs.
        font_size: in pixels.
        font: a font file.
        colour: three channels instead of one.
        rotation: how far the whole page is turned clockwise, in degrees.
        dpi: what the page says about its resolution.
        index: the page's place in its document.
    """
    texts = (lines,) if isinstance(lines, str) else tuple(lines)
    face = _face(font, font_size)
    margin = round(_MARGIN * font_size)
    pitch = round(_LEADING * font_size)
    wide = max((face.getlength(text) for text in texts), default=0)
    width, height = size or (round(wide) + 2 * margin, pitch * len(texts) + 2 * margin)
    image = Image.new("RGB" if colour else "L", (width, height), "white")
    words = []
    for number, text in enumerate(texts):
        words += _draw_line(ImageDraw.Draw(image), text, (margin, margin + number * pitch), face)
    pixels = np.ascontiguousarray(np.rot90(np.asarray(image), -(rotation // 90)))
    turn = Transform.quarter_turns(rotation // 90, width, height)
    placed = tuple((word, bounding_box(turn.polygon(box.polygon))) for word, box in words)
    return DrawnPage(Page(pixels, index=index, dpi=dpi), texts, placed)


def draw_image(
    lines: Sequence[str] | str,
    *,
    size: tuple[int, int] | None = None,
    font_size: int = 32,
    font: Font = None,
    colour: bool = True,
) -> Image.Image:
    """The same as a Pillow image, for what reads files and images."""
    return Image.fromarray(
        draw_page(lines, size=size, font_size=font_size, font=font, colour=colour).page.pixels
    )


def blank_page(width: int = 400, height: int = 300, *, index: int = 0, colour: bool = False) -> Page:
    """A white page."""
    shape = (height, width, 3) if colour else (height, width)
    return Page(np.full(shape, 255, np.uint8), index=index)


def _face(font: Font, size: int) -> ImageFont.FreeTypeFont:
    face = ImageFont.truetype(font, size) if font else ImageFont.load_default(size)
    if not isinstance(face, ImageFont.FreeTypeFont):
        raise TypeError("drawing pages needs a Pillow built with FreeType")
    return face


def _draw_line(
    draw: ImageDraw.ImageDraw, text: str, start: tuple[int, int], face: ImageFont.FreeTypeFont
) -> list[tuple[str, Box]]:
    draw.text(start, text, font=face, fill="black")
    words, position = [], 0
    for word in text.split():
        position = text.index(word, position)
        left = start[0] + face.getlength(text[:position])
        words.append((word, Box(*draw.textbbox((left, start[1]), word, font=face))))
        position += len(word)
    return words
