"""PDFs that claim much, or do much, in few bytes. Written by hand, as their authors would."""

from __future__ import annotations

import io
import struct

from PIL import Image

_FULL = b"q 612 0 0 792 0 0 cm /I Do Q"


def file_of(objects: list[bytes]) -> bytes:
    """A PDF of these objects, numbered from 1; the first is the catalog."""
    out, offsets = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n" % number + body + b"\nendobj\n"
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size = len(objects) + 1
    return (
        out + b"xref\n0 %d\n0000000000 65535 f \n" % size + table
        + b"trailer <</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (size, len(out))
    )  # fmt: skip


def stream(entries: bytes, data: bytes) -> bytes:
    return b"<<" + entries + b"/Length %d>>\nstream\n" % len(data) + data + b"\nendstream"


def page(content: bytes, resources: bytes = b"", *more: bytes, pages: int = 1, entries: bytes = b"") -> bytes:
    """A file of equal pages. Objects 5 and up are `more`."""
    count = max(1, pages)
    kids = b" ".join([b"3 0 R"] * count)
    return file_of([
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[" + kids + b"]/Count %d>>" % count,
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<<" + resources + b">>"
        + entries + b">>",
        stream(b"", content),
        *more,
    ])  # fmt: skip


def forms(levels: int, times: int) -> bytes:
    """Forms that draw the next form several times."""
    objects = []
    for level in range(levels):
        following = b"/Resources<</XObject<</F %d 0 R>>>>" % (6 + level) if level < levels - 1 else b""
        body = b"/F Do " * times if level < levels - 1 else b"0 0 1 1 re f"
        objects.append(stream(b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]" + following, body))
    return page(b"/F Do " * times, b"/XObject<</F 5 0 R>>", *objects)


def jpeg2000(width: int, height: int, components: int = 3) -> bytes:
    """A codestream that states this size and holds almost nothing."""
    body = struct.pack(">HIIIIIIIIH", 0, width, height, 0, 0, width, height, 0, 0, components)
    body += b"\x07\1\1" * components
    return (
        b"\xff\x4f\xff\x51" + struct.pack(">H", len(body) + 2) + body
        + b"\xff\x52\0\x0c\0\0\0\1\1\5\4\4\0\1" + b"\xff\x5c\0\x13\x40" + b"\x48" * 16
        + b"\xff\x90\0\x0a\0\0\0\0\0\0\0\1" + b"\xff\x93" + bytes(64) + b"\xff\xd9"
    )  # fmt: skip


def jpeg(width: int, height: int) -> bytes:
    """A JPEG of 8 × 8 pixels that states this size."""
    buffer = io.BytesIO()
    Image.new("L", (8, 8)).save(buffer, "JPEG")
    data = bytearray(buffer.getvalue())
    place = data.find(b"\xff\xc0")
    data[place + 5 : place + 9] = struct.pack(">HH", height, width)
    return bytes(data)


def jbig2(width: int, height: int, regions: int = 1) -> bytes:
    """Embedded JBIG2 of this size, with empty regions that cover the page."""

    def segment(number: int, kind: int, body: bytes) -> bytes:
        return struct.pack(">IBBBI", number, kind, 0, 1, len(body)) + body

    data = segment(0, 48, struct.pack(">IIIIBH", width, height, 0, 0, 0, 0))
    for number in range(regions):
        body = struct.pack(">IIIIB", width, height, 0, 0, 0) + b"\x08\x03\xff\xfd\xff\x02\xfe\xfe\xfe\xff\xac"
        data += segment(number + 1, 38, body)
    return data


def image(
    name: bytes, data: bytes, width: int, height: int, entries: bytes = b"", space: bytes = b"/DeviceGray"
) -> bytes:
    """An image object that is compressed in this way and states this size."""
    return stream(
        b"/Type/XObject/Subtype/Image/Width %d/Height %d/BitsPerComponent %d/ColorSpace%s/Filter/%s"
        % (width, height, 1 if name == b"JBIG2Decode" else 8, space, name)
        + entries,
        data,
    )


def with_image(*objects: bytes) -> bytes:
    """A page filled by an image: the first of the objects."""
    return page(_FULL, b"/XObject<</I 5 0 R>>", *objects)


def bombs() -> dict[str, tuple[bytes, str]]:
    """Files by name, each with the hazard that is found in it."""
    shading = b"/Shading<</S 5 0 R>>"
    tile = stream(
        b"/Type/Pattern/PatternType 1/PaintType 1/TilingType 1/BBox[0 0 1 1]/XStep .001/YStep .001/Resources<<>>",
        b"1 0 0 rg 0 0 .0005 .0005 re f",
    )
    program = b"{ pop " + b"dup sin cos sqrt " * 20_000 + b" dup dup }"
    function = stream(b"/FunctionType 4/Domain[0 612 0 792]/Range[0 1 0 1 0 1]", program)
    triangles = bytes([0, 0, 0, 0, 0, 255, 255, 9, 0, 0, 255, 99]) * 50_000
    mask = image(b"JPXDecode", jpeg2000(40_000, 40_000, 1), 100, 100)
    return {
        "forms": (forms(10, 10), "many nested drawings"),
        "wide forms": (forms(5, 30), "many nested drawings"),
        "jpeg 2000": (with_image(image(b"JPXDecode", jpeg2000(40_000, 40_000), 100, 100)), "too large"),
        "soft mask": (with_image(image(b"DCTDecode", jpeg(8, 8), 8, 8, b"/SMask 6 0 R"), mask), "too large"),
        "jpeg": (with_image(image(b"DCTDecode", jpeg(65_500, 65_500), 8, 8)), "too large"),
        "jbig2": (with_image(image(b"JBIG2Decode", jbig2(60_000, 60_000), 100, 100)), "too large"),
        "jbig2 regions": (with_image(image(b"JBIG2Decode", jbig2(9000, 9000, 400), 9000, 9000)), "too large"),
        "marked content": (page(b"/A BMC " * 300_000 + b"0 0 1 1 re f"), "deeply nested"),
        "states": (page(b"q " * 500_000 + b"0 0 1 1 re f"), "deeply nested"),
        "tiles": (page(b"/Pattern cs /P scn 0 0 612 792 re f", b"/Pattern<</P 5 0 R>>", tile), "tiling"),
        "dashes": (page(b"[0.0001] 0 d 1 w 0 0 m 600 700 l S " * 200), "dashed"),
        "program": (
            page(b"/S sh", shading, b"<</ShadingType 1/ColorSpace/DeviceRGB/Domain[0 612 0 792]/Function 6 0 R>>", function),
            "programmed functions",
        ),
        "mesh": (
            page(b"/S sh", shading, stream(
                b"/ShadingType 4/ColorSpace/DeviceGray/BitsPerCoordinate 8/BitsPerComponent 8/BitsPerFlag 8"
                b"/Decode[0 612 0 792 0 1]", triangles)),
            "mesh",
        ),
        "inline image": (
            page(b"q 612 0 0 792 0 0 cm BI /W 60000 /H 60000 /BPC 8 /CS /RGB ID " + bytes(100) + b" EI Q"),
            "inline image",
        ),
        "hidden name": (page(b"/S sh", shading, b"<</Shading#54ype 1/ColorSpace/DeviceRGB>>"), "hidden name"),
        "inflated twice": (page(b"", b"", stream(b"/Filter[/FlateDecode/FlateDecode]", b"x")), "compression"),
        "damaged stream": (page(b"", b"", stream(b"/Filter/FlateDecode", b"no zlib")), "damaged"),
        "many images": (
            page(b"/I Do " * 1900, b"/XObject<</I 5 0 R>>", image(b"DCTDecode", jpeg(14_000, 14_000), 14_000, 14_000)),
            "repeated",
        ),
        "larger than stated": (with_image(image(b"DCTDecode", jpeg(9000, 9000), 8, 8)), "larger than stated"),
        "annotation": (page(b"", entries=b"/Annots[<</Subtype/Stamp/AP<</N 4 0 R>>>>]"), "annotations"),
        "encrypted": (page(b"").replace(b"/Root", b"/Encrypt 9 0 R/Root"), "encryption"),
        "indirect width": (with_image(image(b"DCTDecode", jpeg(8, 8), 8, 8).replace(b"/Width 8", b"/Width 7 0 R")), "unusual"),
    }  # fmt: skip
