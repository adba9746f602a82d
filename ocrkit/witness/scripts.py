"""The scripts that the local engine reads."""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Collection

READABLE = frozenset({"LATIN", "CJK", "HIRAGANA", "KATAKANA", "DIGIT", "FULLWIDTH"})
"""The scripts of the embedded engine, by the first word of the Unicode names of their letters."""


def are_readable(text: str, scripts: Collection[str] = READABLE) -> bool:
    """Whether most letters of a text are in scripts that the engine reads."""
    letters = [character for character in text if character.isalnum()]
    return sum(script_of(character) in scripts for character in letters) * 2 > len(letters)


def is_markup(text: str) -> bool:
    """Whether a word is LaTeX inside a text: what is printed looks different."""
    return "\\" in text or (text.count("$") > 1 and text.strip(".,;:()")[:1] == "$")


@functools.lru_cache(maxsize=4096)
def script_of(character: str) -> str:
    """The script of a letter or digit, by its Unicode name; empty where it has none."""
    if character.isascii():
        return "DIGIT" if character.isdigit() else "LATIN"
    return unicodedata.name(character, "").partition(" ")[0]
