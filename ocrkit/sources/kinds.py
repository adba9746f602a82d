"""The kind of a file, found by its first bytes and never by its name.

File names are often wrong: a failed download is an HTML page called `scan.jpg`, some phones save JPEGs as
`.png`.
"""

from __future__ import annotations

import re
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["png", "jpeg", "gif", "bmp", "webp", "tiff", "jpeg2000", "avif", "ppm", "pdf"]

HEAD_BYTES = 4096
"""The number of bytes needed to find the kind of a file."""

SUPPORTED = "PNG, JPEG, TIFF, BMP, GIF, WebP, AVIF, JPEG 2000, PNM and PDF files"

_PDF_HEADER_WITHIN = 1024  # Acrobat allows other bytes before the header

_MAGIC: tuple[tuple[Kind, re.Pattern[bytes]], ...] = (
    ("png", re.compile(rb"\x89PNG\r\n\x1a\n")),
    ("jpeg", re.compile(rb"\xff\xd8\xff")),
    ("gif", re.compile(rb"GIF8[79]a")),
    ("bmp", re.compile(rb"BM.{12}[\x0c-\x80]\0\0\0", re.DOTALL)),
    ("webp", re.compile(rb"RIFF.{4}WEBP", re.DOTALL)),
    ("tiff", re.compile(rb"II[*+]\0|MM\0[*+]")),
    ("jpeg2000", re.compile(rb"\0\0\0\x0cjP  \r\n\x87\n|\xff\x4f\xff\x51")),
    ("avif", re.compile(rb"\0\0..ftyp(avif|avis|(mif1|msf1).{4}(.{4}){0,8}avi[fs])", re.DOTALL)),
    ("ppm", re.compile(rb"P[1-6][\s#]")),
)

_UNSUPPORTED: tuple[tuple[str, re.Pattern[bytes]], ...] = (
    ("a HEIC photo: save it as JPEG, or open it with pillow-heif and pass the image",
     re.compile(rb"\0\0..ftyp(hei|hev|mif1|msf1)", re.DOTALL)),
    ("an HTML page, probably a failed download",
     re.compile(rb"\s*(<!doctype html|<html|<head)", re.IGNORECASE)),
    ("an SVG drawing: render it to PNG or PDF first",
     re.compile(rb"\s*(<\?xml.{0,1000})?<svg", re.IGNORECASE | re.DOTALL)),
    ("an XML file", re.compile(rb"\s*<\?xml", re.IGNORECASE)),
    ("a ZIP archive or an Office document (docx, xlsx, pptx, odt, epub): unpack it, or save it as PDF",
     re.compile(rb"PK(\x03\x04|\x05\x06|\x07\x08)")),
    ("an old Office document: save it as PDF", re.compile(rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")),
    ("a PostScript file: convert it to PDF first", re.compile(rb"%!PS|\xc5\xd0\xd3\xc6")),
    ("an RTF document: save it as PDF", re.compile(rb"\{\\rtf")),
    ("a DjVu document: convert it to PDF or TIFF first", re.compile(rb"AT&TFORM")),
    ("a JPEG XL image: save it as PNG", re.compile(rb"\xff\x0a|\0\0\0\x0cJXL ")),
    ("a Photoshop file: save it as PNG or TIFF", re.compile(rb"8BPS")),
    ("an icon (ICO): save it as PNG", re.compile(rb"\0\0[\x01\x02]\0[^\0]\0")),
    ("a gzip archive: unpack it first", re.compile(rb"\x1f\x8b")),
    ("a 7-Zip archive: unpack it first", re.compile(rb"7z\xbc\xaf")),
    ("a RAR archive: unpack it first", re.compile(rb"Rar!")),
    ("a video or audio file", re.compile(rb"....ftyp|RIFF|\x1aE\xdf\xa3|ID3|OggS|fLaC", re.DOTALL)),
)  # fmt: skip

_CONTROL = re.compile(rb"[\0-\x08\x0e-\x1a\x1c-\x1f]")


def kind_of(head: bytes) -> Kind | None:
    """The kind of a file by its first `HEAD_BYTES`, or None for an unsupported kind."""
    for kind, magic in _MAGIC:
        if magic.match(head):
            return kind
    return "pdf" if b"%PDF-" in head[: _PDF_HEADER_WITHIN + 5] else None


def description_of(head: bytes) -> str:
    """A description of an unsupported file for an error message."""
    for description, magic in _UNSUPPORTED:
        if magic.match(head):
            return f"it looks like {description}"
    if not _CONTROL.search(head):
        try:
            head[: HEAD_BYTES - 4].decode()
        except UnicodeDecodeError:
            pass
        else:
            return "it looks like plain text"
    start = " ".join(f"{byte:02x}" for byte in head[:8])
    return f"it starts with the bytes {start}, which no known file type does"
