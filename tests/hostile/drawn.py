"""Hostile files, drawn: nothing is stored."""

from __future__ import annotations

import io
import random
import struct
import zlib

import bombs
import pikepdf
from made_files import Pdf, encoded, picture, png_with_header, text_pdf
from PIL import Image

SLOW = frozenset({"forms", "wide forms", "tiles", "program", "mesh", "marked content", "states", "dashes"})
"""Bombs that are ended only at a limit of time or memory."""
_KINDS = (
    ("jpg", "JPEG", {}), ("png", "PNG", {}), ("gif", "GIF", {}), ("webp", "WEBP", {}), ("bmp", "BMP", {}),
    ("tif", "TIFF", {"compression": "tiff_lzw"}), ("jp2", "JPEG2000", {}), ("avif", "AVIF", {}), ("ppm", "PPM", {}),
)  # fmt: skip


def hostile_files() -> dict[str, bytes]:
    """All files by name."""
    files = {**_damaged(), **_claims(), **_pdfs()}
    for name, (data, _) in bombs.bombs().items():
        files[f"bomb-{name}.pdf"] = data
    return files


def is_slow(name: str) -> bool:
    return name.removeprefix("bomb-").removesuffix(".pdf") in SLOW


def _damaged() -> dict[str, bytes]:
    """Good files, cut off, with flipped bits, zeroed, shuffled, repeated and with the start of another kind."""
    image = Image.effect_noise((160, 120), 60).convert("RGB")
    good = {name: encoded(image, kind, **options) for name, kind, options in _KINDS}
    good["pdf"] = text_pdf(2)
    good["apng"] = encoded(image, "PNG", save_all=True, append_images=[image.rotate(90), image.rotate(180)])
    files = {}
    for name, data in good.items():
        middle = len(data) // 2
        files |= {
            f"magic.{name}": data[:8],
            f"header.{name}": data[:64],
            f"cut-half.{name}": data[:middle],
            f"cut-end.{name}": data[:-9],
            f"zeroed.{name}": data[: middle - 20] + bytes(40) + data[middle + 20 :],
            f"filled.{name}": data[:40] + b"\xff" * 60 + data[100:],
            f"twice.{name}": data + data,
            f"missing-middle.{name}": data[: middle - 30] + data[middle + 30 :],
            f"foreign-start.{name}": good["png"][:33] + data[33:],
        }
        for seed in range(6):
            files[f"flipped-{seed}.{name}"] = _flipped(data, seed)
    return files


def _flipped(data: bytes, seed: int) -> bytes:
    chance, damaged = random.Random(seed), bytearray(data)
    for _ in range(3 + 5 * seed):
        damaged[chance.randrange(8, len(data))] ^= 1 << chance.randrange(8)
    return bytes(damaged)


def _claims() -> dict[str, bytes]:
    """Images that state sizes which they do not have."""
    files = {
        f"claim-{width}x{height}-{depth}-{color}.png": png_with_header(width, height, depth, color, zlib.compress(bytes(999)))
        for width, height in ((60_000, 60_000), (2**31 - 1, 1), (14_000, 14_000), (1, 2**31 - 1), (0, 9))
        for depth, color in ((1, 0), (8, 6), (16, 6), (16, 4))
    }  # fmt: skip
    for width, height in ((65_500, 65_500), (65_500, 1), (14_000, 14_000)):
        files[f"claim-{width}x{height}.jpg"] = bombs.jpeg(width, height)
        files[f"claim-{width}x{height}.jp2"] = bombs.jpeg2000(width, height)
        files[f"claim-{width}x{height}.gif"] = (
            b"GIF89a" + struct.pack("<HH", width, height) + b"\0\0\0,\0\0\0\0"
            + struct.pack("<HH", width, height) + b"\0\x02\x02\x44\x01\0;"
        )  # fmt: skip
        files[f"claim-{width}x{height}.ppm"] = b"P6 %d %d 255\n" % (width, height)
        files[f"claim-{width}x{height}.bmp"] = (
            b"BM" + struct.pack("<IHHIIiiHHIIIIII", 60, 0, 0, 54, 40, width, height, 1, 24, 0, 0, 0, 0, 0, 0)
        )  # fmt: skip
    loop = struct.pack("<HHII", 0x0100, 4, 1, 60_000) + struct.pack("<HHII", 0x0101, 4, 1, 60_000)
    files["loop.tif"] = b"II*\0\x08\0\0\0\x02\0" + loop + b"\x08\0\0\0"
    files["bilevel-bomb.png"] = png_with_header(30_000, 30_000, 1, 0, zlib.compress(bytes(3751 * 3000)))
    return files


def _pdfs() -> dict[str, bytes]:
    """Odd and damaged PDFs."""
    whole = _scan_pdf()
    files = {f"scan-{seed}.pdf": _flipped(whole, seed) for seed in range(12)}
    files |= {f"scan-cut-{share}.pdf": whole[: len(whole) * share // 10] for share in range(1, 10)}
    files["page-loop.pdf"] = bombs.page(b"").replace(b"/Kids[3 0 R]", b"/Kids[2 0 R]")
    files["many-kids.pdf"] = bombs.page(b"", pages=1).replace(b"/Count 1", b"/Count 999999999")
    files["no-size.pdf"] = bombs.page(b"").replace(b"[0 0 612 792]", b"[0 0 0 0]")
    files["huge-page.pdf"] = bombs.page(b"").replace(b"[0 0 612 792]", b"[0 0 1e9 1e9]")
    files["nan-page.pdf"] = bombs.page(b"").replace(b"[0 0 612 792]", b"[0 nan inf 792]")
    files["deep-array.pdf"] = bombs.page(b"[" * 100_000 + b"]" * 100_000)
    files["deep-dictionary.pdf"] = bombs.page(b"", b"/A<<" * 5000 + b">>" * 5000)
    files["own-form.pdf"] = bombs.page(b"/F Do", b"/XObject<</F 5 0 R>>", bombs.stream(b"/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</F 5 0 R>>>>", b"/F Do"))  # fmt: skip
    for name, (data, _) in bombs.bombs().items():
        if name not in SLOW:
            files[f"cut-bomb-{name}.pdf"] = data[: len(data) * 2 // 3]
    return files


def _scan_pdf() -> bytes:
    pdf = Pdf()
    pdf.scan(picture("RGB"), b"BT /F 9 Tf 3 Tr (hidden text) Tj ET")
    pdf.page(b"BT /F 24 Tf 20 30 Td (Page) Tj ET")
    buffer = io.BytesIO()
    pdf.file.save(buffer, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return buffer.getvalue()
