"""Words that one reading divides at the end of a line, and the other one does not."""

from __future__ import annotations

from ocrkit.witness.reading import Reading
from ocrkit.witness.tiles import Links

_HYPHENS = ("-", "\u2010", "\u00ad")
_MIN_PART = 2


def join_hyphenated(links: Links) -> None:
    """Link words of the first reading to the two parts that the second one has in two lines.

    The parts need not follow each other: an engine without reading order has the lines of another column
    between them.
    """
    wanted = {
        links.said.tokens[number]: number
        for number in range(len(links.tokens) - 1, -1, -1)
        if links.tokens[number] == -1
    }
    starts = _line_starts(links)
    for first in _line_ends(links):
        part = links.seen.tokens[first]
        for second in sorted(starts, key=lambda number: (number < first, number)):
            number = wanted.get(part + links.seen.tokens[second])
            if number is not None:
                _link(links, number, first, second)
                starts.remove(second)
                del wanted[part + links.seen.tokens[second]]
                break


def _line_ends(links: Links) -> list[int]:
    """The free tokens that end a line with a hyphen."""
    reading = links.seen
    return [
        token
        for token, unit in enumerate(_units(reading))
        if not links.taken[token]
        and reading.units[unit].text.endswith(_HYPHENS)
        and len(reading.tokens[token]) >= _MIN_PART
        and _line_of(reading, unit + 1) != reading.units[unit].line
    ]


def _line_starts(links: Links) -> list[int]:
    """The free tokens that begin a line."""
    reading = links.seen
    return [
        token
        for token, unit in enumerate(_units(reading))
        if not links.taken[token]
        and reading.position_at[reading.starts[token]] == 0
        and _line_of(reading, unit - 1) != reading.units[unit].line
    ]


def _units(reading: Reading) -> list[int]:
    """The unit of each token."""
    return [reading.unit_at[start] for start in reading.starts[:-1]]


def _line_of(reading: Reading, unit: int) -> int:
    return reading.units[unit].line if 0 <= unit < len(reading.units) else -1


def _link(links: Links, said: int, first: int, second: int) -> None:
    start, stop = links.said.starts[said], links.said.starts[said + 1]
    parts = (range(links.seen.starts[part], links.seen.starts[part + 1]) for part in (first, second))
    links.to_seen[start:stop] = [position for part in parts for position in part]
    links.tokens[said] = -2
    links.taken[first] = links.taken[second] = True
