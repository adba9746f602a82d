"""Correct the spelling of low-confidence words where only one correction is plausible."""

from __future__ import annotations

import functools
import importlib.util
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from pydantic import Field, field_validator

from ocrkit.errors import ConfigError, missing_extra
from ocrkit.harmless import Harmless
from ocrkit.postprocess.base import StepOptions, doubtful_below
from ocrkit.postprocess.edits import Edit, WordSpan, apply_edits, word_spans
from ocrkit.postprocess.spelling.confusions import LOOKALIKE_COST, similar_words
from ocrkit.postprocess.spelling.dictionaries import Dictionary, dictionary_for, word_list_version
from ocrkit.result import Block, Line, PageResult

_MIN_LENGTH = 5
_MIN_LENGTH_ANY_LETTER = 7
"""From this length one letter may be replaced by any other; shorter words have too many neighbors."""
_MIN_LENGTH_CAPITALS = 7
_KNOWN_FREQUENCY, _COMMON_FREQUENCY = 2.0, 3.0
"""Zipf frequencies: words above the first are correct; words below the second are not suggested."""
_COST_WEIGHT = 3.0
"""How much frequency one wrong letter costs."""
_MARGIN = 1.0
"""How far the best word must score above the second best; twice as far above the text that was read."""
_VOCABULARY_FREQUENCY = 7.0
"""Words of the vocabulary rank with the most common words of the language."""

_WORD_PART = re.compile(r"[^\W_]+(?:[|!][^\W_]+)*")
_PROTECTED = re.compile(r"[@/\\_#$€£§+=<>{}\[\]~^]|www\.|\w\.\w|\w:\w")
_HYPHENS = ("-", "\u00ad", "\u2010", "¬")


class Spelling(StepOptions):
    """Correct low-confidence words to dictionary words that look similar.

    A word is changed only if it is in no dictionary, and only to a common word that one or two typical
    misreadings explain (`rn` for `m`, `0` for `o`, …) or, in long words, one other letter. If two corrections
    are plausible, the word stays. Numbers, codes, addresses, abbreviations, mixed-case words and words
    hyphenated across lines are never changed, nor are blocks without a known language or a dictionary.
    Requires `ocrkit[spelling]`.
    """

    vocabulary: Path | tuple[str, ...] = ()
    """Additional words, or a text file with one word per line. They are never changed, and are preferred."""
    confidence_threshold: Harmless[float | None] = Field(None, ge=0, le=1)
    """Words with at least this confidence are kept. None: the threshold measured for the engine."""

    @field_validator("vocabulary")
    @classmethod
    def _require_file(cls, vocabulary: Path | tuple[str, ...]) -> Path | tuple[str, ...]:
        if isinstance(vocabulary, Path) and not vocabulary.is_file():
            raise ValueError(f"file not found: {vocabulary}")
        return vocabulary

    def check(self) -> None:
        """See `ocrkit.postprocess.base.SupportsCheck`."""
        if importlib.util.find_spec("wordfreq") is None:
            raise missing_extra("wordfreq", "spelling", "spelling correction")

    def __call__(self, page: PageResult) -> PageResult:
        threshold = doubtful_below(page) if self.confidence_threshold is None else self.confidence_threshold
        vocabulary = (
            _read_words(self.vocabulary) if isinstance(self.vocabulary, Path) else _words(self.vocabulary)
        )
        missing: set[str] = set()
        blocks = tuple(
            apply_edits(block, self._edits(block, threshold, vocabulary, missing), "spelling")
            for block in page.blocks
        )
        warnings = [
            text
            for language in sorted(missing)
            if (text := f"no spelling dictionary for language '{language}'; its text was not corrected")
            not in page.warnings
        ]
        if not warnings and all(new is old for new, old in zip(blocks, page.blocks, strict=True)):
            return page
        return page.model_copy(update={"blocks": blocks, "warnings": (*page.warnings, *warnings)})

    def fingerprint(self) -> str:
        """The version of the word lists."""
        return word_list_version()

    def _edits(
        self, block: Block, threshold: float, vocabulary: frozenset[str], missing: set[str]
    ) -> Iterator[Edit]:
        """The corrections of a block. Languages without a dictionary are added to `missing`."""
        for index, line in enumerate(block.lines):
            previous = block.lines[index - 1] if index else None
            for word in word_spans(line):
                if word.confidence is None or word.confidence >= threshold or _PROTECTED.search(word.text):
                    continue
                tag = word.language or line.language or block.language
                if tag is None:
                    continue
                language = tag.partition("-")[0]
                dictionary = dictionary_for(language)
                if dictionary is None:
                    missing.add(language)
                    continue
                for start, end, suggestion in _suggestions(word, line, previous, dictionary, vocabulary):
                    yield Edit(index, start, end, suggestion.text, suggestion.reason)


class _Suggestion(NamedTuple):
    text: str
    reason: str


def _suggestions(
    word: WordSpan, line: Line, previous: Line | None, dictionary: Dictionary, vocabulary: frozenset[str]
) -> Iterator[tuple[int, int, _Suggestion]]:
    """Corrections of the parts of a word, each with the range in the line."""
    for part in _WORD_PART.finditer(word.text):
        if _is_hyphenated(part, word, line, previous):
            continue
        suggestion = _suggestion(part[0], dictionary, vocabulary)
        if suggestion:
            yield word.start + part.start(), word.start + part.end(), suggestion


def _suggestion(text: str, dictionary: Dictionary, vocabulary: frozenset[str]) -> _Suggestion | None:
    """The only plausible correction of a word, or None."""
    restore_case = _case_restorer(text)
    folded = text.lower()
    if restore_case is None or folded in vocabulary:
        return None
    frequency = dictionary.frequency(folded)
    if frequency >= _KNOWN_FREQUENCY or dictionary.is_compound(folded):
        return None
    lexicon = _Lexicon(dictionary, vocabulary)
    max_cost = 1.0 if len(folded) >= _MIN_LENGTH_ANY_LETTER else 2 * LOOKALIKE_COST
    costs = similar_words(folded, lexicon, dictionary.alphabet, max_cost)
    ranked = sorted(
        (
            (lexicon.frequency(other) - _COST_WEIGHT * cost, other)
            for other, cost in costs.items()
            if lexicon.frequency(other) >= _COMMON_FREQUENCY
        ),
        reverse=True,
    )
    if not ranked or ranked[0][0] < frequency + 2 * _MARGIN:
        return None
    if len(ranked) > 1 and ranked[0][0] - ranked[1][0] < _MARGIN:
        return None
    best = ranked[0][1]
    source = "your vocabulary" if best in vocabulary else "the dictionary"
    return _Suggestion(restore_case(best), f"low confidence; {source} has a similar-looking word")


class _Lexicon(NamedTuple):
    """The words of the language and of the user's vocabulary."""

    dictionary: Dictionary
    vocabulary: frozenset[str]

    def __contains__(self, word: object) -> bool:
        return word in self.vocabulary or word in self.dictionary

    def frequency(self, word: str) -> float:
        return _VOCABULARY_FREQUENCY if word in self.vocabulary else self.dictionary.frequency(word)


def _case_restorer(word: str) -> Callable[[str], str] | None:
    """A function that gives a lower-case correction the case of `word`; None if the word must not change."""
    digits = sum(map(str.isdigit, word))
    letters = sum(map(str.isalpha, word))
    if len(word) < _MIN_LENGTH or letters < len(word) - 1:
        return None
    if digits and (not word.islower() or word[0].isdigit() or word[-1].isdigit()):
        return None  # a code or a footnote number
    if word.islower():
        return str
    if word.isupper():
        return str.upper if len(word) >= _MIN_LENGTH_CAPITALS else None
    return _capitalize if word[0].isupper() and word[1:].islower() else None


def _capitalize(word: str) -> str:
    """Like `str.capitalize`, but `ß` is kept."""
    return word[:1].upper() + word[1:]


def _is_hyphenated(part: re.Match[str], word: WordSpan, line: Line, previous: Line | None) -> bool:
    """Whether the word continues on the next line or began on the previous one."""
    if word.end == len(line.text) and word.text[part.end() :] in _HYPHENS:
        return True
    is_first = word.start == 0 and part.start() == 0
    return is_first and previous is not None and previous.text.endswith(_HYPHENS)


def _words(texts: Iterable[str]) -> frozenset[str]:
    return frozenset(part.lower() for text in texts for part in _WORD_PART.findall(text))


def _read_words(path: Path) -> frozenset[str]:
    """The words of a file, cached until it changes."""
    try:
        return _cached_words(path, path.stat().st_mtime_ns)
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise ConfigError(f"the vocabulary {path} cannot be read: {reason}") from None


@functools.lru_cache(maxsize=16)
def _cached_words(path: Path, modified: int) -> frozenset[str]:  # noqa: ARG001 – part of the key
    return _words(path.read_text(encoding="utf-8").splitlines())
