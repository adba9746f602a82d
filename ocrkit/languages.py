"""Language tags: BCP-47 (`en`, `zh-Hans`, `pt-BR`) in canonical spelling, and how offers match requests.

`native:NAME` passes NAME to the backend unchanged and unchecked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from ocrkit.errors import ConfigError

NATIVE = "native:"

_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")
_SCRIPT_OF_REGION = {
    "CN": "Hans", "SG": "Hans", "MY": "Hans", "TW": "Hant", "HK": "Hant", "MO": "Hant",
}  # fmt: skip


def canonical_language(tag: str) -> str:
    """A tag in canonical spelling (`ZH-hans` → `zh-Hans`). Raises `ConfigError` for an invalid tag.

    Chinese gets the script of its region (`zh-TW` → `zh-Hant`) or, without a region, the simplified script,
    because the script decides how it is read.
    """
    if tag.startswith(NATIVE):
        return tag
    text = tag.strip().replace("_", "-")
    suggestion = _NAMES.get(text.lower())
    if suggestion is not None or not _TAG.fullmatch(text):
        raise ConfigError(_unknown(tag, suggestion))
    first, *rest = text.split("-")
    if len(first) == 3 and not rest and first.lower() in _THREE_LETTERS:
        first = _THREE_LETTERS[first.lower()]
    parts = [first.lower()]
    for part in rest:
        if len(part) == 4 and part.isalpha():
            parts.append(part.title())
        elif len(part) == 2 and part.isalpha():
            parts.append(part.upper())
        else:
            parts.append(part.lower())
    if parts[0] == "zh" and not any(len(part) == 4 for part in parts[1:]):
        scripts = [_SCRIPT_OF_REGION[part] for part in parts[1:] if part in _SCRIPT_OF_REGION]
        parts = ["zh", scripts[0] if scripts else "Hans"]
    return "-".join(parts)


def _unknown(tag: str, suggestion: str | None = None) -> str:
    remedy = (
        f"use '{suggestion}'" if suggestion else "use BCP-47, for example 'en', 'de', 'zh-Hans' or 'pt-BR'"
    )
    return f"'{tag}' is not a language tag: {remedy}; '{NATIVE}NAME' passes a name to the backend unchanged"


# Names and codes that users know from elsewhere, and the tag they mean.
_NAMES = {
    "arabic": "ar", "bengali": "bn", "bulgarian": "bg", "chinese": "zh-Hans", "croatian": "hr", "czech": "cs",
    "danish": "da", "dutch": "nl", "english": "en", "estonian": "et", "finnish": "fi", "french": "fr",
    "german": "de", "greek": "el", "hebrew": "he", "hindi": "hi", "hungarian": "hu", "indonesian": "id",
    "italian": "it", "japanese": "ja", "korean": "ko", "latvian": "lv", "lithuanian": "lt", "norwegian": "no",
    "persian": "fa", "polish": "pl", "portuguese": "pt", "romanian": "ro", "russian": "ru", "serbian": "sr",
    "slovak": "sk", "slovenian": "sl", "spanish": "es", "swedish": "sv", "tamil": "ta", "telugu": "te",
    "thai": "th", "turkish": "tr", "ukrainian": "uk", "urdu": "ur", "vietnamese": "vi",
    "ch": "zh-Hans", "cn": "zh-Hans", "jp": "ja", "kr": "ko", "cz": "cs", "dk": "da", "gr": "el", "ua": "uk",
    "chs": "zh-Hans", "cht": "zh-Hant", "chinese-cht": "zh-Hant", "ch-sim": "zh-Hans", "ch-tra": "zh-Hant",
    "chi-sim": "zh-Hans", "chi-tra": "zh-Hant", "chi-sim-vert": "zh-Hans", "chi-tra-vert": "zh-Hant",
    "jpn-vert": "ja", "kor-vert": "ko", "aze-cyrl": "az-Cyrl", "srp-latn": "sr-Latn", "uzb-cyrl": "uz-Cyrl",
    "japan": "ja",
}  # fmt: skip

# Users know the three-letter codes from Tesseract and from libraries; BCP-47 uses the two-letter ones.
_THREE_LETTERS = {
    "ara": "ar", "ces": "cs", "chi": "zh", "dan": "da", "deu": "de", "ell": "el", "eng": "en", "fin": "fi",
    "fra": "fr", "ger": "de", "heb": "he", "hin": "hi", "hun": "hu", "ita": "it", "jpn": "ja", "kor": "ko",
    "nld": "nl", "nor": "no", "pol": "pl", "por": "pt", "ron": "ro", "rus": "ru", "spa": "es", "swe": "sv",
    "tha": "th", "tur": "tr", "ukr": "uk", "vie": "vi", "zho": "zh",
}  # fmt: skip


def match_language(tag: str, offered: Iterable[str]) -> str | None:
    """The offered tag that includes a requested one: the same, or the next more general (`pt-BR` → `pt`).

    The script is never dropped: a request for `sr-Latn` does not match Cyrillic `sr`.
    """
    names = {name.lower(): name for name in offered}
    parts = canonical_language(tag).split("-")
    while parts:
        found = names.get("-".join(parts).lower())
        if found:
            return found
        if len(parts[-1]) == 4 and parts[-1].isalpha():
            return None
        parts.pop()
    return None
