"""Hyphens at line ends: whether they only mark the line break."""

from __future__ import annotations

import re

from ocrkit.result.page_result import PageResult

_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_FIRST_PART = re.compile(r"([^\W\d_]+)[-\u2010]$")
_SECOND_PART = re.compile(r"[^\W\d_]+")
SOFT_HYPHEN = "\u00ad"


def vocabulary(page: PageResult) -> frozenset[str]:
    """All words of a page in lower case, including their inner hyphens."""
    return frozenset(word.casefold() for line in page.lines for word in _WORD.findall(line.text))


def divided_word(text: str, following: str) -> tuple[str, str] | None:
    """The two parts of a word hyphenated between two lines, or None where it cannot be one word."""
    first, second = _FIRST_PART.search(text), _SECOND_PART.match(following)
    if not first or not second or not second[0][0].islower():
        return None
    return first[1], second[0]


def is_line_break_hyphen(text: str, following: str, words: frozenset[str]) -> bool:
    """Whether the hyphen only marks the line break: it is a soft one, or the page has the undivided word.

    Without such evidence the hyphen stays: `well-` and `known` may be `well-known`.
    """
    if text.endswith(SOFT_HYPHEN):
        return True
    parts = divided_word(text, following)
    return (
        parts is not None and "".join(parts).casefold() in words and "-".join(parts).casefold() not in words
    )
