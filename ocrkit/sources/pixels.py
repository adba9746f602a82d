"""From however an image stores its pixels to 8 bits of gray or RGB, upright, on white."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from ocrkit.page import Pixels

_PLAIN = {"1": "L", "L": "L", "RGB": "RGB", "RGBX": "RGB", "CMYK": "RGB", "YCbCr": "RGB", "HSV": "RGB"}
_FAINT = 32
_MOST = 0.5  # writing covers less of its sheet; what covers more is white paper


def from_image(image: Image.Image) -> Pixels:
    """The pixels of a decoded Pillow image of any mode. Gray stays gray; transparency shows white paper."""
    if image.mode.startswith(("I", "F")):
        return _deep_image(image)
    if image.mode == "LAB":
        image = _from_lab(image)
    if image.has_transparency_data:
        return _on_paper(image)
    if image.mode == "P":
        return np.asarray(image.convert("L" if _palette_is_gray(image) else "RGB"))
    return np.asarray(image if image.mode in {"L", "RGB"} else image.convert(_PLAIN.get(image.mode, "RGB")))


def from_deep(values: NDArray[Any]) -> Pixels:
    """Numbers of more than 8 bits as 8 bits: a gray plane, or channels in the order RGB(A).

    Full-range 16-bit data is divided down. Data that fills less of its range (scanners store 10, 12 or 14
    bits in 16) is stretched so that its brightest value is white: divided down it would be black. Data
    that fits in 8 bits is taken as such.
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
        return _on_paper(Image.fromarray(eight))
    return eight


def upright(pixels: Pixels, orientation: int) -> Pixels:
    """Turn and mirror as the EXIF orientation (1 to 8) says."""
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
    """One plane instead of three where all three say the same; looks closely only as far as it must."""
    if pixels.ndim == 2:
        return pixels
    for top in range(0, pixels.shape[0], 64):
        rows = pixels[top : top + 64]
        if not (np.array_equal(rows[..., 0], rows[..., 1]) and np.array_equal(rows[..., 0], rows[..., 2])):
            return np.ascontiguousarray(pixels)
    return np.ascontiguousarray(pixels[..., 0])


def _deep_image(image: Image.Image) -> Pixels:
    values = np.asarray(image)
    pixels = from_deep(values.astype(values.dtype.newbyteorder("=")))
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


def _on_paper(image: Image.Image) -> Pixels:
    """Flatten on white, or on black where white would swallow everything (white writing on nothing)."""
    gray = image.mode in {"L", "LA", "La"} or (image.mode in {"P", "1"} and _palette_is_gray(image))
    layered = image.convert("LA" if gray and image.mode != "P" else "RGBA")
    alpha = layered.getchannel("A")
    flat = layered.convert("L" if gray else "RGB")
    if alpha.getextrema() == (255, 255):
        return np.asarray(flat)
    paper = Image.new(flat.mode, flat.size, "white")
    paper.paste(flat, mask=alpha)
    seen = np.asarray(alpha) > 127
    if np.asarray(paper).min() > 255 - _FAINT and 0 < seen.mean() < _MOST:
        paper = Image.new(flat.mode, flat.size, "black")
        paper.paste(flat, mask=alpha)
    return np.asarray(paper)


def _from_lab(image: Image.Image) -> Image.Image:
    converted = ImageCms.profileToProfile(
        image, ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB"), outputMode="RGB"
    )
    return converted if converted is not None else image
