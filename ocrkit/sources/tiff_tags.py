"""The directories of a TIFF file, read without decoding. EXIF data has the same format.

Pillow reads them too, but stops at a page that it cannot decode and warns about oddities; the number of
pages, their sizes and the orientation of a photo are needed even then.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator, Mapping
from typing import BinaryIO, NamedTuple

SUBFILE_TYPE = 254
WIDTH = 256
HEIGHT = 257
BITS_PER_SAMPLE = 258
PHOTOMETRIC = 262
ORIENTATION = 274
SAMPLES_PER_PIXEL = 277
X_RESOLUTION = 282
Y_RESOLUTION = 283
RESOLUTION_UNIT = 296
SAMPLE_FORMAT = 339

_WANTED = frozenset({
    SUBFILE_TYPE, WIDTH, HEIGHT, BITS_PER_SAMPLE, PHOTOMETRIC, ORIENTATION, SAMPLES_PER_PIXEL,
    X_RESOLUTION, Y_RESOLUTION, RESOLUTION_UNIT, SAMPLE_FORMAT,
})  # fmt: skip
_FORMATS = {1: ("B", 1), 3: ("H", 2), 4: ("I", 4), 5: ("II", 8), 13: ("I", 4), 16: ("Q", 8)}
_CENTIMETERS = 3
_PER_INCH = 2.54

Tags = Mapping[int, float]
"""The value of each tag, or the first of its values."""


class _Layout(NamedTuple):
    order: str
    first: int
    counter: str
    entry: str
    pointer: str


def directories(file: BinaryIO) -> Iterator[Tags]:
    """The directories of a TIFF in file order, each read when it is requested.

    Iteration ends at a directory that cannot be read or that was read before, as in other readers. Raises
    `struct.error` for a header that cannot be read.
    """
    layout = _header(file)
    offset, seen = layout.first, set[int]()
    while offset and offset not in seen:
        seen.add(offset)
        try:
            tags, offset = _directory(file, layout, offset)
        except (struct.error, OSError, OverflowError, ValueError):
            return
        yield tags


def exif_tags(data: bytes) -> Tags:
    """The first directory of a block of EXIF data; empty if it is damaged."""
    try:
        return next(directories(io.BytesIO(data.removeprefix(b"Exif\0\0"))), {})
    except struct.error:
        return {}


def orientation_of(tags: Tags) -> int:
    """The EXIF orientation, 1 to 8; a value out of range counts as 1, upright."""
    value = tags.get(ORIENTATION, 1)
    return int(value) if value in range(1, 9) else 1


def resolution_of(tags: Tags) -> tuple[float, float]:
    """Pixels per inch in both directions; zeros if the file does not state them."""
    x, y = tags.get(X_RESOLUTION, 0.0), tags.get(Y_RESOLUTION, tags.get(X_RESOLUTION, 0.0))
    unit = tags.get(RESOLUTION_UNIT, 2)
    factor = {2: 1.0, _CENTIMETERS: _PER_INCH}.get(int(unit), 0.0)
    return x * factor, y * factor


def _header(file: BinaryIO) -> _Layout:
    start = file.read(16)
    order = {b"II": "<", b"MM": ">"}.get(start[:2])
    if order is None:
        raise struct.error("no byte order mark")
    (version,) = struct.unpack_from(order + "H", start, 2)
    if version == 43:  # BigTIFF
        return _Layout(order, struct.unpack_from(order + "Q", start, 8)[0], "Q", "HHQ", "Q")
    return _Layout(order, struct.unpack_from(order + "I", start, 4)[0], "H", "HHI", "I")


def _directory(file: BinaryIO, layout: _Layout, offset: int) -> tuple[Tags, int]:
    file.seek(offset)
    (count,) = _read(file, layout.order + layout.counter)
    if not 0 < count <= 4096:
        raise struct.error("implausible number of entries")
    pointer_size = struct.calcsize("=" + layout.pointer)
    entry_size = struct.calcsize("=" + layout.entry) + pointer_size
    block = file.read(count * entry_size)
    if len(block) < count * entry_size:
        raise struct.error("truncated")
    following = file.read(pointer_size)
    tags: dict[int, float] = {}
    for start in range(0, len(block), entry_size):
        tag, form, length = struct.unpack_from(layout.order + layout.entry, block, start)
        if tag in _WANTED and form in _FORMATS and length and tag not in tags:
            inline = block[start + entry_size - pointer_size : start + entry_size]
            value = _value(file, layout, form, length, inline)
            if value is not None:
                tags[tag] = value
    pointer = (
        struct.unpack(layout.order + layout.pointer, following)[0] if len(following) == pointer_size else 0
    )
    return tags, pointer


def _value(file: BinaryIO, layout: _Layout, form: int, length: int, inline: bytes) -> float | None:
    code, size = _FORMATS[form]
    if size * length > len(inline):
        file.seek(struct.unpack(layout.order + layout.pointer, inline)[0])
        inline = file.read(size)
        if len(inline) < size:
            return None
    numbers = struct.unpack_from(layout.order + code, inline)
    if len(numbers) == 1:
        return float(numbers[0])
    return numbers[0] / numbers[1] if numbers[1] else None


def _read(file: BinaryIO, form: str) -> tuple[int, ...]:
    return struct.unpack(form, file.read(struct.calcsize(form)))
