"""Furniture of a document: lines that several pages repeat at the same place, and page numbers that count."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from rapidfuzz import fuzz

from ocrkit.postprocess.furniture.evidence import row_kinds
from ocrkit.postprocess.furniture.labels import with_kinds
from ocrkit.postprocess.furniture.patterns import is_page_number, normalized, page_number
from ocrkit.postprocess.furniture.rows import Edge, EdgeRows, Row, edge_rows
from ocrkit.result import BlockKind, PageResult

_KINDS = frozenset({"text", "heading", "note", "list"})
"""Only these kinds change: a table, a caption or a formula stays what it is."""
_MIN_GAP = 0.5
"""The distance of repeated rows from the text, in line heights. The heading of a table that each page repeats
is closer to its rows."""
_SIMILARITY = 85
_PLACE = 0.02
"""Repeated lines differ in their position by less than this share of the page height."""
_MIN_LETTERS = 3
_NEAR = 4
"""Compared pages lie so many pages before and after. Left and right pages have different running heads."""


class _Seen(NamedTuple):
    """A row at an edge of a page."""

    edge: Edge
    text: str
    position: float
    """The position of the center, in page heights."""


class RepeatedRows:
    """The rows at the edges of all pages. Holds a few lines of each page, whatever its size."""

    def __init__(self) -> None:
        self._seen: dict[int, list[_Seen]] = {}
        self._offsets: Counter[tuple[Edge, int]] = Counter()

    @classmethod
    def of(cls, pages: Iterable[PageResult]) -> RepeatedRows:
        """Look at each page once."""
        found = cls()
        for page in pages:
            rows = list(_rows(page))
            found._seen[page.index] = [_seen(row, edge, page) for edge, row in rows]
            found._offsets.update(
                {(edge, page.index - number) for edge, row in rows if (number := page_number(row.text))}
            )
        return found

    def label(self, page: PageResult) -> PageResult:
        """The page with header, footer and page number as the kinds of what its document repeats."""
        kinds: dict[int, BlockKind] = {}
        for edge, edge_of_page in _edges(page).items():
            for count in range(len(edge_of_page.rows), 0, -1):
                rows = edge_of_page.rows[:count]
                if edge_of_page.gaps[count - 1] >= _MIN_GAP and all(
                    self._is_furniture(row, edge, page) for row in rows
                ):
                    for row in rows:
                        kinds |= row_kinds(row, edge)
                    break
        changeable = {id(line) for block in page.blocks if block.kind in _KINDS for line in block.lines}
        kinds = {line: kind for line, kind in kinds.items() if line in changeable}
        return page.model_copy(update={"blocks": with_kinds(page.blocks, kinds)}) if kinds else page

    def _is_furniture(self, row: Row, edge: Edge, page: PageResult) -> bool:
        number = page_number(row.text)
        if number is not None and self._offsets[edge, page.index - number] > 1:
            return is_page_number(row.text) or self._is_repeated(_seen(row, edge, page), page)
        return self._is_repeated(_seen(row, edge, page), page)

    def _is_repeated(self, row: _Seen, page: PageResult) -> bool:
        """Whether a page nearby has the row at the same place, too."""
        if sum(character.isalpha() for character in row.text) < _MIN_LETTERS:
            return False
        near = range(page.index - _NEAR, page.index + _NEAR + 1)
        others = (other for index in near if index != page.index for other in self._seen.get(index, ()))
        return any(_is_same(row, other) for other in others)


def _is_same(one: _Seen, other: _Seen) -> bool:
    return (
        one.edge == other.edge
        and abs(one.position - other.position) < _PLACE
        and fuzz.ratio(one.text, other.text) >= _SIMILARITY
    )


def _seen(row: Row, edge: Edge, page: PageResult) -> _Seen:
    return _Seen(edge, normalized(row.text), row.box.center.y / page.height)


def _rows(page: PageResult) -> Iterator[tuple[Edge, Row]]:
    for edge, found in _edges(page).items():
        for row in found.rows:
            yield edge, row


def _edges(page: PageResult) -> Mapping[Edge, EdgeRows]:
    return {} if page.rotation else edge_rows(page.blocks, page)
