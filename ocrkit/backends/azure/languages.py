"""The languages of Document Intelligence (API 2024-11-30): those it reads, and names of those it detects."""

from __future__ import annotations

from ocrkit.backends.remote import LanguageTable
from ocrkit.errors import ConfigError
from ocrkit.languages import canonical_language

_CODES = """
aa ab abq ace ach ada ady af ak alq alt anp ar arn asa ast av awa ay az ba be bem bez bfy bfz bg bgc
bho bi bik bin bla bm br bra brx bs bua ca ce ceb cgg ch chm cho ckt co cr crh cro cs csb cv cy da
dar dav de dhi dje dng doi dsb dua dyo efi el en es et eu fa fi fil fj fo fon fr fur fy ga gaa gag
gay gd gil gl gn gon guz gv gvr haw he hi hil hlb hne hni hoc hr hsb ht hu hz ia iba id ig ilo inh
is it iu ja jgo jmc jns jv kaa kac kbd kde kea kfq kg kha ki kj kjh kl klr kln kmj ko kos kpe kpy kr
krc kru ksb ksf ksh kum kv kw ky la lb lbe lex lg lkt ln loz lt luo luy lv mad mas men mer mfe mg
mgh mgo mi min mk mn mnk mog moh mr ms mt mua mus mww myv nah nap nd ne ng niu nl no nog nr nso nv
ny nyn nzi oc oj om os pa pag pam pap pl prs ps pt qu quc rab rm rn ro ru rw rwk sa sah saq sat sck
sco seh sg shi sjd sk sl sm sma sme smj smn sms sn snq so son sq sr srx ss st su sv sw ta tab teo
tet tg th thf tk tn to tpi tr ts tt ty tyv udm ug uk ur uz vi vo vun wae wo xal xh xnr xog xsr yua
za zap zu
"""
_OTHER_CODES = {
    "be-Cyrl": "be-cyrl", "be-Latn": "be-latn", "cnr-Cyrl": "cnr-cyrl", "cnr-Latn": "cnr-latn",
    "kaa-Cyrl": "kaa-cyrl", "kk": "kk-cyrl", "kk-Cyrl": "kk-cyrl", "kk-Latn": "kk-latn", "ku": "ku-latn",
    "ku-Arab": "ku-arab", "ku-Latn": "ku-latn", "nb": "no", "nn": "no", "so-Latn": "so-latn",
    "sr-Cyrl": "sr-cyrl", "sr-Latn": "sr-latn", "tl": "fil", "tt-Cyrl": "tt-cyrl", "ug-Cyrl": "ug-cyrl",
    "uz-Arab": "uz-arab", "uz-Cyrl": "uz-cyrl", "zh-Hans": "zh-Hans", "zh-Hant": "zh-Hant",
}  # fmt: skip
_DETECTED = {"zh_chs": "zh-Hans", "zh_cht": "zh-Hant", "zh": "zh"}

LANGUAGES = LanguageTable({code: code for code in _CODES.split()} | _OTHER_CODES)
HANDWRITING = frozenset({"ar", "de", "en", "es", "fr", "it", "ja", "ko", "pt", "ru", "th", "zh-Hans"})
"""The languages whose handwriting is read."""


def detected_language(locale: str) -> str | None:
    """The tag of a detected language, or None if the code is not a language."""
    if locale in _DETECTED:
        return _DETECTED[locale]
    try:
        return canonical_language(locale)
    except ConfigError:
        return None
