"""Images of one page: PNG, JPEG, BMP, WebP, AVIF, JPEG 2000 and PNM.

An animated PNG, WebP or AVIF gives a page for every frame, composited as a viewer would show it: the same
animation should not have one page as PNG and a hundred as GIF, and a frame left out is text left out.

The formats' own classes in Pillow are used instead of `Image.open`. That one compares every size with a limit
of the whole process and warns or raises on its own account; our budget is per call, and a warning is an
exception for those who turn warnings into errors. Silencing it would mean changing a global in one thread
while others run.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import BinaryIO

import numpy as np
from PIL import BmpImagePlugin, Image, ImageFile, JpegImagePlugin, PngImagePlugin, PpmImagePlugin
from PIL import Jpeg2KImagePlugin as Jpeg2000ImagePlugin

from ocrkit.config.settings import SourceOptions
from ocrkit.errors import SourceError
from ocrkit.page import Page, Pixels
from ocrkit.sources import decoding, pixels, tiff_tags
from ocrkit.sources.base import Source
from ocrkit.sources.content import Content
from ocrkit.sources.kinds import Kind

LABELS: Mapping[Kind, str] = {
    "png": "PNG image", "jpeg": "JPEG image", "bmp": "BMP image", "webp": "WebP image", "gif": "GIF image",
    "avif": "AVIF image", "jpeg2000": "JPEG 2000 image", "ppm": "PNM image", "tiff": "TIFF image",
}  # fmt: skip

_PNG_DEPTH, _PNG_COLOUR_TYPE = 24, 25  # where the header of a PNG states them
_PNG_WITH_CHANNELS = frozenset({2, 4, 6})


class _Jpeg(JpegImagePlugin.JpegImageFile):
    """A JPEG whose EXIF data Pillow leaves alone: it would parse it all, for the resolution, and warn."""

    def getexif(self) -> Image.Exif:
        return Image.Exif()


class ImageSource(Source):
    """An image file, with as many pages as it has frames."""

    def __init__(self, content: Content, options: SourceOptions, kind: Kind) -> None:
        self._content = content
        self._options = options
        self._kind = kind
        self._closed = False
        with decoding.decoding(LABELS[kind], content.name), content.open() as file:
            image = self._open(file)
            self._count = int(getattr(image, "n_frames", 1))
        decoding.check_pages(self._count, options, name=content.name)

    @property
    def page_count(self) -> int:
        return self._count

    def pages(self, indices: Iterable[int]) -> Iterator[Page]:
        name = self._content.name
        if self._closed:
            raise decoding.closed(name)
        if self._count > 1:
            yield from self._frames(indices)
            return
        for index in indices:
            # Not by `_frames`: it keeps what Pillow decoded, and a large image need not exist twice while
            # its page is worked on.
            (page,) = self._frames([index])
            yield page

    def close(self) -> None:
        self._closed = True

    def _frames(self, indices: Iterable[int]) -> Iterator[Page]:
        name = self._content.name
        image: ImageFile.ImageFile | None = None
        with self._content.open() as file:
            for index in indices:
                decoding.check_index(index, self._count, name=name)
                with decoding.decoding(LABELS[self._kind], name, index + 1):
                    image = image or self._open(file)
                    page = self._page(image, index)
                yield page

    def _open(self, file: BinaryIO) -> ImageFile.ImageFile:
        """Read the header, and no more than that."""
        name = self._content.name
        if self._kind == "webp":
            # Pillow's reader reserves the whole canvas while it opens the file.
            decoding.check_pixels(*_webp_size(self._content.head), self._options, name=name)
        image = _reader(self._kind, file)
        decoding.check_pixels(*image.size, self._options, name=name)
        return image

    def _page(self, image: ImageFile.ImageFile, index: int) -> Page:
        if index != image.tell() and self._count > 1:
            image.seek(index)
            decoding.check_pixels(*image.size, self._options, name=self._content.name, page=index + 1)
        image.load()
        tags = tiff_tags.exif_tags(_exif_block(image))
        orientation = tiff_tags.orientation_of(tags)
        plain = self._deep() if index == 0 else None
        if plain is None:
            plain = pixels.from_image(_truly_cmyk(image))
        dpi, warnings = decoding.plausible_dpi(*_resolution(image, tags), *image.size)
        info: dict[str, str | int | float | bool] = {
            "format": self._kind,
            "rendered": False,
            "mode_in_file": image.mode,
            "width_in_file": image.width,
            "height_in_file": image.height,
        }
        if orientation != 1:
            info["exif_orientation"] = orientation
        if self._count > 1:
            info["frame"] = index
        return Page(pixels.upright(plain, orientation), index, dpi, info=info, warnings=warnings)

    def _deep(self) -> Pixels | None:
        """The pixels of a PNG with 16 bits a channel, of which Pillow would keep the upper eight alone."""
        head = self._content.head
        if (
            self._kind != "png"
            or head[_PNG_DEPTH] != 16
            or head[_PNG_COLOUR_TYPE] not in _PNG_WITH_CHANNELS
            or self._count > 1
        ):
            return None
        from ocrkit.opencv import cv2

        buffer = np.frombuffer(self._content.read(), np.uint8)
        decoded = cv2.imdecode(buffer, cv2.IMREAD_UNCHANGED)
        if decoded is None:
            return None
        if head[_PNG_COLOUR_TYPE] == 4 and decoded.ndim == 3:  # gray with transparency, spread to channels
            return pixels.gray_if_gray(from_opencv(decoded))
        return from_opencv(decoded)


def from_opencv(decoded: np.ndarray[tuple[int, ...], np.dtype[np.generic]]) -> Pixels:
    """What OpenCV decodes, which is ordered blue, green, red."""
    if decoded.ndim == 3:
        order = {1: [0], 2: [0], 3: [2, 1, 0], 4: [2, 1, 0, 3]}[decoded.shape[2]]
        decoded = decoded[..., order] if len(order) > 1 else decoded[..., 0]
    return pixels.from_deep(decoded)


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
        "bmp": BmpImagePlugin.BmpImageFile,
        "jpeg2000": Jpeg2000ImagePlugin.Jpeg2KImageFile,
        "ppm": PpmImagePlugin.PpmImageFile,
    }
    return readers[kind](file)


def _webp_size(head: bytes) -> tuple[int, int]:
    """Width and height of a WebP by its header; 1 × 1 where the header is for the decoder to complain of."""
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
    if isinstance(block := image.info.get("Raw profile type exif"), str):  # how older tools put it into a PNG
        try:
            return bytes.fromhex("".join(block.split("\n")[3:]))
        except ValueError:
            return b""
    return b""


def _resolution(image: Image.Image, tags: tiff_tags.Tags) -> tuple[float, float]:
    stated = image.info.get("dpi")
    if image.format == "JPEG" and "jfif_unit" in image.info and image.info["jfif_unit"] == 0:
        stated = None  # a mere aspect ratio
    if isinstance(stated, tuple) and (image.format != "JPEG" or "jfif_density" in image.info):
        return float(stated[0]), float(stated[1])
    return tiff_tags.resolution_of(tags)


def _truly_cmyk(image: Image.Image) -> Image.Image:
    """Pillow takes every CMYK JPEG for one of Adobe's, which are stored inverted; the others are not."""
    if image.format == "JPEG" and image.mode == "CMYK" and "adobe" not in image.info:
        return image.point(lambda value: 255 - value)
    return image
