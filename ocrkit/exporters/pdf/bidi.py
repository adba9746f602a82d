"""Reordering of right-to-left text into visual order.

A PDF states the position of each character. Programs that extract text expect right-to-left characters in
visual order and restore the logical order. Embedding levels are not supported: a printed line needs them only
for quotations within quotations.
"""

from __future__ import annotations

import itertools
import unicodedata

_RIGHT_TO_LEFT = frozenset({"R", "AL"})
_LEFT_TO_RIGHT = frozenset({"L", "EN", "AN"})  # numbers are written left to right in every script


def has_right_to_left(text: str) -> bool:
    """Whether a text contains letters of a right-to-left script."""
    return any(unicodedata.bidirectional(character) in _RIGHT_TO_LEFT for character in text)


def visual_order(text: str) -> str:
    """The characters from left to right, as they are printed."""
    if not has_right_to_left(text):
        return text
    directed = zip(text, _directions(text), strict=True)
    runs = [
        (is_rtl, "".join(character for character, _ in run))
        for is_rtl, run in itertools.groupby(directed, key=lambda item: item[1])
    ]
    if _is_base_right_to_left(text):
        runs.reverse()
    return "".join(run[::-1] if is_rtl else run for is_rtl, run in runs)


def _is_base_right_to_left(text: str) -> bool:
    """Whether the first letter with a direction is written from right to left."""
    classes = (unicodedata.bidirectional(character) for character in text)
    return next((each for each in classes if each in _RIGHT_TO_LEFT or each == "L"), "L") != "L"


def _directions(text: str) -> list[bool]:
    """For each character whether it is written from right to left.

    Characters without a direction take that of their neighbors where these agree, else that of the text.
    """
    base = _is_base_right_to_left(text)
    known: list[bool | None] = []
    for character in text:
        bidi_class = unicodedata.bidirectional(character)
        if bidi_class == "NSM":  # a combining mark belongs to its letter
            known.append(known[-1] if known else None)
        elif bidi_class in _RIGHT_TO_LEFT:
            known.append(True)
        else:
            known.append(False if bidi_class in _LEFT_TO_RIGHT else None)
    directions: list[bool] = []
    before = base
    for index, direction in enumerate(known):
        if direction is None:
            after = next((each for each in known[index:] if each is not None), base)
            directions.append(before if before == after else base)
        else:
            before = direction
            directions.append(direction)
    return directions
