"""Words that the engine itself doubts, corrected where only one word can be meant."""

from __future__ import annotations

import functools
import importlib.util
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from pydantic import Field, field_validator

from ocrkit.errors import ConfigError, missing_extra
from ocrkit.postprocess.base import StepOptions, doubtful_below
from ocrkit.postprocess.edits import Edit, Token, edited, tokens
from ocrkit.postprocess.spelling.confusions import SLIP, near
from ocrkit.postprocess.spelling.dictionaries import Dictionary, dictionary, version
from ocrkit.result import Block, Line, PageResult

_SHORTEST = 5
_LONG = 7
"""From here on one letter may be any other; shorter words have too many neighbours."""
_SHORTEST_CAPITALS = 7
_KNOWN, _COMMON = 2.0, 3.0
"""Frequencies: a word above the first is one; a word below the second is not worth a guess."""
_COST = 3.0
"""What a whole letter costs, on the scale of frequencies."""
_MARGIN = 1.0
"""By how much the best word has to be better than the second, and twice that than what was read."""
_OWN = 7.0
"""The frequency of the user's own words: as of the commonest of all."""

_PART = re.compile(r"[^\W_]+(?:[|!][^\W_]+)*")
_NO_WORD = re.compile(r"[@/\\_#$€£§+=<>{}\[\]~^]|www\.|\w\.\w|\w:\w")
_HYPHENS = ("-", "\u00ad", "\u2010", "¬")


class Spelling(StepOptions):
    """Correct words of which the engine was not sure, to words that look alike.

    Only what no dictionary has is changed, and only to a common word that one or two of the usual
    misreadings explain (`rn` for `m`, `0` for `o`, …), or in long words one other letter. If two words come
    into question, nothing is. Numbers, codes, addresses, abbreviations, words of mixed case and words cut by
    a hyphen stay as they are. So does a block whose language is not known, or has no dictionary. Needs
    `ocrkit[spelling]`.
    """

    vocabulary: Path | tuple[str, ...] = ()
    """Your own words, or a text file of them, one a line. They are never changed, and preferred."""
    doubt: float | None = Field(None, ge=0, le=1)
    """Words the engine is surer of stay. None: as was measured for the engine."""

    @field_validator("vocabulary")
    @classmethod
    def _is_there(cls, vocabulary: Path | tuple[str, ...]) -> Path | tuple[str, ...]:
        if isinstance(vocabulary, Path) and not vocabulary.is_file():
            raise ValueError(f"names a file that is not there: {vocabulary}")
        return vocabulary

    def check(self) -> None:
        """See `ocrkit.postprocess.base.SupportsCheck`."""
        if importlib.util.find_spec("wordfreq") is None:
            raise missing_extra("wordfreq", "spelling", "the correction of spelling")

    def __call__(self, page: PageResult) -> PageResult:
        doubt = doubtful_below(page) if self.doubt is None else self.doubt
        own = _read(self.vocabulary) if isinstance(self.vocabulary, Path) else _folded(self.vocabulary)
        missing: set[str] = set()
        blocks = tuple(
            edited(block, self._edits(block, doubt, own, missing), "spelling") for block in page.blocks
        )
        warnings = [
            text
            for language in sorted(missing)
            if (text := f"there is no dictionary for '{language}': its spelling was left alone")
            not in page.warnings
        ]
        if not warnings and all(new is old for new, old in zip(blocks, page.blocks, strict=True)):
            return page
        return page.model_copy(update={"blocks": blocks, "warnings": (*page.warnings, *warnings)})

    def fingerprint(self) -> str:
        """Another list of words may correct otherwise."""
        return version()

    def _edits(self, block: Block, doubt: float, own: frozenset[str], missing: set[str]) -> Iterator[Edit]:
        for number, line in enumerate(block.lines):
            for token in tokens(line):
                if token.confidence is None or token.confidence >= doubt or _NO_WORD.search(token.text):
                    continue
                tag = token.language or line.language or block.language
                if tag is None:
                    continue
                language = tag.partition("-")[0]
                words = dictionary(language)
                if words is None:
                    missing.add(language)
                    continue
                for part in _PART.finditer(token.text):
                    if _is_cut(part, token, line, block.lines[number - 1] if number else None):
                        continue
                    better = _better(part[0], words, own)
                    if better:
                        start, end = token.start + part.start(), token.start + part.end()
                        yield Edit(number, start, end, better.text, better.reason)


class _Better(NamedTuple):
    text: str
    reason: str


def _better(word: str, words: Dictionary, own: frozenset[str]) -> _Better | None:
    """The word that is meant, where one is read that is none."""
    restored = _case(word)
    folded = word.lower()
    if restored is None or folded in own:
        return None
    frequency = words.frequency(folded)
    if frequency >= _KNOWN or words.is_compound(folded):
        return None
    known = _Either(words, own)
    costs = near(folded, known, words.alphabet, 1.0 if len(folded) >= _LONG else 2 * SLIP)
    ranked = sorted(
        ((known.frequency(other) - _COST * cost, other) for other, cost in costs.items()), reverse=True
    )
    ranked = [each for each in ranked if known.frequency(each[1]) >= _COMMON]
    if not ranked or ranked[0][0] < frequency + 2 * _MARGIN:
        return None
    if len(ranked) > 1 and ranked[0][0] - ranked[1][0] < _MARGIN:
        return None
    best = ranked[0][1]
    whose = "your vocabulary" if best in own else "the dictionary"
    return _Better(restored(best), f"the engine was not sure, and {whose} has a word that looks like it")


class _Either(NamedTuple):
    """The words of the language, and the user's own."""

    words: Dictionary
    own: frozenset[str]

    def __contains__(self, word: object) -> bool:
        return word in self.own or word in self.words

    def frequency(self, word: str) -> float:
        return _OWN if word in self.own else self.words.frequency(word)


def _case(word: str) -> Callable[[str], str] | None:
    """How a word has to be written that takes the place of this one; None where this one had better stay."""
    digits = sum(map(str.isdigit, word))
    letters = sum(map(str.isalpha, word))
    if len(word) < _SHORTEST or letters < len(word) - 1:
        return None
    if digits and (not word.islower() or word[0].isdigit() or word[-1].isdigit()):
        return None  # a code, or the number of a note
    if word.islower():
        return str
    if word.isupper():
        return str.upper if len(word) >= _SHORTEST_CAPITALS else None
    return _capitalized if word[0].isupper() and word[1:].islower() else None


def _capitalized(word: str) -> str:
    """As `str.capitalize`, but an `ß` stays what it is."""
    return word[:1].upper() + word[1:]


def _is_cut(part: re.Match[str], token: Token, line: Line, before: Line | None) -> bool:
    """Whether the line ends within a word, here or the one before."""
    if token.end == len(line.text) and token.text[part.end() :] in _HYPHENS:
        return True
    is_first = token.start == 0 and part.start() == 0
    return is_first and before is not None and before.text.endswith(_HYPHENS)


def _folded(words: Iterable[str]) -> frozenset[str]:
    return frozenset(part.lower() for line in words for part in _PART.findall(line))


def _read(path: Path) -> frozenset[str]:
    """The words of a file, read again when it was changed."""
    try:
        return _words_of(path, path.stat().st_mtime_ns)
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise ConfigError(f"the vocabulary {path} cannot be read: {reason}") from None


@functools.lru_cache(maxsize=16)
def _words_of(path: Path, changed: int) -> frozenset[str]:  # noqa: ARG001 – part of the key
    return _folded(path.read_text(encoding="utf-8").splitlines())
