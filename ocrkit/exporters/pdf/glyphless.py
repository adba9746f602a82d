"""A font of which nothing is ever seen: every character has the same empty glyph, half as wide as high.

It is made here, byte for byte the same each time, and holds no more than a font has to. Characters get their
codes in the order they first occur, and a map says which code is which: so any character of Unicode has one.
"""

from __future__ import annotations

import struct
import zlib
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name

EM = 1000
WIDTH = 500
ASCENT, DESCENT = 800, -200
"""Together one em, so that the size of the font is the height of what is written in it."""

_MOST = 0xFFFF
_LOST = "\ufffd"
_PER_BLOCK = 100  # what a section of a character map may hold
_NAME = "OcrkitGlyphless"


class Codes:
    """The codes of the characters of one document."""

    def __init__(self) -> None:
        self._codes: dict[str, int] = {_LOST: 1}

    def __len__(self) -> int:
        return len(self._codes)

    def encoded(self, text: str) -> str:
        """A text as the digits that stand for it."""
        return "".join(f"{self._code(character):04X}" for character in text)

    def _code(self, character: str) -> int:
        code = self._codes.get(character)
        if code is None:
            if len(self._codes) == _MOST:  # more different characters than a font can tell apart
                return self._codes[_LOST]
            code = self._codes[character] = len(self._codes) + 1
        return code

    def to_unicode(self) -> bytes:
        """The map from codes to characters, as PDF has it."""
        entries = [f"<{code:04X}> <{_utf16(character)}>" for character, code in self._codes.items()]
        blocks = [entries[start : start + _PER_BLOCK] for start in range(0, len(entries), _PER_BLOCK)]
        maps = "\n".join("\n".join([f"{len(block)} beginbfchar", *block, "endbfchar"]) for block in blocks)
        return _TO_UNICODE.format(maps=maps).encode()


def _utf16(character: str) -> str:
    return character.encode("utf-16-be").hex().upper()


def font(pdf: pikepdf.Pdf) -> pikepdf.Object:
    """The font as an object of a file, to be referred to while its characters are still unknown."""
    return pdf.make_indirect(Dictionary(Type=Name.Font))


def complete(pdf: pikepdf.Pdf, target: pikepdf.Object, codes: Codes) -> None:
    """Fill in what the font is like, when all text has been written in it."""
    data = font_file()
    descriptor = Dictionary(
        Type=Name.FontDescriptor,
        FontName=Name(f"/{_NAME}"),
        Flags=4,
        FontBBox=Array([0, DESCENT, WIDTH, ASCENT]),
        ItalicAngle=0,
        Ascent=ASCENT,
        Descent=DESCENT,
        CapHeight=ASCENT,
        StemV=80,
        FontFile2=compressed(pdf, data, Length1=len(data)),
    )
    descendant = Dictionary(
        Type=Name.Font,
        Subtype=Name.CIDFontType2,
        BaseFont=Name(f"/{_NAME}"),
        CIDSystemInfo=Dictionary(Registry=b"Adobe", Ordering=b"Identity", Supplement=0),
        FontDescriptor=pdf.make_indirect(descriptor),
        DW=WIDTH,
        CIDToGIDMap=compressed(pdf, b"\0\0" + b"\0\1" * len(codes)),
    )
    target.Subtype = Name.Type0
    target.BaseFont = Name(f"/{_NAME}")
    target.Encoding = Name("/Identity-H")
    target.DescendantFonts = Array([pdf.make_indirect(descendant)])
    target.ToUnicode = compressed(pdf, codes.to_unicode())


def compressed(pdf: pikepdf.Pdf, data: bytes, **entries: Any) -> pikepdf.Stream:
    """A stream of a file, deflated here: the file itself is written without touching any of its streams."""
    return pdf.make_stream(zlib.compress(data, 9), Filter=Name.FlateDecode, **entries)


def font_file() -> bytes:
    """The font as TrueType: nothing for what is missing, and one glyph.

    The glyph is a line without width from corner to corner. It covers no area, and tells those who ask how
    large a character is.
    """
    glyph = struct.pack(">5h", 1, 0, DESCENT, WIDTH, ASCENT) + struct.pack(">HH", 1, 0)
    glyph += bytes([1, 1]) + struct.pack(">4h", 0, WIDTH, DESCENT, ASCENT - DESCENT)
    tables = {
        b"glyf": glyph,
        b"head": struct.pack(
            ">IIIIHHQQ4hHHhhh",
            0x00010000, 0x00010000, 0, 0x5F0F3CF5, 0x0003, EM, 0, 0, 0, DESCENT, WIDTH, ASCENT, 0, 8, 2, 0, 0,
        ),
        b"hhea": struct.pack(
            ">IhhhHhhhhhhhhhhhH",
            0x00010000, ASCENT, DESCENT, 0, WIDTH, 0, 0, WIDTH, 1, 0, 0, 0, 0, 0, 0, 0, 1,
        ),
        b"hmtx": struct.pack(">Hhh", WIDTH, 0, 0),
        b"loca": struct.pack(">3H", 0, 0, (len(glyph) + 1) // 2),
        b"maxp": struct.pack(">I14H", 0x00010000, 2, 2, 1, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0),
    }  # fmt: skip
    whole = _assembled(tables)
    place = whole.index(b"head") + 8
    (head,) = struct.unpack_from(">I", whole, place)
    adjustment = (0xB1B0AFBA - _checksum(whole)) & 0xFFFFFFFF
    return whole[: head + 8] + struct.pack(">I", adjustment) + whole[head + 12 :]


def _assembled(tables: dict[bytes, bytes]) -> bytes:
    count = len(tables)
    power = count.bit_length() - 1
    directory = struct.pack(">IHHHH", 0x00010000, count, 16 << power, power, 16 * count - (16 << power))
    offset, body = 12 + 16 * count, b""
    for tag, data in sorted(tables.items()):
        padded = data + b"\0" * (-len(data) % 4)
        directory += struct.pack(">4sIII", tag, _checksum(padded), offset + len(body), len(data))
        body += padded
    return directory + body


def _checksum(data: bytes) -> int:
    words: tuple[int, ...] = struct.unpack(f">{len(data) // 4}I", data)
    return sum(words) & 0xFFFFFFFF


_TO_UNICODE = """\
/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def
/CMapName /Adobe-Identity-UCS def
/CMapType 2 def
1 begincodespacerange
<0000> <FFFF>
endcodespacerange
{maps}
endcmap
CMapName currentdict /CMap defineresource pop
end
end
"""
