"""Drawn pages for tests, with known text and word boxes."""

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
"""A font file. None is Pillow's own font, which has English letters but no accented ones."""

Rotation: TypeAlias = Literal[0, 90, 180, 270]

_MARGIN = 2.0  # font sizes
_LEADING = 1.5


@dataclass(frozen=True, slots=True, eq=False)
class DrawnPage:
    """A page with its lines of text, and its words with the boxes of their ink."""

    page: Page
    lines: tuple[str, ...]
    words: tuple[tuple[str, Box], ...]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


def draw_page(
    lines: Sequence[str] | str,
    *,
    size: tuple[int, int] | None = None,
    font_size: int = 32,
    font: Font = None,
    color: bool = False,
    rotation: Rotation = 0,
    dpi: float | None = None,
    index: int = 0,
) -> DrawnPage:
    """Draw lines of black text on a white page. An empty line leaves a gap.

    Args:
        lines: the text.
        size: width and height before the rotation. None: as large as the text needs.
        font_size: in pixels.
        font: a font file.
        color: RGB instead of gray.
        rotation: the clockwise rotation of the whole page, in degrees.
        dpi: the resolution that the page states.
        index: the position of the page in its document, counted from 0.
    """
    texts = (lines,) if isinstance(lines, str) else tuple(lines)
    face = _face(font, font_size)
    margin = round(_MARGIN * font_size)
    pitch = round(_LEADING * font_size)
    text_width = max((face.getlength(text) for text in texts), default=0)
    width, height = size or (round(text_width) + 2 * margin, pitch * len(texts) + 2 * margin)
    image = Image.new("RGB" if color else "L", (width, height), "white")
    words = []
    for number, text in enumerate(texts):
        words += _draw_line(ImageDraw.Draw(image), text, (margin, margin + number * pitch), face)
    pixels = np.ascontiguousarray(np.rot90(np.asarray(image), -(rotation // 90)))
    turn = Transform.quarter_turns(rotation // 90, width, height)
    turned = tuple((word, bounding_box(turn.polygon(box.polygon))) for word, box in words)
    return DrawnPage(Page(pixels, index=index, dpi=dpi), texts, turned)


def draw_image(
    lines: Sequence[str] | str,
    *,
    size: tuple[int, int] | None = None,
    font_size: int = 32,
    font: Font = None,
    color: bool = True,
) -> Image.Image:
    """Draw the same page as a Pillow image, by default in color."""
    return Image.fromarray(
        draw_page(lines, size=size, font_size=font_size, font=font, color=color).page.pixels
    )


def blank_page(width: int = 400, height: int = 300, *, index: int = 0, color: bool = False) -> Page:
    """A white page."""
    shape = (height, width, 3) if color else (height, width)
    return Page(np.full(shape, 255, np.uint8), index=index)


def _face(font: Font, size: int) -> ImageFont.FreeTypeFont:
    face = ImageFont.truetype(font, size) if font else ImageFont.load_default(size)
    if not isinstance(face, ImageFont.FreeTypeFont):
        raise TypeError("drawing pages needs Pillow with FreeType support; install Pillow from a wheel")
    return face


def _draw_line(
    draw: ImageDraw.ImageDraw, text: str, start: tuple[int, int], face: ImageFont.FreeTypeFont
) -> list[tuple[str, Box]]:
    """Draw a line and return its words with their boxes."""
    draw.text(start, text, font=face, fill="black")
    words, position = [], 0
    for word in text.split():
        position = text.index(word, position)
        left = start[0] + face.getlength(text[:position])
        words.append((word, Box(*draw.textbbox((left, start[1]), word, font=face))))
        position += len(word)
    return words
