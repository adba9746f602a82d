"""The text layer of a PDF page, by pdfium's text API.

One call for a glyph takes a microsecond, and pages have thousands of glyphs, so little is asked for each
glyph (its character, its box and its text object) and everything else once for each text object or character.

Call everything here inside `ocrkit.sources.pdf.pdfium()`.
"""

from __future__ import annotations

import collections
import ctypes
import itertools
from dataclasses import replace
from typing import Any

import numpy as np
import pypdfium2
from numpy.typing import NDArray
from pypdfium2 import raw

from ocrkit.errors import SourceError
from ocrkit.glyphs import GlyphStyle, TextLayer
from ocrkit.opencv import cv2
from ocrkit.sources.pdf_calls import address_of, functions
from ocrkit.sources.pdf_notes import with_text_boxes
from ocrkit.sources.pdf_pictures import read_pictures
from ocrkit.sources.pdf_rules import read_rules
from ocrkit.sources.pdf_space import PixelSpace
from ocrkit.sources.pdf_styles import NO_STYLE, Font, measure_type_3, style_of_object

_MAX_GLYPHS = 1_000_000
_REPLACEMENT, _LAST = 0xFFFD, 0x10FFFF
_FIRST_PRINTED = 32
_LINE_END = 2
"""pdfium's sign for a hyphen at the end of a line."""
_SAME_GRAY = 8
"""Levels by which a pixel of a copy of the page may differ."""
_AROUND = np.ones((5, 5), np.uint8)
"""What covers a letter may be as light as its edges, so the pixels around a difference count as different."""


def extract(page: pypdfium2.PdfPage, index: int, width: int, height: int) -> TextLayer | None:
    """The text layer in pixels of a page of this size; None for a page without text.

    Args:
        page: the page.
        index: its position in the document.
        width: its width in pixels.
        height: its height in pixels.
    """
    layer = _text_of(page, width, height)
    with with_text_boxes(page, index) as copy:
        whole = _text_of(copy, width, height) if copy else None
    if whole is None:
        return layer
    picture, background = (layer.picture, layer.background) if layer else read_pictures(page, [])
    return _shown_as(whole, picture, background)


def _shown_as(layer: TextLayer, picture: NDArray[np.uint8], background: NDArray[np.uint8]) -> TextLayer:
    """The layer of a copy of a page, with the pictures of the page itself, which has more annotations.

    The text of the copy counts as visible where the page looks the same.
    """
    is_text = layer.picture != layer.background
    differs = is_text & (np.abs(layer.picture.astype(np.int16) - picture) > _SAME_GRAY)
    is_same = cv2.dilate(differs.astype(np.uint8), _AROUND) == 0
    return replace(
        layer, picture=picture, background=np.where(is_text & is_same, layer.background, background)
    )


def _text_of(page: pypdfium2.PdfPage, width: int, height: int) -> TextLayer | None:
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
    address = address_of(text_page)
    codes, loose, objects = _read_glyphs(address, count)
    to_pixels = PixelSpace(page, width, height)
    handles, first, inverse = np.unique(objects, return_index=True, return_inverse=True)
    fonts: dict[int, Font] = {}
    styles = [
        style_of_object(text_page, int(handle), int(index), to_pixels, fonts) if handle else NO_STYLE
        for handle, index in zip(handles, first, strict=True)
    ]
    style_of: NDArray[np.int32] = inverse.reshape(-1).astype(np.int32)
    if len(handles) and handles[0] == 0:  # sorted: inferred white space belongs to no object
        style_of -= 1
        styles, handles = styles[1:], handles[1:]
    styles = measure_type_3(text_page, loose, style_of, styles, to_pixels)
    outlines, unmapped, controls = _measure_characters(text_page, codes, style_of, styles)
    codes[controls] = _REPLACEMENT
    picture, background = read_pictures(page, [int(handle) for handle in handles])
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
        rules=to_pixels.boxes(read_rules(page)),
    )


def _read_glyphs(
    text_page: int, count: int
) -> tuple[NDArray[np.uint32], NDArray[np.float32], NDArray[np.uint64]]:
    """Code point, box (left, top, right, bottom in points, y upwards) and text object of each glyph."""
    pdfium = functions()
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
