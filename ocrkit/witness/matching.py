"""Links between the characters of two readings, also where passages stand in another order.

Sequences of tokens that occur once in both readings are anchors, as in a patience diff. Gaps between anchors
are filled recursively, and then character by character, which finds misread, divided and joined words. What
is left on both sides has moved, and is matched by its content.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Container, Iterator, Sequence
from typing import NamedTuple, TypeAlias

from rapidfuzz.distance import Levenshtein

from ocrkit.witness.reading import Reading

Near: TypeAlias = Callable[["Links", int, int], tuple[int, float]]
"""How a token of the other reading lies to the box of the block of a token (0 inside of a small one, 1
unknown, 2 outside), and its distance from the neighbors in heights of a line, larger across
lines than along them."""

_MIN_ANCHOR = 4
"""The characters of a single token that is an anchor anywhere on the page."""
_STRONG_TOKENS, _STRONG_CHARACTERS = 3, 12
"""A tile of this size is right even if it is out of order."""
_SHARED = 0.5
"""Two words are readings of the same word if they share this part of their characters."""

_SHARED_AT_ENDS = 0.8
"""The same where the passage goes on elsewhere, so that only one neighbor is known."""
_MAX_RATIO, _FEW_CHARACTERS = 2.0, 8
"""Gaps are aligned by characters if neither is longer than the other by this factor and this number."""
_NEAR = 4.0
"""A short word that is left on both sides is the same one within this distance, so in the same row."""


class _Tile(NamedTuple):
    """Equal tokens of both readings, from `said` and `seen` on."""

    said: int
    seen: int
    tokens: int
    characters: int

    @property
    def is_strong(self) -> bool:
        return self.tokens >= _STRONG_TOKENS or self.characters >= _STRONG_CHARACTERS


class Links:
    """For each character of one reading, the position of its counterpart in the other, or -1."""

    def __init__(self, said: Reading, seen: Reading) -> None:
        self.said, self.seen = said, seen
        self.to_seen = [-1] * len(said.text)
        self.tokens = [-1] * len(said.tokens)
        """For each token, the equal one of the other reading; -2 if its characters are linked one by one."""
        self.taken = [False] * len(seen.tokens)

    def claim(self, tile: _Tile) -> None:
        said, seen = self.said.starts, self.seen.starts
        for step in range(tile.tokens):
            self.tokens[tile.said + step] = tile.seen + step
            self.taken[tile.seen + step] = True
        first, last = said[tile.said], said[tile.said + tile.tokens]
        self.to_seen[first:last] = range(seen[tile.seen], seen[tile.seen + tile.tokens])

    def release(self, tile: _Tile) -> None:
        for step in range(tile.tokens):
            self.tokens[tile.said + step] = -1
            self.taken[tile.seen + step] = False
        first, last = self.said.starts[tile.said], self.said.starts[tile.said + tile.tokens]
        self.to_seen[first:last] = [-1] * (last - first)

    def extended(self, said: int, seen: int, count: int) -> _Tile:
        """The tile around equal tokens, as far as both readings agree."""
        first, last = said, said + count
        shift = seen - said
        while self._is_free_pair(first - 1, first - 1 + shift):
            first -= 1
        while self._is_free_pair(last, last + shift):
            last += 1
        starts = self.said.starts
        return _Tile(first, first + shift, last - first, starts[last] - starts[first])

    def _is_free_pair(self, said: int, seen: int) -> bool:
        return (
            0 <= said < len(self.tokens)
            and 0 <= seen < len(self.taken)
            and self.tokens[said] == -1
            and not self.taken[seen]
            and self.said.tokens[said] == self.seen.tokens[seen]
        )


def link(said: Reading, seen: Reading, near: Near) -> Links:
    """Align two readings of a page.

    Args:
        said: the reading whose characters get links.
        seen: the other reading.
        near: chooses between equal tokens that stand in several places.
    """
    links = Links(said, seen)
    _anchor(links)
    _fill_gaps(links)
    _match_moved(links, near)
    _fill_gaps(links)
    _fill_ends(links)
    return links


def _anchor(links: Links) -> None:
    """Claim sequences that are unique in both readings, except weak ones that are out of order."""
    tiles: list[_Tile] = []
    for count in (3, 2, 1):
        for tile in _unique_tiles(links, count, _MIN_ANCHOR if count == 1 else 2 * count):
            links.claim(tile)
            tiles.append(tile)
    in_order = set(_heaviest_chain(tiles))
    for tile in tiles:
        if tile not in in_order and not tile.is_strong:
            links.release(tile)


def _unique_tiles(links: Links, count: int, characters: int) -> Iterator[_Tile]:
    """Tiles around the sequences of free tokens that occur once in both readings."""
    said = _once(links.said, [token == -1 for token in links.tokens], count, characters)
    seen = _once(links.seen, [not taken for taken in links.taken], count, characters)
    for sequence, first in said.items():
        other = seen.get(sequence)
        if other is not None and links.tokens[first] == -1 and not links.taken[other]:
            yield links.extended(first, other, count)


def _once(reading: Reading, free: Sequence[bool], count: int, characters: int) -> dict[tuple[str, ...], int]:
    """The sequences of free tokens that occur once, with their positions."""
    found: dict[tuple[str, ...], int] = {}
    for first in range(len(reading.tokens) - count + 1):
        if all(free[first : first + count]):
            sequence = reading.tokens[first : first + count]
            found[sequence] = -1 if sequence in found else first
    return {
        sequence: first
        for sequence, first in found.items()
        if first >= 0 and sum(map(len, sequence)) >= characters
    }


def _heaviest_chain(tiles: Sequence[_Tile]) -> list[_Tile]:
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


def _fill_gaps(links: Links) -> None:
    """Align the free tokens between two anchors that follow each other in both readings."""
    for first, last in list(_free_runs([token == -1 for token in links.tokens])):
        start = _seen_token(links, first - 1, end=True) + 1 if first else 0
        stop = _seen_token(links, last, end=False) if last < len(links.tokens) else len(links.taken)
        if start <= stop and not any(links.taken[start:stop]):
            _fill(links, first, last, start, stop)


def _fill_ends(links: Links) -> None:
    """Align the free tokens before and after a jump: words that are hyphenated or misread at its edge."""
    for first, last in list(_free_runs([token == -1 for token in links.tokens])):
        start = _seen_token(links, first - 1, end=True) + 1 if first else 0
        stop = start
        size = _size(links.said, first, last)
        while stop < len(links.taken) and not links.taken[stop] and _size(links.seen, start, stop) < size:
            stop += 1
        if start < stop:
            _align_characters(links, first, last, start, stop, shared=_SHARED_AT_ENDS)
        if last < len(links.tokens) and all(links.tokens[token] == -1 for token in range(first, last)):
            stop = start = _seen_token(links, last, end=False)
            while start > 0 and not links.taken[start - 1] and _size(links.seen, start, stop) < size:
                start -= 1
            if start < stop:
                _align_characters(links, first, last, start, stop, shared=_SHARED_AT_ENDS)


def _seen_token(links: Links, token: int, *, end: bool) -> int:
    """The token of the other reading that a linked token belongs to: its last or its first counterpart."""
    if links.tokens[token] >= 0:
        return links.tokens[token]
    first, last = links.said.starts[token], links.said.starts[token + 1]
    linked = [each for each in links.to_seen[first:last] if each >= 0]
    position = max(linked) if end else min(linked)
    return bisect_left(links.seen.starts, position + 1) - 1


def _free_runs(free: Sequence[bool]) -> Iterator[tuple[int, int]]:
    start = None
    for number, is_free in enumerate([*free, False]):
        if is_free and start is None:
            start = number
        elif not is_free and start is not None:
            yield start, number
            start = None


def _fill(links: Links, first: int, last: int, start: int, stop: int) -> None:
    """Align two ranges of free tokens: by tokens that occur once in both, then by characters."""
    said, seen = links.said.tokens, links.seen.tokens
    while first < last and start < stop and said[first] == seen[start]:
        links.claim(_Tile(first, start, 1, len(said[first])))
        first, start = first + 1, start + 1
    while first < last and start < stop and said[last - 1] == seen[stop - 1]:
        links.claim(_Tile(last - 1, stop - 1, 1, len(said[last - 1])))
        last, stop = last - 1, stop - 1
    if first == last or start == stop:
        return
    chain = _heaviest_chain(_common_once(said, seen, range(first, last), range(start, stop)))
    if not chain:
        size, other = _size(links.said, first, last), _size(links.seen, start, stop)
        if max(size, other) > _MAX_RATIO * min(size, other) + _FEW_CHARACTERS:
            return  # most of the longer side is missing in the other one, or has moved
        _align_characters(links, first, last, start, stop)
        return
    for tile in chain:
        links.claim(tile)
        _fill(links, first, tile.said, start, tile.seen)
        first, start = tile.said + 1, tile.seen + 1
    _fill(links, first, last, start, stop)


def _size(reading: Reading, first: int, last: int) -> int:
    return reading.starts[last] - reading.starts[first]


def _common_once(said: Sequence[str], seen: Sequence[str], here: range, there: range) -> list[_Tile]:
    """The tokens that occur once in both ranges."""
    other = _positions_once(seen, there)
    return [
        _Tile(position, other[token], 1, len(token))
        for token, position in _positions_once(said, here).items()
        if token in other
    ]


def _positions_once(tokens: Sequence[str], positions: range) -> dict[str, int]:
    found: dict[str, int] = {}
    for position in positions:
        found[tokens[position]] = -1 if tokens[position] in found else position
    return {token: position for token, position in found.items() if position >= 0}


def _align_characters(
    links: Links, first: int, last: int, start: int, stop: int, *, shared: float = _SHARED
) -> None:
    """Link the characters of two ranges, for tokens that share enough of them."""
    said, seen = links.said, links.seen
    offset, other = said.starts[first], seen.starts[start]
    text, seen_text = said.text[offset : said.starts[last]], seen.text[other : seen.starts[stop]]
    pairs: dict[int, int] = {}
    for edit in Levenshtein.opcodes(text, seen_text):
        if edit.tag in ("equal", "replace"):
            here = range(offset + edit.src_start, offset + edit.src_end)
            pairs.update(zip(here, range(other + edit.dest_start, other + edit.dest_end), strict=False))
    same = {a: b for a, b in pairs.items() if said.text[a] == seen.text[b]}
    good = _well_covered(seen.starts, start, stop, set(same.values()), shared)
    same = {a: b for a, b in same.items() if b in good}
    covered = _well_covered(said.starts, first, last, same, shared)
    for position in covered:
        if pairs.get(position, -1) in good:
            links.to_seen[position] = pairs[position]
    for token in range(first, last):
        if said.starts[token] in covered:
            links.tokens[token] = -2
    used = {links.to_seen[position] for position in covered}
    for token in range(start, stop):
        links.taken[token] = any(
            position in used for position in range(seen.starts[token], seen.starts[token + 1])
        )


def _well_covered(
    starts: Sequence[int], first: int, last: int, linked: Container[int], shared: float
) -> set[int]:
    """The positions of the tokens of which enough characters are linked."""
    good: set[int] = set()
    for token in range(first, last):
        positions = range(starts[token], starts[token + 1])
        if sum(position in linked for position in positions) >= shared * len(positions):
            good.update(positions)
    return good


def _match_moved(links: Links, near: Near) -> None:
    """Match what is left by content: longest sequences first, then equal words at the nearest place."""
    for count, characters in ((4, 1), (3, 1), (2, 4), (1, _MIN_ANCHOR - 1)):
        for tile in _unique_tiles(links, count, characters):
            links.claim(tile)
    places: dict[str, list[int]] = {}
    for number, taken in enumerate(links.taken):
        if not taken:
            places.setdefault(links.seen.tokens[number], []).append(number)
    for number, token in enumerate(links.said.tokens):
        found = places.get(token)
        if links.tokens[number] != -1 or not found:
            continue
        (rank, distance), place = min((near(links, number, place), place) for place in found)
        if rank == 0 or distance <= _NEAR or _is_weighty(token):
            found.remove(place)
            links.claim(_Tile(number, place, 1, len(token)))


def _is_weighty(token: str) -> bool:
    """Whether a token is the same one wherever it is: no article, no digit, no wide character."""
    return len(token) >= _MIN_ANCHOR - 1
