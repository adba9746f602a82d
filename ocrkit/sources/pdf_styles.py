"""The styles of text objects: font, size, direction and color."""

from __future__ import annotations

import ctypes
import math
import re
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pypdfium2 import raw

from ocrkit.glyphs import GlyphStyle
from ocrkit.sources.pdf_calls import functions
from ocrkit.sources.pdf_space import PixelSpace

_FIXED_PITCH, _ITALIC, _FORCE_BOLD = 1, 1 << 6, 1 << 18
_BOLD_WEIGHT = 600
_BOLD_NAME = re.compile(r"bold|black|heavy|demi(?!n)", re.IGNORECASE)
_ITALIC_NAME = re.compile(r"italic|oblique|slanted", re.IGNORECASE)
_MONO_NAME = re.compile(r"mono|courier|consol|typewriter|menlo|code", re.IGNORECASE)
_SUBSET = re.compile(r"^[A-Z]{6}\+")
_NOT_DRAWN = frozenset({raw.FPDF_TEXTRENDERMODE_INVISIBLE, raw.FPDF_TEXTRENDERMODE_CLIP})
_FILLED = frozenset({raw.FPDF_TEXTRENDERMODE_FILL, raw.FPDF_TEXTRENDERMODE_FILL_CLIP})
_LEAST_OPACITY = 8  # of 255
_NAMELESS = "#"
_FONT_HEIGHT = 1.1
"""The height of a font from its highest to its lowest letter, relative to its size."""


class Font(NamedTuple):
    """What the name and the flags of a font say."""

    name: str
    bold: bool
    italic: bool
    mono: bool


NO_STYLE = GlyphStyle("", 0.0, 0.0)


def style_of_object(
    text_page: Any, handle: int, index: int, space: PixelSpace, fonts: dict[int, Font]
) -> GlyphStyle:
    """The style of a text object, of which `index` is the first glyph."""
    pdfium = functions()
    matrix = raw.FS_MATRIX()
    raw.FPDFText_GetMatrix(text_page, index, matrix)
    size = raw.FPDFText_GetFontSize(text_page, index) * math.hypot(matrix.c, matrix.d) * space.scale
    angle = -math.degrees(math.atan2(matrix.b, matrix.a)) + 90 * space.turns
    font_handle = pdfium.font(handle) or 0
    if font_handle not in fonts:
        fonts[font_handle] = _font(font_handle)
    font = fonts[font_handle]
    mode = pdfium.render_mode(handle)
    channels = [ctypes.c_uint() for _ in range(4)]
    known = pdfium.fill_color(handle, *map(ctypes.addressof, channels))
    red, green, blue, alpha = (channel.value for channel in channels)
    is_opaque = known and mode in _FILLED and alpha == 255
    return GlyphStyle(
        font=font.name,
        size=size,
        angle=round((angle + 180) % 360 - 180, 2) + 0.0,
        bold=font.bold,
        italic=font.italic,
        mono=font.mono,
        visible=mode not in _NOT_DRAWN and not (known and mode in _FILLED and alpha < _LEAST_OPACITY),
        color=(red, green, blue) if is_opaque else None,
        mirrored=matrix.a * matrix.d - matrix.b * matrix.c < 0,
    )


def measure_type_3(
    text_page: Any,
    boxes: NDArray[np.float32],
    style_of: NDArray[np.int32],
    styles: list[GlyphStyle],
    space: PixelSpace,
) -> list[GlyphStyle]:
    """The styles, with sizes that do not depend on the units of nameless Type 3 fonts.

    Each such font has its own units, in which letters may be as tall as one unit or grow downwards, and no
    height of its own, so that each glyph has a box of another height. The boxes are set to one height.
    """
    nameless = {style.font for style in styles if style.font.startswith(_NAMELESS)}
    upright = [abs(round(style.angle - 90 * space.turns)) % 180 == 0 for style in styles]
    for font in nameless:
        numbers = [number for number, style in enumerate(styles) if style.font == font and upright[number]]
        index = np.flatnonzero(np.isin(style_of, numbers))
        if not len(index):
            continue
        baselines = np.array([_baseline(text_page, int(each)) for each in index], np.float32)
        above = float(np.percentile(boxes[index, 1] - baselines, 95))
        below = float(np.percentile(baselines - boxes[index, 3], 95))
        boxes[index, 1], boxes[index, 3] = baselines + above, baselines - below
        for number in numbers:
            style = styles[number]
            angle = (
                (style.angle + 180) % 360
                if style.mirrored and _points_backwards(style, space)
                else style.angle
            )
            size = max(above + below, 0.1) / _FONT_HEIGHT * space.scale
            styles[number] = style._replace(size=size, mirrored=False, angle=angle)
    return styles


def _points_backwards(style: GlyphStyle, space: PixelSpace) -> bool:
    return bool(abs(round(style.angle - 90 * space.turns)) % 360 == 180)


def _baseline(text_page: Any, index: int) -> float:
    x, y = ctypes.c_double(), ctypes.c_double()
    raw.FPDFText_GetCharOrigin(text_page, index, x, y)
    return y.value


def _font(handle: int) -> Font:
    if not handle:
        return Font("", bold=False, italic=False, mono=False)
    pdfium = functions()
    buffer = ctypes.create_string_buffer(256)
    length = pdfium.font_name(handle, ctypes.addressof(buffer), len(buffer))
    name = buffer.value.decode("utf-8", "replace") if 0 < length <= len(buffer) else ""
    name = _SUBSET.sub("", name)
    flags = max(0, pdfium.font_flags(handle))
    weight = pdfium.font_weight(handle)
    return Font(
        name or f"{_NAMELESS}{handle:x}",
        bold=bool(_BOLD_NAME.search(name) or flags & _FORCE_BOLD or weight > _BOLD_WEIGHT),
        italic=bool(_ITALIC_NAME.search(name) or flags & _ITALIC),
        mono=bool(flags & _FIXED_PITCH or _MONO_NAME.search(name)),
    )
