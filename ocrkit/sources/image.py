"""Image files: PNG, JPEG, GIF, BMP, WebP, AVIF, JPEG 2000 and PNM.

Every frame of an animation is a page, composited with the frames before it as a viewer would show it.

The format classes of Pillow are used instead of `Image.open`, which compares every size with a process-wide
limit and warns or raises on its own. The limit of ocrkit is per call, and a warning is an exception for
users who turn warnings into errors.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import BinaryIO

import numpy as np
from PIL import (
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageFile,
    JpegImagePlugin,
    PngImagePlugin,
    PpmImagePlugin,
)
from PIL import Jpeg2KImagePlugin as Jpeg2000ImagePlugin

from ocrkit.config.settings import SourceOptions
from ocrkit.errors import SourceError
from ocrkit.page import Page, Pixels
from ocrkit.sources import checks, pixels, tiff_tags
from ocrkit.sources.base import Source
from ocrkit.sources.content import Content
from ocrkit.sources.kinds import Kind

LABELS: Mapping[Kind, str] = {
    "png": "PNG image", "jpeg": "JPEG image", "bmp": "BMP image", "webp": "WebP image", "gif": "GIF image",
    "avif": "AVIF image", "jpeg2000": "JPEG 2000 image", "ppm": "PNM image", "tiff": "TIFF image",
}  # fmt: skip

_JPEG_2000_BYTES: Mapping[int, int] = {1: 5, 2: 12, 3: 17, 4: 22}  # a pixel, by channels
_PNG_DEPTH, _PNG_COLOR_TYPE = 24, 25  # offsets of these fields in a PNG file
_PNG_WITH_CHANNELS = frozenset({2, 4, 6})


class _Jpeg(JpegImagePlugin.JpegImageFile):
    """A JPEG whose EXIF data Pillow does not parse: it would warn about malformed data."""

    def getexif(self) -> Image.Exif:
        return Image.Exif()


class ImageSource(Source):
    """An image file with one page per frame."""

    def __init__(self, content: Content, options: SourceOptions, kind: Kind) -> None:
        super().__init__(LABELS[kind], content.name)
        self._content = content
        self._options = options
        self._kind = kind
        self._file: BinaryIO | None = None
        self._animation: ImageFile.ImageFile | None = None
        with checks.translate_errors(self._label, self._name), content.open() as file:
            self.page_count = int(getattr(self._open(file), "n_frames", 1))
        checks.check_page_count(self.page_count, options, name=self._name)

    def close(self) -> None:
        super().close()
        self._close_animation()

    def _decode(self, index: int) -> Page:
        if self.page_count > 1:
            return self._page(self._frame(index), index)
        # Nothing stays open: the decoded image would be in memory as long as its page is.
        with self._content.open() as file:
            image = self._open(file)
            checks.check_memory(
                *image.size, self._bytes_per_pixel(image), self._options, name=self._name, page=index + 1
            )
            if not self._is_deep_png():
                image.load()
            return self._page(image, index)

    def _frame(self, index: int) -> ImageFile.ImageFile:
        """The animation at a frame. Frames build on one another: going back reads the file again.

        Pillow can go back as well, but fails then on many animated PNGs. And if a frame is to be replaced by
        the one before it, Pillow shows the wrong next frame if this one was loaded first.
        """
        animation, self._animation = self._animation, None
        if animation is None or index < animation.tell():
            self._close_animation()
            self._file = self._content.open()
            animation = self._open(self._file)
        if index != animation.tell():
            animation.seek(index)
            checks.check_pixels(*animation.size, self._options, name=self._name, page=index + 1)
        animation.load()
        if getattr(animation, "dispose_op", None) != PngImagePlugin.Disposal.OP_PREVIOUS:
            self._animation = animation  # only now: after an error the file is read again
        return animation

    def _close_animation(self) -> None:
        self._animation = None
        if self._file is not None:
            self._file.close()

    def _open(self, file: BinaryIO) -> ImageFile.ImageFile:
        """Read only the header."""
        # Opening a WebP allocates its canvas, and opening a GIF compares it with Pillow's own limit.
        if self._kind == "webp":
            checks.check_pixels(*_webp_size(self._content.head), self._options, name=self._name)
        elif self._kind == "gif":
            checks.check_pixels(*_gif_size(self._content.head), self._options, name=self._name)
        image = _reader(self._kind, file)
        checks.check_pixels(*image.size, self._options, name=self._name)
        return image

    def _page(self, image: ImageFile.ImageFile, index: int) -> Page:
        exif = _exif_block(image)
        tags = tiff_tags.exif_tags(exif) if exif else {}
        orientation = tiff_tags.orientation_of(tags)
        decoded = self._deep_png()
        if decoded is None:
            decoded = pixels.from_image(_correct_cmyk(image))
        dpi, warnings = checks.plausible_dpi(*_resolution(image, tags), *image.size)
        info: dict[str, str | int | float | bool] = {
            "format": self._kind,
            "rendered": False,
            "mode_in_file": image.mode,
            "width_in_file": image.width,
            "height_in_file": image.height,
        }
        if orientation != 1:
            info["exif_orientation"] = orientation
        if self.page_count > 1:
            info["frame"] = index
        return Page(pixels.upright(decoded, orientation), index, dpi, info=info, warnings=warnings)

    def _is_deep_png(self) -> bool:
        head = self._content.head
        return (
            self._kind == "png"
            and head[_PNG_DEPTH] == 16
            and head[_PNG_COLOR_TYPE] in _PNG_WITH_CHANNELS
            and self.page_count == 1
        )

    def _bytes_per_pixel(self, image: ImageFile.ImageFile) -> int:
        """The peak memory of decoding, in bytes per pixel, as measured."""
        if self._is_deep_png():
            return 15 if image.mode in {"RGBA", "LA"} else 12
        if self._kind == "jpeg2000":
            return _JPEG_2000_BYTES.get(len(image.getbands()), 22)
        by_mode = {"CMYK": 11, "I": 10, "F": 10}.get(image.mode, 7)
        return max(by_mode, {"webp": 16, "avif": 11}.get(self._kind, 7))

    def _deep_png(self) -> Pixels | None:
        """The pixels of a color PNG with 16 bits per channel, of which Pillow keeps only the upper 8."""
        if not self._is_deep_png():
            return None
        head = self._content.head
        from ocrkit.opencv import cv2

        if self._content.path is not None:
            decoded = cv2.imread(str(self._content.path), cv2.IMREAD_UNCHANGED)
        else:
            decoded = cv2.imdecode(np.frombuffer(self._content.data, np.uint8), cv2.IMREAD_UNCHANGED)
        if decoded is None:
            return None
        if head[_PNG_COLOR_TYPE] == 4 and decoded.ndim == 3:  # gray with alpha, decoded to color channels
            return pixels.gray_if_gray(from_opencv(decoded))
        return from_opencv(decoded)


def from_opencv(decoded: np.ndarray[tuple[int, ...], np.dtype[np.generic]]) -> Pixels:
    """Pixels of an image decoded by OpenCV, whose channels are in the order blue, green, red."""
    if decoded.ndim == 3 and decoded.shape[2] < 3:
        decoded = decoded[..., 0]
    eight = pixels.to_8_bits(decoded)
    return eight if eight.ndim == 2 else pixels.reversed_channels(eight)


def _reader(kind: Kind, file: BinaryIO) -> ImageFile.ImageFile:
    if kind == "webp":
        from PIL import WebPImagePlugin

        return WebPImagePlugin.WebPImageFile(file)
    if kind == "avif":
        try:
            from PIL import AvifImagePlugin, features
        except ImportError as error:
            raise SourceError("reading AVIF needs Pillow 11.3 or newer: pip install -U Pillow") from error
        if not features.check("avif"):
            raise SourceError("this Pillow was built without AVIF; save the image as PNG")
        return AvifImagePlugin.AvifImageFile(file)
    readers: Mapping[Kind, type[ImageFile.ImageFile]] = {
        "png": PngImagePlugin.PngImageFile,
        "jpeg": _Jpeg,
        "gif": GifImagePlugin.GifImageFile,
        "bmp": BmpImagePlugin.BmpImageFile,
        "jpeg2000": Jpeg2000ImagePlugin.Jpeg2KImageFile,
        "ppm": PpmImagePlugin.PpmImageFile,
    }
    return readers[kind](file)


def _gif_size(head: bytes) -> tuple[int, int]:
    """Width and height of the canvas of a GIF, from its header."""
    return int.from_bytes(head[6:8], "little"), int.from_bytes(head[8:10], "little")


def _webp_size(head: bytes) -> tuple[int, int]:
    """Width and height of a WebP from its header; 1 × 1 for a bad header, which the decoder reports."""
    chunk, start = head[12:16], head[20:30]
    if len(start) < 10:
        return 1, 1
    if chunk == b"VP8X":
        return int.from_bytes(start[4:7], "little") + 1, int.from_bytes(start[7:10], "little") + 1
    if chunk == b"VP8L":
        bits = int.from_bytes(start[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    width, height = int.from_bytes(start[6:8], "little"), int.from_bytes(start[8:10], "little")
    return max(1, width & 0x3FFF), max(1, height & 0x3FFF)


def _exif_block(image: Image.Image) -> bytes:
    block = image.info.get("exif")
    if isinstance(block, bytes):
        return block
    if isinstance(block := image.info.get("Raw profile type exif"), str):  # how older tools write it to a PNG
        try:
            return bytes.fromhex("".join(block.split("\n")[3:]))
        except ValueError:
            return b""
    return b""


def _resolution(image: Image.Image, tags: tiff_tags.Tags) -> tuple[float, float]:
    stated = image.info.get("dpi")
    if image.format == "JPEG" and "jfif_unit" in image.info and image.info["jfif_unit"] == 0:
        stated = None  # only an aspect ratio
    if isinstance(stated, tuple) and (image.format != "JPEG" or "jfif_density" in image.info):
        return float(stated[0]), float(stated[1])
    return tiff_tags.resolution_of(tags)


def _correct_cmyk(image: Image.Image) -> Image.Image:
    """Undo Pillow's inversion of a CMYK JPEG that Adobe did not write: only Adobe stores them inverted."""
    if image.format == "JPEG" and image.mode == "CMYK" and "adobe" not in image.info:
        return image.point(lambda value: 255 - value)
    return image
