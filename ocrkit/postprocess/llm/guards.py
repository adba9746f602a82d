"""Which proposals of a language model may be made true: small, in the same letters, and never a number.

A model does not only correct. It completes, modernises, translates and invents, always in good language.
What it says counts only where it explains what stands on the paper; all else stays as the engine has read it.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterable

_MOST_OF_A_WORD = 0.4
"""The share of its letters that may change."""
_MOST_OF_A_BLOCK = 0.25
"""Likewise; where it is more, the model has not corrected the block but written another one."""
_SHORT = 3
"""Words up to here change one letter, or they could become any other."""
_CAPITALS = 5
"""So many letters, all of them capitals, may be an abbreviation."""

_NO_WORD = re.compile(r"[\d@/\\_#$€£¥§%+=<>{}\[\]~^|]|www\.|\w\.\w|\w:\w")
_EDGES = re.compile(r"^(\W*)(.*?)(\W*)$", re.DOTALL)


def is_protected(text: str) -> bool:
    """Whether a word is never touched: numbers, dates, codes, addresses, abbreviations, single letters."""
    letters = [character for character in text if character.isalpha()]
    if len(letters) < 2 or _NO_WORD.search(text):
        return True
    if len(letters) <= _CAPITALS and all(character.isupper() for character in letters):
        return True
    return any(one.islower() and other.isupper() for one, other in itertools.pairwise(text))


def objection(before: str, after: str) -> str | None:
    """Why a word must not become another one, or None."""
    if not after or not any(character.isalpha() for character in after):
        return "no word"
    if len(after.split()) > 1 or any(unicodedata.category(character)[0] == "C" for character in after):
        return "more than a word"
    if is_protected(after):
        return "a number, a code or an abbreviation, which the page does not have there"
    (lead, core, tail), (new_lead, new_core, new_tail) = _edges(before), _edges(after)
    if (lead, tail) != (new_lead, new_tail):
        return "other signs around the word"
    if core[0].isupper() != new_core[0].isupper():
        return "a capital for a small letter, or the reverse"
    if not _scripts(after) <= _scripts(before):
        return "letters of another script"
    changed = distance(core, new_core)
    allowed = 1 if len(core) <= _SHORT else max(1, int(_MOST_OF_A_WORD * len(core)))
    if changed > allowed or abs(len(core) - len(new_core)) > max(1, len(core) // 4):
        return "too far from what was read"
    return None


def too_much(changes: Iterable[tuple[str, str]], text: str) -> bool:
    """Whether all the changes of a block together are more than misreadings explain."""
    changed = sum(distance(before, after) for before, after in changes)
    return changed > max(2, _MOST_OF_A_BLOCK * len(text))


def distance(one: str, other: str) -> int:
    """How many letters have to be changed, added or taken away."""
    row = list(range(len(other) + 1))
    for place, letter in enumerate(one, start=1):
        corner, row[0] = row[0], place
        for column, wanted in enumerate(other, start=1):
            best = min(row[column] + 1, row[column - 1] + 1, corner + (letter != wanted))
            corner, row[column] = row[column], best
    return row[-1]


def _edges(text: str) -> tuple[str, str, str]:
    match = _EDGES.match(text)
    lead, core, tail = match.groups() if match else ("", text, "")
    return lead, core or text, tail


def _scripts(text: str) -> set[str]:
    return {unicodedata.name(character, "?").split()[0] for character in text if character.isalpha()}
