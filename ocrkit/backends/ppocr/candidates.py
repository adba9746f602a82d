"""The readings of a stretch of a line that the network considers, from its distribution over characters."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ocrkit.backends.ppocr.runtime import Tensor

_LEAST = 0.004  # characters below this probability, at one step, are left out
_BEAMS = 12
_SURE = 0.995

Candidates: TypeAlias = tuple[tuple[str, float], ...]
"""Characters with their probabilities; the empty text is the blank of CTC."""


class Step(NamedTuple):
    """One output step of the network: its position along the line, from 0 to 1, and its candidates."""

    position: float
    candidates: Candidates

    @property
    def best(self) -> str:
        return max(self.candidates, key=lambda candidate: candidate[1])[0]


class Reading(NamedTuple):
    """A text, and its share of the probability of all texts that were considered."""

    text: str
    probability: float


def steps_of(
    distribution: Tensor, best: NDArray[np.intp], positions: Iterable[float], alphabet: Sequence[str]
) -> tuple[Step, ...]:
    """The steps of a line, each with the few characters that are at all probable there."""
    steps = []
    for row, first, position in zip(distribution, best, positions, strict=True):
        probability = float(row[first])
        numbers = np.flatnonzero(row > _LEAST).tolist() if probability < _SURE else [int(first)]
        found = tuple((alphabet[number], float(row[number])) for number in numbers)
        steps.append(Step(position, found))
    return tuple(steps)


def rank(steps: Sequence[Step]) -> list[Reading]:
    """The most probable texts of some steps, by prefix beam search.

    A text has many paths through the steps: each character may last several steps, and blanks separate equal
    characters. The probability of a text is the sum over its paths, those that end in a blank and those that
    end in the last character kept apart.
    """
    beams: dict[str, tuple[float, float]] = {"": (1.0, 0.0)}
    for step in steps:
        following: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
        for text, (blank, character) in beams.items():
            for candidate, probability in step.candidates:
                if not candidate:
                    following[text][0] += probability * (blank + character)
                elif text.endswith(candidate):
                    following[text][1] += probability * character
                    if blank:
                        following[text + candidate][1] += probability * blank
                else:
                    following[text + candidate][1] += probability * (blank + character)
        ranked = sorted(following.items(), key=lambda item: -sum(item[1]))[:_BEAMS]
        beams = {text: (blank, character) for text, (blank, character) in ranked}
    total = sum(map(sum, beams.values()))
    return [Reading(text, sum(parts) / total) for text, parts in beams.items()] if total else []
