"""Word lists as a voice in a vote: of two readings, the more common word is more probably right."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterable, Mapping

from ocrkit.errors import missing_extra
from ocrkit.postprocess.spelling.dictionaries import Dictionary, dictionary_for, word_list_version

_EXPONENT = 0.35
"""How much a frequency counts: a word that is ten times as common is 2.2 times as plausible."""
_RAREST, _COMMON = 1.0, 5.0
"""Zipf frequencies: an unknown word counts as one in 100 million, none as more common than one in 10,000."""
_COMPOUND, _SHORTEST_COMPOUND = 3.0, 8
_DIVIDED = 1.0
"""Two words are read where another reading has one, if they are ten times as common."""
_LETTERS = re.compile(r"[^\W\d_]+")
_HYPHENS = ("-", "‐", "\u00ad", "⸗", "=", "¬")


class WordLists:
    """The word lists of some languages. They choose among readings, and never propose a word.

    They say nothing of numbers, codes and words that go on in the next line.
    """

    def __init__(self, dictionaries: Iterable[Dictionary] = ()) -> None:
        self._dictionaries = tuple(dictionaries)

    @classmethod
    def of(cls, languages: Iterable[str]) -> WordLists:
        """Those of the languages that have one.

        Raises:
            MissingDependencyError: `ocrkit[spelling]` is not installed.
        """
        found = (dictionary_for(tag.partition("-")[0]) for tag in languages)
        return cls(each for each in found if each is not None)

    def plausibilities(self, texts: Mapping[str, str]) -> dict[str, float]:
        """How plausible each text is, relative to the most plausible one; nothing if one is unknown.

        Args:
            texts: the candidates, by any keys.
        """
        known = {key: value for key in texts if (value := self._commonness(texts[key])) is not None}
        if len(known) < len(texts):
            return {}
        most = max(known.values(), default=0.0)
        return {key: 10 ** (_EXPONENT * (value - most)) for key, value in known.items()}

    def best_division(self, texts: list[str]) -> int:
        """The position of the text whose words are clearly the most common: `a constant`, not `aconstant`.

        The first one stays, unless another one differs from it only in spaces.
        """
        best, most = 0, self._commonness(texts[0])
        for number, text in enumerate(texts):
            value = self._commonness(text)
            if most is None or value is None or _without_spaces(text) != _without_spaces(texts[0]):
                continue
            if value >= most + _DIVIDED:
                best, most = number, value
        return best

    def _commonness(self, text: str) -> float | None:
        """The Zipf frequency of the rarest word, within bounds; None without words that could be listed."""
        if not self._dictionaries or any(map(str.isdigit, text)):
            return None
        tokens = [each for each in text.split() if not each.endswith(_HYPHENS)]
        return min((self._frequency(part) for token in tokens for part in _parts(token)), default=None)

    def _frequency(self, word: str) -> float:
        found = max(each.frequency(word) for each in self._dictionaries)
        if found < _COMPOUND and len(word) >= _SHORTEST_COMPOUND:
            is_compound = any(each.is_compound(word) for each in self._dictionaries)
            found = _COMPOUND if is_compound else found
        return min(max(found, _RAREST), _COMMON)


def available_word_lists() -> str:
    """The version of the installed word lists; empty without `ocrkit[spelling]`."""
    return word_list_version() if importlib.util.find_spec("wordfreq") else ""


def require_word_lists() -> None:
    """Raise `MissingDependencyError` without `ocrkit[spelling]`."""
    if not available_word_lists():
        raise missing_extra("wordfreq", "spelling", "word lists as a voice of `consensus`")


def _parts(token: str) -> list[str]:
    """The words of `l'économiste` and of `Aid-Committee`, without the single letters between."""
    parts = [part.lower() for part in _LETTERS.findall(token)]
    return [part for part in parts if len(part) > 1] or parts[:1]


def _without_spaces(text: str) -> str:
    return "".join(text.split())
