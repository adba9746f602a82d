"""A page as a picture with what was read on it: boxes in the colours of confidence, and the text."""

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
"""What a result is drawn on: a page, a Pillow image, an array, or the path of an image."""

TextPlace: TypeAlias = Literal["beside", "over", "none"]

# After Okabe and Ito: told apart with every kind of colour vision.
_COLOURS = ((0.95, "#0072b2"), (0.8, "#2a9fd8"), (0.6, "#d98b00"), (0.0, "#d55e00"))
_UNKNOWN = "#7a7a7a"
_DOUBTFUL = 0.8
_INK = "#111111"
_NO_CHARACTER = "\U0010fffe"  # none by definition: a font draws it as whatever it draws for what it lacks
_FONTS = (
    "DejaVuSans.ttf", "NotoSans-Regular.ttf", "LiberationSans-Regular.ttf", "Arial.ttf", "arial.ttf",
    "Arial Unicode.ttf", "ARIALUNI.TTF", "NotoSansCJK-Regular.ttc", "NotoSansCJKsc-Regular.otf",
    "NotoSansSC-Regular.otf", "NotoSerifCJK-Regular.ttc", "wqy-microhei.ttc", "PingFang.ttc",
    "Hiragino Sans GB.ttc", "msyh.ttc", "YuGothM.ttc", "malgun.ttf", "AppleSDGothicNeo.ttc",
    "NotoSansArabic-Regular.ttf", "NotoNaskhArabic-Regular.ttf", "NotoSansHebrew-Regular.ttf",
    "NotoSansDevanagari-Regular.ttf", "NotoSansThai-Regular.ttf", "Nirmala.ttf", "FreeSans.ttf",
    "unifont.ttf",
)  # fmt: skip
_PROBE = 32  # pixels: large enough to tell letters apart

_log = logging.getLogger(__name__)


def draw(result: PageResult, image: Drawable | None, text: TextPlace | None) -> Image.Image:
    """See `PageResult.draw`."""
    paper = _white(result) if image is None else _picture(result, image)
    place = text or ("over" if image is None else "beside")
    canvas = paper
    if place == "beside":
        canvas = Image.new("RGB", (2 * result.width, result.height), "white")
        canvas.paste(paper, (0, 0))
    pen = ImageDraw.Draw(canvas, "RGBA")
    stroke = max(1, round(min(result.width, result.height) / 800))
    lacking = 0
    for word in _words(result):
        if not word.polygon:
            continue
        colour = _colour(word.confidence)
        doubtful = word.confidence is not None and word.confidence < _DOUBTFUL
        fill = "#ffffffe1" if place == "over" and image is not None else f"{colour}38" if doubtful else None
        _outline(pen, word.polygon, colour, stroke * (2 if doubtful else 1), fill)
        if place == "none":
            continue
        shift = result.width if place == "beside" else 0
        polygon = tuple(Point(point.x + shift, point.y) for point in word.polygon)
        if shift:
            _outline(pen, polygon, f"{colour}66", 1, None)
        lacking += not _write(canvas, word.text, polygon)
    if lacking:
        _log.warning(
            "drawn as boxes only, for want of a font that has their letters: %d of %d words; install one, "
            "for instance fonts-noto-cjk or fonts-noto-core",
            lacking,
            sum(1 for _ in _words(result)),
        )
    return canvas


def _words(result: PageResult) -> Iterator[Word | Line]:
    for line in result.lines:
        yield from line.words or (line,)


def _white(result: PageResult) -> Image.Image:
    return Image.new("RGB", (result.width, result.height), "white")


def _picture(result: PageResult, image: Drawable) -> Image.Image:
    """The picture in the size of the page that was read, so that the polygons fit."""
    if isinstance(image, Page):
        picture = Image.fromarray(image.pixels)
    elif isinstance(image, Image.Image):
        picture = ImageOps.exif_transpose(image)
    elif isinstance(image, np.ndarray):
        picture = Image.fromarray(image)
    else:
        picture = _opened(result, image)
    size = (result.width, result.height)
    if abs(picture.width * size[1] / (picture.height * size[0]) - 1) > 0.02:
        raise SourceError(
            f"the picture is {picture.width} × {picture.height} pixels, and what was read had "
            f"{size[0]} × {size[1]}: draw on the picture that was read",
            page=result.number,
        )
    picture = picture.convert("RGB")
    return picture.copy() if picture.size == size else picture.resize(size, Image.Resampling.LANCZOS)


def _opened(result: PageResult, path: str | PathLike[str]) -> Image.Image:
    try:
        with Image.open(path) as file:
            if getattr(file, "n_frames", 1) > result.index:
                file.seek(result.index)
            picture = ImageOps.exif_transpose(file)
            picture.load()
            return picture
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise SourceError(
            f"this cannot be opened as a picture ({error}); of other files hand in the page, for "
            "instance from Ocr.prepare",
            path=str(path),
        ) from error


def _colour(confidence: float | None) -> str:
    if confidence is None:
        return _UNKNOWN
    return next(colour for least, colour in _COLOURS if confidence >= least)


def _outline(
    pen: ImageDraw.ImageDraw,
    polygon: Polygon,
    colour: str,
    width: int,
    fill: str | None,
) -> None:
    if len(polygon) > 2:
        pen.polygon([tuple(point) for point in polygon], fill=fill)
    pen.line([tuple(point) for point in (*polygon, polygon[0])], fill=colour, width=width, joint="curve")


def _write(canvas: Image.Image, text: str, polygon: Polygon) -> bool:
    """Text into its box, turned as the box is; whether a font has all of its letters."""
    font = _font(text)
    if font is None:
        return False
    first, second, last = polygon[0], polygon[1], polygon[-1]
    width = max(1, round(math.dist(first, second)))
    height = max(1, round(math.dist(first, last)))
    left, top, right, bottom = font.getbbox(text)
    ascent, descent = font.getmetrics()
    if right <= left or bottom <= top:
        return True  # nothing but spaces
    mask = Image.new("L", (round(right - left), ascent + descent), 0)
    ImageDraw.Draw(mask).text((-left, 0), text, font=font, fill=255)
    # As wide as the word; as high as goes with it, within what the box allows.
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
    canvas.paste(_INK, corner, mask)
    return True


def _font(text: str) -> ImageFont.FreeTypeFont | None:
    """The first font on this machine that has every letter of a text."""
    letters = {
        letter
        for letter in text
        if not letter.isspace() and unicodedata.category(letter) not in ("Cc", "Cf", "Mn")
    }
    return next(
        (font for font in map(_loaded, _FONTS) if font and all(_has(font, letter) for letter in letters)),
        None,
    )


@lru_cache(maxsize=len(_FONTS))
def _loaded(name: str) -> ImageFont.FreeTypeFont | None:
    try:
        return ImageFont.truetype(name, _PROBE)
    except OSError:
        return None


@lru_cache(maxsize=4096)
def _has(font: ImageFont.FreeTypeFont, letter: str) -> bool:
    return _shape(font, letter) != _shape(font, _NO_CHARACTER)


@lru_cache(maxsize=4096)
def _shape(font: ImageFont.FreeTypeFont, letter: str) -> tuple[tuple[int, int], bytes]:
    mask = font.getmask(letter, mode="L")
    return mask.size, bytes(mask)
