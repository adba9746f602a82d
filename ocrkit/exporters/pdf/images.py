"""Embedding of images into a PDF: JPEG files unchanged, all others lossless.

PNG and PDF compress pixels in the same way, so a plain PNG is embedded without decoding it, and other images
are converted to PNG first. Black-and-white images are compressed with CCITT Group 4, which is smaller. Color
profiles and transparency are kept.
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
_SCREEN_DPI = 97  # cameras and screenshots state up to this resolution, whatever the image shows
_SQUARE = 1.03  # the greatest ratio of the two resolutions of square pixels
_COMPANION = 1 | 4  # thumbnails and masks in a TIFF, which are not pages
_MIN_IS_WHITE = 0
_FORMATS = ("PNG", "TIFF", "GIF", "BMP", "WEBP", "JPEG2000", "PPM", "AVIF")
_PROFILES = {"GRAY": 1, "RGB ": 3, "CMYK": 4}
_DEVICES = {1: Name.DeviceGray, 3: Name.DeviceRGB, 4: Name.DeviceCMYK}


class EmbeddableImage(NamedTuple):
    """An image that becomes a page."""

    size: tuple[int, int]
    """The width and height of the upright image."""
    stated_dpi: tuple[float, float]
    """The horizontal and vertical resolution that the file states; zeros if it states none."""
    orientation: int
    """The EXIF orientation, from 1 to 8."""
    stream: Callable[[pikepdf.Pdf], pikepdf.Stream]
    """Adds the image to a PDF."""

    def dpi(self, known: float | None) -> tuple[float, float]:
        """The resolution: the one of the result if known, or the stated one if it is plausible, or 300."""
        if known:
            return known, known
        if not all(_LOWEST_DPI <= value <= _HIGHEST_DPI for value in self.stated_dpi):
            return DEFAULT_DPI, DEFAULT_DPI
        x, y = self.stated_dpi[::-1] if self.orientation > 4 else self.stated_dpi
        if max(x, y) < _SCREEN_DPI and max(x, y) <= _SQUARE * min(x, y):
            return DEFAULT_DPI, DEFAULT_DPI
        return x, y


class _Jpeg(JpegImagePlugin.JpegImageFile):
    """A JPEG image that does not parse its EXIF data, as Pillow does for the resolution, with warnings."""

    def getexif(self) -> Image.Exif:
        return Image.Exif()


def placement_matrix(orientation: int, width: float, height: float) -> tuple[float, ...]:
    """The matrix that puts an image with this EXIF orientation onto a page of this size."""
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


def from_file(file: BinaryIO) -> Iterator[EmbeddableImage]:
    """The pages of an image file, one at a time."""
    head = file.read(32)
    file.seek(0)
    try:
        if head.startswith(b"\xff\xd8\xff"):
            yield _jpeg(file.read())
            return
        if head.startswith(b"\x89PNG"):
            data = file.read()
            image = _plain_png(data)
            if image is not None:
                yield image
                return
            file.seek(0)
        yield from _frames(_open_with_pillow(file, head))
    except ExportError:
        raise
    except (OSError, SyntaxError, ValueError, EOFError, struct.error, zlib.error, KeyError) as error:
        raise _not_embeddable(error) from error


def from_memory(source: Image.Image | NDArray[Any]) -> Iterator[EmbeddableImage]:
    """The page of a Pillow image or an array."""
    yield _decoded(source if isinstance(source, Image.Image) else _from_array(source))


def _from_array(array: NDArray[Any]) -> Image.Image:
    values = array[..., 0] if array.ndim == 3 and array.shape[2] == 1 else array
    if values.dtype.kind == "u" and values.dtype.itemsize == 2 and values.ndim == 3:
        values = values >> 8
    dtype = np.bool_ if values.dtype == np.bool_ else np.uint16 if values.dtype.itemsize == 2 else np.uint8
    if values.ndim == 3:
        dtype = np.uint8
    return Image.fromarray(np.ascontiguousarray(values.astype(dtype)))


def _not_embeddable(reason: object) -> ExportError:
    return ExportError(
        f"this image cannot be embedded in a PDF ({reason}); save it as PNG and read that file"
    )


# ── JPEG ──


def _jpeg(data: bytes) -> EmbeddableImage:
    image = _Jpeg(io.BytesIO(data))
    orientation = _exif_orientation(image.info.get("exif"))
    channels = len(image.getbands())
    stated = image.info.get("dpi") if "jfif_density" in image.info and image.info.get("jfif_unit") else None

    def stream(pdf: pikepdf.Pdf) -> pikepdf.Stream:
        entries = _entries(image.size, _color_space(pdf, channels, image.info.get("icc_profile")), 8)
        if channels == 4 and "adobe" in image.info:  # Adobe stores inverted values
            entries["Decode"] = Array([1, 0] * 4)
        return pdf.make_stream(data, Filter=Name.DCTDecode, **entries)

    return EmbeddableImage(_upright_size(image.size, orientation), _pair(stated), orientation, stream)


def _exif_orientation(data: object) -> int:
    if not isinstance(data, bytes):
        return 1
    exif = Image.Exif()
    try:
        exif.load(data)
        value = exif.get(ExifTags.Base.Orientation, 1)
    except Exception:  # noqa: BLE001  damaged EXIF data raises many kinds of errors, and the image is readable without it
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


# ── PNG ──


def _plain_png(data: bytes) -> EmbeddableImage | None:
    """A PNG whose data is embedded unchanged; None where PDF does not support it."""
    chunks = dict[bytes, bytes]()
    pixels = list[bytes]()
    for kind, content in _chunks(data):
        if kind == b"IDAT":
            pixels.append(content)
        else:
            chunks.setdefault(kind, content)
    width, height, depth, color_type, _, _, interlaced = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    channels = {0: 1, 2: 3, 3: 1}.get(color_type)
    if channels is None or interlaced or b"tRNS" in chunks or b"acTL" in chunks:
        return None
    orientation = _exif_orientation(chunks.get(b"eXIf"))

    def stream(pdf: pikepdf.Pdf) -> pikepdf.Stream:
        space = _color_space(pdf, 3 if color_type == 3 else channels, _png_profile(chunks.get(b"iCCP")))
        if color_type == 3:
            palette = chunks[b"PLTE"]
            space = Array([Name.Indexed, space, len(palette) // 3 - 1, pikepdf.String(palette)])
        predictor = Dictionary(Predictor=15, Colors=channels, BitsPerComponent=depth, Columns=width)
        entries = _entries((width, height), space, depth)
        return pdf.make_stream(b"".join(pixels), Filter=Name.FlateDecode, DecodeParms=predictor, **entries)

    return EmbeddableImage(
        _upright_size((width, height), orientation), _png_resolution(chunks.get(b"pHYs")), orientation, stream
    )


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    offset = 8
    while offset + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, offset)
        yield kind, data[offset + 8 : offset + 8 + length]
        if kind == b"IEND":
            return
        offset += 12 + length


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


def _open_with_pillow(file: BinaryIO, head: bytes) -> Image.Image:
    """Open an image without the size limit of `Image.open`, because it was read within the limits before."""
    Image.init()
    for name in _FORMATS:
        factory, accept = Image.OPEN.get(name, (None, None))
        if factory is None or (accept is not None and not _accepts(accept(head))):
            continue
        file.seek(0)
        try:
            return factory(file, "")
        except (SyntaxError, IndexError, TypeError, struct.error):
            continue
    raise ExportError("this is neither a PDF nor an image; pass the file that was read")


def _accepts(answer: object) -> bool:
    """Whether Pillow accepts a file header. Pillow answers with a text to say why it does not."""
    return bool(answer) and not isinstance(answer, str)


def _frames(image: Image.Image) -> Iterator[EmbeddableImage]:
    tiff = isinstance(image, TiffImagePlugin.TiffImageFile)
    count = int(getattr(image, "n_frames", 1))
    pages = list(range(count))
    if tiff and count > 1:
        pages = [number for number in pages if not _is_companion(image, number)] or pages
    for number in pages:
        if count > 1:
            image.seek(number)
        yield _decoded(image)


def _is_companion(image: Any, number: int) -> bool:
    image.seek(number)
    return bool(int(image.tag_v2.get(TiffImagePlugin.OSUBFILETYPE - 1, 0)) & _COMPANION)


def _decoded(image: Image.Image) -> EmbeddableImage:
    is_tiff = isinstance(image, TiffImagePlugin.TiffImageFile)
    stated_dpi = _pair(image.info.get("dpi"))
    size = image.size
    image.load()
    # Pillow rotates a TIFF according to its orientation when it loads it.
    orientation = 1 if is_tiff else _exif_orientation(image.info.get("exif"))
    is_rotated = image.size != size
    copy = image.copy()
    copy.info = dict(image.info)
    is_inverted = (
        isinstance(image, TiffImagePlugin.TiffImageFile)
        and image.mode.startswith("I;16")
        and image.tag_v2.get(TiffImagePlugin.PHOTOMETRIC_INTERPRETATION) == _MIN_IS_WHITE
    )

    def stream(pdf: pikepdf.Pdf) -> pikepdf.Stream:
        image_stream = _stream(pdf, copy)
        if is_inverted:
            image_stream.stream_dict.Decode = Array([1, 0])
        return image_stream

    return EmbeddableImage(
        _upright_size(image.size, orientation),
        stated_dpi[::-1] if is_rotated else stated_dpi,
        orientation,
        stream,
    )


def _stream(pdf: pikepdf.Pdf, image: Image.Image) -> pikepdf.Stream:
    """A decoded image of any mode."""
    profile = image.info.get("icc_profile")
    if image.has_transparency_data:
        return _transparent(pdf, image, profile)
    if image.mode == "1":
        data = _encode_group4(image)
        if data is not None:
            parameters = Dictionary(K=-1, Columns=image.width, Rows=image.height, BlackIs1=False)
            entries = _entries(image.size, Name.DeviceGray, 1)
            return pdf.make_stream(data, Filter=Name.CCITTFaxDecode, DecodeParms=parameters, **entries)
    if image.mode == "CMYK":
        space = _color_space(pdf, 4, profile)
        return compressed(pdf, image.tobytes(), **_entries(image.size, space, 8))
    buffer = io.BytesIO()
    _to_png_mode(image).save(buffer, "PNG", icc_profile=profile if isinstance(profile, bytes) else None)
    png = _plain_png(buffer.getvalue())
    if png is None:
        raise _not_embeddable(f"mode {image.mode}")
    return png.stream(pdf)


def _to_png_mode(image: Image.Image) -> Image.Image:
    """The image in a mode that PNG supports without transparency."""
    if image.mode in {"1", "L", "P", "RGB", "I;16"}:
        return image
    if image.mode.startswith("I;16"):
        values = np.asarray(image)
        return Image.fromarray(values.astype(np.uint16))
    if image.mode in {"I", "F"}:
        raise _not_embeddable(f"its samples have 32 bits, mode {image.mode}")
    if image.mode == "LAB":
        rgb = ImageCms.profileToProfile(
            image, ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
        return rgb if rgb is not None else image.convert("RGB")
    return image.convert("RGB")


def _transparent(pdf: pikepdf.Pdf, image: Image.Image, profile: object) -> pikepdf.Stream:
    """An image with its alpha channel as a soft mask."""
    with_alpha = image.convert("LA" if image.mode in {"LA", "La", "L"} else "RGBA")
    alpha = with_alpha.getchannel("A")
    opaque = with_alpha.convert(with_alpha.mode[:-1])
    opaque.info = {"icc_profile": profile} if profile else {}
    image_stream = _stream(pdf, opaque)
    if alpha.getextrema() != (255, 255):
        alpha.info = {}
        image_stream.stream_dict.SMask = _stream(pdf, alpha)
    return image_stream


def _encode_group4(image: Image.Image) -> bytes | None:
    """The data of a black-and-white image as CCITT Group 4; None where it is not a single strip."""
    buffer = io.BytesIO()
    try:
        # The encoder codes 0 as white, whatever the tags say.
        inverted = ImageChops.invert(image)
        inverted.info = {}
        inverted.save(buffer, "TIFF", compression="group4", strip_size=1 << 30)
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


def _color_space(pdf: pikepdf.Pdf, channels: int, profile: object) -> Any:
    """The ICC profile of the image if it fits the channels, else plain gray, RGB or CMYK."""
    device = _DEVICES[channels]
    if not isinstance(profile, bytes) or len(profile) < 128:
        return device
    if _PROFILES.get(profile[16:20].decode("latin-1")) != channels:
        return device
    return Array([Name.ICCBased, compressed(pdf, profile, N=channels, Alternate=device)])


def _upright_size(size: tuple[int, int], orientation: int) -> tuple[int, int]:
    return size[::-1] if orientation > 4 else size


def _pair(dpi: Any) -> tuple[float, float]:
    try:
        return (float(dpi[0]), float(dpi[1])) if dpi else (0.0, 0.0)
    except (TypeError, ValueError, IndexError, ZeroDivisionError):
        return 0.0, 0.0
