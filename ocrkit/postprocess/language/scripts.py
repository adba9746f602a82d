"""The script of a text, and the languages that use each script."""

from __future__ import annotations

import functools
import unicodedata
from collections import Counter

LATIN = "LATIN"
HAN = "CJK"
KANA = frozenset({"HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA"})
"""Scripts are named by the first word of their letters' Unicode names."""

_WEIGHT = {HAN: 3, "HANGUL": 2, **dict.fromkeys(KANA, 3)}
"""How many letters of an alphabet carry as much text as one character of these scripts."""

_KANA_EXPECTED_FROM = 10
"""Japanese text of this many characters contains kana."""
_MIN_SHARE = 0.6
"""Share of the letters that must belong to the script of a text."""

LANGUAGES: dict[str, tuple[str, ...]] = {
    LATIN: tuple(
        "en fr de es it pt sv nl pl da cs sk fi no nb nn hu ro tr ca hr sl et lv lt id ms vi sq is ga cy eu "
        "gl af la bs az sw mt".split()
    ),
    "CYRILLIC": tuple("ru uk bg sr mk be kk ky mn tg".split()),
    "ARABIC": tuple("ar fa ur ps ug".split()),
    "DEVANAGARI": tuple("hi mr ne sa".split()),
    "BENGALI": ("bn", "as"),
    "GREEK": ("el",), "HEBREW": ("he", "yi"), "HANGUL": ("ko",), "THAI": ("th",), "LAO": ("lo",),
    "GEORGIAN": ("ka",), "ARMENIAN": ("hy",), "KHMER": ("km",), "MYANMAR": ("my",), "SINHALA": ("si",),
    "TAMIL": ("ta",), "TELUGU": ("te",), "KANNADA": ("kn",), "MALAYALAM": ("ml",), "GUJARATI": ("gu",),
    "GURMUKHI": ("pa",), "ETHIOPIC": ("am", "ti"), HAN: ("zh", "ja"), **dict.fromkeys(KANA, ("ja",)),
}  # fmt: skip
"""Languages by script, as far as the models know them. Other languages are found only if requested."""


def script_of(text: str) -> str | None:
    """The script of most letters; None if there are no letters or no script clearly dominates.

    In text with kana, Chinese characters count as Japanese too; the script is then `HIRAGANA`.
    """
    weights: Counter[str] = Counter()
    for character in text:
        if character.isalpha():
            script = _script(character)
            weights[script] += _WEIGHT.get(script, 1)
    japanese = sum(weights[script] for script in KANA)
    if japanese:
        weights["HIRAGANA"] = japanese + weights.pop(HAN, 0)
        for script in KANA - {"HIRAGANA"}:
            weights.pop(script, None)
    if not weights:
        return None
    script, weight = weights.most_common(1)[0]
    return script if weight >= _MIN_SHARE * weights.total() else None


@functools.lru_cache(maxsize=4096)
def _script(character: str) -> str:
    return unicodedata.name(character, "?").partition(" ")[0]


def han_language(text: str) -> str | None:
    """The language of Chinese characters without kana, by characters that only one language uses.

    The national character sets GB 2312, Big5 and Shift JIS list the characters of each language. None if all
    three contain the text, unless it is so long that Japanese would contain kana.
    """
    counts = Counter(
        tuple(_can_encode(character, name) for name in ("gb2312", "big5", "shift_jis"))
        for character in text
        if character.isalpha() and _script(character) == HAN
    )
    japanese = counts[False, False, True]
    chinese = counts[True, False, False] + counts[False, True, False] + counts[True, True, False]
    if japanese or not (chinese or counts.total() >= _KANA_EXPECTED_FROM):
        return "ja" if japanese and not chinese else None
    simplified = sum(count for (gb2312, big5, _), count in counts.items() if gb2312 and not big5)
    traditional = sum(count for (gb2312, big5, _), count in counts.items() if big5 and not gb2312)
    return "zh-Hans" if simplified > traditional else "zh-Hant" if traditional > simplified else "zh"


def _can_encode(character: str, encoding: str) -> bool:
    try:
        character.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True
