"""Draw lines of text, and degrade them as scans, photos and faxes do."""

from __future__ import annotations

import functools

import numpy as np
from fonts import Font
from PIL import Image, ImageDraw, ImageFont

from ocrkit.opencv import cv2

_MARGIN = 24
_MAX_ASPECT = 14
_SIZES = (14, 18, 24, 32, 42, 56)


class UndrawableError(Exception):
    """The font draws nothing for a text."""


def drawn(text: str, font: Font, random: np.random.Generator, *, vertical: bool = False) -> np.ndarray:
    """The picture of a line as an engine cuts it out of a page, gray."""
    face = _face(font.path, font.index, int(random.choice(_SIZES)))
    direction = "ttb" if vertical else None
    left, top, right, bottom = face.getbbox(text, direction=direction)
    width, height = int(right - left), int(bottom - top)
    if width < 4 or height < 4 or width > 6000 or height > 6000:
        raise UndrawableError(text)
    picture = Image.new("L", (width + 2 * _MARGIN, height + 2 * _MARGIN), 0)
    ImageDraw.Draw(picture).text(
        (_MARGIN - left, _MARGIN - top), text, fill=255, font=face, direction=direction
    )
    mask = np.asarray(picture)
    if vertical:
        mask = np.rot90(mask, 1 if random.random() < 0.9 else 3)
    rows, columns = np.flatnonzero(mask.max(axis=1) > 60), np.flatnonzero(mask.max(axis=0) > 60)
    if rows.size < 4 or columns.size < 4:
        raise UndrawableError(text)
    ink = mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    spare = ink.shape[1] - _MAX_ASPECT * ink.shape[0]
    if spare > 0:  # more would be cut off anyway
        start = int(random.integers(spare + 1))
        ink = ink[:, start : start + _MAX_ASPECT * ink.shape[0]]
    return framed(ink.astype(np.float32) / 255, random)


@functools.lru_cache(maxsize=500)
def _face(path: str, index: int, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(path, size, index=index, layout_engine=ImageFont.Layout.RAQM)


def drawing(random: np.random.Generator) -> np.ndarray:
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
    return _degraded(picture, random)


def framed(ink: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """The line with the margins of a detected box, sheared and skewed a little, with traces of its neighbors."""
    height, width = ink.shape
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
    return _degraded(ink, random)


def _degraded(ink: np.ndarray, random: np.random.Generator) -> np.ndarray:
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
    if random.random() < 0.5:
        ink = np.asarray(cv2.GaussianBlur(ink, (0, 0), max(0.2, random.uniform(0, 0.045) * ink.shape[0])))
    paper, letters = random.uniform(170, 255), random.uniform(0, 110)
    if random.random() < 0.12:
        paper, letters = random.uniform(0, 80), random.uniform(150, 255)
    picture = paper + ink * (letters - paper)
    if random.random() < 0.25:
        picture += np.linspace(*random.uniform(-35, 35, 2), picture.shape[1])[np.newaxis]
    if random.random() < 0.5:
        picture += random.standard_normal(picture.shape) * random.uniform(1, 22)
    picture = np.clip(picture, 0, 255).astype(np.uint8)
    if random.random() < 0.25:
        _, encoded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, int(random.integers(15, 85))])
        picture = np.asarray(cv2.imdecode(encoded, cv2.IMREAD_GRAYSCALE))
    if random.random() < 0.15:
        _, picture = cv2.threshold(picture, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
        picture = np.asarray(picture)
        if random.random() < 0.4:
            specks = random.random(picture.shape)
            picture = np.where(specks < 0.01, 0, np.where(specks > 0.99, 255, picture)).astype(np.uint8)
    if random.random() < 0.12:
        picture = np.ascontiguousarray(picture[::-1, ::-1])
    return picture
