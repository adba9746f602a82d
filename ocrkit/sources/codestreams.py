"""The size of a compressed image by the header of its own data.

A PDF states the size of an image beside its data, and a decoder may believe the data instead: 630 bytes of
JPEG 2000 can unfold to gigabytes. These functions read the headers without decoding anything.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

_SOF = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
_JBIG2_PAGE = 48
_JBIG2_REGIONS = frozenset({4, 6, 7, 20, 22, 23, 36, 38, 39, 40, 42, 43})
_UNKNOWN_LENGTH = 0xFFFFFFFF


class ImageSize(NamedTuple):
    """The decoded size of an image."""

    width: int
    height: int
    components: int = 1

    @property
    def pixels(self) -> int:
        return self.width * self.height


def jpeg_size(data: bytes) -> ImageSize | None:
    """The largest size that the frames of a JPEG state; None without a frame."""
    found = None
    position = data.find(b"\xff\xd8") + 2
    while 2 <= position < len(data) - 9:
        if data[position] != 0xFF:
            position = data.find(b"\xff", position)
            continue
        marker = data[position + 1]
        if marker in _SOF:
            height, width = struct.unpack_from(">HH", data, position + 5)
            size = ImageSize(width, height, data[position + 9])
            found = size if found is None or size.pixels > found.pixels else found
        if marker in (0x00, 0x01, 0xFF) or 0xD0 <= marker <= 0xD9:
            position += 1 if marker == 0xFF else 2
        elif marker == 0xDA:
            return found  # the image data follows
        else:
            position += 2 + int.from_bytes(data[position + 2 : position + 4], "big")
    return found


def jpeg2000_size(data: bytes) -> ImageSize | None:
    """The size that a JPEG 2000 codestream states, with or without the boxes around it."""
    start = data.find(b"\xff\x4f\xff\x51")
    if start < 0 or len(data) < start + 42:
        return None
    right, bottom, left, top = struct.unpack_from(">IIII", data, start + 8)
    (components,) = struct.unpack_from(">H", data, start + 40)
    return ImageSize(max(0, right - left), max(0, bottom - top), components)


def jbig2_size(data: bytes) -> ImageSize | None:
    """The page of embedded JBIG2 data, made as high as all of its regions together; None if it has none."""
    width = height = area = 0
    for kind, body in _jbig2_segments(data):
        if kind == _JBIG2_PAGE or kind in _JBIG2_REGIONS:
            if len(body) < 8:
                return None
            across, down = struct.unpack_from(">II", body)
            if kind == _JBIG2_PAGE:
                width, height = max(width, across), max(height, 0 if down == _UNKNOWN_LENGTH else down)
            else:
                width, area = max(width, across), area + across * down
    return ImageSize(width, max(height, -(-area // width))) if width else None


def _jbig2_segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Type and first bytes of the segments, until one that cannot be read."""
    position = 0
    while position + 11 <= len(data):
        number, flags, count = struct.unpack_from(">IBB", data, position)
        position += 5
        referred = count >> 5
        if referred == 7:  # a long form of the count
            referred = struct.unpack_from(">I", data, position)[0] & 0x1FFFFFFF
            position += 4 + (referred + 8) // 8
        else:
            position += 1
        position += referred * (1 if number <= 256 else 2 if number <= 65536 else 4)
        position += 4 if flags & 0x40 else 1
        if position + 4 > len(data):
            return
        (length,) = struct.unpack_from(">I", data, position)
        position += 4
        yield flags & 0x3F, data[position : position + 8]
        if length == _UNKNOWN_LENGTH:
            return
        position += length
