"""Decoded images of any mode to 8-bit gray or RGB, upright, on a white background."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from ocrkit.opencv import cv2
from ocrkit.page import Pixels

_TARGET_MODES = {"1": "L", "L": "L", "RGB": "RGB", "RGBX": "RGB", "CMYK": "RGB", "YCbCr": "RGB", "HSV": "RGB"}
_ROWS = 64  # converted at once
_FAINT = 32
_MOST_TEXT = 0.5  # text covers less of a page than this; what covers more is paper


def from_image(image: Image.Image) -> Pixels:
    """The pixels of a decoded Pillow image of any mode. Gray stays gray, transparency becomes white."""
    if image.mode.startswith(("I", "F")):
        return _from_deep_image(image)
    if image.mode == "LAB":
        image = _from_lab(image)
    if image.has_transparency_data:
        return _flattened(image)
    if image.mode == "P":
        return np.asarray(image.convert("L" if _palette_is_gray(image) else "RGB"))
    return np.asarray(
        image if image.mode in {"L", "RGB"} else image.convert(_TARGET_MODES.get(image.mode, "RGB"))
    )


def to_8_bits(values: NDArray[Any]) -> Pixels:
    """Samples of more than 8 bits as 8 bits: a gray plane, or channels in the order RGB(A).

    Full-range 16-bit data is scaled down. Data that uses less of its range (scanners store 10, 12 or 14 bits
    in 16) is stretched so that its brightest value is white; scaled down it would be black. Data that fits
    in 8 bits is not scaled.
    """
    if values.dtype == np.uint8:
        eight = values
    elif values.dtype.kind == "f":
        eight = _from_floats(values)
    elif values.dtype.kind == "u" and values.dtype.itemsize == 2:
        table = np.arange(65536, dtype=np.float64) * (255 / _white(int(values.max())))
        eight = np.minimum(table + 0.5, 255).astype(np.uint8)[values]
    elif values.min() >= 0:
        eight = np.minimum(values * (255 / _white(int(values.max()))) + 0.5, 255).astype(np.uint8)
    else:
        eight = _stretched(values.astype(np.float32))
    if eight.ndim == 3 and eight.shape[2] == 4:
        return _flattened(Image.fromarray(eight))
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


def _from_deep_image(image: Image.Image) -> Pixels:
    values = np.asarray(image)
    pixels = to_8_bits(values.astype(values.dtype.newbyteorder("=")))
    transparent = image.info.get("transparency")
    if isinstance(transparent, int):
        pixels = np.where(values == transparent, np.uint8(255), pixels)
    return pixels


def _white(brightest: int) -> int:
    if brightest < 256:
        return 255
    return 65535 if 32768 <= brightest < 65536 else brightest


def _from_floats(values: NDArray[Any]) -> Pixels:
    finite = values[np.isfinite(values)]
    if finite.size == 0:
        return np.full(values.shape, 255, np.uint8)
    low, high = float(finite.min()), float(finite.max())
    known = np.nan_to_num(values.astype(np.float32), nan=high, posinf=high, neginf=low)
    if low >= 0 and high <= 1:
        return (known * 255 + 0.5).astype(np.uint8)
    if low >= 0 and high <= 255:
        return (known + 0.5).astype(np.uint8)
    return _stretched(known)


def _stretched(values: NDArray[np.float32]) -> Pixels:
    low, high = float(values.min()), float(values.max())
    stretched: Pixels = ((values - low) * (255 / max(high - low, 1e-30)) + 0.5).astype(np.uint8)
    return stretched


def _palette_is_gray(image: Image.Image) -> bool:
    palette = image.getpalette("RGB") or []
    used = {index for _, index in image.getcolors(256) or [] if isinstance(index, int)}
    return all(
        len(set(palette[3 * index : 3 * index + 3])) == 1 for index in used if 3 * index < len(palette)
    )


def _flattened(image: Image.Image) -> Pixels:
    """Flatten transparency on white, or on black where white text would vanish on white."""
    gray = image.mode in {"L", "LA", "La"} or (image.mode in {"P", "1"} and _palette_is_gray(image))
    layered = image.convert("LA" if gray and image.mode != "P" else "RGBA")
    alpha = layered.getchannel("A")
    flat = layered.convert("L" if gray else "RGB")
    if alpha.getextrema() == (255, 255):
        return np.asarray(flat)
    paper = Image.new(flat.mode, flat.size, "white")
    paper.paste(flat, mask=alpha)
    visible = np.asarray(alpha) > 127
    if np.asarray(paper).min() > 255 - _FAINT and 0 < visible.mean() < _MOST_TEXT:
        paper = Image.new(flat.mode, flat.size, "black")
        paper.paste(flat, mask=alpha)
    return np.asarray(paper)


def _from_lab(image: Image.Image) -> Image.Image:
    converted = ImageCms.profileToProfile(
        image, ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB"), outputMode="RGB"
    )
    return converted if converted is not None else image
