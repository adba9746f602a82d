"""The difference between a word and the text opposite it, and the probability required to report it."""

from __future__ import annotations

import functools
import re
import unicodedata

from rapidfuzz.distance import Levenshtein

from ocrkit.calibration import is_unspaced
from ocrkit.result import FindingKind
from ocrkit.witness.reading import LOOK_ALIKES

SURE = 0.8
"""The probability from which a word of the local engine is evidence against other text."""
SURE_OF_DIGITS = 0.5
"""The same for digits: a wrong number costs more than a false alarm."""
SURE_OF_WORDS = 0.6
"""The same where most letters differ: a word is rarely misread as quite another one."""
SURE_OF_LETTERS = 0.95
"""The same where most letters agree: a single letter is easier to misread than a word."""
SURE_OF_CHARACTERS = 0.98
"""The same for a character of a script without spaces: a line has many of them."""
_SEPARATORS = ".,:/-"
_CODE = re.compile(rf"\w(?:[\w{_SEPARATORS}]*\w)?")
_DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2212\ufe63\uff0d"), "-")


def disagreement(said: str, seen: str, how: str) -> FindingKind | None:
    """The kind of disagreement between a word and the text opposite it; None if they agree."""
    one, other = code(said), code(seen)
    if one == other:
        return None
    if any(map(str.isdigit, one)) and (how == "linked" or any(map(str.isdigit, other))):
        return "digits"
    return None if _folded(one) == _folded(other) else "differs"


def needed_probability(kind: FindingKind, said: str, seen: str) -> float:
    """The probability that the local reading needs, so that the difference is reported."""
    if kind == "digits":
        return SURE_OF_DIGITS
    if is_unspaced(said):
        return SURE_OF_CHARACTERS
    return SURE_OF_LETTERS if are_similar(said, seen) else SURE_OF_WORDS


def are_similar(said: str, seen: str) -> bool:
    """Whether most characters agree."""
    return Levenshtein.normalized_similarity(code(said), code(seen)) >= 0.5


@functools.lru_cache(maxsize=16_384)
def code(text: str) -> str:
    """A text without case, spaces and punctuation, except separators inside it: what numbers depend on."""
    plain = unicodedata.normalize("NFKC", text.translate(LOOK_ALIKES)).casefold().translate(_DASHES)
    kept = "".join(each for each in plain if each.isalnum() or each in _SEPARATORS)
    found = _CODE.search(kept)
    return found[0] if found else ""


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text)
    return "".join(each for each in plain if each.isalnum())
