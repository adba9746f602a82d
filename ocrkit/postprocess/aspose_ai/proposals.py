"""The differences between a block and its corrected text, as edits of words that pass the rules. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ocrkit.postprocess.edits import Edit, WordSpan, word_spans
from ocrkit.postprocess.llm.guards import is_protected, rejection_reason
from ocrkit.postprocess.spelling.shapes import edit_distance
from ocrkit.result import Block

_MAX_BLOCK_CHANGE = 0.25
"""Share of the letters of a block that may change; beyond it the model has rewritten the block."""
_REASON = "suggested by Aspose's language model"


class Rejection(NamedTuple):
    """A proposal that is not applied."""

    before: str
    after: str
    reason: str


class Proposals(NamedTuple):
    """What the model proposes for a block."""

    edits: tuple[Edit, ...] = ()
    rejected: tuple[Rejection, ...] = ()


class _Place(NamedTuple):
    """A word and its line in the block."""

    line: int
    span: WordSpan


def propose(block: Block, text: str, threshold: float) -> Proposals:
    """The edits that turn words of the block into those of the corrected text.

    The engine returns the whole text again. Words are compared in order, and only a word that was replaced by
    one other word is a proposal: what the model added, removed, joined or divided is rejected.

    Args:
        block: the block.
        text: its corrected text.
        threshold: words with at least this confidence stay. Words without confidence may change.
    """
    places = [_Place(number, span) for number, line in enumerate(block.lines) for span in word_spans(line)]
    before, after = [place.span.text for place in places], text.split()
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    accepted: list[tuple[_Place, str]] = []
    rejected: list[Rejection] = []
    for tag, first, last, first_after, last_after in matcher.get_opcodes():
        if tag == "equal":
            continue
        if tag != "replace" or last - first != last_after - first_after:
            texts = " ".join(before[first:last]), " ".join(after[first_after:last_after])
            rejected.append(Rejection(*texts, "another number of words"))
            continue
        for place, word in zip(places[first:last], after[first_after:last_after], strict=True):
            reason = _reason(place.span, word, threshold)
            if reason is None:
                accepted.append((place, word))
            else:
                rejected.append(Rejection(place.span.text, word, reason))
    if _changes_too_much(((place.span.text, word) for place, word in accepted), block.text):
        reason = "the changes together would rewrite the block"
        rejected += [Rejection(place.span.text, word, reason) for place, word in accepted]
        accepted = []
    return Proposals(_edits(accepted), tuple(rejected))


def _reason(span: WordSpan, word: str, threshold: float) -> str | None:
    """Why a word must not be replaced, or None."""
    if span.confidence is not None and span.confidence >= threshold:
        return "the engine was sure of the word"
    if is_protected(span.text):
        return "a number, code or abbreviation"
    return rejection_reason(span.text, word)


def _changes_too_much(changes: Iterable[tuple[str, str]], text: str) -> bool:
    """Whether the changes of a block together are more than misreadings can explain."""
    changed = sum(edit_distance(before, after) for before, after in changes)
    return changed > max(2, _MAX_BLOCK_CHANGE * len(text))


def _edits(accepted: Sequence[tuple[_Place, str]]) -> tuple[Edit, ...]:
    return tuple(Edit(line, span.start, span.end, word, _REASON) for (line, span), word in accepted)
