"""The service's names of languages, misspelt ones included."""

from __future__ import annotations

from collections.abc import Sequence

from ocrkit.backends.remote import LanguageTable
from ocrkit.errors import CapabilityError

_HANDWRITING = "HWT_ENG"
"""A language to the service: English handwriting, the only kind it reads."""

# One name for each tag, the tag as specific as the name. `Netherlands` is a second name of `Dutch`.
LANGUAGES = LanguageTable({
    "af": "Afrikaans", "ar": "Arabic", "awa": "Awadhi", "az": "Azerbaijani", "be": "Belorussian",
    "bem": "Bemba", "bew": "Betawi", "bg": "Bulgarian", "bgc": "Haryanvi", "bho": "Bhojpuri", "bik": "Bikol",
    "bjj": "Kanauji", "bn": "Bengali", "bo": "Tibetan", "bs": "Bosnian", "ca": "Catalan", "cdo": "Min_Dong",
    "ce": "Chechen", "ceb": "Cebuano", "cpx": "Pu_Xian", "cs": "Czech", "da": "Danish", "de": "German",
    "dhd": "Dhundari", "diq": "Dimli", "doc": "Dong", "el": "Greek", "en": "English", "es": "Spanish",
    "et": "Estonian", "fa": "Persian", "fi": "Finnish", "fil": "Tagalog", "fr": "French", "gan": "Gan",
    "gbm": "Garhwali", "gl": "Galician", "glk": "Gilaki", "guz": "Gusii", "ha": "Hausa", "hak": "Hakka",
    "he": "Hebrew", "hi": "Hindi", "hil": "Hiligaynon", "hmn": "Hmong", "hne": "Chattisgarhi",
    "hr": "Croatian", "hsn": "Xiang", "hu": "Hungarian", "id": "Indonesian", "ilo": "Ilocano",
    "it": "Italian", "ja": "Japanese", "jv": "Javanese", "ka": "Georgian", "kbd": "Kabardian",
    "kfy": "Kumauni", "kg": "Kikongo", "kk": "Kazah", "kn": "Kannada", "ko": "Korean", "kok": "Konkani",
    "kr": "Kanuri", "ku": "Kurdish", "la": "Latin", "lmn": "Lamani", "lt": "Lithuanian", "luo": "Luo",
    "lv": "Latvian", "mag": "Magahi", "mai": "Maithili", "mak": "Makassar", "mer": "Meru", "mg": "Malagasy",
    "min": "Minangkabau", "mk": "Macedonian", "mnp": "Min_Bei", "mr": "Marathi", "ms": "Malay",
    "mtq": "Muong", "mtr": "Mewari", "mui": "Musi", "mup": "Malvi", "mwr": "Marwari", "nan": "Min_Nan",
    "nb": "Norwegian", "nd": "Ndebele", "nds": "Low_German", "ne": "Nepali", "niq": "Nandi", "nl": "Dutch",
    "nn": "Norwegian", "no": "Norwegian", "nso": "Sotho_Northern", "ny": "Chichewa", "oc": "Occitan",
    "om": "Oromo", "pag": "Pangasinan", "pam": "Kapampangan", "pcc": "Bouyei", "pl": "Polish",
    "plm": "Palembang", "pt": "Portuguese", "qu": "Quechua", "quc": "Kiche", "rjs": "Rajbanshi",
    "ro": "Romanian", "ru": "Russian", "ruf": "Luguru", "rw": "Rwanda", "sa": "Devanagari", "sas": "Sasak",
    "sh": "Serbo_Croatian", "sk": "Slovak", "sl": "Slovene", "sn": "Shona", "so": "Somali", "sq": "Albanian",
    "sr": "Serbian", "srr": "Serer_Sine", "ss": "Swati", "st": "Sotho_Southern", "su": "Sundanese",
    "suk": "Sukuma", "sv": "Swedish", "sw": "Swahili", "ta": "Tamil", "te": "Telugu", "th": "Thai",
    "tk": "Turkmen", "tl": "Tagalog", "tn": "Tswana", "to": "Tonga", "tr": "Turkish", "ts": "Tsonga",
    "tum": "Tumbuka", "ug": "Uyghur", "uk": "Ukrainan", "umb": "Umbundu", "ur": "Urdu", "uz": "Uzbek",
    "vi": "Vietnamese", "vmw": "Makua", "wal": "Wolaytta", "war": "Waray_Waray", "wbr": "Wagdi",
    "wtm": "Mewati", "wuu": "Wu", "xh": "Xhosa", "yao": "Yao", "yo": "Yoruba", "yue": "Cantonese",
    "za": "Zhuang", "zh-Hans": "Chinese", "zh-Hant": "Chinese", "zu": "Zulu",
})  # fmt: skip


def handwriting(languages: Sequence[str]) -> str:
    """The name for handwriting, which must be English."""
    others = [tag for tag in languages if tag != "en" and not tag.startswith("en-")]
    if others:
        raise CapabilityError(
            f"reads handwriting only in 'en', not in '{others[0]}'; request 'en' or the mode 'printed'"
        )
    return _HANDWRITING
