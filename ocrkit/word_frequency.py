"""How common a word is in a language, if the word lists of `ocrkit[spelling]` are installed."""

from __future__ import annotations

import importlib.util

_LANGUAGES = frozenset("bg ca cs da de el en es fi fr hu it mk nb nl pl pt ro ru sv uk".split())
_ALIASES = {"no": "nb", "nn": "nb"}


def word_frequency(word: str, language: str) -> float | None:
    """The Zipf frequency of a word: 3 is once per million words, 0 is never. None without a list.

    Args:
        word: the word, in any case.
        language: a BCP-47 tag.
    """
    base = language.partition("-")[0].lower()
    base = _ALIASES.get(base, base)
    if base not in _LANGUAGES or importlib.util.find_spec("wordfreq") is None:
        return None
    from wordfreq import zipf_frequency

    return float(zipf_frequency(word.casefold(), base))
