"""Character alignment of two texts with the fewest edits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple, TypeAlias

from rapidfuzz.distance import Levenshtein

Kind: TypeAlias = Literal["equal", "replace", "insert", "delete"]


class Segment(NamedTuple):
    """A run of characters that both texts share, or in which they differ.

    `insert` is only in the second text, `delete` only in the first.
    """

    kind: Kind
    first: slice
    second: slice


def align_characters(first: Sequence[str], second: Sequence[str]) -> list[Segment]:
    """The segments of two texts, in order; together they cover both texts.

    Differences that touch are one segment, because no alignment can tell which of their characters belong
    together: `rn` and `m` are one replacement.
    """
    segments: list[Segment] = []
    for operation in Levenshtein.opcodes(first, second):
        segment = Segment(
            "equal" if operation.tag == "equal" else "replace",
            slice(operation.src_start, operation.src_end),
            slice(operation.dest_start, operation.dest_end),
        )
        last = segments[-1] if segments else None
        if last is not None and last.kind != "equal" and segment.kind != "equal":
            segments[-1] = Segment(
                "replace",
                slice(last.first.start, segment.first.stop),
                slice(last.second.start, segment.second.stop),
            )
        else:
            segments.append(segment)
    return [_with_kind(segment) for segment in segments]


def similarity(first: str, second: str) -> float:
    """The share of characters that agree, from 0 to 1; two empty texts agree entirely."""
    return Levenshtein.normalized_similarity(first, second)


def _with_kind(segment: Segment) -> Segment:
    if segment.kind == "equal":
        return segment
    if segment.first.start == segment.first.stop:
        return segment._replace(kind="insert")
    if segment.second.start == segment.second.stop:
        return segment._replace(kind="delete")
    return segment
