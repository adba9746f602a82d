"""Check facts against a recognized page."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz

from ocrkit.evaluate.facts.reading import BaselineFact, Fact, OrderFact, TableFact, TextFact
from ocrkit.evaluate.normalization import Rules
from ocrkit.result import Cell, PageResult, Table
from ocrkit.result.hyphens import divided_word

_RULES = Rules()
_MIN_SIMILARITY = 0.5  # of two cells, however many edits a fact allows
_MAX_QUOTED = 60
_MAX_REPEATED = 5  # words or signs in one repetition
_DISALLOWED = re.compile(
    "[\u3040-\u30ff\u4e00-\u9fff\U0001f1e6-\U0001f1ff\U0001f300-\U0001f64f\U0001f680-\U0001f6ff]"
)


class PageText:
    """The text of a page as facts are compared with it, and its tables."""

    def __init__(self, page: PageResult) -> None:
        self.text = _normalized(page.text)
        self.texts = tuple(dict.fromkeys((self.text, _normalized(_without_line_hyphens(page)))))
        """The text as it is, and with words joined that a line end divides: a fact may name either."""
        self.tables = page.tables


def check(fact: Fact, page: PageText) -> str | None:
    """Why a fact does not hold; None if it does."""
    if isinstance(fact, TextFact):
        return _check_text(fact, page.texts)
    if isinstance(fact, OrderFact):
        reasons = [_check_order(fact, text) for text in page.texts]
        return None if None in reasons else reasons[0]
    if isinstance(fact, TableFact):
        return _check_table(fact, page.tables)
    return _check_baseline(fact, page.text)


def _normalized(text: str) -> str:
    return _RULES.normalize(text).replace("\u00b5", "\u03bc")


def _without_line_hyphens(page: PageResult) -> str:
    lines: list[str] = []
    for line in page.text.splitlines():
        if lines and divided_word(lines[-1], line):
            lines[-1] = lines[-1][:-1] + line
        else:
            lines.append(line)
    return "\n".join(lines)


def _quoted(text: str) -> str:
    return f"'{text[:_MAX_QUOTED]}…'" if len(text) > _MAX_QUOTED else f"'{text}'"


# ── texts ──


def _check_text(fact: TextFact, texts: Sequence[str]) -> str | None:
    wanted = _normalized(fact.text)
    if not fact.case_sensitive:
        wanted, texts = wanted.casefold(), [text.casefold() for text in texts]
    distance = min(
        int(_distances(wanted, part).min())
        for text in texts
        for part in _parts(text, fact.first_n, fact.last_n)
    )
    if fact.type == "present":
        if distance <= fact.max_diffs:
            return None
        return f"{_quoted(wanted)} is missing; the most similar text differs by {distance} edits"
    return f"{_quoted(wanted)} is on the page" if distance <= fact.max_diffs else None


def _parts(text: str, first: int | None, last: int | None) -> list[str]:
    """The start and the end of a text, as far as they are asked for; else all of it."""
    parts = [text[:first]] if first else []
    parts += [text[-last:]] if last else []
    return parts or [text]


def _check_order(fact: OrderFact, text: str) -> str | None:
    before, after = _normalized(fact.before), _normalized(fact.after)
    starts = []
    for wanted in (before, after):
        ends = np.flatnonzero(_distances(wanted, text) <= fact.max_diffs)
        if not ends.size:
            return f"{_quoted(wanted)} is missing"
        starts.append(ends - len(wanted))
    return None if starts[0].min() < starts[1].max() else f"{_quoted(before)} is after {_quoted(after)}"


def _distances(wanted: str, text: str) -> NDArray[np.int64]:
    """For each position of the text, the fewest edits between the wanted text and a part that ends there.

    After P. Sellers, "The theory and computation of evolutionary distances" (1980), one row at a time.
    """
    characters = np.array([ord(each) for each in text], np.int64)
    steps = np.arange(len(text) + 1)
    row = np.zeros(len(text) + 1, np.int64)
    for character in wanted:
        following = row + 1
        following[1:] = np.minimum(following[1:], row[:-1] + (characters != ord(character)))
        row = np.minimum.accumulate(following - steps) + steps
    return row


# ── tables ──


def _check_table(fact: TableFact, tables: Iterable[Table]) -> str | None:
    tables = list(tables)
    if not tables:
        return "no table was found"
    reasons: list[str] = []
    for table in tables:
        for cell in table.cells:
            if _is_similar(fact.cell, cell.text, fact.max_diffs):
                missing = [
                    f"{relation} {_quoted(wanted)}"
                    for relation, wanted, found in _relations(fact, table, cell)
                    if wanted and not any(_is_similar(wanted, each.text, fact.max_diffs) for each in found)
                ]
                if not missing:
                    return None
                reasons.append(f"the cell {_quoted(cell.text)} has no {', no '.join(missing)}")
    return reasons[0] if reasons else f"no cell is {_quoted(fact.cell)}"


def _is_similar(wanted: str, text: str, max_diffs: int) -> bool:
    wanted = _normalized(wanted)
    threshold = max(_MIN_SIMILARITY, 1 - max_diffs / max(1, len(wanted)))
    return fuzz.ratio(wanted, _normalized(text)) / 100 >= threshold


def _relations(fact: TableFact, table: Table, cell: Cell) -> Iterator[tuple[str, str, list[Cell]]]:
    """Each relation: its name, the text that it wants, and the cells that stand in it."""
    rows = range(cell.row, cell.row + cell.row_span)
    columns = range(cell.column, cell.column + cell.column_span)
    others = [each for each in table.cells if each is not cell]
    in_columns = [each for each in others if _overlap(each.column, each.column_span, columns)]
    in_rows = [each for each in others if _overlap(each.row, each.row_span, rows)]
    yield "cell above", fact.up, [each for each in in_columns if each.row + each.row_span == cell.row]
    yield "cell below", fact.down, [each for each in in_columns if each.row == rows.stop]
    yield (
        "cell at the left",
        fact.left,
        [each for each in in_rows if each.column + each.column_span == cell.column],
    )
    yield "cell at the right", fact.right, [each for each in in_rows if each.column == columns.stop]
    above = [each for each in in_columns if each.row < cell.row]
    yield "heading above", fact.top_heading, _headings(above)
    before = [each for each in in_rows if each.column < cell.column and each.text.strip()]
    yield "heading at the left", fact.left_heading, before[:1]


def _overlap(start: int, span: int, positions: range) -> bool:
    return start < positions.stop and positions.start < start + span


def _headings(above: Iterable[Cell]) -> list[Cell]:
    """The cells that head a column: those marked as headings, and the first one, with what it spans."""
    filled = sorted((each for each in above if each.text.strip()), key=lambda each: each.row)
    first: list[Cell] = []
    for each in filled:
        first.append(each)
        if each.column_span == 1:
            break
    return first + [each for each in filled if each.header and each not in first]


# ── plausibility ──


def _check_baseline(fact: BaselineFact, text: str) -> str | None:
    letters = sum(map(str.isalnum, text))
    if fact.max_length is not None:
        return f"{letters} letters on a blank page" if letters > fact.max_length else None
    if not letters:
        return "the text is empty"
    repeats = max(_repeats(text, size) for size in range(1, _MAX_REPEATED + 1))
    if repeats > fact.max_repeats:
        return f"the text ends in {repeats} repetitions"
    found = _DISALLOWED.search(text) if fact.check_disallowed_characters else None
    return f"the text has the character '{found[0]}'" if found else None


def _repeats(text: str, size: int) -> int:
    """How often the last characters repeat at the end of a text."""
    last, count = text[-size:], 0
    while len(last) == size and text.endswith(last * (count + 1)):
        count += 1
    return count
