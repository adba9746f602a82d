"""The engine's names of languages, and the resource files that they need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ocrkit.errors import CapabilityError
from ocrkit.languages import NATIVE, match_language

# One name for each tag. The tags are those of the backend `aspose`, where the engine has the language too.
_LATIN = {
    "af": "AFR", "az": "AZB", "bem": "BEM", "bew": "BEW", "bik": "BCL", "bs": "BOS", "ca": "CAT",
    "cdo": "CDO", "ceb": "CEB", "cpx": "CPX", "cs": "CES", "da": "DAN", "de": "DEU", "diq": "DIQ",
    "doc": "DOC", "en": "ENG", "es": "SPA", "et": "EST", "fi": "FIN", "fil": "TGL", "fr": "FRA", "gl": "GLG",
    "glk": "GLK", "guz": "GUZ", "ha": "HAU", "hil": "HIL", "hmn": "HMN", "hr": "HRV", "hu": "HUN",
    "id": "IND", "ilo": "ILO", "it": "ITA", "kg": "KON", "kr": "KNC", "ku": "KMR", "la": "LATIN",
    "lmn": "LMN", "lt": "LIT", "luo": "LUO", "lv": "LAV", "mak": "MAK", "mer": "MER", "mg": "BHR",
    "min": "MIN", "mnp": "MNP", "ms": "MLY", "mtq": "MTQ", "mui": "MUI", "nb": "NOR", "nd": "NBL",
    "nds": "NDS", "niq": "KLN", "nl": "NLD", "nn": "NOR", "no": "NOR", "nso": "NSO", "ny": "NYA",
    "oc": "LNC", "om": "GAX", "pag": "PAG", "pam": "PAM", "pcc": "PCC", "pl": "POL", "plm": "PLM",
    "pt": "POR", "qu": "QXA", "quc": "QUC", "ro": "RON", "ruf": "RUF", "rw": "KIN", "sas": "SAS",
    "sh": "HBS", "sk": "SLK", "sl": "SLV", "sn": "SNA", "so": "SOM", "sq": "ALN", "srr": "SRR", "ss": "SSW",
    "st": "SOT", "su": "SUN", "suk": "SUK", "sv": "SWE", "sw": "SWH", "tk": "TUK", "tl": "TGL", "tn": "TSN",
    "to": "TOI", "tr": "TUR", "ts": "TSO", "tum": "TUM", "umb": "UMB", "vi": "VIE", "vmw": "VMW",
    "wal": "WAL", "war": "WAR", "xh": "XHO", "yao": "YAO", "yo": "YOR", "za": "CCX", "zu": "ZUL",
}  # fmt: skip
_CYRILLIC = {
    "be": "BEL", "bg": "BUL", "ce": "CHE", "kbd": "KBD", "kk": "KAZ", "mn": "MON", "ru": "RUS", "sr": "SRP",
    "uk": "UKR",
}  # fmt: skip
_DEVANAGARI = {
    "awa": "AWA", "bgc": "BGC", "bho": "BHO", "bjj": "BJJ", "dhd": "DHD", "gbm": "GBM", "hi": "HIN",
    "hne": "HNE", "kfy": "KFY", "kok": "KNN", "mag": "MAG", "mai": "MAI", "mr": "MAR", "mtr": "MTR",
    "mup": "MUP", "mwr": "RWR", "ne": "NEP", "rjs": "RJB", "sa": "DEVANAGARI", "wbr": "WBR", "wtm": "WTM",
}  # fmt: skip
_ARABIC = {"ar": "ARA", "fa": "PES", "ug": "UIG", "ur": "URD"}
_CHINESE = {
    "gan": "GAN", "hak": "HAK", "hsn": "HSN", "nan": "NAN", "wuu": "WUU", "yue": "YUE", "zh-Hans": "CHINESE",
    "zh-Hant": "CHINESE",
}  # fmt: skip
_OTHERS = {"ja": "JPN", "kn": "KAN", "ko": "KOR", "ta": "TAM", "te": "TEL"}

LANGUAGES: Mapping[str, str] = {**_LATIN, **_CYRILLIC, **_DEVANAGARI, **_ARABIC, **_CHINESE, **_OTHERS}

_DEFAULT = "EXT_LATIN"
"""The engine's own default, `LATIN`, reads no umlauts and accents."""
_TABLES: Mapping[str, Mapping[str, str]] = {
    "EXT_LATIN": _LATIN,
    "CYRILLIC": _CYRILLIC,
    "DEVANAGARI": _DEVANAGARI,
    "PERSO_ARABIC": _ARABIC,
    "CHINESE": _CHINESE,
}


class Choice(NamedTuple):
    """The engine's name for the languages of a request."""

    name: str
    left_out: tuple[str, ...] = ()
    """The languages that it does not cover."""


def choose_language(languages: Sequence[str]) -> Choice:
    """The name for these languages: of one language, or of the script of all. Raises `CapabilityError`."""
    if not languages:
        return Choice(_DEFAULT)
    names = [_name(language) for language in languages]
    if len(set(names)) == 1:
        return Choice(names[0])
    for script, table in _TABLES.items():
        if set(names) <= set(table.values()):
            return Choice(script)
    return Choice(names[0], tuple(languages[1:]))


def _name(language: str) -> str:
    if language.startswith(NATIVE):
        return language.removeprefix(NATIVE)
    tag = match_language(language, LANGUAGES)
    if tag is None:
        raise CapabilityError(
            f"does not read language '{language}'; '{NATIVE}NAME' takes a name in aspose.ocr.Language"
        )
    return LANGUAGES[tag]
