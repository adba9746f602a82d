"""Which hyphens at the ends of lines are there only because the line ends."""

from __future__ import annotations

import re

from ocrkit.result.page_result import PageResult

_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_BROKEN = re.compile(r"([^\W\d_]+)[-\u2010]$")
_REST = re.compile(r"[^\W\d_]+")
SOFT = "\u00ad"


def words_of(page: PageResult) -> frozenset[str]:
    """All words of a page, with the hyphens inside of them, in lower case."""
    return frozenset(word.casefold() for line in page.lines for word in _WORD.findall(line.text))


def parted(text: str, following: str) -> tuple[str, str] | None:
    """The two parts of the word that a hyphen parts between two lines, if that may be one word."""
    broken, rest = _BROKEN.search(text), _REST.match(following)
    if not broken or not rest or not rest[0][0].islower():
        return None
    return broken[1], rest[0]


def goes_on(text: str, following: str, words: frozenset[str]) -> bool:
    """Whether the hyphen is there only because the line ends: it is soft, or the page has the word whole.

    `well-` and `known` may belong together with a hyphen; nothing is guessed.
    """
    if text.endswith(SOFT):
        return True
    parts = parted(text, following)
    return (
        parts is not None and "".join(parts).casefold() in words and "-".join(parts).casefold() not in words
    )
