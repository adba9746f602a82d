"""The script of a text, and the languages that use each script."""

from __future__ import annotations

from collections import Counter

from ocrkit.letters import COMMON, HAN, JAPANESE, LATIN, script_of_letter

_WEIGHT = {HAN: 3, JAPANESE: 3, "Hang": 2}
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
    "Cyrl": tuple("ru uk bg sr mk be kk ky mn tg".split()),
    "Arab": tuple("ar fa ur ps ug".split()),
    "Deva": tuple("hi mr ne sa".split()),
    "Beng": ("bn", "as"),
    "Grek": ("el",), "Hebr": ("he", "yi"), "Hang": ("ko",), "Thai": ("th",), "Laoo": ("lo",),
    "Geor": ("ka",), "Armn": ("hy",), "Khmr": ("km",), "Mymr": ("my",), "Sinh": ("si",),
    "Taml": ("ta",), "Telu": ("te",), "Knda": ("kn",), "Mlym": ("ml",), "Gujr": ("gu",),
    "Guru": ("pa",), "Ethi": ("am", "ti"), HAN: ("zh", "ja"), JAPANESE: ("ja",),
}  # fmt: skip
"""Languages by script, as far as the models know them. Other languages are found only if requested."""


def script_of(text: str) -> str | None:
    """The script of most letters; None if there are no letters or no script clearly dominates.

    In text with kana, Chinese characters count as Japanese too.
    """
    weights: Counter[str] = Counter()
    for character in text:
        if (script := script_of_letter(character)) != COMMON:
            weights[script] += _WEIGHT.get(script, 1)
    if weights[JAPANESE]:
        weights[JAPANESE] += weights.pop(HAN, 0)
    if not weights:
        return None
    script, weight = weights.most_common(1)[0]
    return script if weight >= _MIN_SHARE * weights.total() else None


def han_language(text: str) -> str | None:
    """The language of Chinese characters without kana, by characters that only one language uses.

    The national character sets GB 2312, Big5 and Shift JIS list the characters of each language. None if all
    three contain the text, unless it is so long that Japanese would contain kana.
    """
    counts = Counter(
        tuple(_can_encode(character, name) for name in ("gb2312", "big5", "shift_jis"))
        for character in text
        if script_of_letter(character) == HAN
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
