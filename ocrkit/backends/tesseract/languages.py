"""From BCP-47 tags to the names of Tesseract's language packs."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from ocrkit.backends.tesseract.installation import missing_packs
from ocrkit.errors import CapabilityError
from ocrkit.languages import NATIVE, match_language
from ocrkit.result import Decision

_PACKS = {
    "af": "afr", "am": "amh", "ar": "ara", "as": "asm", "az": "aze", "az-Cyrl": "aze_cyrl",
    "az-Latn": "aze", "be": "bel", "bg": "bul", "bn": "ben", "bo": "bod", "br": "bre", "bs": "bos",
    "ca": "cat", "ceb": "ceb", "chr": "chr", "co": "cos", "cs": "ces", "cy": "cym", "da": "dan",
    "de": "deu", "dv": "div", "dz": "dzo", "el": "ell", "en": "eng", "enm": "enm", "eo": "epo",
    "es": "spa", "et": "est", "eu": "eus", "fa": "fas", "fi": "fin", "fo": "fao", "fr": "fra",
    "frm": "frm", "fy": "fry", "ga": "gle", "gd": "gla", "gl": "glg", "grc": "grc", "gu": "guj",
    "he": "heb", "hi": "hin", "hr": "hrv", "ht": "hat", "hu": "hun", "hy": "hye", "id": "ind",
    "is": "isl", "it": "ita", "iu": "iku", "ja": "jpn", "jv": "jav", "ka": "kat", "ka-Geok": "kat_old",
    "kk": "kaz", "km": "khm", "kmr": "kmr", "kn": "kan", "ko": "kor", "ku": "kmr", "ku-Latn": "kmr",
    "ky": "kir", "la": "lat", "lb": "ltz", "lo": "lao", "lt": "lit", "lv": "lav", "mi": "mri",
    "mk": "mkd", "ml": "mal", "mn": "mon", "mr": "mar", "ms": "msa", "mt": "mlt", "my": "mya",
    "nb": "nor", "ne": "nep", "nl": "nld", "nn": "nor", "no": "nor", "oc": "oci", "or": "ori",
    "pa": "pan", "pa-Guru": "pan", "pl": "pol", "ps": "pus", "pt": "por", "qu": "que", "ro": "ron",
    "ru": "rus", "sa": "san", "sd": "snd", "si": "sin", "sk": "slk", "sl": "slv", "sq": "sqi",
    "sr": "srp", "sr-Cyrl": "srp", "sr-Latn": "srp_latn", "su": "sun", "sv": "swe", "sw": "swa",
    "syr": "syr", "ta": "tam", "te": "tel", "tg": "tgk", "th": "tha", "ti": "tir", "to": "ton",
    "tr": "tur", "tt": "tat", "ug": "uig", "uk": "ukr", "ur": "urd", "uz": "uzb", "uz-Cyrl": "uzb_cyrl",
    "uz-Latn": "uzb", "vi": "vie", "yi": "yid", "yo": "yor", "zh-Hans": "chi_sim", "zh-Hant": "chi_tra",
}  # fmt: skip

# The first name is the one to install; the others are older and newer names, or the next best pack.
_SEVERAL_NAMES = {
    "da-Latf": ("script/Fraktur", "dan_frak"),
    "de-Latf": ("frk", "deu_latf", "deu_frak"),
    "fil": ("fil", "tgl"),
    "sk-Latf": ("script/Fraktur", "slk_frak"),
    "tl": ("fil", "tgl"),
}

PACKS: dict[str, tuple[str, ...]] = {**{tag: (name,) for tag, name in _PACKS.items()}, **_SEVERAL_NAMES}

_NATIVE_NAME = re.compile(r"~?\w+(/\w+)?(\+~?\w+(/\w+)?)*")
_NO_LANGUAGE = frozenset({"osd", "equ", "snum"})


def choose_packs(
    languages: Sequence[str], installed: Collection[str]
) -> tuple[tuple[str, ...], Decision, str | None]:
    """The packs to read with, why, and a warning where nobody asked for the language that is used.

    Raises:
        CapabilityError: there is no pack for a language.
        MissingDependencyError: there is one, and it is not installed.
    """
    if not languages:
        return _unasked(installed)
    packs: list[str] = []
    missing: list[str] = []
    for tag in languages:
        for names in _candidates(tag):
            found = next((name for name in names if name.removeprefix("~") in installed), None)
            (missing if found is None else packs).append(names[0] if found is None else found)
    if missing:
        raise missing_packs(missing)
    chosen = tuple(dict.fromkeys(packs))
    reason = f"asked for {', '.join(languages)}"
    return chosen, Decision(topic="language packs", choice="+".join(chosen), reason=reason), None


def _candidates(tag: str) -> list[tuple[str, ...]]:
    """For each pack a tag stands for, the names it may have."""
    if tag.startswith(NATIVE):
        name = tag.removeprefix(NATIVE)
        if not _NATIVE_NAME.fullmatch(name):
            raise CapabilityError(
                f"'{name}' is not the name of a language pack; write for example '{NATIVE}chi_tra_vert'",
                backend="tesseract",
            )
        return [(part,) for part in name.split("+")]
    entry = match_language(tag, PACKS)
    if entry is None:
        raise CapabilityError(
            f"Tesseract has no pack for language '{tag}'; a pack of your own is used with '{NATIVE}NAME'",
            backend="tesseract",
        )
    return [PACKS[entry]]


def _unasked(installed: Collection[str]) -> tuple[tuple[str, ...], Decision, str | None]:
    if "eng" in installed:
        reason = "no language was asked for; English is Tesseract's default"
        return ("eng",), Decision(topic="language packs", choice="eng", reason=reason), None
    readable = sorted(set(installed) - _NO_LANGUAGE)
    if not readable:
        raise missing_packs(["eng"])
    reason = "no language was asked for, and this is the first pack that is installed"
    warning = f"no language was asked for and English is not installed: read with '{readable[0]}'"
    return (readable[0],), Decision(topic="language packs", choice=readable[0], reason=reason), warning
