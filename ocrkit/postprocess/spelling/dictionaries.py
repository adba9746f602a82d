"""Words of a language with how common they are: what a word may be corrected to, and what is one already."""

from __future__ import annotations

import functools
import importlib.metadata
import itertools
import math
import threading
from collections.abc import Mapping

from ocrkit.errors import missing_extra

LANGUAGES = frozenset("ca cs de en es fi fr it nb nl pl pt ru sv uk".split())
"""Those with a large list, in alphabets where words stand between spaces."""

_LINKS = {
    "de": ("", "s", "n", "en", "es", "e"), "sv": ("", "s"), "nb": ("", "s", "e"), "nl": ("", "s", "en"),
    "fi": ("",),
}  # fmt: skip
"""What may stand between the parts of a compound."""
_SHORTEST_PART = 4
_PART = 3.0
_ENOUGH = 20_000
"""The commonest words, which come first, have all letters of the language."""
_PURPOSE = "correcting the spelling"
_loading = threading.Lock()


class Dictionary:
    """The words of a language. Frequencies are on the Zipf scale: 3 is one in a million, 6 in a thousand."""

    def __init__(self, language: str, frequencies: Mapping[str, float]) -> None:
        self._frequencies = frequencies
        self._links = _LINKS.get(language, ())
        common = itertools.islice(frequencies, _ENOUGH)
        self.alphabet = "".join(sorted({letter for word in common for letter in word if letter.isalpha()}))

    def __contains__(self, word: object) -> bool:
        return word in self._frequencies

    def frequency(self, word: str) -> float:
        """0 for what is no word."""
        share = self._frequencies.get(word, 0.0)
        return math.log10(share) + 9 if share else 0.0

    def is_compound(self, word: str) -> bool:
        """Made of two common words, as German and Swedish make them without end."""
        return any(
            self.frequency(word[place:]) >= _PART
            and any(
                self.frequency(word[: place - len(link)]) >= _PART
                for link in self._links
                if word[:place].endswith(link) and place - len(link) >= _SHORTEST_PART
            )
            for place in range(_SHORTEST_PART, len(word) - _SHORTEST_PART + 1)
        )


def dictionary(language: str) -> Dictionary | None:
    """That of a language, or None where there is none. Loaded once in a process."""
    if language not in LANGUAGES:
        return None
    with _loading:
        return _loaded(language)


def version() -> str:
    """Of the lists of words."""
    try:
        return importlib.metadata.version("wordfreq")
    except importlib.metadata.PackageNotFoundError as error:
        raise missing_extra("wordfreq", "spelling", _PURPOSE) from error


@functools.lru_cache(maxsize=8)
def _loaded(language: str) -> Dictionary:
    try:
        from wordfreq import get_frequency_dict
    except ImportError as error:
        raise missing_extra("wordfreq", "spelling", _PURPOSE) from error
    return Dictionary(language, get_frequency_dict(language, wordlist="large"))
