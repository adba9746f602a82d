"""Files drawn for the tests of the readers; nothing is stored."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Sequence

import numpy as np
import pikepdf
from PIL import Image, ImageDraw

from ocrkit.config.settings import SourceOptions
from ocrkit.page import Page
from ocrkit.sources import SourceLike, open_source


def picture(mode: str = "RGB", size: tuple[int, int] = (120, 80)) -> Image.Image:
    """A page that looks different in every orientation: dark writing in the top left corner."""
    image = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(image)
    width, height = size
    draw.rectangle((width // 12, height // 10, width // 2, height // 4), fill=(20, 20, 20))
    draw.rectangle((width // 12, height // 3, width // 6, height // 2), fill=(150, 150, 150))
    if mode in {"RGB", "RGBA", "CMYK", "YCbCr", "P"}:
        draw.rectangle((width // 2, height // 2, width // 2 + 9, height // 2 + 9), fill=(200, 30, 60))
    return image.convert(mode)


def encoded(image: Image.Image, image_format: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, image_format, **options)
    return buffer.getvalue()


def read(source: SourceLike, **options: object) -> list[Page]:
    with open_source(source, SourceOptions.model_validate(options)) as opened:
        return [opened.page(index) for index in range(opened.page_count)]


def pixels(source: SourceLike, **options: object) -> np.ndarray:
    (page,) = read(source, **options)
    return page.pixels


def close_to(one: np.ndarray, other: np.ndarray, difference: float) -> bool:
    """Whether two images of one size differ by no more than this on average."""
    assert one.shape[:2] == other.shape[:2]
    planes = [a if a.ndim == 2 else a.mean(axis=2) for a in (one.astype(float), other.astype(float))]
    return float(np.abs(planes[0] - planes[1]).mean()) <= difference


def png_with_header(width: int, height: int, depth: int = 1, color: int = 0, data: bytes = b"") -> bytes:
    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def png16(values: np.ndarray) -> bytes:
    """A PNG with 16 bits a channel; Pillow cannot write one with colors."""
    color = {2: 4, 3: 2, 4: 6}[values.shape[2]] if values.ndim == 3 else 0
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    return png_with_header(values.shape[1], values.shape[0], 16, color, zlib.compress(rows))


def tiff_of(
    values: np.ndarray,
    *,
    photometric: int = 1,
    sample_format: int = 1,
    orientation: int = 1,
    more: Sequence[tuple[int, int, int, int]] = (),
) -> bytes:
    """An uncompressed TIFF of one strip, of any sample type."""
    samples = values.shape[2] if values.ndim == 3 else 1
    data = values.tobytes()
    entries = [
        (256, 4, values.shape[1]), (257, 4, values.shape[0]), (258, 3, values.dtype.itemsize * 8), (259, 3, 1),
        (262, 3, photometric), (273, 4, 0), (274, 3, orientation), (277, 3, samples), (278, 4, values.shape[0]),
        (279, 4, len(data)), (339, 3, sample_format),
    ]  # fmt: skip
    after = 8 + 2 + 12 * (len(entries) + len(more)) + 4
    extra = b""
    directory = struct.pack("<H", len(entries) + len(more))
    for tag, form, given in entries:
        value = after + 4 * samples if tag == 273 else given
        if tag in {258, 339} and samples > 2:
            directory += struct.pack("<HHII", tag, form, samples, after + len(extra))
            extra += struct.pack("<H", value) * samples
        else:
            directory += struct.pack("<HHII", tag, form, 1, value)
    for entry in more:
        directory += struct.pack("<HHII", *entry)
    return b"II*\0\x08\0\0\0" + directory + b"\0" * 4 + extra.ljust(4 * samples, b"\0") + data


def exif(orientation: int) -> Image.Exif:
    block = Image.Exif()
    block[0x0112] = orientation
    return block


def turned_for(image: Image.Image, orientation: int) -> Image.Image:
    """The image as a camera would store it with this orientation."""
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    return image.transpose(undo[orientation]) if orientation in undo else image


class Pdf:
    """A PDF under construction."""

    def __init__(self) -> None:
        self.file = pikepdf.new()

    def image(self, image: Image.Image, **entries: object) -> pikepdf.Stream:
        """An image object of gray, RGB, CMYK or bilevel pixels, uncompressed."""
        stream = pikepdf.Stream(self.file, image.tobytes())
        stream.Type, stream.Subtype = pikepdf.Name.XObject, pikepdf.Name.Image
        stream.Width, stream.Height = image.size
        stream.BitsPerComponent = 1 if image.mode == "1" else 8
        spaces = {"RGB": pikepdf.Name.DeviceRGB, "CMYK": pikepdf.Name.DeviceCMYK}
        stream.ColorSpace = spaces.get(image.mode, pikepdf.Name.DeviceGray)
        for key, value in entries.items():
            stream[f"/{key}"] = value
        return stream

    def page(
        self,
        content: bytes = b"",
        size: tuple[float, float] = (120, 80),
        images: Sequence[pikepdf.Stream] = (),
        **entries: object,
    ) -> pikepdf.Page:
        """A page; its images are called /I0, /I1 …, its font /F."""
        page = self.file.add_blank_page()
        page.obj.MediaBox = pikepdf.Array([0, 0, *size])
        font = pikepdf.Dictionary(
            Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica
        )
        page.Resources = pikepdf.Dictionary(
            Font=pikepdf.Dictionary(F=font),
            XObject=pikepdf.Dictionary({f"/I{number}": image for number, image in enumerate(images)}),
        )
        page.Contents = pikepdf.Stream(self.file, content)
        for key, value in entries.items():
            page.obj[f"/{key}"] = value
        return page

    def scan(
        self, image: Image.Image, after: bytes = b"", size: tuple[float, float] = (120, 80), **entries: object
    ) -> pikepdf.Page:
        """A page filled by an image, followed by more."""
        place = b"q %g 0 0 %g 0 0 cm /I0 Do Q " % size
        return self.page(place + after, size, [self.image(image)], **entries)

    def done(self, **options: object) -> bytes:
        buffer = io.BytesIO()
        self.file.save(buffer, **options)
        return buffer.getvalue()


def text_pdf(pages: int = 1) -> bytes:
    pdf = Pdf()
    for number in range(pages):
        pdf.page(b"BT /F 24 Tf 20 100 Td (Page %d) Tj ET" % (number + 1), (200, 150))
    return pdf.done()
