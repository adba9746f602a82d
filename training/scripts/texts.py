"""Words of each script: names of the Unicode CLDR (through Babel), and common words (wordfreq)."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterable, Sequence

import numpy as np
import wordfreq
from babel import Locale

LOCALES = {
    "Latn": "en de fr es it pt nl sv da nb fi pl cs sk hu ro hr sl lt lv et is tr id ca sq eu ga cy mt af sw az uz_Latn",
    "Viet": "vi",
    "Grek": "el",
    "Cyrl": "ru uk bg sr mk be kk ky mn tg",
    "Arab": "ar fa ur ps ug",
    "Hebr": "he yi",
    "Deva": "hi mr ne",
    "Beng": "bn as",
    "Taml": "ta",
    "Telu": "te",
    "Thai": "th",
    "Geor": "ka",
    "Armn": "hy",
    "Ethi": "am ti",
    "Khmr": "km",
    "Hang": "ko",
    "Jpan": "ja",
    "Hani": "zh zh_Hant",
    "Gujr": "gu",
    "Guru": "pa",
    "Knda": "kn",
    "Mlym": "ml",
    "Orya": "or",
    "Sinh": "si",
    "Laoo": "lo",
    "Mymr": "my",
    "Tibt": "dz bo",
}
"""The locales of each class; `Viet` is Latin script with the marks of Vietnamese."""
NONE = "Zyyy"
"""The class of digits, signs and drawings."""
CLASSES = (*LOCALES, NONE)

_UNICODE = {
    "Latn": "LATIN", "Viet": "LATIN", "Grek": "GREEK", "Cyrl": "CYRILLIC", "Arab": "ARABIC", "Hebr": "HEBREW",
    "Deva": "DEVANAGARI", "Beng": "BENGALI", "Taml": "TAMIL", "Telu": "TELUGU", "Thai": "THAI", "Geor": "GEORGIAN",
    "Armn": "ARMENIAN", "Ethi": "ETHIOPIC", "Khmr": "KHMER", "Hang": "HANGUL", "Jpan": "HIRAGANA KATAKANA CJK",
    "Hani": "CJK", "Gujr": "GUJARATI", "Guru": "GURMUKHI", "Knda": "KANNADA", "Mlym": "MALAYALAM", "Orya": "ORIYA",
    "Sinh": "SINHALA", "Laoo": "LAO", "Mymr": "MYANMAR", "Tibt": "TIBETAN",
}  # fmt: skip
_UNSPACED = frozenset({"Hani", "Jpan", "Thai", "Khmr", "Laoo", "Mymr", "Tibt"})
_CASED = frozenset({"Latn", "Viet", "Grek", "Cyrl", "Armn"})
_SPACED_OUT = 0.03
_VIETNAMESE_MARK = re.compile("[ơưđ]|[ăâêôơư][\u0300\u0301\u0303\u0309\u0323]|[\u0309\u0323]")


class Texts:
    """Random lines of text of each class."""

    def sample(self, script: str) -> str:
        """The letters that a font must have for a class: those of its words that are not rare."""
        counts: dict[str, int] = {}
        for word in _words(script)[:4000]:
            for letter in set(word):
                counts[letter] = counts.get(letter, 0) + 1
        least = 2 if script in {"Hani", "Jpan", "Hang"} else 15
        return "".join(letter for letter, count in counts.items() if count >= least and letter.isalpha())

    def line(self, script: str, random: np.random.Generator) -> str:
        """One line: words of the class, with digits, signs and, rarely, a foreign word between them."""
        if script == NONE:
            return _signs(random)
        words = _words(script)
        count = int(random.integers(1, 8))
        chosen = [str(words[int(len(words) * random.random() ** 1.5)]) for _ in range(count)]
        if script == "Viet":
            while not any(_VIETNAMESE_MARK.search(unicodedata.normalize("NFD", word)) for word in chosen):
                chosen[0] = str(words[random.integers(len(words))])
        if script == "Jpan" and not any("\u3040" <= letter <= "\u30ff" for word in chosen for letter in word):
            chosen.append(str(random.choice(["です", "の", "する", "これは", "カメラ", "ください", "から"])))
        if script in _CASED:
            chosen = _cased(chosen, random)
        if random.random() < 0.25:
            chosen.insert(int(random.integers(len(chosen) + 1)), _number(random))
        if count > 3 and random.random() < 0.1 and script != "Latn":
            chosen.insert(
                int(random.integers(len(chosen) + 1)),
                _words("Latn")[int(random.integers(len(_words("Latn"))))],
            )
        between = "" if script in _UNSPACED and random.random() < 0.75 else " "
        text = between.join(chosen)
        if random.random() < 0.3:
            text += str(random.choice(list(".,:;!?-)")))
        return " ".join(text) if script in _CASED and random.random() < _SPACED_OUT else text


@functools.cache
def _words(script: str) -> list[str]:
    names = _UNICODE[script].split()
    found: dict[str, None] = {}
    for tag in LOCALES[script].split():
        language = tag.partition("_")[0]
        if language in {*wordfreq.available_languages("small")}:
            wordlist = "large" if script in {"Hani", "Jpan"} else "small"
            found |= dict.fromkeys(wordfreq.top_n_list(language, 6000, wordlist))
        if language == "sr":
            continue
        found |= dict.fromkeys(token for name in _names(Locale.parse(tag)) for token in name.split())
    return [word for word in found if _is_of(word, names)]


def _names(locale: Locale) -> Iterable[str]:
    for table in (locale.territories, locale.languages, locale.scripts, locale.currencies):
        yield from table.values()
    for width in ("wide", "abbreviated"):
        yield from locale.months["format"][width].values()
        yield from locale.days["format"][width].values()
    for zone in locale.time_zones.values():
        if isinstance(zone.get("city"), str):
            yield zone["city"]


def _is_of(word: str, names: Sequence[str]) -> bool:
    letters = [letter for letter in word if letter.isalpha()]
    return bool(letters) and all(
        unicodedata.name(letter, "?").split()[0].partition("-")[0] in names for letter in letters
    )


def _cased(words: list[str], random: np.random.Generator) -> list[str]:
    way = random.random()
    if way < 0.15:
        return [word.upper() for word in words]
    if way < 0.3:
        return [word.capitalize() for word in words]
    return [words[0].capitalize(), *words[1:]] if way < 0.6 else words


def _number(random: np.random.Generator) -> str:
    value = int(10 ** random.uniform(0, 5))
    return str(
        random.choice(
            [f"{value}", f"{value:,}", f"{value / 100:.2f}", f"({value})", f"{value}%", f"1.{value}"]
        )
    )


def _signs(random: np.random.Generator) -> str:
    if random.random() < 0.4:
        return " ".join(_number(random) for _ in range(random.integers(1, 7)))
    signs = list("0123456789 .,:;-–/()[]+=%&*#€$£<>|_•·°")
    return "".join(random.choice(signs, int(random.integers(3, 25))))
