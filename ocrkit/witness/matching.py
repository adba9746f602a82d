"""Links between the characters of two readings, also where passages stand in another order.

Sequences of tokens that occur once in both readings are anchors, as in a patience diff. Gaps between anchors
are filled recursively, and then character by character, which finds misread, divided and joined words. What
is left on both sides has moved, and is matched by its content.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Container, Iterator, Sequence
from typing import TypeAlias

from rapidfuzz.distance import Levenshtein

from ocrkit.witness.hyphenation import join_hyphenated
from ocrkit.witness.reading import Reading
from ocrkit.witness.tiles import Links, Tile, heaviest_chain, repeated_tiles, unique_tiles

Near: TypeAlias = Callable[[Links, int, int], tuple[int, float]]
"""How a token of the other reading lies to the box of the block of a token (0 inside of a small one, 1 is
unknown, 2 outside), and its distance from the neighbors in heights of a line. A distance across lines counts
much more than one along a line."""

_MIN_ANCHOR = 4
"""The characters of a single token that is an anchor anywhere on the page."""
_SHARED = 0.5
"""Two words are readings of the same word if they share this part of their characters."""
_SHARED_AT_ENDS = 0.8
"""The same where the passage goes on elsewhere, so that only one neighbor is known."""
_MAX_RATIO, _FEW_CHARACTERS = 2.0, 8
"""Gaps are aligned by characters if neither is longer than the other by this factor and this number."""
_NEAR = 4.0
"""A short word that is left on both sides is the same one within this distance, so in the same row."""


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
    join_hyphenated(links)
    _match_moved(links, near)
    _fill_gaps(links)
    _fill_ends(links)
    return links


def _anchor(links: Links) -> None:
    """Claim sequences that are unique in both readings, except weak ones that are out of order."""
    tiles: list[Tile] = []
    for count in (8, 5, 3, 2, 1):
        for tile in unique_tiles(links, count, _MIN_ANCHOR if count == 1 else 2 * count):
            links.claim(tile)
            tiles.append(tile)
    in_order = set(heaviest_chain(tiles))
    for tile in tiles:
        if tile not in in_order and not tile.is_strong:
            links.release(tile)


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
        links.claim(Tile(first, start, 1, len(said[first])))
        first, start = first + 1, start + 1
    while first < last and start < stop and said[last - 1] == seen[stop - 1]:
        links.claim(Tile(last - 1, stop - 1, 1, len(said[last - 1])))
        last, stop = last - 1, stop - 1
    if first == last or start == stop:
        return
    chain = heaviest_chain(_common_once(said, seen, range(first, last), range(start, stop)))
    if not chain:
        size, other = _size(links.said, first, last), _size(links.seen, start, stop)
        if max(size, other) <= _MAX_RATIO * min(size, other) + _FEW_CHARACTERS:
            _align_characters(links, first, last, start, stop)
            _hold_numbers(links, first, last, start, stop)
        return  # else most of the longer side is missing in the other one, or has moved
    for tile in chain:
        links.claim(tile)
        _fill(links, first, tile.said, start, tile.seen)
        first, start = tile.said + 1, tile.seen + 1
    _fill(links, first, last, start, stop)


def _hold_numbers(links: Links, first: int, last: int, start: int, stop: int) -> None:
    """Keep numbers opposite other numbers in their place: swapped numbers are errors, not moved text."""
    if last - first != stop - start:
        return
    for token, other in zip(range(first, last), range(start, stop), strict=True):
        texts = links.said.tokens[token], links.seen.tokens[other]
        if links.tokens[token] == -1 and not links.taken[other] and all(text[0].isdigit() for text in texts):
            links.opposite.add(token)


def _size(reading: Reading, first: int, last: int) -> int:
    return reading.starts[last] - reading.starts[first]


def _common_once(said: Sequence[str], seen: Sequence[str], here: range, there: range) -> list[Tile]:
    """The tokens that occur once in both ranges."""
    other = _positions_once(seen, there)
    return [
        Tile(position, other[token], 1, len(token))
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
        for tile in unique_tiles(links, count, characters):
            links.claim(tile)
    for tile in repeated_tiles(links):
        links.claim(tile)
    places: dict[str, list[int]] = {}
    for number, taken in enumerate(links.taken):
        if not taken:
            places.setdefault(links.seen.tokens[number], []).append(number)
    for number, token in enumerate(links.said.tokens):
        found = places.get(token)
        if not links.is_free(number, 1) or not found:
            continue
        (rank, distance), place = min((near(links, number, place), place) for place in found)
        if rank == 0 or distance <= _NEAR or _is_weighty(token):
            found.remove(place)
            links.claim(Tile(number, place, 1, len(token)))


def _is_weighty(token: str) -> bool:
    """Whether a token can be matched by content alone: no article, no digit, no wide character."""
    return len(token) >= _MIN_ANCHOR - 1
