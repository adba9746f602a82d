"""Page selections such as `"1-3,7"`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TypeAlias

from ocrkit.errors import ConfigError

PageSelection: TypeAlias = int | str | Iterable[int]
"""Pages, counted from 1: a number, a range, a list of numbers, or a text such as `"1-3,7"`."""

_PART = re.compile(r"(?P<first>[0-9]{1,9}|last)?\s*(?P<dash>[-–])?\s*(?P<last>[0-9]{1,9}|last)?")


def parse_pages(pages: PageSelection, page_count: int) -> list[int]:
    """The positions, counted from 0, of the pages in a selection.

    `"1-3,7"` is pages 1, 2, 3 and 7; `"5-"` is page 5 and all after it; `"-3"` the first three; `"last"` the
    last one. The order is kept as written; a page that occurs twice is read once.

    Raises:
        ConfigError: this is not a page selection, or a page does not exist.
    """
    text = pages if isinstance(pages, str) else selection_text(pages)
    valid = f"this document has pages 1 to {page_count}" if page_count != 1 else "this document has one page"
    chosen: dict[int, None] = {}
    for part, match in _parts(text, f" ({valid})"):
        first = _number(match["first"], page_count, missing=1)
        last = _number(match["last"], page_count, missing=page_count) if match["dash"] else first
        for number in (first, last):
            if not 1 <= number <= page_count:
                raise ConfigError(f"there is no page {number}, which '{text}' selects: {valid}")
        if first > last:
            raise ConfigError(f"'{part}' runs backwards; write '{last}-{first}' ({valid})")
        chosen.update(dict.fromkeys(range(first - 1, last)))
    return list(chosen)


def selection_text(pages: PageSelection) -> str:
    """A selection as text. Raises `ConfigError` if it is not a page selection, whatever the document."""
    if isinstance(pages, str):
        for _ in _parts(pages):
            pass
        return pages
    return ",".join(map(str, _numbers(pages)))


def _numbers(pages: object) -> list[int]:
    values = list(pages) if isinstance(pages, Iterable) else [pages]
    numbers = [value for value in values if isinstance(value, int) and not isinstance(value, bool)]
    if not values or len(numbers) < len(values):
        raise ConfigError(f"a page selection must be a number, a range, a list or a text, not {pages!r}")
    if min(numbers) < 1:
        raise ConfigError(f"there is no page {min(numbers)}: pages are counted from 1")
    return numbers


def _parts(text: str, hint: str = "") -> Iterator[tuple[str, re.Match[str]]]:
    for part in map(str.strip, text.split(",")):
        match = _PART.fullmatch(part)
        if match is None or not (match["first"] or match["last"]) or (match["last"] and not match["dash"]):
            raise ConfigError(f"'{text}' is not a page selection; write it as '1-3,7' or '5-'{hint}")
        yield part, match


def _number(text: str | None, page_count: int, *, missing: int) -> int:
    if text is None:
        return missing
    return page_count if text == "last" else int(text)
