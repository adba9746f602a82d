"""The text layer of a PDF page, by pdfium's text API.

One call for a glyph takes a microsecond, and pages have thousands of glyphs, so little is asked for each
glyph (its character, its box and its text object) and everything else once for each text object. The
functions are called by their addresses: pypdfium2's own prototypes make Python objects of every pointer.

The page is rendered twice at a low resolution, with its text and without. The difference shows which text
can be seen, whatever hides it, and the second picture shows what else is on the page.

Call everything here inside `ocrkit.sources.pdf.pdfium()`.
"""

from __future__ import annotations

import collections
import ctypes
import functools
import itertools
import math
import re
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pypdfium2
from numpy.typing import NDArray
from pypdfium2 import raw

from ocrkit.errors import SourceError
from ocrkit.glyphs import GlyphStyle, TextLayer

_PICTURE_PIXELS = 900_000  # about 96 dpi for A4: letters of 10 points are 13 pixels high
_LARGEST_PICTURE_DPI = 120.0
_MAX_GLYPHS = 1_000_000
_FIXED_PITCH, _ITALIC, _FORCE_BOLD = 1, 1 << 6, 1 << 18
_BOLD_WEIGHT = 600
_BOLD_NAME = re.compile(r"bold|black|heavy|demi(?!n)", re.IGNORECASE)
_ITALIC_NAME = re.compile(r"italic|oblique|slanted", re.IGNORECASE)
_MONO_NAME = re.compile(r"mono|courier|consol|typewriter|menlo|code", re.IGNORECASE)
_SUBSET = re.compile(r"^[A-Z]{6}\+")
_NOT_DRAWN = frozenset({raw.FPDF_TEXTRENDERMODE_INVISIBLE, raw.FPDF_TEXTRENDERMODE_CLIP})
_FILLED = frozenset({raw.FPDF_TEXTRENDERMODE_FILL, raw.FPDF_TEXTRENDERMODE_FILL_CLIP})
_WHITE = 255
_LEAST_OPACITY = 8  # of 255
_REPLACEMENT, _LAST = 0xFFFD, 0x10FFFF
_NAMELESS = "#"
_FONT_HEIGHT = 1.1
"""The height of a font from its highest to its lowest letter, relative to its size."""
_FIRST_PRINTED = 32
_LINE_END = 2
"""pdfium's sign for a hyphen at the end of a line."""


def extract(page: pypdfium2.PdfPage, width: int, height: int) -> TextLayer | None:
    """The text layer in pixels of a page of this size; None for a page without text."""
    text_page = raw.FPDFText_LoadPage(page)
    if not text_page:
        raise SourceError("the text of this page cannot be read")
    try:
        return _extract(page, text_page, width, height)
    finally:
        raw.FPDFText_ClosePage(text_page)


def _extract(page: pypdfium2.PdfPage, text_page: Any, width: int, height: int) -> TextLayer | None:
    count = raw.FPDFText_CountChars(text_page)
    if count <= 0:
        return None
    if count > _MAX_GLYPHS:
        raise SourceError(f"this page has {count:,} glyphs, more than the {_MAX_GLYPHS:,} allowed")
    address = _address(text_page)
    codes, loose, objects = _read_glyphs(address, count)
    to_pixels = _PixelSpace(page, width, height)
    handles, first, inverse = np.unique(objects, return_index=True, return_inverse=True)
    fonts: dict[int, _Font] = {}
    styles = [
        _style(text_page, int(handle), int(index), to_pixels, fonts) if handle else _NO_STYLE
        for handle, index in zip(handles, first, strict=True)
    ]
    style_of: NDArray[np.int32] = inverse.reshape(-1).astype(np.int32)
    if len(handles) and handles[0] == 0:  # sorted: inferred white space belongs to no object
        style_of -= 1
        styles, handles = styles[1:], handles[1:]
    styles = _measure_type_3(text_page, loose, style_of, styles, to_pixels)
    outlines, unmapped, controls = _measure_characters(text_page, codes, style_of, styles)
    codes[controls] = _REPLACEMENT
    picture, background = _pictures(page, [int(handle) for handle in handles])
    return TextLayer(
        text=_text(codes),
        boxes=to_pixels.boxes(loose),
        outlines=to_pixels.boxes(outlines),
        style_of=style_of,
        styles=tuple(styles),
        unmapped=unmapped,
        width=width,
        height=height,
        picture=picture,
        background=background,
    )


def _read_glyphs(
    text_page: int, count: int
) -> tuple[NDArray[np.uint32], NDArray[np.float32], NDArray[np.uint64]]:
    """Code point, box (left, top, right, bottom in points, y upwards) and text object of each glyph."""
    pdfium = _functions()
    unicode_at, box_at, object_at = pdfium.unicode, pdfium.loose_box, pdfium.text_object
    same, indexes = itertools.repeat(text_page), range(count)
    codes = np.fromiter(map(unicode_at, same, indexes), np.uint32, count)
    objects = np.fromiter(map(object_at, same, indexes), np.uint64, count)
    boxes = np.full((count, 4), np.nan, np.float32)
    start = boxes.ctypes.data
    collections.deque(map(box_at, same, indexes, range(start, start + 16 * count, 16)), maxlen=0)
    return codes, boxes, objects


def _text(codes: NDArray[np.uint32]) -> str:
    """One character for each code."""
    is_none = (codes == 0) | (codes > _LAST) | ((codes >= 0xD800) & (codes < 0xE000))
    codes = np.where(is_none, _REPLACEMENT, np.where(codes == _LINE_END, ord("-"), codes))
    return codes.astype("<u4").tobytes().decode("utf-32-le")


class _PixelSpace:
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


# ── styles ──


class _Font(NamedTuple):
    name: str
    bold: bool
    italic: bool
    mono: bool


_NO_STYLE = GlyphStyle("", 0.0, 0.0)


def _style(
    text_page: Any, handle: int, index: int, space: _PixelSpace, fonts: dict[int, _Font]
) -> GlyphStyle:
    """The style of a text object, of which `index` is the first glyph."""
    pdfium = _functions()
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


def _measure_type_3(
    text_page: Any,
    boxes: NDArray[np.float32],
    style_of: NDArray[np.int32],
    styles: list[GlyphStyle],
    space: _PixelSpace,
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


def _points_backwards(style: GlyphStyle, space: _PixelSpace) -> bool:
    return bool(abs(round(style.angle - 90 * space.turns)) % 360 == 180)


def _baseline(text_page: Any, index: int) -> float:
    x, y = ctypes.c_double(), ctypes.c_double()
    raw.FPDFText_GetCharOrigin(text_page, index, x, y)
    return y.value


def _font(handle: int) -> _Font:
    if not handle:
        return _Font("", bold=False, italic=False, mono=False)
    pdfium = _functions()
    buffer = ctypes.create_string_buffer(256)
    length = pdfium.font_name(handle, ctypes.addressof(buffer), len(buffer))
    name = buffer.value.decode("utf-8", "replace") if 0 < length <= len(buffer) else ""
    name = _SUBSET.sub("", name)
    flags = max(0, pdfium.font_flags(handle))
    weight = pdfium.font_weight(handle)
    return _Font(
        name or f"{_NAMELESS}{handle:x}",
        bold=bool(_BOLD_NAME.search(name) or flags & _FORCE_BOLD or weight > _BOLD_WEIGHT),
        italic=bool(_ITALIC_NAME.search(name) or flags & _ITALIC),
        mono=bool(flags & _FIXED_PITCH or _MONO_NAME.search(name)),
    )


def _measure_characters(
    text_page: Any, codes: NDArray[np.uint32], style_of: NDArray[np.int32], styles: list[GlyphStyle]
) -> tuple[NDArray[np.float32], NDArray[np.bool_], NDArray[np.bool_]]:
    """Measure each character of each font once.

    Returns:
        The box of the ink of one glyph of each; which glyphs have no character in the file; and which have a
        control character, but ink, so that they are no white space.
    """
    outlines = np.full((len(codes), 4), np.nan, np.float32)
    fonts: dict[str, int] = {}
    font_of = np.array([fonts.setdefault(style.font, len(fonts)) for style in styles] or [0], np.int64)
    keys = np.where(style_of >= 0, font_of[style_of] << 32 | codes.astype(np.int64), -1)
    distinct, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    sides = [ctypes.c_double() for _ in range(4)]
    bad, control = np.zeros(len(distinct), np.bool_), np.zeros(len(distinct), np.bool_)
    for position, (key, index) in enumerate(zip(distinct.tolist(), first.tolist(), strict=True)):
        if key < 0:
            continue
        bad[position] = raw.FPDFText_HasUnicodeMapError(text_page, index) == 1
        left, right, bottom, top = sides
        if raw.FPDFText_GetCharBox(text_page, index, left, right, bottom, top):
            outlines[index] = (left.value, top.value, right.value, bottom.value)
            has_ink = right.value > left.value and top.value > bottom.value
            control[position] = codes[index] < _FIRST_PRINTED and codes[index] != _LINE_END and has_ink
    of_glyph = inverse.reshape(-1)
    return outlines, bad[of_glyph], control[of_glyph]


# ── pictures ──


def _pictures(
    page: pypdfium2.PdfPage, text_objects: list[int]
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """The page with and without its text, small and gray."""
    width, height = page.get_width(), page.get_height()
    scale = min(math.sqrt(_PICTURE_PIXELS / (width * height)), _LARGEST_PICTURE_DPI / 72)
    picture = _gray(page, scale)
    set_active = _functions().set_active
    for handle in text_objects:
        set_active(handle, 0)
    try:
        return picture, np.full_like(picture, _WHITE) if _is_only_text(page) else _gray(page, scale)
    finally:
        for handle in text_objects:
            set_active(handle, 1)


def _is_only_text(page: pypdfium2.PdfPage) -> bool:
    """Whether nothing is drawn but text, so that the page without it is white."""
    if raw.FPDFPage_GetAnnotCount(page):
        return False
    objects = (raw.FPDFPage_GetObject(page, index) for index in range(raw.FPDFPage_CountObjects(page)))
    return all(raw.FPDFPageObj_GetType(each) == raw.FPDF_PAGEOBJ_TEXT for each in objects)


def _gray(page: pypdfium2.PdfPage, scale: float) -> NDArray[np.uint8]:
    bitmap = page.render(scale=scale, grayscale=True)
    try:
        rendered = np.asarray(bitmap.to_numpy(), np.uint8)
        return rendered.reshape(rendered.shape[:2]) if rendered.ndim == 2 else rendered[:, :, 0].copy()
    finally:
        bitmap.close()


# ── functions by their addresses ──


class _Functions(NamedTuple):
    unicode: Callable[[int, int], int]
    loose_box: Callable[[int, int, int], int]
    text_object: Callable[[int, int], int]
    font: Callable[[int], int | None]
    font_name: Callable[[int, int, int], int]
    font_flags: Callable[[int], int]
    font_weight: Callable[[int], int]
    render_mode: Callable[[int], int]
    fill_color: Callable[[int, int, int, int, int], int]
    set_active: Callable[[int, int], int]


@functools.cache
def _functions() -> _Functions:
    pointer, number = ctypes.c_void_p, ctypes.c_int

    def by_address(function: Any, result: Any, *arguments: Any) -> Any:
        # Without releasing the GIL: the functions take less time than that.
        return ctypes.PYFUNCTYPE(result, *arguments)(_address(function))

    return _Functions(
        unicode=by_address(raw.FPDFText_GetUnicode, ctypes.c_uint, pointer, number),
        loose_box=by_address(raw.FPDFText_GetLooseCharBox, number, pointer, number, pointer),
        text_object=by_address(raw.FPDFText_GetTextObject, ctypes.c_size_t, pointer, number),
        font=by_address(raw.FPDFTextObj_GetFont, pointer, pointer),
        font_name=by_address(
            raw.FPDFFont_GetBaseFontName, ctypes.c_size_t, pointer, pointer, ctypes.c_size_t
        ),
        font_flags=by_address(raw.FPDFFont_GetFlags, number, pointer),
        font_weight=by_address(raw.FPDFFont_GetWeight, number, pointer),
        render_mode=by_address(raw.FPDFTextObj_GetTextRenderMode, number, pointer),
        fill_color=by_address(raw.FPDFPageObj_GetFillColor, number, *[pointer] * 5),
        set_active=by_address(raw.FPDFPageObj_SetIsActive, number, pointer, number),
    )


def _address(pointer: Any) -> int:
    return ctypes.cast(pointer, ctypes.c_void_p).value or 0
