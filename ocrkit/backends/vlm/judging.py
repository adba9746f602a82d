"""Checks whether an answer can be the text of its image."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from ocrkit.backends.vlm.answer import Answer
from ocrkit.backends.vlm.formats import Reply
from ocrkit.page import Encoded
from ocrkit.result.model import shortened

_REFUSAL = re.compile(
    r"\A\W*(?:i['’]m sorry|i am sorry|sorry|i can(?:['’]t|not)|i am unable|i['’]m unable|as an ai)\b",
    re.IGNORECASE,
)
_LONGEST_REFUSAL = 400


@dataclass(frozen=True, slots=True)
class Outcome:
    """An answer, what it contains, and what is wrong with it."""

    answer: Answer
    reply: Reply
    image: Encoded
    problem: str | None = None

    @property
    def length(self) -> int:
        """The number of recognized characters."""
        cells = sum(len(cell.text) for piece in self.reply.pieces for cell in piece.cells)
        return cells + sum(len(piece.text) + len(piece.latex or "") for piece in self.reply.pieces)


def problem_of(answer: Answer, reply: Reply, letters: int, limit: int) -> str | None:
    """The problem of an answer, in words; None for a plausible answer.

    Args:
        answer: the answer.
        reply: its content.
        letters: the estimated number of letters in the image.
        limit: the maximum number of tokens.
    """
    if answer.refusal:
        return f"the model refused to answer ('{shortened(answer.refusal)}')"
    if answer.ending == "content_filter":
        return "the content filter of the service held the answer back"
    if answer.ending == "repetition":
        return "the model repeated itself and was stopped"
    if answer.ending == "length":
        return f"the answer was cut off at {limit} tokens"
    if answer.ending == "cut":
        return "the answer has no end: the server stopped sending"
    if not reply.pieces:
        return "the answer is empty although the page is not blank"
    text = answer.text.strip()
    could_be_the_page = letters / 2 < len(text) < 2 * letters
    if len(text) < _LONGEST_REFUSAL and _REFUSAL.match(text) and not could_be_the_page:
        return f"the model refused to answer ('{shortened(text)}')"
    return None


def best_of_two(first: Outcome, ask_again: Callable[[], Outcome]) -> Outcome:
    """The first answer, or a second one if the first failed; the longer one if both failed."""
    if first.problem is None and not first.reply.turn:
        return first
    second = ask_again()
    if second.problem is None or (first.problem is not None and second.length > first.length):
        return second
    return first
