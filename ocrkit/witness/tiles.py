"""Equal sequences of tokens in two readings, and the links between their characters."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ocrkit.witness.reading import Reading

_STRONG_TOKENS, _STRONG_CHARACTERS, _VERY_STRONG_CHARACTERS = 3, 8, 12
"""A tile of this size is right even if it is out of order."""
_REPEATED = 4
"""Tokens of a passage that occurs several times and is matched in its order."""


class Tile(NamedTuple):
    """Equal tokens of both readings, from `said` and `seen` on."""

    said: int
    seen: int
    tokens: int
    characters: int

    @property
    def is_strong(self) -> bool:
        is_passage = self.tokens >= _STRONG_TOKENS and self.characters >= _STRONG_CHARACTERS
        return is_passage or self.characters >= _VERY_STRONG_CHARACTERS


class Links:
    """For each character of one reading, the position of its counterpart in the other, or -1."""

    def __init__(self, said: Reading, seen: Reading) -> None:
        self.said, self.seen = said, seen
        self.to_seen = [-1] * len(said.text)
        self.tokens = [-1] * len(said.tokens)
        """For each token, the equal one of the other reading; -2 if its characters are linked one by one."""
        self.taken = [False] * len(seen.tokens)
        self.opposite: set[int] = set()
        """Numbers opposite another number: they have not moved, even if the same number stands elsewhere."""

    def claim(self, tile: Tile) -> None:
        said, seen = self.said.starts, self.seen.starts
        for step in range(tile.tokens):
            self.tokens[tile.said + step] = tile.seen + step
            self.taken[tile.seen + step] = True
        first, last = said[tile.said], said[tile.said + tile.tokens]
        self.to_seen[first:last] = range(seen[tile.seen], seen[tile.seen + tile.tokens])

    def release(self, tile: Tile) -> None:
        for step in range(tile.tokens):
            self.tokens[tile.said + step] = -1
            self.taken[tile.seen + step] = False
        first, last = self.said.starts[tile.said], self.said.starts[tile.said + tile.tokens]
        self.to_seen[first:last] = [-1] * (last - first)

    @property
    def free(self) -> list[bool]:
        """Whether each token may be claimed by a tile."""
        return [token == -1 and number not in self.opposite for number, token in enumerate(self.tokens)]

    def is_free(self, said: int, count: int) -> bool:
        return all(
            self.tokens[number] == -1 and number not in self.opposite for number in range(said, said + count)
        )

    def extended(self, said: int, seen: int, count: int) -> Tile:
        """The tile around equal tokens, as far as both readings agree."""
        first, last = said, said + count
        shift = seen - said
        while self._is_free_pair(first - 1, first - 1 + shift):
            first -= 1
        while self._is_free_pair(last, last + shift):
            last += 1
        starts = self.said.starts
        return Tile(first, first + shift, last - first, starts[last] - starts[first])

    def _is_free_pair(self, said: int, seen: int) -> bool:
        return (
            0 <= said < len(self.tokens)
            and 0 <= seen < len(self.taken)
            and self.tokens[said] == -1
            and not self.taken[seen]
            and self.said.tokens[said] == self.seen.tokens[seen]
        )


def unique_tiles(links: Links, count: int, characters: int) -> Iterator[Tile]:
    """Tiles around the sequences of free tokens that occur once in both readings."""
    said = _once(links.said, links.free, count, characters)
    seen = _once(links.seen, [not taken for taken in links.taken], count, characters)
    for sequence, first in said.items():
        other = seen.get(sequence)
        if other is not None and links.is_free(first, count) and not any(links.taken[other : other + count]):
            yield links.extended(first, other, count)


def repeated_tiles(links: Links) -> Iterator[Tile]:
    """Tiles around free sequences that occur several times, paired in their order."""
    said = _free_sequences(links.said, links.free, _REPEATED)
    seen = _free_sequences(links.seen, [not taken for taken in links.taken], _REPEATED)
    for sequence, places in said.items():
        others = iter(seen.get(sequence, ()))
        for first in places:
            if links.is_free(first, _REPEATED):
                other = next((each for each in others if not any(links.taken[each : each + _REPEATED])), None)
                if other is None:
                    break
                yield links.extended(first, other, _REPEATED)


def _free_sequences(reading: Reading, free: Sequence[bool], count: int) -> dict[tuple[str, ...], list[int]]:
    """The sequences of free tokens, each with all of its positions."""
    found: dict[tuple[str, ...], list[int]] = {}
    for first in range(len(reading.tokens) - count + 1):
        if all(free[first : first + count]):
            found.setdefault(reading.tokens[first : first + count], []).append(first)
    return found


def _once(reading: Reading, free: Sequence[bool], count: int, characters: int) -> dict[tuple[str, ...], int]:
    """The sequences of free tokens that occur once, with their positions."""
    return {
        sequence: places[0]
        for sequence, places in _free_sequences(reading, free, count).items()
        if len(places) == 1 and sum(map(len, sequence)) >= characters
    }


def heaviest_chain(tiles: Sequence[Tile]) -> list[Tile]:
    """The tiles with the most characters that are in the same order in both readings."""
    best: list[tuple[int, int, int]] = []  # end in the other reading, weight, tile: both increase
    ordered = sorted(tiles)
    before: list[int] = [-1] * len(ordered)
    for number, tile in enumerate(ordered):
        place = bisect_left(best, (tile.seen + 1, -1, -1))
        previous = best[place - 1] if place else (0, 0, -1)
        before[number] = previous[2]
        entry = (tile.seen + tile.tokens, previous[1] + tile.characters, number)
        at = bisect_left(best, (entry[0], -1, -1))
        if at and best[at - 1][1] >= entry[1]:
            continue
        end = at
        while end < len(best) and best[end][1] <= entry[1]:
            end += 1
        best[at:end] = [entry]
    chain = []
    number = best[-1][2] if best else -1
    while number >= 0:
        chain.append(ordered[number])
        number = before[number]
    return chain[::-1]
