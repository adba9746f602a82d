"""TIFF: many pages, many compressions, read one page at a time.

The chain of directories is walked first, without decoding: it gives the number of pages and the size of each,
and keeps a broken page from hiding the ones after it. Pillow (with libtiff) decodes; OpenCV steps in for what
Pillow does not know (odd sample types) or would throw away (16 bits a channel).
"""

from __future__ import annotations

import itertools
import struct
from collections.abc import Iterable, Iterator
from typing import BinaryIO

import numpy as np
from PIL import Image, TiffImagePlugin

from ocrkit.config.settings import SourceOptions
from ocrkit.errors import SourceError
from ocrkit.page import Page, Pixels
from ocrkit.sources import decoding, pixels, tiff_tags
from ocrkit.sources.base import Source
from ocrkit.sources.content import Content
from ocrkit.sources.image import LABELS, from_opencv

_THUMBNAIL, _MASK = 1, 4  # bits of the subfile type: no pages, but companions of one
_MIN_IS_WHITE = 0
_FLOATS = 3  # of the sample format
_OPENCV_CHANNELS = 4


class TiffSource(Source):
    """A TIFF file."""

    def __init__(self, content: Content, options: SourceOptions) -> None:
        self._content = content
        self._options = options
        self._closed = False
        limit = None if options.max_pages is None else 2 * options.max_pages + 2
        with content.open() as file:
            try:
                found = list(enumerate(itertools.islice(tiff_tags.directories(file), limit)))
            except (struct.error, OSError) as error:
                raise self._damaged("its header is cut off") from error
        pages = [
            item for item in found if not int(item[1].get(tiff_tags.SUBFILE_TYPE, 0)) & (_THUMBNAIL | _MASK)
        ]
        self._pages = pages or found
        """Position in the chain and tags of every page."""
        if not self._pages:
            raise self._damaged("its first page cannot be found")
        decoding.check_pages(len(self._pages), options, name=content.name)

    @property
    def page_count(self) -> int:
        return len(self._pages)

    def pages(self, indices: Iterable[int]) -> Iterator[Page]:
        if self._closed:
            raise decoding.closed(self._content.name)
        with self._content.open() as file:
            reader = _Pillow(file)
            for index in indices:
                yield self._page(reader, index)

    def close(self) -> None:
        self._closed = True

    def _page(self, reader: _Pillow, index: int) -> Page:
        name = self._content.name
        decoding.check_index(index, len(self._pages), name=name)
        place, tags = self._pages[index]
        width, height = int(tags.get(tiff_tags.WIDTH, 0)), int(tags.get(tiff_tags.HEIGHT, 0))
        decoding.check_pixels(width, height, self._options, name=name, page=index + 1)
        with decoding.decoding(LABELS["tiff"], name, index + 1):
            plain = self._decoded(reader, place, tags)
        orientation = tiff_tags.orientation_of(tags)
        dpi, warnings = decoding.plausible_dpi(*tiff_tags.resolution_of(tags), width, height)
        info: dict[str, str | int | float | bool] = {
            "format": "tiff",
            "rendered": False,
            "width_in_file": width,
            "height_in_file": height,
            "bits_per_sample": int(tags.get(tiff_tags.BITS_PER_SAMPLE, 1)),
        }
        if orientation != 1:
            info["exif_orientation"] = orientation
        return Page(plain, index, dpi, info=info, warnings=warnings)

    def _decoded(self, reader: _Pillow, place: int, tags: tiff_tags.Tags) -> Pixels:
        deep = _is_deep(tags)
        in_colour = tags.get(tiff_tags.SAMPLES_PER_PIXEL, 1) >= 3
        if deep and in_colour and (decoded := self._by_opencv(place, tags)) is not None:
            return decoded
        try:
            return reader.page(place, tags)
        except _DamagedPageError:
            raise
        except Exception as error:
            # A second decoder may do better where Pillow does not know the flavour, or where its own size
            # limit or a warning made an exception stopped it. Damaged data is not tried again: nothing comes
            # of it but hundreds of lines that libtiff writes to stderr.
            stopped = isinstance(error, (Warning, Image.DecompressionBombError))
            if not stopped and (in_colour or not deep):
                raise
            decoded = self._by_opencv(place, tags)
            if decoded is None:
                raise
            return decoded

    def _by_opencv(self, place: int, tags: tiff_tags.Tags) -> Pixels | None:
        """The page as OpenCV reads it, already upright; None where it cannot either."""
        from ocrkit.opencv import cv2

        try:
            if self._content.path is not None:
                _, read = cv2.imreadmulti(str(self._content.path), place, 1, flags=cv2.IMREAD_UNCHANGED)
            else:
                buffer = np.frombuffer(self._content.data, np.uint8)
                _, read = cv2.imdecodemulti(buffer, cv2.IMREAD_UNCHANGED, range=(place, place + 1))
        except cv2.error:
            return None
        size = [tags.get(tiff_tags.HEIGHT), tags.get(tiff_tags.WIDTH)]
        if not read or list(read[0].shape[:2]) not in (size, size[::-1]):
            return None
        return from_opencv(read[0])

    def _damaged(self, why: str) -> SourceError:
        return SourceError(
            f"this {LABELS['tiff']} is damaged: {why}; get the file again, or open it with another program "
            "and save it anew",
            path=self._content.name,
        )


def _is_deep(tags: tiff_tags.Tags) -> bool:
    """Whether OpenCV decodes samples of this kind, which Pillow, for some numbers of them, does not."""
    depths = (32, 64) if tags.get(tiff_tags.SAMPLE_FORMAT, 1) == _FLOATS else (10, 12, 14, 16, 32, 64)
    return (
        tags.get(tiff_tags.BITS_PER_SAMPLE, 1) in depths
        and 1 <= tags.get(tiff_tags.SAMPLES_PER_PIXEL, 1) <= _OPENCV_CHANNELS
    )


class _DamagedPageError(Exception):
    """The data of a page is damaged. A more lenient decoder would make up the missing part."""


class _Pillow:
    """One open file, in which Pillow goes from page to page."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._image: TiffImagePlugin.TiffImageFile | None = None

    def page(self, place: int, tags: tiff_tags.Tags) -> Pixels:
        try:
            if self._image is None:
                self._file.seek(0)
                self._image = TiffImagePlugin.TiffImageFile(self._file)
            self._image.seek(place)
            try:
                self._image.load()
            except OSError as error:
                raise _DamagedPageError(str(error)) from error
        except BaseException:
            self._image = None  # it may be stuck between two pages
            raise
        return _upright(self._image, tags)


def _upright(image: Image.Image, tags: tiff_tags.Tags) -> Pixels:
    plain = pixels.from_image(image)
    if tags.get(tiff_tags.PHOTOMETRIC) == _MIN_IS_WHITE and image.mode.startswith(("I", "F")):
        plain = 255 - plain  # Pillow does this for up to 8 bits
    # Pillow turns the page while loading it and then forgets the tag; if it kept it, it did not turn.
    turned = tiff_tags.ORIENTATION not in getattr(image, "tag_v2", {})
    return plain if turned else pixels.upright(plain, tiff_tags.orientation_of(tags))
