"""Maps BCP-47 tags to Tesseract's language packs."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from ocrkit.backends.tesseract.installation import missing_packs_error
from ocrkit.errors import CapabilityError
from ocrkit.languages import NATIVE, match_language
from ocrkit.result import Decision
from ocrkit.scripts import VIETNAMESE, languages_of, script_of_language, scripts_of_languages

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

# The first name is the pack to install; the others are older or newer names, or the next best pack.
_ALTERNATIVES = {
    "da-Latf": ("script/Fraktur", "dan_frak"),
    "de-Latf": ("frk", "deu_latf", "deu_frak"),
    "fil": ("fil", "tgl"),
    "sk-Latf": ("script/Fraktur", "slk_frak"),
    "tl": ("fil", "tgl"),
}

PACKS: dict[str, tuple[str, ...]] = {**{tag: (name,) for tag, name in _PACKS.items()}, **_ALTERNATIVES}

_NATIVE_NAMES = re.compile(r"~?\w+(/\w+)?(\+~?\w+(/\w+)?)*")
_MAX_PACKS = 2
_NOT_LANGUAGES = frozenset({"osd", "equ", "snum"})


_SCRIPT_PACKS = {
    "Arabic": "ar", "Armenian": "hy", "Bengali": "bn", "Cyrillic": "ru", "Devanagari": "hi", "Ethiopic": "am",
    "Fraktur": "de", "Georgian": "ka", "Greek": "el", "Gujarati": "gu", "Gurmukhi": "pa", "HanS": "zh-Hans",
    "HanT": "zh-Hant", "Hangul": "ko", "Hebrew": "he", "Japanese": "ja", "Kannada": "kn", "Khmer": "km",
    "Lao": "lo", "Latin": "vi", "Malayalam": "ml", "Myanmar": "my", "Oriya": "or", "Sinhala": "si",
    "Tamil": "ta", "Telugu": "te", "Thai": "th", "Tibetan": "bo", "Vietnamese": "vi",
}  # fmt: skip
"""A language that each script pack reads."""
_LANGUAGE_OF_PACK = {name: tag for tag, names in PACKS.items() for name in names if "/" not in name}


def scripts_of_packs(packs: Sequence[str]) -> tuple[str, ...] | None:
    """The scripts that packs read, by their ISO 15924 codes; None for a pack that is not known."""
    tags = []
    for pack in packs:
        name = pack.removeprefix("~").removesuffix("_vert")
        if name in _NOT_LANGUAGES:
            continue
        tag = _LANGUAGE_OF_PACK.get(name) or _SCRIPT_PACKS.get(name.removeprefix("script/"))
        if tag is None:
            return None
        tags.append(tag)
    return tuple(sorted(scripts_of_languages(tags)))


def installed_languages(script: str, installed: Collection[str]) -> tuple[str, ...]:
    """The languages to request for a script: all that its script pack reads, or the first of its packs.

    More packs at once read slower, and take letters of one language for those of another.
    """
    for name, tag in _SCRIPT_PACKS.items():
        of_pack = VIETNAMESE if tag == "vi" else script_of_language(tag)
        pack = next((each for each in (f"script/{name}", name) if each in installed), None)
        if pack and of_pack == script:
            return (f"{NATIVE}{pack}",)
    found = [tag for tag in languages_of(script) if any(name in installed for name in PACKS.get(tag, ()))]
    return tuple(found[:_MAX_PACKS])


def choose_packs(
    languages: Sequence[str], installed: Collection[str]
) -> tuple[tuple[str, ...], Decision, str | None]:
    """The packs for a request, the reason, and a warning if a language had to be guessed.

    Raises:
        CapabilityError: Tesseract has no pack for a language.
        MissingDependencyError: a pack is not installed.
    """
    if not languages:
        return _default_packs(installed)
    packs: list[str] = []
    missing: list[str] = []
    for tag in languages:
        for names in _pack_names(tag):
            found = next((name for name in names if name.removeprefix("~") in installed), None)
            (missing if found is None else packs).append(names[0] if found is None else found)
    if missing:
        raise missing_packs_error(missing)
    chosen = tuple(dict.fromkeys(packs))
    reason = f"requested languages: {', '.join(languages)}"
    return chosen, Decision(topic="language packs", choice="+".join(chosen), reason=reason), None


def first_packs(languages: Sequence[str]) -> tuple[str, ...]:
    """The packs to install for BCP-47 tags; tags without a pack are left out."""
    entries = [match_language(tag, PACKS) for tag in languages if not tag.startswith(NATIVE)]
    return tuple(dict.fromkeys(PACKS[entry][0] for entry in entries if entry))


def _pack_names(tag: str) -> list[tuple[str, ...]]:
    """The packs for a tag, each with its possible names."""
    if tag.startswith(NATIVE):
        name = tag.removeprefix(NATIVE)
        if not _NATIVE_NAMES.fullmatch(name):
            raise CapabilityError(
                f"'{name}' is not the name of a language pack; use for example '{NATIVE}chi_tra_vert'",
                backend="tesseract",
            )
        return [(part,) for part in name.split("+")]
    entry = match_language(tag, PACKS)
    if entry is None:
        raise CapabilityError(
            f"Tesseract has no pack for language '{tag}'; use another installed pack with '{NATIVE}NAME'",
            backend="tesseract",
        )
    return [PACKS[entry]]


def _default_packs(installed: Collection[str]) -> tuple[tuple[str, ...], Decision, str | None]:
    if "eng" in installed:
        reason = "no language requested; English is Tesseract's default"
        return ("eng",), Decision(topic="language packs", choice="eng", reason=reason), None
    readable = sorted(set(installed) - _NOT_LANGUAGES)
    if not readable:
        raise missing_packs_error(["eng"])
    reason = "no language requested; this is the first installed pack"
    warning = (
        f"no language was requested and English is not installed: the page was read with '{readable[0]}'"
    )
    return (readable[0],), Decision(topic="language packs", choice=readable[0], reason=reason), warning
