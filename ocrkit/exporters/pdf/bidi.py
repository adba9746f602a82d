"""Text that runs from right to left, in the order its letters stand from left to right.

A PDF states where each letter is. Programs that take the text out put what runs to the left back into the
order it is spoken in, so that is what they have to be given. Levels of embedding are not followed: a line of
print needs them only for quotations within quotations.
"""

from __future__ import annotations

import itertools
import unicodedata

_RIGHT_TO_LEFT = frozenset({"R", "AL"})
_LEFT_TO_RIGHT = frozenset({"L", "EN", "AN"})  # numbers run to the right in every script


def runs_left(text: str) -> bool:
    """Whether there is a letter in it of a script that runs from right to left."""
    return any(unicodedata.bidirectional(character) in _RIGHT_TO_LEFT for character in text)


def visual(text: str) -> str:
    """The letters from left to right, as they are printed."""
    if not runs_left(text):
        return text
    runs = [
        (leftwards, "".join(character for character, _ in run))
        for leftwards, run in itertools.groupby(
            zip(text, _directions(text), strict=True), key=lambda item: item[1]
        )
    ]
    if not _begins_leftwards(text):
        return "".join(run[::-1] if leftwards else run for leftwards, run in runs)
    return "".join(run[::-1] if leftwards else run for leftwards, run in reversed(runs))


def _begins_leftwards(text: str) -> bool:
    strong = (unicodedata.bidirectional(character) for character in text)
    return next((kind for kind in strong if kind in _RIGHT_TO_LEFT or kind == "L"), "L") != "L"


def _directions(text: str) -> list[bool]:
    """For each letter whether it runs leftwards.

    What has no direction stands between two: where they agree it goes with them, else with the whole text.
    """
    base = _begins_leftwards(text)
    known: list[bool | None] = []
    for character in text:
        kind = unicodedata.bidirectional(character)
        if kind == "NSM":  # an accent goes with its letter
            known.append(known[-1] if known else None)
        else:
            known.append(True if kind in _RIGHT_TO_LEFT else False if kind in _LEFT_TO_RIGHT else None)
    directions: list[bool] = []
    before = base
    for index, own in enumerate(known):
        if own is None:
            after = next((each for each in known[index:] if each is not None), base)
            directions.append(before if before == after else base)
        else:
            before = own
            directions.append(own)
    return directions
