"""The pages of a document that is complete: labeled together, and without what is left out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from ocrkit.postprocess.furniture.repetition import RepeatedRows
from ocrkit.result import BlockKind, PageResult


def finished_pages(
    pages: Callable[[], Iterable[PageResult]], without: Iterable[BlockKind] = ()
) -> Iterator[PageResult]:
    """The pages with the furniture that several of them repeat, one at a time.

    Args:
        pages: gives all pages of the document, each time it is called. It is called twice, so that the pages
            need not be in memory together.
        without: the kinds of blocks to leave out.
    """
    repeated = RepeatedRows.of(pages())
    left_out = tuple(without)
    for page in pages():
        yield repeated.label(page).without(left_out)
