"""What the web page shows, as plain values: pages, their readings, lines and words, and where they differ."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ocrkit.document import Document
from ocrkit.geometry import Box, Point, Polygon, Transform, bounding_box
from ocrkit.page import Page
from ocrkit.result import Block, Engine, Line, PageResult, Word, join_words
from ocrkit.viewer import compare, images


def readers_of(documents: Sequence[Document]) -> list[dict[str, str]]:
    """Who read, each with a name that no other one has."""
    found: list[dict[str, str]] = []
    for number, document in enumerate(documents, start=1):
        trace = next((page.trace for page in document.pages), None)
        name = trace.backend if trace else f"reading {number}"
        if name in {reader["name"] for reader in found}:
            name = f"{name} ({number})"
        found.append({"name": name, "engine": _described(trace.engine) if trace and trace.engine else ""})
    return found


def _described(engine: Engine) -> str:
    return ", ".join(part for part in (f"{engine.name} {engine.version or ''}".strip(), engine.model) if part)


def pictured(documents: Sequence[Document], pages: Iterable[Page]) -> Iterator[tuple[int, str]]:
    """The pictures of pages that were read, upright, with their positions; one at a time in memory."""
    for page in pages:
        result = _first(documents, page.index)
        if result and images.fits(page, result):
            yield page.index, images.data_uri(page, result.rotation // 90)


def pages_of(
    documents: Sequence[Document], indices: Sequence[int], found: Mapping[int, str]
) -> list[dict[str, Any]]:
    """The pages at these positions, upright, each with what every reader has to say."""
    return [_page(documents, index, found.get(index)) for index in indices]


def _result(document: Document, index: int) -> PageResult | None:
    return next((page for page in document.pages if page.index == index), None)


def _first(documents: Sequence[Document], index: int) -> PageResult | None:
    return next(filter(None, (_result(document, index) for document in documents)), None)


def _page(documents: Sequence[Document], index: int, picture: str | None) -> dict[str, Any]:
    first = _first(documents, index)
    results = [_upright(_result(document, index), first) for document in documents]
    shown = next(filter(None, results), None)
    page = {
        "number": index + 1,
        "width": shown.width if shown else 0,
        "height": shown.height if shown else 0,
        "picture": picture,
        "readings": [
            _reading(result, _failures(document, index))
            for document, result in zip(documents, results, strict=True)
        ],
        "rows": compare.rows([result.lines if result else () for result in results]),
    }
    _mark_differences(page)
    return page


def _failures(document: Document, index: int) -> list[str]:
    return [f"{failure.kind}: {failure.message}" for failure in document.failures if failure.index == index]


def _upright(result: PageResult | None, first: PageResult | None) -> PageResult | None:
    """As the first reading lies when it is turned upright: a page may have been read at two resolutions."""
    if result is None or first is None:
        return None
    width, height, turns = first.width, first.height, first.rotation // 90
    scale = Transform.scaling(width / result.width, height / result.height)
    turn = Transform.quarter_turns(turns, width, height)
    return result.transformed(scale.then(turn), *((height, width) if turns % 2 else (width, height)))


def _reading(result: PageResult | None, failures: Iterable[str]) -> dict[str, Any]:
    if result is None:
        return {"mean": None, "coverage": None, "warnings": [*failures], "lines": []}
    return {
        "mean": result.quality.mean,
        "coverage": result.quality.coverage,
        "warnings": [*failures, *result.warnings],
        "lines": [
            {"block": number, "cell": cell, "words": _words(block, line)}
            for number, block in enumerate(result.blocks)
            for line, cell in zip(block.lines, _cells(block), strict=True)
        ],
    }


def _cells(block: Block) -> list[tuple[int, int] | None]:
    """Row and column of the cell that each line stands in."""
    places: list[tuple[int, int] | None] = [None] * len(block.lines)
    for cell in block.table.cells if block.table else ():
        for index in cell.lines:
            if index < len(places):
                places[index] = cell.row, cell.column
    return places


def _words(block: Block, line: Line) -> list[dict[str, Any]]:
    """The words of a line; the line itself where the engine does not tell words apart."""
    before, found = "", []
    for word in line.words or (line,):
        spaced = bool(before) and len(join_words([before[-1:], word.text[:1]])) > 2
        language = word.language or line.language or block.language
        found.append(_word(word, language, spaced=spaced))
        before = word.text
    return found


def _word(word: Word | Line, language: str | None, *, spaced: bool) -> dict[str, Any]:
    """`text` is what the engine has read; `corrected` is what was made of it, None where that is the same."""
    return {
        "text": word.raw_text,
        "corrected": None if word.text == word.raw_text else word.text,
        "confidence": None if word.confidence is None else round(word.confidence, 4),
        "language": language,
        "handwritten": word.handwritten,
        "spaced": spaced,
        "frame": [round(number, 2) for number in frame(word.polygon)] if word.polygon else None,
        "differs": False,
    }


def frame(polygon: Polygon) -> tuple[float, float, float, float, float, float]:
    """A parallelogram: its corner, its edge in reading direction, and its edge downwards.

    An outline with more corners than four is framed along its first edge.
    """
    if len(polygon) == 4:
        start, along, _, down = polygon
        return (
            start.x, start.y, along.x - start.x, along.y - start.y, down.x - start.x, down.y - start.y
        )  # fmt: skip
    box: Box = bounding_box(polygon)
    corner = Point(box.left, box.top)
    return (corner.x, corner.y, box.width, 0.0, 0.0, box.height)


def _mark_differences(page: dict[str, Any]) -> None:
    readings = page["readings"]
    if len(readings) < 2:
        return
    for row in page["rows"]:
        words = [
            [word for number in numbers for word in reading["lines"][number]["words"]]
            for reading, numbers in zip(readings, row, strict=True)
        ]
        marked = compare.differing([[word["corrected"] or word["text"] for word in each] for each in words])
        for each, differing in zip(words, marked, strict=True):
            for number in differing:
                each[number]["differs"] = True
