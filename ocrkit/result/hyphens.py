"""Hyphens at line ends: whether they only mark the line break."""

from __future__ import annotations

import re
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from typing import TypeAlias

from ocrkit.result.page_result import PageResult
from ocrkit.word_frequency import word_frequency

Frequency: TypeAlias = Callable[[str, str], float | None]
"""The Zipf frequency of a word in a language; None if the words of the language are unknown."""

_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_FIRST_PART = re.compile(r"([^\W\d_]+)[-\u2010]$")
_SECOND_PART = re.compile(r"[^\W\d_]+")
_CHAIN = re.compile(r"[-\u2010][^\W\d_]+[-\u2010]$")
SOFT_HYPHEN = "\u00ad"

_COMMON, _KNOWN, _PART = 3.0, 2.0, 3.0
"""Zipf frequencies of a word that is joined in any case, of one with a part that is no word, of a part."""
_APART = 3.0
"""By how much each of two words is more common than both as one, if they are two: Russian `из-за`."""
_USUAL_PART = 3.5
_PREFIXES = frozenset("all anti by co cross ex half ill mid non post quasi self semi to vice well".split())
"""First parts after which English keeps the hyphen before a whole word: `co-operation`, `to-day`."""

_CONJUNCTIONS = frozenset(
    "und oder bis bzw sowie och eller samt og en of ja tai sekä és vagy y e o u ed od i a lub nebo".split()
)
"""Words after a hyphen that stands for a part of the next word: `Vor- und Nachteile`."""
_COMPOUNDING = frozenset("da de et fi hu is nb nl nn no sv".split())
"""Languages that write compounds together."""
_SYLLABIC = frozenset("ca es it la".split())
"""Languages in which a hyphen inside a word is rare."""
_ENDINGS = {
    "en": frozenset(
        "ance ances ancy aries ary ately ation ations ble bly cal cally cate cated cation cations cial "
        "cially cians cious ciously cle cles cracy cratic ded der ders ding dition ditional ditions dle "
        "ence ences encies ency ering erned ernment ers ery ferent fication fied fy gle ially ible ibly "
        "ical ically ified ifying ily ing ings ious isation ising ism isms istic ities ity ization ized "
        "izing lation ler lic lier ling logical logy lous mation ment ments mer ming nal nally ness "
        "nesses ning nity nomic ous ously ple ples ral rial ries rious sible sion sional sions sive "
        "sively tained tal tary tation ted ter tered tering ters ther tial tially tic tical tics ties "
        "ting tion tional tionally tions tious tive tively tle tles tor tors tory tual tually ture tured "
        "tures ular ularly uous vious".split()
    )
}
"""Second parts that are no words."""


def vocabulary(page: PageResult) -> frozenset[str]:
    """All words of a page in lower case, including their inner hyphens."""
    return frozenset(word.casefold() for line in page.lines for word in _WORD.findall(line.text))


def divided_word(text: str, following: str) -> tuple[str, str] | None:
    """The two parts of a word hyphenated between two lines, or None where it cannot be one word."""
    first, second = _FIRST_PART.search(text), _SECOND_PART.match(following)
    if not first or not second or not second[0][0].islower():
        return None
    return first[1], second[0]


def is_line_break_hyphen(
    text: str,
    following: str,
    words: AbstractSet[str],
    language: str | None = None,
    *,
    frequency: Frequency = word_frequency,
) -> bool:
    """Whether the hyphen only marks the line break.

    It does if it is a soft one, if the text has the undivided word, or if the language leaves no other
    reading. Without such evidence it stays: `well-` and `known` may be `well-known`.

    Args:
        text: the line that ends in a hyphen.
        following: the line after it.
        words: the words of the text.
        language: the language of the line as a BCP-47 tag. None: the words alone decide.
        frequency: how common a word is in a language.
    """
    if text.endswith(SOFT_HYPHEN):
        return True
    parts = divided_word(text, following)
    if parts is None or "-".join(parts).casefold() in words:
        return False
    if "".join(parts).casefold() in words:
        return True
    is_chain = bool(_CHAIN.search(text)) or following[len(parts[1]) :].startswith(("-", "\u2010"))
    base = (language or "").partition("-")[0].lower()
    return bool(base) and not is_chain and _is_one_word(*parts, base, frequency)


def _is_one_word(first: str, second: str, language: str, frequency: Frequency) -> bool:
    """Whether the language leaves no other reading than one word."""
    if second in _CONJUNCTIONS or not first[1:].islower():  # abbreviations keep it: `US-amerikanisch`
        return False
    common = frequency(first + second, language)
    if common is None:
        return language in _COMPOUNDING | _SYLLABIC or second in _ENDINGS.get(language, ())
    of_first, of_second = frequency(first, language) or 0.0, frequency(second, language) or 0.0
    if language == "en" and first.lower() in _PREFIXES and of_second >= _USUAL_PART:
        return False
    if common >= _COMMON and min(of_first, of_second) < common + _APART:
        return True
    has_fragment = min(of_first, of_second) < _PART
    if language in _COMPOUNDING and (first[0].isupper() or language != "de"):
        return True
    return has_fragment and (common >= _KNOWN or language in _COMPOUNDING | _SYLLABIC)
