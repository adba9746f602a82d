"""Which lines of text are rows of a table, and which go on with the row above."""

from __future__ import annotations

import re
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from itertools import pairwise

from ocrkit.tables.columns import Span, is_aligned, within
from ocrkit.tables.pieces import Row, Run
from ocrkit.tables.regions import middle
from ocrkit.tables.sheet import LINE

_FILLED = 0.85  # of its column: so much has a line that goes on in the next one
_LONG = 3.0 * LINE  # shorter than this no line of a cell is because it was full
_FAR = 1.9 * LINE  # lines of one cell are closer
_MOSTLY = 0.6
_FIGURE = re.compile(
    r"[^\w]*\d[\d\s.,:;%()\[\]±+*/€$£¥°<>=–—-]*\w?|[-–—*.]+|\(?\w\)?|n\.?/?a\.?", re.IGNORECASE
)


def grouped(rows: Sequence[Row], spans: Sequence[Span], *, heading: bool) -> list[list[Row]]:
    """Lines of text by row of the table.

    Args:
        rows: the lines, from top to bottom.
        spans: the columns.
        heading: they stand in the head of the table, where lines belong together more often than not.
    """
    groups: list[list[Row]] = []
    for row in rows:
        if groups and _goes_on(groups[-1], row, spans, heading=heading):
            groups[-1].append(row)
        else:
            groups.append([row])
    return groups


def _goes_on(group: list[Row], row: Row, spans: Sequence[Span], *, heading: bool) -> bool:
    above = group[-1]
    whole = _by_column([run for each in group for run in each], spans)
    before, after = _by_column(above, spans), _by_column(row, spans)
    if middle(row) - middle(above) > _FAR or _stands_over(above, after.keys(), spans):
        return False
    if 0 not in after and all(run.text[:1] in "([" for run in row):
        return True  # remarks on what stands above
    if any(is_figure(before[key].text, after[key].text) for key in before.keys() & after.keys()):
        return False
    has_more = bool(after.keys() - whole.keys())
    if heading:
        return not has_more or all(is_aligned(run, spans[key]) for key, run in before.items())
    if has_more:  # only the first words of a row may stand higher than the rest of it
        return set(whole) == {0} and 0 in after and _begins_low(after[0].text)
    if all(_begins_low(run.text) and not is_figure(run.text) for run in row):
        full = any(key in before and _is_full(before[key], spans[key]) for key in after)
        if full and len(after) < len(whole):
            return True
    if set(after) == {0}:
        text, first = after[0].text, before.get(0)
        filled = first is not None and _fills(first, spans[0])
        return len(whole) > 1 and (text[:1].islower() or (filled and not is_figure(text)))
    return 0 not in after and len(after) < max(2, len(whole)) and not any(is_figure(run.text) for run in row)


def _stands_over(above: Row, columns: AbstractSet[int], spans: Sequence[Span]) -> bool:
    """Whether something above is a heading of several columns: then a row of its own."""
    places = (within(run, spans) for run in above)
    return any(len(each) > 1 and columns & set(each) for each in places)


def figures(rows: Sequence[Row], spans: Sequence[Span]) -> bool:
    """Whether the lines are rows for sure: figures stand under figures."""
    by_column = [_by_column(row, spans) for row in rows]
    pairs = list(pairwise(by_column))
    below = sum(any(is_figure(a[key].text, b[key].text) for key in a.keys() & b.keys()) for a, b in pairs)
    return len(rows) > 1 and below >= _MOSTLY * len(pairs)


def is_figure(*texts: str) -> bool:
    """Whether all of them are figures, or what stands for one."""
    return all(_FIGURE.fullmatch(text.strip()) for text in texts)


def _begins_low(text: str) -> bool:
    return text[:1].islower() or text[:1] in "([&/,;)"


def _is_full(run: Run, span: Span) -> bool:
    return run.box.width > _LONG and _fills(run, span)


def _fills(run: Run, span: Span) -> bool:
    return run.box.right - span[0] >= _FILLED * (span[1] - span[0])


def _by_column(runs: Sequence[Run], spans: Sequence[Span]) -> dict[int, Run]:
    return {within(run, spans)[0]: run for run in runs}
