"""Word lists by language, with the frequency of each word."""

from __future__ import annotations

import functools
import importlib.metadata
import itertools
import math
import threading
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ocrkit.errors import missing_extra

_LARGE = frozenset("ca cs de en es fi fr it mk nb nl pl pt ru sv uk".split())
_SMALL = frozenset("bg da el hu sh sk".split())
LANGUAGES = _LARGE | _SMALL
"""Languages with a word list that separate words by spaces. The small lists lack rare words."""
_ALIASES = {"no": "nb", "bs": "sh", "hr": "sh", "sr": "sh"}
"""Languages that share the list of another one; `sh` is written in Latin letters."""

_LINKS = {
    "de": ("", "s", "n", "en", "es", "e"), "sv": ("", "s"), "nb": ("", "s", "e"), "nl": ("", "s", "en"),
    "fi": ("",),
}  # fmt: skip
"""Letters that may connect the parts of a compound."""


class _Part(NamedTuple):
    """What a word needs to count as a part of a compound."""

    length: int
    frequency: float


_PART = _Part(4, 3.0)
_PLAIN_PART = _Part(5, 3.5)
_ALPHABET_SAMPLE = 20_000
"""The most common words, listed first, contain all letters of the language."""
_PURPOSE = "the spelling dictionary"
_load_lock = threading.Lock()


class Dictionary:
    """The words of a language with Zipf frequencies: 3 is once per million words, 6 once per thousand."""

    def __init__(self, language: str, frequencies: Mapping[str, float], *, is_large: bool = True) -> None:
        self.language = language
        self.is_large = is_large
        """Whether the list has rare words too: from once in 100 million words, not once in a million."""
        self._frequencies = frequencies
        self._links = _LINKS.get(language, ())
        common = itertools.islice(frequencies, _ALPHABET_SAMPLE)
        self.alphabet = "".join(sorted({letter for word in common for letter in word if letter.isalpha()}))

    def __contains__(self, word: object) -> bool:
        return word in self._frequencies

    def common_words(self) -> Iterator[str]:
        """The words that may be suggested, the most common first."""
        return itertools.takewhile(lambda word: self.frequency(word) >= 3, self._frequencies)

    def frequency(self, word: str) -> float:
        """The Zipf frequency; 0 for unknown words."""
        share = self._frequencies.get(word, 0.0)
        return math.log10(share) + 9 if share else 0.0

    def is_compound(self, word: str) -> bool:
        """Whether the word consists of two or three common words, as German and Swedish words often do."""
        return bool(self._links) and self._has_parts(word, 3, _PART)

    def is_plain_compound(self, word: str) -> bool:
        """Whether the word consists of two long and very common words: good enough to suggest it."""
        return bool(self._links) and self._has_parts(word, 2, _PLAIN_PART)

    def _has_parts(self, word: str, most: int, part: _Part) -> bool:
        """Whether the word consists of two to `most` known words."""
        return any(
            self.frequency(word[split:]) >= part.frequency
            and any(
                self.frequency(head) >= part.frequency or (most > 2 and self._has_parts(head, most - 1, part))
                for head in self._heads(word[:split], part.length)
            )
            for split in range(part.length, len(word) - part.length + 1)
        )

    def _heads(self, text: str, min_length: int) -> Iterator[str]:
        """The text without each of the letters that may connect it to the next part."""
        for link in self._links:
            if text.endswith(link) and len(text) - len(link) >= min_length:
                yield text[: len(text) - len(link)]


def dictionary_for(language: str) -> Dictionary | None:
    """The dictionary of a language, loaded once per process, or None if there is none."""
    language = _ALIASES.get(language, language)
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
    is_large = language in _LARGE
    frequencies = get_frequency_dict(language, wordlist="large" if is_large else "small")
    return Dictionary(language, frequencies, is_large=is_large)
