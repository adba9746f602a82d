"""The scripts that the local engine reads."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection

from ocrkit.letters import COMMON, HAN, JAPANESE, LATIN, script_of_letter

READABLE = frozenset({LATIN, HAN, JAPANESE})
"""The scripts of the embedded engine, as ISO 15924 codes."""


def are_readable(text: str, scripts: Collection[str] = READABLE) -> bool:
    """Whether most letters and digits of a text can be read by an engine of these scripts."""
    characters = [character for character in text if character.isalnum()]
    return sum(_is_readable(character, scripts) for character in characters) * 2 > len(characters)


def _is_readable(character: str, scripts: Collection[str]) -> bool:
    script = script_of_letter(character)
    if script != COMMON:
        return script in scripts
    # Every engine reads 0 to 9, also wide and raised ones, but not the digits of Arabic or Devanagari.
    return unicodedata.normalize("NFKC", character).isascii()


def is_markup(text: str) -> bool:
    """Whether a word is LaTeX inside a text: what is printed looks different."""
    return "\\" in text or (text.count("$") > 1 and text.strip(".,;:()")[:1] == "$")
