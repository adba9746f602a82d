"""Scripts by their ISO 15924 codes: names, languages, and the scripts of letters and languages."""

from __future__ import annotations

import functools
import unicodedata
from collections import Counter
from collections.abc import Collection
from typing import NamedTuple

from ocrkit.languages import NATIVE


class Script(NamedTuple):
    """A script that the classifier knows.

    Attributes:
        name: its English name.
        languages: the languages that use it, most readers first.
        letters: the first words of the Unicode names of its letters.
    """

    name: str
    languages: tuple[str, ...]
    letters: tuple[str, ...]


LATIN, HAN, JAPANESE, NONE = "Latn", "Hani", "Jpan", "Zyyy"
VIETNAMESE = f"{LATIN}-VN"
"""Latin script with the letters of Vietnamese."""

SCRIPTS: dict[str, Script] = {
    LATIN: Script("Latin", ("en", "es", "pt", "fr", "de"), ("LATIN",)),
    "Cyrl": Script("Cyrillic", ("ru", "uk", "bg", "sr", "kk", "be", "mk", "ky", "mn", "tg"), ("CYRILLIC",)),
    "Grek": Script("Greek", ("el", "grc"), ("GREEK",)),
    "Arab": Script("Arabic", ("ar", "fa", "ur", "ps", "ug", "sd"), ("ARABIC",)),
    "Hebr": Script("Hebrew", ("he", "yi"), ("HEBREW",)),
    "Deva": Script("Devanagari", ("hi", "mr", "ne", "sa"), ("DEVANAGARI",)),
    "Beng": Script("Bengali", ("bn", "as"), ("BENGALI",)),
    "Taml": Script("Tamil", ("ta",), ("TAMIL",)),
    "Telu": Script("Telugu", ("te",), ("TELUGU",)),
    "Thai": Script("Thai", ("th",), ("THAI",)),
    "Geor": Script("Georgian", ("ka",), ("GEORGIAN",)),
    "Armn": Script("Armenian", ("hy",), ("ARMENIAN",)),
    "Ethi": Script("Ethiopic", ("am", "ti"), ("ETHIOPIC",)),
    "Khmr": Script("Khmer", ("km",), ("KHMER",)),
    "Hang": Script("Korean", ("ko",), ("HANGUL",)),
    JAPANESE: Script("Japanese", ("ja",), ("HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA")),
    HAN: Script("Chinese", ("zh-Hans", "zh-Hant", "ja"), ("CJK",)),
    "Gujr": Script("Gujarati", ("gu",), ("GUJARATI",)),
    "Guru": Script("Gurmukhi", ("pa",), ("GURMUKHI",)),
    "Knda": Script("Kannada", ("kn",), ("KANNADA",)),
    "Mlym": Script("Malayalam", ("ml",), ("MALAYALAM",)),
    "Orya": Script("Odia", ("or",), ("ORIYA",)),
    "Sinh": Script("Sinhala", ("si",), ("SINHALA",)),
    "Laoo": Script("Lao", ("lo",), ("LAO",)),
    "Mymr": Script("Burmese", ("my",), ("MYANMAR",)),
    "Tibt": Script("Tibetan", ("bo", "dz"), ("TIBETAN",)),
}
"""By code. `Jpan` is text with kana, `Hani` is Chinese characters alone."""

_BY_LETTER = {word: code for code, script in SCRIPTS.items() for word in script.letters}
_BY_LANGUAGE = {tag.partition("-")[0]: code for code, script in SCRIPTS.items() for tag in script.languages}
_BY_LANGUAGE |= {
    "zh": HAN,
    "ja": JAPANESE,
    "tt": "Cyrl",
    "chr": "Cher",
    "dv": "Thaa",
    "iu": "Cans",
    "syr": "Syrc",
}
_OF_TAG = {"Hans": HAN, "Hant": HAN, "Kore": "Hang", "Latf": LATIN, "Geok": "Geor"}
_IMPLIED = {JAPANESE: frozenset({HAN, LATIN}), HAN: frozenset({LATIN})}
"""Scripts that a reader of another script reads too."""


def script_of_language(tag: str) -> str | None:
    """The script of a language: `el` → `Grek`, `sr-Latn` → `Latn`. None for `native:` names."""
    if tag.startswith(NATIVE):
        return None
    first, *rest = tag.split("-")
    named = next((part for part in rest if len(part) == 4 and part.isalpha()), None)
    if named:
        return _OF_TAG.get(named, named)
    return _BY_LANGUAGE.get(first, LATIN)


def languages_of(script: str) -> tuple[str, ...]:
    """The languages that use a script, most readers first; empty for a script that is not listed."""
    if script == VIETNAMESE:
        return ("vi",)
    return SCRIPTS[script].languages if script in SCRIPTS else ()


def scripts_of_languages(tags: Collection[str]) -> frozenset[str]:
    """The scripts that a reader of these languages reads."""
    scripts = {script for tag in tags if (script := script_of_language(tag))}
    if any(tag.partition("-")[0] == "vi" for tag in tags):
        scripts.add(VIETNAMESE)
    return frozenset(scripts.union(*(_IMPLIED.get(script, ()) for script in scripts)))


def script_of_text(text: str) -> str | None:
    """The script of most letters of a text; None without letters, or for scripts that are not listed."""
    counts = Counter(code for letter in text if letter.isalpha() and (code := _of_letter(letter)))
    if counts[JAPANESE]:
        counts[JAPANESE] += counts.pop(HAN, 0)
    return counts.most_common(1)[0][0] if counts else None


@functools.lru_cache(maxsize=8192)
def _of_letter(letter: str) -> str | None:
    return _BY_LETTER.get(unicodedata.name(letter, "?").partition(" ")[0])


def name_of(code: str) -> str:
    """The English name of a script."""
    return SCRIPTS[code].name if code in SCRIPTS else code
