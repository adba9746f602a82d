"""TIFF: many pages, many compressions, one page at a time.

The directories are read first, without decoding: they give the number of pages and the size of each, and a
damaged page does not hide the pages after it. Pillow (with libtiff) decodes; OpenCV decodes what Pillow does
not know (unusual sample types) or would reduce (16 bits per channel).
"""

from __future__ import annotations

import itertools
import struct
from typing import BinaryIO

import numpy as np
from PIL import Image, TiffImagePlugin

from ocrkit.config.settings import SourceOptions
from ocrkit.errors import SourceError
from ocrkit.page import Page, Pixels
from ocrkit.sources import checks, libtiff, pixels, tiff_tags
from ocrkit.sources.base import Source
from ocrkit.sources.content import Content
from ocrkit.sources.image import LABELS, from_opencv

_THUMBNAIL, _MASK = 1, 4  # bits of the subfile type: these directories are not pages
_MIN_IS_WHITE = 0
_FLOATS = 3  # a sample format
_OPENCV_CHANNELS = 4


class TiffSource(Source):
    """A TIFF file."""

    def __init__(self, content: Content, options: SourceOptions) -> None:
        super().__init__(LABELS["tiff"], content.name)
        libtiff.silence()
        self._content = content
        self._options = options
        self._file: BinaryIO | None = None
        self._image: TiffImagePlugin.TiffImageFile | None = None
        limit = None if options.max_pages is None else 2 * options.max_pages + 2
        with content.open() as file:
            try:
                found = list(enumerate(itertools.islice(tiff_tags.directories(file), limit)))
            except (struct.error, OSError) as error:
                raise self._damaged("its header is truncated") from error
        pages = [
            item for item in found if not int(item[1].get(tiff_tags.SUBFILE_TYPE, 0)) & (_THUMBNAIL | _MASK)
        ]
        self._pages = pages or found
        """Number of the directory and tags of every page."""
        if not self._pages:
            raise self._damaged("its first page cannot be found")
        self.page_count = len(self._pages)
        checks.check_page_count(self.page_count, options, name=content.name)

    def close(self) -> None:
        super().close()
        self._close_file()

    def _decode(self, index: int) -> Page:
        directory, tags = self._pages[index]
        width, height = int(tags.get(tiff_tags.WIDTH, 0)), int(tags.get(tiff_tags.HEIGHT, 0))
        checks.check_pixels(width, height, self._options, name=self._name, page=index + 1)
        checks.check_memory(
            width, height, _bytes_per_pixel(tags), self._options, name=self._name, page=index + 1
        )
        decoded = self._pixels(directory, tags)
        orientation = tiff_tags.orientation_of(tags)
        dpi, warnings = checks.plausible_dpi(*tiff_tags.resolution_of(tags), width, height)
        info: dict[str, str | int | float | bool] = {
            "format": "tiff",
            "rendered": False,
            "width_in_file": width,
            "height_in_file": height,
            "bits_per_sample": int(tags.get(tiff_tags.BITS_PER_SAMPLE, 1)),
        }
        if orientation != 1:
            info["exif_orientation"] = orientation
        return Page(decoded, index, dpi, info=info, warnings=warnings)

    def _pixels(self, directory: int, tags: tiff_tags.Tags) -> Pixels:
        deep = _is_deep(tags)
        in_color = tags.get(tiff_tags.SAMPLES_PER_PIXEL, 1) >= 3
        if deep and in_color and (decoded := self._by_opencv(directory, tags)) is not None:
            return decoded
        try:
            return self._by_pillow(directory, tags)
        except _DamagedPageError:
            raise
        except Exception as error:
            # OpenCV may succeed where Pillow does not know the sample type, or stopped at its own size limit
            # or at a warning that was made an exception. Damaged data is not tried again: that only makes
            # libtiff write hundreds of lines to stderr.
            stopped = isinstance(error, (Warning, Image.DecompressionBombError))
            if not stopped and (in_color or not deep):
                raise
            decoded = self._by_opencv(directory, tags)
            if decoded is None:
                raise
            return decoded

    def _by_pillow(self, directory: int, tags: tiff_tags.Tags) -> Pixels:
        """The page as Pillow decodes it. The file stays open: the next directory is found from this one."""
        image, self._image = self._image, None
        if image is None:
            self._close_file()
            self._file = self._content.open()
            image = TiffImagePlugin.TiffImageFile(self._file)
        image.seek(directory)
        try:
            image.load()
        except OSError as error:
            raise _DamagedPageError(str(error)) from error
        self._image = image  # only now: after an error the position in the file is unknown
        return _upright(image, tags)

    def _close_file(self) -> None:
        self._image = None
        if self._file is not None:
            self._file.close()

    def _by_opencv(self, directory: int, tags: tiff_tags.Tags) -> Pixels | None:
        """The page as OpenCV decodes it, already upright; None if it fails."""
        from ocrkit.opencv import cv2

        try:
            if self._content.path is not None:
                _, read = cv2.imreadmulti(str(self._content.path), directory, 1, flags=cv2.IMREAD_UNCHANGED)
            else:
                buffer = np.frombuffer(self._content.data, np.uint8)
                _, read = cv2.imdecodemulti(buffer, cv2.IMREAD_UNCHANGED, range=(directory, directory + 1))
        except cv2.error:
            return None
        size = [tags.get(tiff_tags.HEIGHT), tags.get(tiff_tags.WIDTH)]
        if not read or list(read[0].shape[:2]) not in (size, size[::-1]):
            return None
        return from_opencv(read[0])

    def _damaged(self, why: str) -> SourceError:
        return SourceError(
            f"this {self._label} is damaged: {why}; get the file again, or open it in another program and "
            "save it again",
            path=self._name,
        )


def _is_deep(tags: tiff_tags.Tags) -> bool:
    """Whether OpenCV decodes these samples; Pillow supports only some numbers of them."""
    depths = (32, 64) if tags.get(tiff_tags.SAMPLE_FORMAT, 1) == _FLOATS else (10, 12, 14, 16, 32, 64)
    return (
        tags.get(tiff_tags.BITS_PER_SAMPLE, 1) in depths
        and 1 <= tags.get(tiff_tags.SAMPLES_PER_PIXEL, 1) <= _OPENCV_CHANNELS
    )


def _bytes_per_pixel(tags: tiff_tags.Tags) -> float:
    """The peak memory of decoding, in bytes per pixel: the samples, and 8-bit pixels twice."""
    stored = tags.get(tiff_tags.BITS_PER_SAMPLE, 1) * tags.get(tiff_tags.SAMPLES_PER_PIXEL, 1) / 8
    return max(7.0, stored + 6.0) if stored > 4 or _is_deep(tags) else 7.0


class _DamagedPageError(Exception):
    """The data of a page is damaged. A lenient decoder would invent the missing part."""


def _upright(image: Image.Image, tags: tiff_tags.Tags) -> Pixels:
    decoded = pixels.from_image(image)
    if tags.get(tiff_tags.PHOTOMETRIC) == _MIN_IS_WHITE and image.mode.startswith(("I", "F")):
        decoded = 255 - decoded  # Pillow inverts up to 8 bits by itself
    # Pillow removes the tag where it has rotated the page while loading it.
    is_upright = tiff_tags.ORIENTATION not in getattr(image, "tag_v2", {})
    return decoded if is_upright else pixels.upright(decoded, tiff_tags.orientation_of(tags))
