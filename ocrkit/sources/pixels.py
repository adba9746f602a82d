"""Convert decoded images of any mode to 8-bit gray or RGB, upright, on a white background."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from ocrkit.opencv import cv2
from ocrkit.page import Pixels

_Scale: TypeAlias = Callable[[NDArray[Any]], Pixels]
"""Turns a part of the samples of an image to 8 bits."""

_TARGET_MODES = {"1": "L", "L": "L", "RGB": "RGB", "RGBX": "RGB", "CMYK": "RGB", "YCbCr": "RGB", "HSV": "RGB"}
_ROWS = 64  # converted at once
_STRIP_PIXELS = 1 << 22
_FAINT = 32
_MOST_TEXT = 0.5  # text covers less of a page than this; what covers more is paper


def from_image(image: Image.Image) -> Pixels:
    """The pixels of a decoded Pillow image of any mode. Gray stays gray, transparency becomes white.

    Converted in strips, so that at most one full copy is in memory beside the image.
    """
    if image.mode.startswith(("I", "F")):
        return _from_deep_image(image)
    if image.mode == "LAB":
        image = _from_lab(image)
    if image.has_transparency_data:
        return _flattened(image)
    if image.mode == "P":
        return _converted(image, "L" if _palette_is_gray(image) else "RGB")
    return _converted(image, _TARGET_MODES.get(image.mode, "RGB"))


def to_8_bits(values: NDArray[Any]) -> Pixels:
    """Samples of more than 8 bits as 8 bits: a gray plane, or channels in the order RGB(A).

    Full-range 16-bit data is scaled down. Data that uses less of its range (scanners store 10, 12 or 14 bits
    in 16) is stretched so that its brightest value is white; scaled down it would be black. Data that fits
    in 8 bits is not scaled.
    """
    scale = _scale_of(values)
    if values.ndim == 3 and values.shape[2] == 4:
        return _on_paper(lambda rows: Image.fromarray(scale(values[rows])), values.shape[:2], "RGB")
    if values.dtype == np.uint8:
        return values
    eight = np.empty(values.shape, np.uint8)
    for rows in _strips(*values.shape[:2]):
        eight[rows] = scale(values[rows])
    return eight


def upright(pixels: Pixels, orientation: int) -> Pixels:
    """Rotate and mirror pixels by their EXIF orientation (1 to 8)."""
    if orientation in {5, 7}:
        pixels = pixels.swapaxes(0, 1)
    if orientation in {2, 3, 7}:
        pixels = pixels[:, ::-1]
    if orientation in {3, 4, 7}:
        pixels = pixels[::-1]
    if orientation in {6, 8}:
        pixels = np.rot90(pixels, -1 if orientation == 6 else 1)
    return np.ascontiguousarray(pixels)


def gray_if_gray(pixels: Pixels) -> Pixels:
    """One plane if all three channels are equal. Stops at the first rows that differ."""
    if pixels.ndim == 2:
        return pixels
    gray = np.empty(pixels.shape[:2], np.uint8)
    for top in range(0, pixels.shape[0], _ROWS):
        red, green, blue = cv2.split(pixels[top : top + _ROWS])  # twice as fast as comparing in place
        if not (np.array_equal(red, green) and np.array_equal(red, blue)):
            return np.ascontiguousarray(pixels)
        gray[top : top + _ROWS] = red
    return gray


def reversed_channels(pixels: Pixels) -> Pixels:
    """RGB as BGR, and the reverse, in place if the pixels may be changed."""
    if not pixels.flags.writeable:
        pixels = pixels.copy()
    for rows in _strips(*pixels.shape[:2]):
        pixels[rows] = pixels[rows][..., ::-1].copy()
    return pixels


def _strips(height: int, width: int) -> Iterator[slice]:
    """The rows of an image, in parts of a few million pixels."""
    step = max(1, _STRIP_PIXELS // max(1, width))
    return (slice(top, min(top + step, height)) for top in range(0, height, step))


def _cropped(image: Image.Image, rows: slice) -> Image.Image:
    return image.crop((0, rows.start, image.width, rows.stop))


def _converted(image: Image.Image, mode: str) -> Pixels:
    shape = (image.height, image.width) if mode == "L" else (image.height, image.width, 3)
    pixels = np.empty(shape, np.uint8)
    for rows in _strips(image.height, image.width):
        strip = _cropped(image, rows)
        pixels[rows] = np.asarray(strip if strip.mode == mode else strip.convert(mode))
    return pixels


def _from_deep_image(image: Image.Image) -> Pixels:
    values: NDArray[Any] = np.empty(
        (image.height, image.width), np.asarray(image.crop((0, 0, 1, 1))).dtype.newbyteorder("=")
    )
    for rows in _strips(image.height, image.width):
        values[rows] = np.asarray(_cropped(image, rows))
    pixels = to_8_bits(values)
    transparent = image.info.get("transparency")
    if isinstance(transparent, int):
        pixels[values == transparent] = 255
    return pixels


def _scale_of(values: NDArray[Any]) -> _Scale:
    """The function that scales a part of these values to 8 bits."""
    if values.dtype == np.uint8:
        return lambda part: part
    if values.dtype.kind == "f":
        return _float_scale_of(values)
    low, high = int(values.min()), int(values.max())
    if values.dtype.kind == "u" and values.dtype.itemsize == 2:
        table = np.minimum(np.arange(65536) * (255 / _white(high)) + 0.5, 255).astype(np.uint8)
        return lambda part: table[part]
    if low >= 0:
        return lambda part: np.minimum(part * (255 / _white(high)) + 0.5, 255).astype(np.uint8)
    return _stretch(low, high)


def _white(brightest: int) -> int:
    if brightest < 256:
        return 255
    return 65535 if 32768 <= brightest < 65536 else brightest


def _float_scale_of(values: NDArray[Any]) -> _Scale:
    parts = [values[rows] for rows in _strips(*values.shape[:2])]
    ranges = [(finite.min(), finite.max()) for part in parts if (finite := part[np.isfinite(part)]).size]
    if not ranges:
        return lambda part: np.full(part.shape, 255, np.uint8)
    low, high = float(min(least for least, _ in ranges)), float(max(most for _, most in ranges))

    def known(part: NDArray[Any]) -> NDArray[np.float32]:
        return np.nan_to_num(part.astype(np.float32), nan=high, posinf=high, neginf=low)

    if low >= 0 and high <= 1:
        return lambda part: (known(part) * 255 + 0.5).astype(np.uint8)
    if low >= 0 and high <= 255:
        return lambda part: (known(part) + 0.5).astype(np.uint8)
    stretch = _stretch(low, high)
    return lambda part: stretch(known(part))


def _stretch(low: float, high: float) -> _Scale:
    factor = 255 / max(high - low, 1e-30)
    return lambda part: ((part.astype(np.float32) - low) * factor + 0.5).astype(np.uint8)


def _palette_is_gray(image: Image.Image) -> bool:
    palette = image.getpalette("RGB") or []
    used = {index for _, index in image.getcolors(256) or [] if isinstance(index, int)}
    return all(
        len(set(palette[3 * index : 3 * index + 3])) == 1 for index in used if 3 * index < len(palette)
    )


def _flattened(image: Image.Image) -> Pixels:
    """Flatten transparency on white, or on black where white text would vanish on white."""
    gray = image.mode in {"L", "LA", "La"} or (image.mode in {"P", "1"} and _palette_is_gray(image))
    layers = "LA" if gray and image.mode != "P" else "RGBA"
    size = image.height, image.width
    return _on_paper(lambda rows: _cropped(image, rows).convert(layers), size, "L" if gray else "RGB")


def _on_paper(strip_of: Callable[[slice], Image.Image], size: tuple[int, int], mode: str) -> Pixels:
    """An image with transparency on paper of the better color.

    Args:
        strip_of: gives rows of the image, in a mode with alpha.
        size: height and width.
        mode: `L` or `RGB`.
    """
    pixels = np.empty(size if mode == "L" else (*size, 3), np.uint8)
    visible, darkest = 0, 255
    for rows in _strips(*size):
        strip = strip_of(rows)
        _paint(pixels[rows], strip, mode, "white")
        visible += int((np.asarray(strip.getchannel("A")) > 127).sum())
        darkest = min(darkest, int(pixels[rows].min()))
    if darkest > 255 - _FAINT and 0 < visible / (size[0] * size[1]) < _MOST_TEXT:
        for rows in _strips(*size):
            _paint(pixels[rows], strip_of(rows), mode, "black")
    return pixels


def _paint(target: Pixels, strip: Image.Image, mode: str, color: str) -> None:
    paper = Image.new(mode, strip.size, color)
    paper.paste(strip.convert(mode), mask=strip.getchannel("A"))
    target[...] = np.asarray(paper)


def _from_lab(image: Image.Image) -> Image.Image:
    converted = ImageCms.profileToProfile(
        image, ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB"), outputMode="RGB"
    )
    return converted if converted is not None else image
