"""What a word could have been: the readings among which the language model chooses."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from ocrkit.postprocess.llm.guards import rejection_reason
from ocrkit.postprocess.spelling.confusions import (
    ACCENT_COST,
    LETTER_COST,
    LOOKALIKE_COST,
    distant_words,
    similar_words,
)
from ocrkit.postprocess.spelling.lexicon import Lexicon
from ocrkit.postprocess.spelling.shapes import WORD_PART, capitalized, without_inner_capital_i
from ocrkit.result import Alternative, CandidateSource

MAX_CANDIDATES = 6
"""Without the reading itself."""
_COST_WEIGHT = 3.0
"""How much Zipf frequency one wrong letter costs, in the choice of the candidates."""
_MIN_LENGTH_TWO_SHAPES, _MIN_LENGTH_ANY_LETTER = 5, 3
_COMMON_FREQUENCY = 3.0
_SPLIT_FREQUENCY = 4.0
"""Zipf frequency of both words into which a word may be split."""
_MORE_COMMON = 1.5
"""How much more common the words must be that are split off or joined."""
_ENGINE_COST, _SPACE_COST = 0.2, 0.4
_LEAST = 1e-6


class Candidate(NamedTuple):
    """A reading of a word, and how unlikely the misreading is that made it the text of the engine."""

    text: str
    cost: float
    """0 for the text of the engine, 0.4 for shapes that look alike, 1 for any other letter."""
    is_known: bool
    """Whether it is in the dictionary or the vocabulary."""
    source: CandidateSource = "dictionary"
    log_odds: float | None = None
    """The logarithm of the engine's probability of the reading over that of its text, where it gives one."""


def candidates(text: str, alternatives: Sequence[Alternative], lexicon: Lexicon | None) -> list[Candidate]:
    """The readings of a word, its own text first.

    Args:
        text: the word with its punctuation.
        alternatives: other readings of the engine.
        lexicon: the words of the language and of the vocabulary; None if there is no dictionary.
    """
    prefix, core, suffix = main_part(text)
    own = Candidate(text, 0.0, lexicon is not None and is_known(core, lexicon), "reading")
    found: dict[str, Candidate] = {}
    odds = _engine_odds(core, alternatives)
    for other, cost, source in _ranked(core, list(odds), lexicon):
        whole = f"{prefix}{other}{suffix}"
        if whole != text and whole not in found:
            known = lexicon is not None and all(is_known(each, lexicon) for each in other.split())
            found[whole] = Candidate(whole, cost, known, source, odds.get(other))
    # Words of the dictionary come first: most readings of an engine that are not words are not right either.
    ranked = sorted(found.values(), key=lambda each: each.source == "alternative" and not each.is_known)
    return [own, *ranked[:MAX_CANDIDATES]]


def joined_candidates(text: str, following: str, lexicon: Lexicon) -> list[Candidate]:
    """Two words, and the one word that they may have been: if it is much more common than one of the two."""
    prefix, core, suffix = main_part(text)
    next_prefix, next_core, next_suffix = main_part(following)
    if suffix or next_prefix or not core.isalpha() or not (next_core.isalpha() and next_core.islower()):
        return []
    joined = lexicon.frequency(f"{core}{next_core}".lower())
    least = min(lexicon.frequency(core.lower()), lexicon.frequency(next_core))
    if joined < max(_COMMON_FREQUENCY, least + _MORE_COMMON):
        return []
    own = Candidate(f"{text} {following}", 0.0, is_known=False, source="reading")
    joint = f"{prefix}{core}{next_core}{next_suffix}"
    return [own, Candidate(joint, _SPACE_COST, is_known=True, source="join")]


def main_part(text: str) -> tuple[str, str, str]:
    """What is before the longest run of letters and digits in a word, the run, and what is after it."""
    part = max(WORD_PART.finditer(text), key=lambda part: len(part[0]), default=None)
    return (text[: part.start()], part[0], text[part.end() :]) if part else ("", text, "")


def is_known(word: str, lexicon: Lexicon) -> bool:
    """Whether a word is common enough to be right, in any case: rare words of the lists may be misread."""
    folded = word.lower()
    return lexicon.frequency(folded) >= _COMMON_FREQUENCY or lexicon.dictionary.is_compound(folded)


def _engine_odds(core: str, alternatives: Sequence[Alternative]) -> dict[str, float | None]:
    """The engine's other readings of a word without its punctuation, the most probable ones first."""
    shares: dict[str, float] = {}
    for alternative in alternatives:
        other = main_part(alternative.text)[1]
        if other != core:
            shares[other] = shares.get(other, 0.0) + (alternative.probability or 0.0)
    own = max(1 - math.fsum(shares.values()), *shares.values(), _LEAST) if shares else 1.0
    ranked = sorted(shares.items(), key=lambda each: -each[1])
    return {other: math.log(share / own) if share else None for other, share in ranked}


def _ranked(
    core: str, alternatives: Sequence[str], lexicon: Lexicon | None
) -> Iterator[tuple[str, float, CandidateSource]]:
    """Other readings of a word without its punctuation, the more plausible ones first."""
    for alternative in alternatives:
        if rejection_reason(core, alternative) is None:
            yield alternative, _ENGINE_COST, "alternative"
    if lexicon is None:
        return
    split = _split(core, lexicon)
    if split:
        yield split, _SPACE_COST, "split"
    plain = without_inner_capital_i(core)
    if plain != core and is_known(plain, lexicon):
        yield plain, _ENGINE_COST, "shape"
    if core[0] == "l" and core[1:].islower() and is_known(f"i{core[1:]}", lexicon):
        yield f"I{core[1:]}", _ENGINE_COST, "shape"
    restore = _case_of(plain)
    if restore is not None:
        for other, cost in _dictionary_words(plain.lower(), lexicon):
            if rejection_reason(core, restore(other)) is None:
                yield restore(other), cost, lexicon.source(other)


def _dictionary_words(folded: str, lexicon: Lexicon) -> list[tuple[str, float]]:
    """The common words of which a word may be a misreading, the more plausible ones first."""
    if len(folded) < 2:
        return []
    alphabet = lexicon.dictionary.alphabet
    if is_known(folded, lexicon) or len(folded) < _MIN_LENGTH_ANY_LETTER:
        # Words that are right, and short ones, have too many neighbors.
        cost = ACCENT_COST if len(folded) < _MIN_LENGTH_TWO_SHAPES else 2 * LOOKALIKE_COST
        costs = similar_words(folded, lexicon, alphabet, cost)
    elif len(folded) < _MIN_LENGTH_TWO_SHAPES:
        costs = similar_words(folded, lexicon, alphabet, LETTER_COST)
    else:
        costs = distant_words(folded, lexicon, alphabet)
    common = [each for each in costs.items() if lexicon.frequency(each[0]) >= _COMMON_FREQUENCY]
    return sorted(common, key=lambda each: _COST_WEIGHT * each[1] - lexicon.frequency(each[0]))


def _case_of(word: str) -> Callable[[str], str] | None:
    """A function that gives a lower-case word the case of another one; None for mixed cases."""
    if word.isupper() and len(word) > 1:
        return str.upper
    rest = word[1:]
    if not any(map(str.isalpha, word)) or any(map(str.isupper, rest)):
        return None
    return capitalized if word[0].isupper() else str


def _split(core: str, lexicon: Lexicon) -> str | None:
    """The most common two words that together make a word that is much less common."""
    if not core.isalpha():
        return None
    folded = core.lower()
    frequencies = {
        position: min(lexicon.frequency(folded[:position]), lexicon.frequency(folded[position:]))
        for position in range(1, len(core))
        if 1 < position < len(core) - 1 or folded[:position] in ("a", "i", "à", "y", "e", "o")
    }
    best = max(frequencies, key=lambda position: frequencies[position], default=0)
    least = max(_SPLIT_FREQUENCY, lexicon.frequency(folded) + _MORE_COMMON)
    is_common = best and frequencies[best] >= least
    return f"{core[:best]} {core[best:]}" if is_common else None
