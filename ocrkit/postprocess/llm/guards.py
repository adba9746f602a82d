"""Rules that a candidate must pass: a small change of letters, never of a number or code.

The alternatives of an engine and the words of a vocabulary may be anything. Only a plausible misreading is
offered to the language model.
"""

from __future__ import annotations

import itertools
import re
import unicodedata

from ocrkit.letters import COMMON, script_of_letter
from ocrkit.postprocess.spelling.shapes import edit_distance

_MAX_WORD_CHANGE = 0.4
"""Share of the letters of a word that may change."""
_SHORT_WORD = 3
"""Words up to this length may change by one letter only, because more could turn them into any word."""
_MAX_ABBREVIATION = 5
"""Words of up to this many letters, all capitals, count as abbreviations."""

_PROTECTED = re.compile(r"[\d@/\\_#$€£¥§%+=<>{}\[\]~^|]|www\.|\w\.\w|\w:\w")
_PUNCTUATED = re.compile(r"^(\W*)(.*?)(\W*)$", re.DOTALL)


def is_protected(text: str) -> bool:
    """Whether a word must not change: numbers, dates, codes, addresses, abbreviations and single letters."""
    letters = [character for character in text if character.isalpha()]
    if len(letters) < 2 or _PROTECTED.search(text):
        return True
    if len(letters) <= _MAX_ABBREVIATION and all(character.isupper() for character in letters):
        return True
    return any(one.islower() and other.isupper() for one, other in itertools.pairwise(text))


def rejection_reason(before: str, after: str) -> str | None:
    """Why a word must not be replaced by another, or None if it may."""
    if not after or not any(character.isalpha() for character in after):
        return "not a word"
    if len(after.split()) > 1 or any(unicodedata.category(character)[0] == "C" for character in after):
        return "more than one word"
    if is_protected(after):
        return "a number, code or abbreviation that is not on the page"
    (prefix, core, suffix), (new_prefix, new_core, new_suffix) = _split(before), _split(after)
    if (prefix, suffix) != (new_prefix, new_suffix):
        return "different punctuation"
    if core[0].isupper() != new_core[0].isupper():
        return "different capitalization"
    if not _scripts(after) <= _scripts(before):
        return "letters of another script"
    changed = edit_distance(core, new_core)
    allowed = 1 if len(core) <= _SHORT_WORD else max(1, int(_MAX_WORD_CHANGE * len(core)))
    if changed > allowed or abs(len(core) - len(new_core)) > max(1, len(core) // 4):
        return "too different from the recognized word"
    return None


def _split(text: str) -> tuple[str, str, str]:
    """Leading punctuation, core and trailing punctuation."""
    match = _PUNCTUATED.match(text)
    prefix, core, suffix = match.groups() if match else ("", text, "")
    return prefix, core or text, suffix


def _scripts(text: str) -> set[str]:
    return {script_of_letter(character) for character in text} - {COMMON}
