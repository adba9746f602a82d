"""The data of the web page as plain values: engines, and pages with their readings, lines and words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ocrkit.document import Document
from ocrkit.geometry import Polygon, Transform
from ocrkit.page import Page
from ocrkit.result import Block, Engine, Finding, Line, PageResult, Word, join_words
from ocrkit.viewer import compare, page_images
from ocrkit.viewer.frames import frame
from ocrkit.viewer.page_objects import objects


def engines(documents: Sequence[Document]) -> list[dict[str, str]]:
    """The engine of each document, with a unique name."""
    found: list[dict[str, str]] = []
    for number, document in enumerate(documents, start=1):
        trace = next((page.trace for page in document.pages), None)
        name = trace.backend if trace else f"reading {number}"
        if name in {engine["name"] for engine in found}:
            name = f"{name} ({number})"
        found.append({"name": name, "details": _describe(trace.engine) if trace and trace.engine else ""})
    return found


def _describe(engine: Engine) -> str:
    return ", ".join(part for part in (f"{engine.name} {engine.version or ''}".strip(), engine.model) if part)


def images_by_index(documents: Sequence[Document], pages: Iterable[Page]) -> Iterator[tuple[int, str]]:
    """The upright images of pages that were read, with their indices; one at a time in memory."""
    for page in pages:
        result = _first_result(documents, page.index)
        if result and page_images.has_shape_of(page, result):
            yield page.index, page_images.data_uri(page, result.rotation // 90)


def pages(
    documents: Sequence[Document], indices: Sequence[int], images: Mapping[int, str]
) -> list[dict[str, Any]]:
    """The pages at these indices, upright, each with the readings of all documents."""
    return [_page(documents, index, images.get(index)) for index in indices]


def _result(document: Document, index: int) -> PageResult | None:
    return next((page for page in document.pages if page.index == index), None)


def _first_result(documents: Sequence[Document], index: int) -> PageResult | None:
    return next(filter(None, (_result(document, index) for document in documents)), None)


def _page(documents: Sequence[Document], index: int, image: str | None) -> dict[str, Any]:
    reference = _first_result(documents, index)
    results = [_upright(_result(document, index), reference) for document in documents]
    shown = next(filter(None, results), None)
    page = {
        "number": index + 1,
        "width": shown.width if shown else 0,
        "height": shown.height if shown else 0,
        "image": image,
        "readings": [
            _reading(result, _failures(document, index))
            for document, result in zip(documents, results, strict=True)
        ],
        "rows": compare.match_lines([result.lines if result else () for result in results]),
    }
    _mark_differences(page)
    return page


def _failures(document: Document, index: int) -> list[str]:
    return [f"{failure.kind}: {failure.message}" for failure in document.failures if failure.index == index]


def _upright(result: PageResult | None, reference: PageResult | None) -> PageResult | None:
    """The result in the pixels of the upright reference: a page may be read at several resolutions."""
    if result is None or reference is None:
        return None
    width, height, turns = reference.width, reference.height, reference.rotation // 90
    scale = Transform.scaling(width / result.width, height / result.height)
    turn = Transform.quarter_turns(turns, width, height)
    return result.transformed(scale.then(turn), *((height, width) if turns % 2 else (width, height)))


def _reading(result: PageResult | None, failures: Iterable[str]) -> dict[str, Any]:
    if result is None:
        unknown = dict.fromkeys(("mean", "coverage", "agreement"))
        return {**unknown, "warnings": [*failures], "findings": [], "lines": [], "objects": []}
    return {
        "mean": result.quality.mean,
        "coverage": result.quality.coverage,
        "agreement": result.quality.agreement,
        "findings": [_finding(each) for each in result.findings],
        "warnings": [*failures, *result.warnings],
        "objects": objects(result),
        "lines": [
            {"block": number, "cell": cell, "read_by": line.read_by, "words": _words(block, line)}
            for number, block in enumerate(result.blocks)
            for line, cell in zip(block.lines, _cells(block), strict=True)
        ],
    }


def _cells(block: Block) -> list[tuple[int, int] | None]:
    """For each line, the row and the column of its table cell."""
    cells: list[tuple[int, int] | None] = [None] * len(block.lines)
    for cell in block.table.cells if block.table else ():
        for index in cell.lines:
            if index < len(cells):
                cells[index] = cell.row, cell.column
    return cells


def _words(block: Block, line: Line) -> list[dict[str, Any]]:
    """The words of a line, or the line itself if the engine does not separate words."""
    before, words = "", []
    for word in line.words or (line,):
        spaced = bool(before) and len(join_words([before[-1:], word.text[:1]])) > 2
        language = word.language or line.language or block.language
        words.append(_word(word, language, spaced=spaced))
        before = word.text
    return words


def _word(word: Word | Line, language: str | None, *, spaced: bool) -> dict[str, Any]:
    """A word. `text` is raw; `corrected` is None if equal; `spaced` means that a space precedes it."""
    return {
        "text": word.raw_text,
        "corrected": None if word.text == word.raw_text else word.text,
        "confidence": None if word.confidence is None else round(word.confidence, 4),
        "language": language,
        "handwritten": word.handwritten,
        "spaced": spaced,
        "frame": _rounded_frame(word.polygon),
        "differs": False,
        "finding": word.finding if isinstance(word, Word) else None,
        "alternatives": _alternatives(word) if isinstance(word, Word) else [],
        "corrections": _corrections(word) if isinstance(word, Word) else [],
    }


def _alternatives(word: Word) -> list[list[Any]]:
    """The text and the probability of each other reading."""
    return [[each.text, each.probability] for each in word.alternatives]


def _corrections(word: Word) -> list[dict[str, Any]]:
    """Each change: the step, and the text, score and probability of the candidates that it chose among."""
    return [
        {"by": each.by, "candidates": [[one.text, one.score, one.probability] for one in each.candidates]}
        for each in word.corrections
    ]


def _finding(finding: Finding) -> dict[str, Any]:
    """A disagreement with a second reading. `frame` is None where it has no place."""
    return {
        "kind": finding.kind,
        "text": finding.text,
        "seen": finding.seen,
        "frame": _rounded_frame(finding.polygon),
    }


def _rounded_frame(polygon: Polygon | None) -> list[float] | None:
    return [round(number, 2) for number in frame(polygon)] if polygon else None


def _mark_differences(page: dict[str, Any]) -> None:
    readings = page["readings"]
    if len(readings) < 2:
        return
    for row in page["rows"]:
        words = [
            [word for number in numbers for word in reading["lines"][number]["words"]]
            for reading, numbers in zip(readings, row, strict=True)
        ]
        differing = compare.differing_words(
            [[word["corrected"] or word["text"] for word in each] for each in words]
        )
        for each, indices in zip(words, differing, strict=True):
            for index in indices:
                each[index]["differs"] = True
