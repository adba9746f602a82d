"""Word lists by language, with the frequency of each word."""

from __future__ import annotations

import functools
import importlib.metadata
import itertools
import math
import threading
from collections.abc import Mapping

from ocrkit.errors import missing_extra

LANGUAGES = frozenset("ca cs de en es fi fr it nb nl pl pt ru sv uk".split())
"""Languages with a large word list and an alphabet that separates words by spaces."""

_LINKS = {
    "de": ("", "s", "n", "en", "es", "e"), "sv": ("", "s"), "nb": ("", "s", "e"), "nl": ("", "s", "en"),
    "fi": ("",),
}  # fmt: skip
"""Letters that may connect the parts of a compound."""
_MIN_PART_LENGTH = 4
_MIN_PART_FREQUENCY = 3.0
_ALPHABET_SAMPLE = 20_000
"""The most common words, listed first, contain all letters of the language."""
_PURPOSE = "the spelling dictionary"
_load_lock = threading.Lock()


class Dictionary:
    """The words of a language with Zipf frequencies: 3 is once per million words, 6 once per thousand."""

    def __init__(self, language: str, frequencies: Mapping[str, float]) -> None:
        self._frequencies = frequencies
        self._links = _LINKS.get(language, ())
        common = itertools.islice(frequencies, _ALPHABET_SAMPLE)
        self.alphabet = "".join(sorted({letter for word in common for letter in word if letter.isalpha()}))

    def __contains__(self, word: object) -> bool:
        return word in self._frequencies

    def frequency(self, word: str) -> float:
        """The Zipf frequency; 0 for unknown words."""
        share = self._frequencies.get(word, 0.0)
        return math.log10(share) + 9 if share else 0.0

    def is_compound(self, word: str) -> bool:
        """Whether the word consists of two common words, as new German and Swedish words often do."""
        return any(
            self.frequency(word[split:]) >= _MIN_PART_FREQUENCY
            and any(
                self.frequency(word[: split - len(link)]) >= _MIN_PART_FREQUENCY
                for link in self._links
                if word[:split].endswith(link) and split - len(link) >= _MIN_PART_LENGTH
            )
            for split in range(_MIN_PART_LENGTH, len(word) - _MIN_PART_LENGTH + 1)
        )


def dictionary_for(language: str) -> Dictionary | None:
    """The dictionary of a language, loaded once per process, or None if there is none."""
    if language not in LANGUAGES:
        return None
    with _load_lock:
        return _load(language)


def word_list_version() -> str:
    """The version of the installed word lists."""
    try:
        return importlib.metadata.version("wordfreq")
    except importlib.metadata.PackageNotFoundError as error:
        raise missing_extra("wordfreq", "spelling", _PURPOSE) from error


@functools.lru_cache(maxsize=8)
def _load(language: str) -> Dictionary:
    try:
        from wordfreq import get_frequency_dict
    except ImportError as error:
        raise missing_extra("wordfreq", "spelling", _PURPOSE) from error
    return Dictionary(language, get_frequency_dict(language, wordlist="large"))
