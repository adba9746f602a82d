"""Which script a text is written in, and what that alone says of its language."""

from __future__ import annotations

import functools
import unicodedata
from collections import Counter

LATIN = "LATIN"
HAN = "CJK"
KANA = frozenset({"HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA"})
"""Scripts are called as Unicode calls their letters."""

_WEIGHT = {HAN: 3, "HANGUL": 2, **dict.fromkeys(KANA, 3)}
"""How many letters of an alphabet say what one of these says."""

_LONG = 10
"""So many characters without kana are not Japanese."""
_MOST = 0.6
"""Of the letters belong to the script of a text; with less it has none."""

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
"""What is written in them, as far as the models know it too. Rarer languages have to be asked for."""


def script_of(text: str) -> str | None:
    """The script most letters are of; None where there are none, or several share the text.

    Japanese is where there are kana among the characters; it is called `HIRAGANA`.
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
    return script if weight >= _MOST * weights.total() else None


@functools.lru_cache(maxsize=4096)
def _script(character: str) -> str:
    return unicodedata.name(character, "?").partition(" ")[0]


def han_language(text: str) -> str | None:
    """Chinese or Japanese, where there are no kana, by the characters that only one of them has.

    The old national standards are lists of what each of them needs. None where all could write it, unless it
    is so long that Japanese would have had kana.
    """
    counts = Counter(
        tuple(_is_in(character, name) for name in ("gb2312", "big5", "shift_jis"))
        for character in text
        if character.isalpha() and _script(character) == HAN
    )
    japanese = counts[False, False, True]
    chinese = counts[True, False, False] + counts[False, True, False] + counts[True, True, False]
    if japanese or not (chinese or counts.total() >= _LONG):
        return "ja" if japanese and not chinese else None
    simplified = sum(count for (gb2312, big5, _), count in counts.items() if gb2312 and not big5)
    traditional = sum(count for (gb2312, big5, _), count in counts.items() if big5 and not gb2312)
    return "zh-Hans" if simplified > traditional else "zh-Hant" if traditional > simplified else "zh"


def _is_in(character: str, standard: str) -> bool:
    try:
        character.encode(standard)
    except UnicodeEncodeError:
        return False
    return True
