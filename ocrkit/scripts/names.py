"""Scripts by their ISO 15924 codes: names, languages, and the scripts of letters and languages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import NamedTuple

from ocrkit.languages import NATIVE
from ocrkit.letters import COMMON, HAN, JAPANESE, LATIN, script_of_letter


class Script(NamedTuple):
    """A script that the classifier knows.

    Attributes:
        name: its English name.
        languages: the languages that use it, most readers first.
    """

    name: str
    languages: tuple[str, ...]


NONE = COMMON
"""What the classifier names for digits, signs and drawings."""
VIETNAMESE = f"{LATIN}-VN"
"""Latin script with the letters of Vietnamese."""

SCRIPTS: dict[str, Script] = {
    LATIN: Script("Latin", ("en", "es", "pt", "fr", "de")),
    "Cyrl": Script("Cyrillic", ("ru", "uk", "bg", "sr", "kk", "be", "mk", "ky", "mn", "tg")),
    "Grek": Script("Greek", ("el", "grc")),
    "Arab": Script("Arabic", ("ar", "fa", "ur", "ps", "ug", "sd")),
    "Hebr": Script("Hebrew", ("he", "yi")),
    "Deva": Script("Devanagari", ("hi", "mr", "ne", "sa")),
    "Beng": Script("Bengali", ("bn", "as")),
    "Taml": Script("Tamil", ("ta",)),
    "Telu": Script("Telugu", ("te",)),
    "Thai": Script("Thai", ("th",)),
    "Geor": Script("Georgian", ("ka",)),
    "Armn": Script("Armenian", ("hy",)),
    "Ethi": Script("Ethiopic", ("am", "ti")),
    "Khmr": Script("Khmer", ("km",)),
    "Hang": Script("Korean", ("ko",)),
    JAPANESE: Script("Japanese", ("ja",)),
    HAN: Script("Chinese", ("zh-Hans", "zh-Hant", "ja")),
    "Gujr": Script("Gujarati", ("gu",)),
    "Guru": Script("Gurmukhi", ("pa",)),
    "Knda": Script("Kannada", ("kn",)),
    "Mlym": Script("Malayalam", ("ml",)),
    "Orya": Script("Odia", ("or",)),
    "Sinh": Script("Sinhala", ("si",)),
    "Laoo": Script("Lao", ("lo",)),
    "Mymr": Script("Burmese", ("my",)),
    "Tibt": Script("Tibetan", ("bo", "dz")),
}
"""By code. `Jpan` is text with kana, `Hani` is Chinese characters alone."""

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
    counts = Counter(code for letter in text if (code := script_of_letter(letter)) in SCRIPTS)
    if counts[JAPANESE]:
        counts[JAPANESE] += counts.pop(HAN, 0)
    return counts.most_common(1)[0][0] if counts else None


def name_of(code: str) -> str:
    """The English name of a script."""
    return SCRIPTS[code].name if code in SCRIPTS else code
