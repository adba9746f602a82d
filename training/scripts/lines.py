"""Draw lines of text, and degrade them as scans, photos and faxes do."""

from __future__ import annotations

import functools
from typing import NamedTuple

import numpy as np
from fonts import Font
from PIL import Image, ImageDraw, ImageFont

from ocrkit.opencv import cv2

_MARGIN = 24
_MAX_ASPECT = 14
_MAX_HEIGHT = 44
_TURNED = 0.15
_SIZES = (14, 18, 24, 32, 42, 56)


class Look(NamedTuple):
    """What was done to a line, which tells whether a person can read it.

    Attributes:
        height: the height of the letters, in pixels, from the highest to the lowest.
        blur: the standard deviation of the blur, in pixels.
        noise: the standard deviation of the noise, as a share of the contrast between paper and ink.
        quality: the quality of the JPEG.
        is_specked: whether 2 % of the pixels are black or white specks.
        is_turned: whether the line is upside down.
    """

    height: int
    blur: float
    noise: float
    quality: int
    is_specked: bool
    is_turned: bool

    @property
    def is_legible(self) -> bool:
        damage = self.is_specked or self.is_turned or self.quality < 30 or self.noise > 0.12
        return self.height >= 16 and self.blur < 0.045 * self.height and not damage


class UndrawableError(Exception):
    """The font draws nothing for a text."""


def inked(text: str, font: Font, random: np.random.Generator, *, vertical: bool = False) -> np.ndarray:
    """The letters of a line without any damage: 255 where there is ink; at most 44 pixels high."""
    size = int(random.choice(_SIZES))
    face = _face(font.path, font.index, size)
    along = min(6000, int(1.4 * size * (len(text) + 3)))
    picture = Image.new("L", (4 * size, along) if vertical else (along, 5 * size), 0)
    place, anchor, direction = (size, size), "lt", "ttb"
    if not vertical:
        place, anchor, direction = (size, 3 * size), "ls", None
    ImageDraw.Draw(picture).text(place, text, fill=255, font=face, direction=direction, anchor=anchor)
    mask = np.asarray(picture)
    if vertical:
        mask = np.rot90(mask, 1 if random.random() < 0.9 else 3)
    rows, columns = np.flatnonzero(mask.max(axis=1) > 60), np.flatnonzero(mask.max(axis=0) > 60)
    if rows.size < 4 or columns.size < 4:
        raise UndrawableError(text)
    ink = mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    ink = piece(ink, _MAX_ASPECT, random)
    if ink.shape[0] > _MAX_HEIGHT:
        width = max(4, round(ink.shape[1] * _MAX_HEIGHT / ink.shape[0]))
        ink = np.asarray(cv2.resize(ink, (width, _MAX_HEIGHT), interpolation=cv2.INTER_AREA))
    return np.ascontiguousarray(ink)


def piece(ink: np.ndarray, aspect: float, random: np.random.Generator) -> np.ndarray:
    """A piece of a long line, at a random place."""
    length = round(aspect * ink.shape[0])
    start = int(random.integers(max(0, ink.shape[1] - length) + 1))
    return ink[:, start : start + length]


@functools.lru_cache(maxsize=500)
def _face(path: str, index: int, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(path, size, index=index, layout_engine=ImageFont.Layout.RAQM)


def drawing(random: np.random.Generator) -> tuple[np.ndarray, Look]:
    """A picture without text: lines, boxes, arcs, patches of texture."""
    height, width = int(random.integers(16, 50)), int(random.integers(40, 300))
    picture = np.zeros((height, width), np.float32)
    for _ in range(int(random.integers(1, 9))):
        a, b = ((int(random.integers(width)), int(random.integers(height))) for _ in range(2))
        thickness = int(random.integers(1, 5))
        kind = random.random()
        if kind < 0.5:
            cv2.line(picture, a, b, 1.0, thickness)
        elif kind < 0.75:
            cv2.rectangle(picture, a, b, 1.0, thickness)
        else:
            axes = (int(random.integers(2, 40)), int(random.integers(2, 20)))
            cv2.ellipse(picture, a, axes, 0, 0, float(random.uniform(60, 360)), 1.0, thickness)
    if random.random() < 0.3:
        grain = cv2.GaussianBlur(random.standard_normal((height, width)).astype(np.float32), (0, 0), 2.0)
        picture = np.maximum(picture, (grain > 0.1).astype(np.float32))
    return _photographed(picture, height, random)


def damaged(ink: np.ndarray, random: np.random.Generator) -> tuple[np.ndarray, Look]:
    """The picture of a line as an engine cuts it out of a page, gray, with the margins of a detected box, and its look.

    Args:
        ink: the letters, 255 where there is ink.
        random: the dice.
    """
    ink = np.asarray(ink, np.float32) / 255
    return _photographed(_framed(ink, random), ink.shape[0], random)


def _framed(ink: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """The line with margins, sheared and skewed a little, with traces of its neighbors."""
    height = ink.shape[0]
    margins = random.uniform(-0.03, 0.35, 2) if random.random() < 0.8 else random.uniform(0, 0.05, 2)
    top, bottom = (max(0, round(height * margin)) for margin in margins)
    side = max(1, round(height * random.uniform(0, 0.4)))
    ink = np.pad(ink, ((top, bottom), (side, side)))
    if margins[0] < 0:
        ink = ink[max(1, round(-height * margins[0])) :]
    if random.random() < 0.3:
        height, width = ink.shape
        lean = random.uniform(-0.3, 0.3) if random.random() < 0.5 else 0.0
        slope = random.uniform(-0.02, 0.02) if width < 12 * height else 0.0
        warp = np.array([[1, lean, -lean * height / 2], [slope, 1, -slope * width / 2]], np.float32)
        ink = np.asarray(cv2.warpAffine(ink, warp, (width, height)))
    if random.random() < 0.06:
        row = int(random.integers(int(0.75 * ink.shape[0]), ink.shape[0]))
        ink[row : row + int(random.integers(1, 3))] = 1.0
    if random.random() < 0.1:
        rows = max(1, round(0.12 * ink.shape[0]))
        ink[:rows] = np.maximum(ink[:rows], np.roll(ink[-2 * rows : -rows], 37, axis=1))
    return ink


def _photographed(ink: np.ndarray, letters: int, random: np.random.Generator) -> tuple[np.ndarray, Look]:
    height = ink.shape[0]
    if random.random() < 0.15 and height > 20:
        kernel = np.ones((2, 2), np.uint8)
        ink = np.asarray(cv2.dilate(ink, kernel) if random.random() < 0.6 else cv2.erode(ink, kernel))
    goal = int(np.exp(random.uniform(np.log(11), np.log(60))))
    goal = min(height, max(goal, 10)) if random.random() < 0.6 or height < goal else height
    if goal < height:
        ink = np.asarray(
            cv2.resize(ink, (max(6, round(ink.shape[1] * goal / height)), goal), interpolation=cv2.INTER_AREA)
        )
    letters = round(letters * goal / height)
    blur = max(0.2, random.uniform(0, 0.045) * ink.shape[0]) if random.random() < 0.5 else 0.0
    if blur:
        ink = np.asarray(cv2.GaussianBlur(ink, (0, 0), blur))
    paper, black = random.uniform(170, 255), random.uniform(0, 110)
    if random.random() < 0.12:
        paper, black = random.uniform(0, 80), random.uniform(150, 255)
    picture = paper + ink * (black - paper)
    if random.random() < 0.25:
        picture += np.linspace(*random.uniform(-35, 35, 2), picture.shape[1])[np.newaxis]
    noise = random.uniform(1, 22) if random.random() < 0.5 else 0.0
    if noise:
        picture += random.standard_normal(picture.shape, np.float32) * noise
    picture = np.clip(picture, 0, 255).astype(np.uint8)
    quality = int(random.integers(15, 85)) if random.random() < 0.25 else 100
    if quality < 100:
        _, encoded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
        picture = np.asarray(cv2.imdecode(encoded, cv2.IMREAD_GRAYSCALE))
    is_specked = False
    if random.random() < 0.15:
        _, picture = cv2.threshold(picture, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
        picture = np.asarray(picture)
        if random.random() < 0.4:
            is_specked = True
            specks = random.random(picture.shape)
            picture = np.where(specks < 0.01, 0, np.where(specks > 0.99, 255, picture)).astype(np.uint8)
    is_turned = random.random() < _TURNED
    if is_turned:
        picture = np.ascontiguousarray(picture[::-1, ::-1])
    return picture, Look(letters, blur, noise / abs(black - paper), quality, is_specked, is_turned)
