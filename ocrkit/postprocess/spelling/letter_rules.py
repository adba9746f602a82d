"""Corrections of single letters: lost accents and apostrophes, and `l`, `1` and `I` that look alike."""

from __future__ import annotations

import re

from ocrkit.postprocess.spelling.confusions import accent_variants
from ocrkit.postprocess.spelling.lexicon import Found, Lexicon, Suggestion
from ocrkit.postprocess.spelling.shapes import WORD_PART, capitalized, starts_sentence

_MIN_LENGTH_ACCENT = 3
_COMMON_ACCENTED_FREQUENCY, _ACCENT_MARGIN = 3.5, 1.0
"""How common a word with another accent must be, and how much more common than the word that was read."""
_CAPITAL_FREQUENCY, _CAPITAL_MARGIN = 5.0, 2.0
"""Zipf frequency of short words in which an `l` at the beginning is a misread capital I."""
_AFTER_ARTICLE_FREQUENCY, _AFTER_LETTER_FREQUENCY = 3.5, 4.5
"""Zipf frequency of a word before which the apostrophe of an article, or of one letter, was lost."""

_FALSE_CAPITAL_I = re.compile(r"[l|1](?=[a-zà-ÿ])")
_ELIDED = re.compile(r"([1I|l])['’](?=[^\W\d_])")
_ELIDED_L = frozenset(("ca", "fr", "it"))
_AFTER_ENGLISH_I = frozenset(("m", "d", "ll", "ve"))
_WITHOUT_APOSTROPHE = {
    "it": re.compile(r"(dell|nell|sull|dall|all|quell|un|l|d)([aeiouhàèéìòù]\w{2,})", re.IGNORECASE),
    "fr": re.compile(r"(jusqu|lorsqu|puisqu|qu|l|d|n|s|j|c)([aeiouhâàéèêîôû]\w{2,})", re.IGNORECASE),
}
SHAPE_OF_I = "low confidence; l, I and 1 look alike"
_SHAPE_OF_ACCENT = "low confidence; a much more common word differs in an accent"
_APOSTROPHE = "low confidence; an apostrophe is lost before a dictionary word"


def with_accent(text: str, lexicon: Lexicon) -> Found | None:
    """The much more common word that differs in one accent. Word lists hold many words without theirs."""
    folded = text.lower()
    is_plain = folded.isalpha() and text in (folded, capitalized(folded))
    if not is_plain or len(folded) < _MIN_LENGTH_ACCENT or lexicon.dictionary.language == "en":
        return None
    if folded in lexicon.vocabulary:
        return None
    least = max(_COMMON_ACCENTED_FREQUENCY, lexicon.frequency(folded) + _ACCENT_MARGIN)
    common = [word for word in accent_variants(folded) if lexicon.frequency(word) >= least]
    if len(common) != 1:
        return None
    meant = capitalized(common[0]) if text[0].isupper() else common[0]
    return Found.only(text, meant, _SHAPE_OF_ACCENT, "dictionary", lexicon)


def with_apostrophe(text: str, lexicon: Lexicon) -> Found | None:
    """An elided article and a word without the apostrophe between them: `dellestate`."""
    pattern = _WITHOUT_APOSTROPHE.get(lexicon.dictionary.language)
    match = pattern.fullmatch(text) if pattern else None
    folded = text.lower()
    if match is None or folded in lexicon.vocabulary or lexicon.is_word(folded):
        return None
    article, word = match.groups()
    least = _AFTER_ARTICLE_FREQUENCY if len(article) > 1 else _AFTER_LETTER_FREQUENCY
    if not word.islower() or lexicon.frequency(word) < least:
        return None
    return Found.only(text, f"{article}'{word}", _APOSTROPHE, "dictionary", lexicon)


def capital_i(text: str, before: str, lexicon: Lexicon) -> Found | None:
    """`lt` and `1n` at the beginning of a sentence, or in front of a noun, that are `It` and `In`."""
    if not _FALSE_CAPITAL_I.match(text) or not text[1:].islower() or not starts_sentence(before):
        return None
    meant = f"i{text[1:]}"
    if text.lower() in lexicon.vocabulary or lexicon.frequency(meant) < _CAPITAL_FREQUENCY:
        return None
    if lexicon.frequency(meant) < lexicon.frequency(text.lower()) + _CAPITAL_MARGIN:
        return None
    return Found.only(text, f"I{text[1:]}", SHAPE_OF_I, "shape", lexicon)


def elided_l(text: str, lexicon: Lexicon) -> Suggestion | None:
    """The article in `1'histoire` and `I'acqua`, and the pronoun in `l'm` and `1'll`."""
    match = _ELIDED.search(text)
    if match is None or (match.start() and text[match.start() - 1].isalnum()):
        return None
    rest = WORD_PART.match(text, match.end())
    following = rest[0].lower() if rest else ""
    if lexicon.dictionary.language in _ELIDED_L:
        meant = "l" if match[1] != "l" and lexicon.is_word(following) else None
    else:
        is_english = lexicon.dictionary.language == "en"
        meant = "I" if match[1] != "I" and is_english and following in _AFTER_ENGLISH_I else None
    if meant is None:
        return None
    return Suggestion(*match.span(1), Found.only(match[1], meant, SHAPE_OF_I, "shape", lexicon))
