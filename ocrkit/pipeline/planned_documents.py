"""The documents and pages that a run would read."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from ocrkit.config.settings import SourceOptions
from ocrkit.errors import ConfigError, OcrkitError
from ocrkit.page import Page
from ocrkit.sources import PageSelection, SourceLike, open_source, parse_pages, source_name


class PlannedDocument(NamedTuple):
    """A document of which pages are to be read."""

    source: SourceLike
    options: SourceOptions
    pages: PageSelection | None = None
    finished: frozenset[int] = frozenset()
    """Pages that an earlier run read, counted from 0."""


class Plan:
    """The pages to read."""

    def __init__(self, documents: Iterable[PlannedDocument]) -> None:
        self.documents = 0
        self.finished = 0
        self.unreadable: list[str] = []
        self.pages: list[tuple[PlannedDocument, int]] = []
        for each in documents:
            self.documents += 1
            try:
                with contextlib.closing(open_source(each.source, each.options)) as opened:
                    count = opened.page_count
                    wanted = range(count) if each.pages is None else parse_pages(each.pages, count)
            except ConfigError:
                raise
            except OcrkitError as error:
                self.unreadable.append(f"{source_name(each.source) or 'standard input'}: {error.message}")
                continue
            missing = [index for index in wanted if index not in each.finished]
            self.finished += len(wanted) - len(missing)
            self.pages += [(each, index) for index in missing]

    @staticmethod
    def opened(chosen: Sequence[tuple[PlannedDocument, int]]) -> Iterator[Page]:
        """These pages, one document open at a time."""
        opened = None
        before: PlannedDocument | None = None
        try:
            for each, index in chosen:
                if each is not before:
                    if opened is not None:
                        opened.close()
                    opened, before = open_source(each.source, each.options), each
                if opened is not None:
                    yield opened.page(index)
        finally:
            if opened is not None:
                opened.close()


def spread(pages: Sequence[tuple[PlannedDocument, int]], limit: int) -> Sequence[tuple[PlannedDocument, int]]:
    """At most this many pages, spread evenly."""
    if len(pages) <= limit:
        return pages
    return [pages[number * len(pages) // limit] for number in range(limit)]
