"""The invisible font of the text layer: all characters share one empty glyph, half as wide as it is high.

The font is generated, so that it is minimal and the same in every file. Characters get their codes in the
order of their first use, and a map from codes to characters supports all of Unicode.
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
"""Together they are one em, so that the font size is the height of the text."""

_MAX_CODES = 0xFFFF
_REPLACEMENT = "\ufffd"
_BLOCK_SIZE = 100  # the most entries that PDF allows in a block of a character map
_FONT_NAME = "OcrkitGlyphless"


class CharacterCodes:
    """The codes of the characters in one document."""

    def __init__(self) -> None:
        self._codes: dict[str, int] = {_REPLACEMENT: 1}

    def __len__(self) -> int:
        return len(self._codes)

    def encode(self, text: str) -> str:
        """The codes of a text as hexadecimal digits."""
        return "".join(f"{self._code(character):04X}" for character in text)

    def _code(self, character: str) -> int:
        code = self._codes.get(character)
        if code is None:
            if len(self._codes) == _MAX_CODES:
                return self._codes[_REPLACEMENT]
            code = self._codes[character] = len(self._codes) + 1
        return code

    def to_unicode(self) -> bytes:
        """The map from codes to characters, in the notation of PDF."""
        entries = [f"<{code:04X}> <{_utf16(character)}>" for character, code in self._codes.items()]
        blocks = [entries[start : start + _BLOCK_SIZE] for start in range(0, len(entries), _BLOCK_SIZE)]
        maps = "\n".join("\n".join([f"{len(block)} beginbfchar", *block, "endbfchar"]) for block in blocks)
        return _TO_UNICODE.format(maps=maps).encode()


def _utf16(character: str) -> str:
    return character.encode("utf-16-be").hex().upper()


def new_font(pdf: pikepdf.Pdf) -> pikepdf.Object:
    """A font object that pages can refer to. `complete_font` fills it when all its characters are known."""
    return pdf.make_indirect(Dictionary(Type=Name.Font))


def complete_font(pdf: pikepdf.Pdf, font: pikepdf.Object, codes: CharacterCodes) -> None:
    """Add the font file and the character map to a font object."""
    data = font_file()
    descriptor = Dictionary(
        Type=Name.FontDescriptor,
        FontName=Name(f"/{_FONT_NAME}"),
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
        BaseFont=Name(f"/{_FONT_NAME}"),
        CIDSystemInfo=Dictionary(Registry=b"Adobe", Ordering=b"Identity", Supplement=0),
        FontDescriptor=pdf.make_indirect(descriptor),
        DW=WIDTH,
        CIDToGIDMap=compressed(pdf, b"\0\0" + b"\0\1" * len(codes)),
    )
    font.Subtype = Name.Type0
    font.BaseFont = Name(f"/{_FONT_NAME}")
    font.Encoding = Name("/Identity-H")
    font.DescendantFonts = Array([pdf.make_indirect(descendant)])
    font.ToUnicode = compressed(pdf, codes.to_unicode())


def compressed(pdf: pikepdf.Pdf, data: bytes, **entries: Any) -> pikepdf.Stream:
    """A compressed stream. It is compressed here because the file is saved without recompressing streams."""
    return pdf.make_stream(zlib.compress(data, 9), Filter=Name.FlateDecode, **entries)


def font_file() -> bytes:
    """The font as TrueType: an empty glyph for missing characters, and one glyph for all others.

    The glyph is a line without width from corner to corner. It is invisible, but gives characters a bounding
    box, which programs use for selections.
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
    data = _assemble(tables)
    (head,) = struct.unpack_from(">I", data, data.index(b"head") + 8)
    adjustment = (0xB1B0AFBA - _checksum(data)) & 0xFFFFFFFF
    return data[: head + 8] + struct.pack(">I", adjustment) + data[head + 12 :]


def _assemble(tables: dict[bytes, bytes]) -> bytes:
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
