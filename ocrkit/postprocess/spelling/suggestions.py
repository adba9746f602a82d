"""The only plausible correction of a word, if there is one.

Words of the dictionary that look similar and the engine's other readings are ranked together: by the Zipf
frequency of the word, less the cost of the misreading or plus the logarithm of the engine's probability. Both
are decimal logarithms, so that their sum weighs the two as probabilities.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from ocrkit.postprocess.spelling.confusions import LOOKALIKE_COST, lookalikes, similar_words
from ocrkit.postprocess.spelling.engine_readings import EngineReadings, is_plausible, part_readings
from ocrkit.postprocess.spelling.letter_rules import (
    SHAPE_OF_I,
    capital_i,
    elided_l,
    with_accent,
    with_apostrophe,
)
from ocrkit.postprocess.spelling.lexicon import Found, Lexicon, Suggestion
from ocrkit.postprocess.spelling.shapes import HYPHENS, WORD_PART, case_restorer, without_inner_capital_i
from ocrkit.result import Alternative, CorrectionCandidate

_MIN_LENGTH_ANY_LETTER = 7
"""From this length one letter may be replaced by any other; shorter words have too many neighbors."""
_COMMON_FREQUENCY = 3.0
"""Zipf frequency below which words are not suggested."""
_COST_WEIGHT = 3.0
"""How much frequency one wrong letter costs."""
_MARGIN = 1.0
"""How far the best word must score above the second best; twice as far above the text that was read."""
_UNLISTED_COST = 1.0
"""What a word costs that is not among the engine's readings, where others are."""
_MOST_COMMON_REPLACED = 4.0
"""Zipf frequency up to which a known word may be misread, if the engine has another reading."""
_COMPOUND_FREQUENCY = 3.0
"""What a compound counts as, where the engine has another reading."""
_MAX_LISTED = 5

_NONE: EngineReadings = {}
_SOURCES = {
    "alternative": "another reading of the engine is a much more common word",
    "vocabulary": "your vocabulary has a similar-looking word",
    "dictionary": "the dictionary has a similar-looking word",
}
_COMPOUND = "low confidence; a compound of dictionary words looks similar"


def suggestions(
    text: str,
    before: str,
    lexicon: Lexicon,
    *,
    divided: tuple[bool, bool],
    alternatives: Sequence[Alternative] = (),
) -> Iterator[Suggestion]:
    """Corrections of the parts of a word.

    Args:
        text: the word with its punctuation.
        before: the text of the line before it.
        lexicon: the known words.
        divided: whether its first part continues the line before, and its last one goes on on the next line.
        alternatives: other readings of the engine.
    """
    elided = elided_l(text, lexicon)
    if elided:
        yield elided
    parts = list(WORD_PART.finditer(text))
    readings = part_readings(text, alternatives)
    for index, part in enumerate(parts):
        is_divided = (divided[0] and index == 0 and part.start() == 0) or (
            divided[1] and index == len(parts) - 1 and text[part.end() :] in HYPHENS
        )
        if is_divided or (elided and part.start() < elided.end):
            continue
        found = (
            correction(part[0], lexicon, readings[index])
            or capital_i(part[0], before + text[: part.start()], lexicon)
            or with_accent(part[0], lexicon)
            or with_apostrophe(part[0], lexicon)
        )
        if found:
            yield Suggestion(part.start(), part.end(), found)


def correction(text: str, lexicon: Lexicon, readings: EngineReadings = _NONE) -> Found | None:
    """The only plausible correction of a word, or None.

    Args:
        text: the word without punctuation.
        lexicon: the known words.
        readings: other readings of the engine.
    """
    plain = without_inner_capital_i(text)
    restore_case = case_restorer(plain)
    folded = plain.lower()
    is_word = lexicon.is_word(folded)
    if restore_case and plain != text and is_word:
        return Found.only(text, restore_case(folded), SHAPE_OF_I, "shape", lexicon)
    if folded in lexicon.vocabulary or lexicon.frequency(folded) > _MOST_COMMON_REPLACED:
        return None
    ranked = _of_engine(text, lexicon, readings)
    if restore_case and not is_word:
        listed = {each.text for each in ranked}
        unlisted_cost = _UNLISTED_COST if listed else 0.0
        similar = _similar(folded, restore_case, lexicon, unlisted_cost)
        ranked += [each for each in similar if each.text not in listed]
        if not ranked:
            return _compound(text, folded, restore_case, lexicon)
    own = lexicon.frequency(folded)
    if is_word:
        own = max(own, _COMPOUND_FREQUENCY)
    return _best(text, own, sorted(ranked, key=_score, reverse=True))


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


def _best(text: str, own: float, ranked: Sequence[CorrectionCandidate]) -> Found | None:
    """The best candidate, if it is clearly better than the second best and than the word that was read."""
    if not ranked or _score(ranked[0]) < own + 2 * _MARGIN:
        return None
    if len(ranked) > 1 and _score(ranked[0]) - _score(ranked[1]) < _MARGIN:
        return None
    reading = CorrectionCandidate(text=text, source="reading", score=round(own, 2))
    reason = f"low confidence; {_SOURCES[ranked[0].source]}"
    return Found(ranked[0].text, reason, (*ranked[:_MAX_LISTED], reading))


def _score(candidate: CorrectionCandidate) -> float:
    return candidate.score or 0.0


def _of_engine(text: str, lexicon: Lexicon, readings: EngineReadings) -> list[CorrectionCandidate]:
    """The common words among the engine's other readings."""
    common = {
        other: frequency
        for other in readings
        if is_plausible(text, other) and (frequency := lexicon.frequency_of_parts(other)) >= _COMMON_FREQUENCY
    }
    return [
        CorrectionCandidate(text=other, source="alternative", score=round(frequency + readings[other], 2))
        for other, frequency in common.items()
    ]


def _similar(
    folded: str, restore_case: Callable[[str], str], lexicon: Lexicon, cost: float
) -> list[CorrectionCandidate]:
    """The common words that typical misreadings explain."""
    any_letter = len(folded) >= _MIN_LENGTH_ANY_LETTER and lexicon.dictionary.is_large
    most = 1.0 if any_letter else 2 * LOOKALIKE_COST
    costs = similar_words(folded, lexicon, lexicon.dictionary.alphabet, most)
    return [
        CorrectionCandidate(
            text=restore_case(other),
            source=lexicon.source(other),
            score=round(frequency - _COST_WEIGHT * change - cost, 2),
        )
        for other, change in costs.items()
        if (frequency := lexicon.frequency(other)) >= _COMMON_FREQUENCY
    ]


def _compound(text: str, folded: str, restore_case: Callable[[str], str], lexicon: Lexicon) -> Found | None:
    """The only compound of dictionary words that looks like a word of no dictionary."""
    similar = {word for word, _ in lookalikes(folded) if lexicon.dictionary.is_plain_compound(word)}
    if len(similar) != 1:
        return None
    return Found.only(text, restore_case(similar.pop()), _COMPOUND, "dictionary", lexicon)
