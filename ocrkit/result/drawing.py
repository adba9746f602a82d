"""Drawing of results: a page with boxes colored by confidence, and the recognized text."""

from __future__ import annotations

import logging
import math
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from os import PathLike
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont, ImageOps

from ocrkit.errors import SourceError
from ocrkit.geometry import Point, Polygon
from ocrkit.page import Page
from ocrkit.result.blocks import Line, Word

if TYPE_CHECKING:
    from ocrkit.result.page_result import PageResult

Drawable: TypeAlias = Page | Image.Image | NDArray[Any] | str | PathLike[str]
"""An image to draw on: a page, a Pillow image, an array, or the path of an image."""

TextPlacement: TypeAlias = Literal["beside", "over", "none"]

# After Okabe and Ito: distinguishable with every kind of color vision.
_COLORS = ((0.95, "#0072b2"), (0.8, "#2a9fd8"), (0.6, "#d98b00"), (0.0, "#d55e00"))
_UNKNOWN_COLOR = "#7a7a7a"
_LOW_CONFIDENCE = 0.8
_TEXT_COLOR = "#111111"
_NONCHARACTER = "\U0010fffe"  # in no font, so it is drawn as the placeholder for missing characters
_FONTS = (
    "DejaVuSans.ttf", "NotoSans-Regular.ttf", "LiberationSans-Regular.ttf", "Arial.ttf", "arial.ttf",
    "Arial Unicode.ttf", "ARIALUNI.TTF", "NotoSansCJK-Regular.ttc", "NotoSansCJKsc-Regular.otf",
    "NotoSansSC-Regular.otf", "NotoSerifCJK-Regular.ttc", "wqy-microhei.ttc", "PingFang.ttc",
    "Hiragino Sans GB.ttc", "msyh.ttc", "YuGothM.ttc", "malgun.ttf", "AppleSDGothicNeo.ttc",
    "NotoSansArabic-Regular.ttf", "NotoNaskhArabic-Regular.ttf", "NotoSansHebrew-Regular.ttf",
    "NotoSansDevanagari-Regular.ttf", "NotoSansThai-Regular.ttf", "Nirmala.ttf", "FreeSans.ttf",
    "unifont.ttf",
)  # fmt: skip
_LARGEST_OVERHANG = 4  # in sizes of the page
_FONT_SIZE = 32  # pixels: enough to distinguish characters

_log = logging.getLogger(__name__)


def draw(result: PageResult, image: Drawable | None, text: TextPlacement | None) -> Image.Image:
    """See `PageResult.draw`."""
    page = _blank_page(result) if image is None else _page_image(result, image)
    placement = text or ("over" if image is None else "beside")
    canvas = page
    if placement == "beside":
        canvas = Image.new("RGB", (2 * result.width, result.height), "white")
        canvas.paste(page, (0, 0))
    pen = ImageDraw.Draw(canvas, "RGBA")
    stroke = max(1, round(min(result.width, result.height) / 800))
    without_font = 0
    for word in _words(result):
        if not word.polygon or not _is_drawable(word.polygon, result):
            continue
        color = _color(word.confidence)
        is_low = word.confidence is not None and word.confidence < _LOW_CONFIDENCE
        fill = "#ffffffe1" if placement == "over" and image is not None else f"{color}38" if is_low else None
        _draw_polygon(pen, word.polygon, color, stroke * (2 if is_low else 1), fill)
        if placement == "none":
            continue
        shift = result.width if placement == "beside" else 0
        polygon = tuple(Point(point.x + shift, point.y) for point in word.polygon)
        if shift:
            _draw_polygon(pen, polygon, f"{color}66", 1, None)
        without_font += not _draw_text(canvas, " ".join(word.text.split()), polygon)
    if without_font:
        _log.warning(
            "%d of %d words are drawn as boxes only, because no installed font has their characters; "
            "install one, for instance fonts-noto-cjk or fonts-noto-core",
            without_font,
            sum(1 for _ in _words(result)),
        )
    return canvas


def _is_drawable(polygon: Polygon, result: PageResult) -> bool:
    """Whether a polygon is about as large as the page: Pillow cannot draw to any coordinates."""
    limit = _LARGEST_OVERHANG * max(result.width, result.height)
    return all(abs(point.x) <= limit and abs(point.y) <= limit for point in polygon)


def _words(result: PageResult) -> Iterator[Word | Line]:
    for line in result.lines:
        yield from line.words or (line,)


def _blank_page(result: PageResult) -> Image.Image:
    return Image.new("RGB", (result.width, result.height), "white")


def _page_image(result: PageResult, source: Drawable) -> Image.Image:
    """The image in the size of the page, so that the polygons fit."""
    if isinstance(source, Page):
        image = Image.fromarray(source.pixels)
    elif isinstance(source, Image.Image):
        image = ImageOps.exif_transpose(source)
    elif isinstance(source, np.ndarray):
        image = Image.fromarray(source)
    else:
        image = _open_image(result, source)
    size = (result.width, result.height)
    if abs(image.width * size[1] / (image.height * size[0]) - 1) > 0.02:
        raise SourceError(
            f"the image is {image.width} × {image.height} pixels, but the page of the result has "
            f"{size[0]} × {size[1]}; pass the image that was read",
            page=result.number,
        )
    image = image.convert("RGB")
    return image.copy() if image.size == size else image.resize(size, Image.Resampling.LANCZOS)


def _open_image(result: PageResult, path: str | PathLike[str]) -> Image.Image:
    try:
        with Image.open(path) as file:
            if getattr(file, "n_frames", 1) > result.index:
                file.seek(result.index)
            image = ImageOps.exif_transpose(file)
            image.load()
            return image
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise SourceError(
            f"cannot be opened as an image ({error}); for a PDF pass a page, for instance from Ocr.prepare",
            path=str(path),
        ) from error


def _color(confidence: float | None) -> str:
    if confidence is None:
        return _UNKNOWN_COLOR
    return next(color for minimum, color in _COLORS if confidence >= minimum)


def _draw_polygon(
    pen: ImageDraw.ImageDraw, polygon: Polygon, color: str, width: int, fill: str | None
) -> None:
    if len(polygon) > 2:
        pen.polygon([tuple(point) for point in polygon], fill=fill)
    pen.line([tuple(point) for point in (*polygon, polygon[0])], fill=color, width=width, joint="curve")


def _draw_text(canvas: Image.Image, text: str, polygon: Polygon) -> bool:
    """Draw the text into its polygon. Returns False if no font has all its characters."""
    font = _find_font(text)
    if font is None:
        return False
    first, second, last = polygon[0], polygon[1], polygon[-1]
    width = max(1, round(math.dist(first, second)))
    height = max(1, round(math.dist(first, last)))
    left, top, right, bottom = font.getbbox(text)
    ascent, descent = font.getmetrics()
    if right <= left or bottom <= top:
        return True  # only spaces
    mask = Image.new("L", (round(right - left), ascent + descent), 0)
    ImageDraw.Draw(mask).text((-left, 0), text, font=font, fill=255)
    # The text fills the width of the box. Its height keeps the proportions as far as the box allows.
    height = max(1, round(min(1.3 * height, max(0.7 * height, width * mask.height / mask.width))))
    mask = mask.resize((width, height), Image.Resampling.LANCZOS)
    angle = math.degrees(math.atan2(second.y - first.y, second.x - first.x))
    if abs(angle) > 0.3:
        mask = mask.rotate(-angle, Image.Resampling.BICUBIC, expand=True)
    center = (
        sum(point.x for point in polygon) / len(polygon),
        sum(point.y for point in polygon) / len(polygon),
    )
    corner = (round(center[0] - mask.width / 2), round(center[1] - mask.height / 2))
    canvas.paste(_TEXT_COLOR, corner, mask)
    return True


def _find_font(text: str) -> ImageFont.FreeTypeFont | None:
    """The first installed font that has all characters of a text."""
    characters = {
        character
        for character in text
        if not character.isspace() and unicodedata.category(character) not in ("Cc", "Cf", "Mn")
    }
    fonts = (font for font in map(_load_font, _FONTS) if font)
    return next((font for font in fonts if all(_has_glyph(font, each) for each in characters)), None)


@lru_cache(maxsize=len(_FONTS))
def _load_font(name: str) -> ImageFont.FreeTypeFont | None:
    try:
        return ImageFont.truetype(name, _FONT_SIZE)
    except OSError:
        return None


@lru_cache(maxsize=4096)
def _has_glyph(font: ImageFont.FreeTypeFont, character: str) -> bool:
    return _render(font, character) != _render(font, _NONCHARACTER)


@lru_cache(maxsize=4096)
def _render(font: ImageFont.FreeTypeFont, character: str) -> tuple[tuple[int, int], bytes]:
    mask = font.getmask(character, mode="L")
    return mask.size, bytes(mask)
