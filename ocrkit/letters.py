"""The script of a letter, as its ISO 15924 code: `a` → `Latn`, `я` → `Cyrl`, `かな` → `Jpan`, `漢` → `Hani`.

The first word of a letter's Unicode name tells its script.
"""

from __future__ import annotations

import functools
import unicodedata

LATIN, HAN, JAPANESE = "Latn", "Hani", "Jpan"
COMMON = "Zyyy"
"""Digits, signs and marks, which belong to no script."""
UNKNOWN = "Zzzz"
"""Letters of a script that has no code here."""

_CODES = {
    "LATIN": LATIN, "CYRILLIC": "Cyrl", "GREEK": "Grek", "ARMENIAN": "Armn", "GEORGIAN": "Geor",
    "COPTIC": "Copt", "ARABIC": "Arab", "HEBREW": "Hebr", "SYRIAC": "Syrc", "THAANA": "Thaa",
    "ETHIOPIC": "Ethi", "TIFINAGH": "Tfng", "NKO": "Nkoo", "DEVANAGARI": "Deva", "BENGALI": "Beng",
    "GURMUKHI": "Guru", "GUJARATI": "Gujr", "ORIYA": "Orya", "TAMIL": "Taml", "TELUGU": "Telu",
    "KANNADA": "Knda", "MALAYALAM": "Mlym", "SINHALA": "Sinh", "THAI": "Thai", "LAO": "Laoo",
    "TIBETAN": "Tibt", "MYANMAR": "Mymr", "KHMER": "Khmr", "MONGOLIAN": "Mong", "CHEROKEE": "Cher",
    "CANADIAN": "Cans", "HANGUL": "Hang", "CJK": HAN, "IDEOGRAPHIC": HAN, "HIRAGANA": JAPANESE,
    "KATAKANA": JAPANESE, "KATAKANA-HIRAGANA": JAPANESE, "HENTAIGANA": JAPANESE, "BOPOMOFO": "Bopo",
    "YI": "Yiii", "RUNIC": "Runr", "GLAGOLITIC": "Glag",
    **dict.fromkeys(("MICRO", "FEMININE", "MASCULINE", "MODIFIER", "MATHEMATICAL", "DOUBLE-STRUCK"), COMMON),
}  # fmt: skip
"""By the first word of the Unicode names of its letters."""
_WIDTHS = ("FULLWIDTH", "HALFWIDTH")


@functools.lru_cache(maxsize=8192)
def script_of_letter(character: str) -> str:
    """The code of a character's script; `COMMON` without one, `UNKNOWN` for a script without a code."""
    if not character.isalpha():
        return COMMON
    if character.isascii():
        return LATIN
    words = unicodedata.name(character, "?").split()
    first = words[1] if words[0] in _WIDTHS else words[0]
    return _CODES.get(first, UNKNOWN)
