"""Images as they are put into a PDF: JPEG as its bytes, everything else without loss.

What a PNG file has inside is what a PDF holds, so a plain PNG is passed on without being decoded, and other
images are written as PNG first. Black and white is coded as faxes are (CCITT G4), which is smaller. A colour
profile goes along; what is transparent stays so.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, NamedTuple

import numpy as np
import pikepdf
from numpy.typing import NDArray
from pikepdf import Array, Dictionary, Name
from PIL import ExifTags, Image, ImageChops, ImageCms, JpegImagePlugin, TiffImagePlugin

from ocrkit.errors import ExportError
from ocrkit.exporters.pdf.glyphless import compressed

DEFAULT_DPI = 300
_LOWEST_DPI, _HIGHEST_DPI = 36, 2400
_SCREEN_DPI = 97  # stated by cameras and screen shots whatever they show
_SQUARE = 1.03
_COMPANION = 1 | 4  # thumbnails and masks in a TIFF: no pages
_MIN_IS_WHITE = 0
_FORMATS = ("PNG", "TIFF", "GIF", "BMP", "WEBP", "JPEG2000", "PPM", "AVIF")
_PROFILES = {"GRAY": 1, "RGB ": 3, "CMYK": 4}
_DEVICES = {1: Name.DeviceGray, 3: Name.DeviceRGB, 4: Name.DeviceCMYK}


class PageImage(NamedTuple):
    """One page."""

    size: tuple[int, int]
    """Its pixels across and down when it is upright."""
    stated: tuple[float, float]
    """Pixels per inch across and down, as the file has it; zeros where it does not say."""
    orientation: int
    """How its pixels are turned, as EXIF has it: 1 to 8."""
    stream: Callable[[pikepdf.Pdf], pikepdf.Stream]
    """Puts it into a file."""

    def dpi(self, known: float | None) -> tuple[float, float]:
        """Pixels per inch: what the page was read at, what the file states if it can be true, or 300."""
        if known:
            return known, known
        if not all(_LOWEST_DPI <= value <= _HIGHEST_DPI for value in self.stated):
            return DEFAULT_DPI, DEFAULT_DPI
        x, y = self.stated[::-1] if self.orientation > 4 else self.stated
        if max(x, y) < _SCREEN_DPI and max(x, y) <= _SQUARE * min(x, y):
            return DEFAULT_DPI, DEFAULT_DPI
        return x, y


class _Jpeg(JpegImagePlugin.JpegImageFile):
    """A JPEG whose EXIF data Pillow leaves alone: it would parse it all, for the resolution, and warn."""

    def getexif(self) -> Image.Exif:
        return Image.Exif()


def placed(orientation: int, width: float, height: float) -> tuple[float, ...]:
    """The matrix that lays an image over a page of this size, turned and mirrored as EXIF says."""
    w, h = width, height
    return {
        2: (-w, 0, 0, h, w, 0),
        3: (-w, 0, 0, -h, w, h),
        4: (w, 0, 0, -h, 0, h),
        5: (0, -h, -w, 0, w, h),
        6: (0, -h, w, 0, 0, h),
        7: (0, h, w, 0, 0, 0),
        8: (0, h, -w, 0, w, 0),
    }.get(orientation, (w, 0, 0, h, 0, 0))


def in_file(file: BinaryIO) -> Iterator[PageImage]:
    """The pages of an image file, one at a time."""
    head = file.read(32)
    file.seek(0)
    try:
        if head.startswith(b"\xff\xd8\xff"):
            yield _jpeg(file.read())
            return
        if head.startswith(b"\x89PNG"):
            data = file.read()
            plain = _plain_png(data)
            if plain is not None:
                yield plain
                return
            file.seek(0)
        yield from _frames(_by_pillow(file, head))
    except ExportError:
        raise
    except (OSError, SyntaxError, ValueError, EOFError, struct.error, zlib.error, KeyError) as error:
        raise _unreadable(error) from error


def in_memory(source: Image.Image | NDArray[Any]) -> Iterator[PageImage]:
    """A Pillow image as it stands, or an array."""
    yield _picture(source if isinstance(source, Image.Image) else _from_array(source))


def _from_array(array: NDArray[Any]) -> Image.Image:
    values = array[..., 0] if array.ndim == 3 and array.shape[2] == 1 else array
    if values.dtype.kind == "u" and values.dtype.itemsize == 2 and values.ndim == 3:
        values = values >> 8
    kind = np.bool_ if values.dtype == np.bool_ else np.uint16 if values.dtype.itemsize == 2 else np.uint8
    if values.ndim == 3:
        kind = np.uint8
    return Image.fromarray(np.ascontiguousarray(values.astype(kind)))


def _unreadable(reason: object) -> ExportError:
    return ExportError(
        f"this image cannot be put into a PDF as it is ({reason}); save it as PNG or TIFF and read that"
    )


# ── JPEG ──


def _jpeg(data: bytes) -> PageImage:
    image = _Jpeg(io.BytesIO(data))
    orientation = _orientation_in(image.info.get("exif"))
    channels = len(image.getbands())
    stated = image.info.get("dpi") if "jfif_density" in image.info and image.info.get("jfif_unit") else None

    def stream(pdf: pikepdf.Pdf) -> pikepdf.Stream:
        entries = _entries(image.size, _colours(pdf, channels, image.info.get("icc_profile")), 8)
        if channels == 4 and "adobe" in image.info:  # Adobe's are stored the other way round
            entries["Decode"] = Array([1, 0] * 4)
        return pdf.make_stream(data, Filter=Name.DCTDecode, **entries)

    return PageImage(_upright(image.size, orientation), _pair(stated), orientation, stream)


def _orientation_in(block: object) -> int:
    if not isinstance(block, bytes):
        return 1
    exif = Image.Exif()
    try:
        exif.load(block)
        value = exif.get(ExifTags.Base.Orientation, 1)
    except Exception:  # noqa: BLE001  damaged EXIF data fails in many ways and must not cost the page
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


# ── PNG ──


def _plain_png(data: bytes) -> PageImage | None:
    """A PNG passed on as it is; None where a PDF cannot hold it that way."""
    chunks = dict[bytes, bytes]()
    pixels = list[bytes]()
    for kind, content in _chunks(data):
        if kind == b"IDAT":
            pixels.append(content)
        else:
            chunks.setdefault(kind, content)
    width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    channels = {0: 1, 2: 3, 3: 1}.get(colour)
    if channels is None or interlaced or b"tRNS" in chunks or b"acTL" in chunks:
        return None
    orientation = _orientation_in(chunks.get(b"eXIf"))

    def stream(pdf: pikepdf.Pdf) -> pikepdf.Stream:
        space = _colours(pdf, 3 if colour == 3 else channels, _png_profile(chunks.get(b"iCCP")))
        if colour == 3:
            palette = chunks[b"PLTE"]
            space = Array([Name.Indexed, space, len(palette) // 3 - 1, pikepdf.String(palette)])
        predictor = Dictionary(Predictor=15, Colors=channels, BitsPerComponent=depth, Columns=width)
        entries = _entries((width, height), space, depth)
        return pdf.make_stream(b"".join(pixels), Filter=Name.FlateDecode, DecodeParms=predictor, **entries)

    return PageImage(
        _upright((width, height), orientation), _png_resolution(chunks.get(b"pHYs")), orientation, stream
    )


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = 8
    while place + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, place)
        yield kind, data[place + 8 : place + 8 + length]
        if kind == b"IEND":
            return
        place += 12 + length


def _png_resolution(chunk: bytes | None) -> tuple[float, float]:
    if chunk is None or len(chunk) != 9 or chunk[8] != 1:
        return 0.0, 0.0
    x, y = struct.unpack_from(">II", chunk)
    return x * 0.0254, y * 0.0254


def _png_profile(chunk: bytes | None) -> bytes | None:
    try:
        return zlib.decompress(chunk.partition(b"\0")[2][1:]) if chunk else None
    except zlib.error:
        return None


# ── everything else ──


def _by_pillow(file: BinaryIO, head: bytes) -> Image.Image:
    """Open an image without the limit of the whole process that `Image.open` has: it was read before."""
    Image.init()
    for name in _FORMATS:
        factory, accept = Image.OPEN.get(name, (None, None))
        if factory is None or (accept is not None and accept(head) is not True and not _is_yes(accept(head))):
            continue
        file.seek(0)
        try:
            return factory(file, "")
        except (SyntaxError, IndexError, TypeError, struct.error):
            continue
    raise ExportError("this is neither a PDF nor an image; hand in the very file that the result is of")


def _is_yes(answer: object) -> bool:
    return bool(answer) and not isinstance(answer, str)


def _frames(image: Image.Image) -> Iterator[PageImage]:
    tiff = isinstance(image, TiffImagePlugin.TiffImageFile)
    count = int(getattr(image, "n_frames", 1))
    pages = list(range(count))
    if tiff and count > 1:
        pages = [number for number in pages if not _is_companion(image, number)] or pages
    for number in pages:
        if count > 1:
            image.seek(number)
        yield _picture(image)


def _is_companion(image: Any, number: int) -> bool:
    image.seek(number)
    return bool(int(image.tag_v2.get(TiffImagePlugin.OSUBFILETYPE - 1, 0)) & _COMPANION)


def _picture(image: Image.Image) -> PageImage:
    stated = _pair(image.info.get("dpi"))
    before = image.size
    image.load()
    # Pillow turns the page of a TIFF while loading it, and forgets the orientation.
    orientation = 1
    if not isinstance(image, TiffImagePlugin.TiffImageFile):
        block = image.info.get("exif")
        orientation = _orientation_in(block)
    turned = image.size != before
    copy = image.copy()
    copy.info = dict(image.info)
    inverted = (
        isinstance(image, TiffImagePlugin.TiffImageFile)
        and image.mode.startswith("I;16")
        and image.tag_v2.get(TiffImagePlugin.PHOTOMETRIC_INTERPRETATION) == _MIN_IS_WHITE
    )

    def stream(pdf: pikepdf.Pdf) -> pikepdf.Stream:
        made = _stream(pdf, copy)
        if inverted:
            made.stream_dict.Decode = Array([1, 0])
        return made

    return PageImage(
        _upright(image.size, orientation), stated[::-1] if turned else stated, orientation, stream
    )


def _stream(pdf: pikepdf.Pdf, image: Image.Image) -> pikepdf.Stream:
    """A decoded image of any mode."""
    profile = image.info.get("icc_profile")
    if image.has_transparency_data:
        return _see_through(pdf, image, profile)
    if image.mode == "1":
        fax = _fax(image)
        if fax is not None:
            parameters = Dictionary(K=-1, Columns=image.width, Rows=image.height, BlackIs1=False)
            entries = _entries(image.size, Name.DeviceGray, 1)
            return pdf.make_stream(fax, Filter=Name.CCITTFaxDecode, DecodeParms=parameters, **entries)
    if image.mode == "CMYK":
        space = _colours(pdf, 4, profile)
        return compressed(pdf, image.tobytes(), **_entries(image.size, space, 8))
    plain = _plain(image)
    buffer = io.BytesIO()
    plain.save(buffer, "PNG", icc_profile=profile if isinstance(profile, bytes) else None)
    passed = _plain_png(buffer.getvalue())
    if passed is None:
        raise _unreadable(f"mode {image.mode}")
    return passed.stream(pdf)


def _plain(image: Image.Image) -> Image.Image:
    """In a mode that PNG has."""
    if image.mode in {"1", "L", "P", "RGB", "I;16"}:
        return image
    if image.mode.startswith("I;16"):
        values = np.asarray(image)
        return Image.fromarray(values.astype(np.uint16))
    if image.mode in {"I", "F"}:
        raise _unreadable(f"its samples are of 32 bits, mode {image.mode}")
    if image.mode == "LAB":
        made = ImageCms.profileToProfile(
            image, ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
        return made if made is not None else image.convert("RGB")
    return image.convert("RGB")


def _see_through(pdf: pikepdf.Pdf, image: Image.Image, profile: object) -> pikepdf.Stream:
    layered = image.convert("LA" if image.mode in {"LA", "La", "L"} else "RGBA")
    alpha = layered.getchannel("A")
    flat = layered.convert(layered.mode[:-1])
    flat.info = {"icc_profile": profile} if profile else {}
    made = _stream(pdf, flat)
    if alpha.getextrema() != (255, 255):
        alpha.info = {}
        made.stream_dict.SMask = _stream(pdf, alpha)
    return made


def _fax(image: Image.Image) -> bytes | None:
    """Black and white as CCITT group 4; None where it cannot be written as one piece."""
    buffer = io.BytesIO()
    try:
        # What is 0 is coded as blank paper, whatever the tags say.
        bare = ImageChops.invert(image)
        bare.info = {}
        bare.save(buffer, "TIFF", compression="group4", strip_size=1 << 30)
        buffer.seek(0)
        written = TiffImagePlugin.TiffImageFile(buffer)
        (start,), (length,) = (
            written.tag_v2[TiffImagePlugin.STRIPOFFSETS],
            written.tag_v2[TiffImagePlugin.STRIPBYTECOUNTS],
        )
    except (OSError, ValueError, KeyError):
        return None
    return buffer.getvalue()[start : start + length]


# ── entries of a stream ──


def _entries(size: tuple[int, int], space: Any, depth: int) -> dict[str, Any]:
    return {
        "Type": Name.XObject, "Subtype": Name.Image, "Width": size[0], "Height": size[1],
        "ColorSpace": space, "BitsPerComponent": depth,
    }  # fmt: skip


def _colours(pdf: pikepdf.Pdf, channels: int, profile: object) -> Any:
    """By the profile of the image where it fits, else plain gray, RGB or CMYK."""
    device = _DEVICES[channels]
    if not isinstance(profile, bytes) or len(profile) < 128:
        return device
    if _PROFILES.get(profile[16:20].decode("latin-1")) != channels:
        return device
    return Array([Name.ICCBased, compressed(pdf, profile, N=channels, Alternate=device)])


def _upright(size: tuple[int, int], orientation: int) -> tuple[int, int]:
    return size[::-1] if orientation > 4 else size


def _pair(stated: Any) -> tuple[float, float]:
    try:
        return (float(stated[0]), float(stated[1])) if stated else (0.0, 0.0)
    except (TypeError, ValueError, IndexError, ZeroDivisionError):
        return 0.0, 0.0
