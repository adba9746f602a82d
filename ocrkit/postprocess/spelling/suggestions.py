"""The only plausible correction of a word, if there is one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from ocrkit.postprocess.spelling.confusions import (
    LOOKALIKE_COST,
    accent_variants,
    lookalikes,
    similar_words,
)
from ocrkit.postprocess.spelling.dictionaries import Dictionary
from ocrkit.postprocess.spelling.shapes import (
    HYPHENS,
    WORD_PART,
    capitalized,
    case_restorer,
    starts_sentence,
    without_inner_capital_i,
)
from ocrkit.result import CandidateSource, CorrectionCandidate

_MIN_LENGTH_ANY_LETTER = 7
"""From this length one letter may be replaced by any other; shorter words have too many neighbors."""
_KNOWN_FREQUENCY, _COMMON_FREQUENCY = 2.0, 3.0
"""Zipf frequencies: words above the first are correct; words below the second are not suggested."""
_COST_WEIGHT = 3.0
"""How much frequency one wrong letter costs."""
_MARGIN = 1.0
"""How far the best word must score above the second best; twice as far above the text that was read."""
_VOCABULARY_FREQUENCY = 7.0
"""Words of the vocabulary rank with the most common words of the language."""
_MAX_LISTED = 5
_MIN_LENGTH_ACCENT = 3
_COMMON_ACCENTED_FREQUENCY, _ACCENT_MARGIN = 3.5, 1.0
"""How common a word with another accent must be, and how much more common than the word that was read."""
_CAPITAL_FREQUENCY = 5.0
"""Zipf frequency of short words in which an `l` at the beginning is a misread capital I."""

_FALSE_CAPITAL_I = re.compile(r"[l|1](?=[a-zà-ÿ])")
_ELIDED = re.compile(r"([1I|l])['’](?=[^\W\d_])")
_ELIDED_L = frozenset(("ca", "fr", "it"))
_AFTER_ENGLISH_I = frozenset(("m", "d", "ll", "ve"))
_SHAPE = "low confidence; {source} has a similar-looking word"
_SHAPE_OF_COMPOUND = "low confidence; a compound of dictionary words looks similar"
_SHAPE_OF_ACCENT = "low confidence; a much more common word differs in an accent"
_SHAPE_OF_I = "low confidence; l, I and 1 look alike"


class Found(NamedTuple):
    """The correction of a word."""

    text: str
    reason: str
    candidates: tuple[CorrectionCandidate, ...]
    """What it was chosen among, the best first."""


class Suggestion(NamedTuple):
    """A correction of a range of a word or line."""

    start: int
    end: int
    found: Found


class Lexicon(NamedTuple):
    """The words of the language and of the user's vocabulary."""

    dictionary: Dictionary
    vocabulary: frozenset[str]

    def __contains__(self, word: object) -> bool:
        return word in self.vocabulary or word in self.dictionary

    def frequency(self, word: str) -> float:
        """The Zipf frequency. Words of the vocabulary rank with the most common words."""
        return _VOCABULARY_FREQUENCY if word in self.vocabulary else self.dictionary.frequency(word)

    def source(self, word: str) -> CandidateSource:
        """Where a known word comes from."""
        return "vocabulary" if word in self.vocabulary else "dictionary"

    def is_word(self, word: str) -> bool:
        """Whether a lower-case word is correct as it is."""
        return self.frequency(word) >= _KNOWN_FREQUENCY or self.dictionary.is_compound(word)


def suggestions(
    text: str, before: str, lexicon: Lexicon, *, divided: tuple[bool, bool]
) -> Iterator[Suggestion]:
    """Corrections of the parts of a word.

    Args:
        text: the word with its punctuation.
        before: the text of the line before it.
        lexicon: the known words.
        divided: whether its first part continues the line before, and its last one goes on on the next line.
    """
    elided = _elided_l(text, lexicon)
    if elided:
        yield elided
    parts = list(WORD_PART.finditer(text))
    for index, part in enumerate(parts):
        is_divided = (divided[0] and index == 0 and part.start() == 0) or (
            divided[1] and index == len(parts) - 1 and text[part.end() :] in HYPHENS
        )
        if is_divided or (elided and part.start() < elided.end):
            continue
        found = (
            correction(part[0], lexicon)
            or _capital_i(part[0], before + text[: part.start()], lexicon)
            or _with_accent(part[0], lexicon)
        )
        if found:
            yield Suggestion(part.start(), part.end(), found)


def correction(text: str, lexicon: Lexicon) -> Found | None:
    """The only plausible correction of a word, or None."""
    plain = without_inner_capital_i(text)
    restore_case = case_restorer(plain)
    folded = plain.lower()
    if restore_case and plain != text and lexicon.is_word(folded):
        return _found(text, restore_case(folded), _SHAPE_OF_I, "shape", lexicon)
    if restore_case is None or folded in lexicon.vocabulary or lexicon.is_word(folded):
        return None
    frequency = lexicon.frequency(folded)
    any_letter = len(folded) >= _MIN_LENGTH_ANY_LETTER and lexicon.dictionary.is_large
    costs = similar_words(
        folded, lexicon, lexicon.dictionary.alphabet, 1.0 if any_letter else 2 * LOOKALIKE_COST
    )
    ranked = sorted(
        (
            (lexicon.frequency(other) - _COST_WEIGHT * cost, other)
            for other, cost in costs.items()
            if lexicon.frequency(other) >= _COMMON_FREQUENCY
        ),
        reverse=True,
    )
    if not ranked:
        return _compound(text, folded, restore_case, lexicon)
    if ranked[0][0] < frequency + 2 * _MARGIN:
        return None
    if len(ranked) > 1 and ranked[0][0] - ranked[1][0] < _MARGIN:
        return None
    best = ranked[0][1]
    source = "your vocabulary" if best in lexicon.vocabulary else "the dictionary"
    others = [
        CorrectionCandidate(text=restore_case(other), source=lexicon.source(other), score=round(score, 2))
        for score, other in ranked[:_MAX_LISTED]
    ]
    own = CorrectionCandidate(text=text, source="reading", score=round(frequency, 2))
    return Found(restore_case(best), _SHAPE.format(source=source), (*others, own))


def _found(text: str, meant: str, reason: str, source: CandidateSource, lexicon: Lexicon) -> Found:
    """A correction with the word that was read as the only other candidate."""
    sources: tuple[CandidateSource, ...] = (source, "reading")
    candidates = tuple(
        CorrectionCandidate(text=each, source=where, score=round(lexicon.frequency(each.lower()), 2))
        for each, where in zip((meant, text), sources, strict=True)
    )
    return Found(meant, reason, candidates)


def _compound(text: str, folded: str, restore_case: Callable[[str], str], lexicon: Lexicon) -> Found | None:
    """The only compound of dictionary words that looks like a word of no dictionary."""
    similar = {word for word, _ in lookalikes(folded) if lexicon.dictionary.is_plain_compound(word)}
    if len(similar) != 1:
        return None
    return _found(text, restore_case(similar.pop()), _SHAPE_OF_COMPOUND, "dictionary", lexicon)


def divided_correction(first: str, second: str, lexicon: Lexicon) -> tuple[str, str, Found] | None:
    """The two parts of a word divided at the end of a line, corrected, and the correction of the whole.

    None without a correction, and if it would change both parts: unclear where the word is divided.
    """
    found = correction(first + second, lexicon) if first and second else None
    if found is None:
        return None
    whole = found.text
    if whole.endswith(second):
        return whole[: -len(second)], second, found
    if whole.startswith(first):
        return first, whole[len(first) :], found
    return None


def _with_accent(text: str, lexicon: Lexicon) -> Found | None:
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
    return _found(text, meant, _SHAPE_OF_ACCENT, "dictionary", lexicon)


def _capital_i(text: str, before: str, lexicon: Lexicon) -> Found | None:
    """`lt` and `1n` at the beginning of a sentence, or in front of a noun, that are `It` and `In`."""
    if not _FALSE_CAPITAL_I.match(text) or not text[1:].islower() or not starts_sentence(before):
        return None
    meant = f"i{text[1:]}"
    if text.lower() in lexicon.vocabulary or lexicon.frequency(meant) < _CAPITAL_FREQUENCY:
        return None
    if lexicon.frequency(meant) < lexicon.frequency(text.lower()) + 2 * _MARGIN:
        return None
    return _found(text, f"I{text[1:]}", _SHAPE_OF_I, "shape", lexicon)


def _elided_l(text: str, lexicon: Lexicon) -> Suggestion | None:
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
    return Suggestion(*match.span(1), _found(match[1], meant, _SHAPE_OF_I, "shape", lexicon))
