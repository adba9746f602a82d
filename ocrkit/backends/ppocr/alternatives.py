"""The other readings of doubtful words."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import dropwhile

from ocrkit.backends.ppocr.candidates import Step, rank
from ocrkit.backends.ppocr.recognition import DOUBTFUL, RecognizedCharacter
from ocrkit.result import Alternative

_MOST = 5
_LEAST = 0.01
_LONGEST = 32  # characters; a longer run has too many readings for a few to be of use


def alternatives(
    word: Sequence[RecognizedCharacter],
    before: RecognizedCharacter | None,
    after: RecognizedCharacter | None,
    steps: Sequence[Step],
) -> tuple[Alternative, ...]:
    """The other readings of a word that has a doubtful character, the most probable first.

    Args:
        word: the characters of the word.
        before: the character before the word in its line; None at the start.
        after: the character after the word; None at the end.
        steps: the candidates along the line.
    """
    if not steps or len(word) > _LONGEST or min(each.confidence for each in word) >= DOUBTFUL:
        return ()
    start, end = before.position if before else -1.0, after.position if after else 2.0
    own = [step for step in steps if start < step.position < end]
    if before:  # a character lasts several steps
        own = list(dropwhile(lambda step: step.best == before.text, own))
    text = "".join(character.text for character in word)
    others: dict[str, float] = {}
    for reading in rank(own):
        other = " ".join(reading.text.split())
        if other and other != text:
            others[other] = others.get(other, 0.0) + reading.probability
    ranked = sorted(others.items(), key=lambda item: -item[1])[:_MOST]
    return tuple(
        Alternative(text=other, probability=round(min(1.0, probability), 4))
        for other, probability in ranked
        if probability >= _LEAST
    )
