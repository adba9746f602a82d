"""From the service's answers to a page: text, text with places (hOCR), tables (CSV), regions."""

from __future__ import annotations

import base64
import binascii
import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import groupby
from typing import Any

from ocrkit.errors import BadResponseError
from ocrkit.geometry import Box, Polygon
from ocrkit.http.parsing import ResponseModel, Several, validated
from ocrkit.page import Encoded
from ocrkit.result import Block, Cell, Engine, Handwritten, Line, PageResult, Table, Trace, Word, join_words

_SAME = 0.9
"""The share of the words that hOCR and plain text have to have in common, for one to stand for the other."""
_OUTSIDE = 1.0
"""How far a box may stick out of the picture, in pixels, before it cannot be one of this picture."""
_BOX = re.compile(r"\bbbox\s+(-?[\d.]+)\s+(-?[\d.]+)\s+(-?[\d.]+)\s+(-?[\d.]+)")


class Output(ResponseModel):
    """One result of a task."""

    type: str
    data: str

    @property
    def content(self) -> str:
        """What the base64 stands for, which even text is wrapped in."""
        try:
            return base64.b64decode(self.data, validate=True).decode("utf-8-sig")
        except (binascii.Error, ValueError):
            raise BadResponseError("a result of the task is not base64 of UTF-8 text") from None


class Problem(ResponseModel):
    """What the service has to say besides; also notices of tasks that went well."""

    messages: Several[str] = ()


class Task(ResponseModel):
    """A task as its state is told."""

    id: str | None = None
    taskStatus: str | None = None  # noqa: N815 – theirs
    responseStatusCode: str | None = None  # noqa: N815
    results: Several[Output] = ()
    error: Problem | None = None

    @classmethod
    def of(cls, reply: object) -> Task:
        return validated(cls, reply)

    def contents(self, kind: str) -> list[str]:
        """What came in this form."""
        return [output.content for output in self.results if output.type.casefold() == kind.casefold()]


@dataclass(frozen=True)
class Asked:
    """What of the request decides how an answer is validated."""

    language: str | None = None
    handwritten: Handwritten | None = None
    warnings: tuple[str, ...] = ()


def parse(task: Task, sent: Encoded, asked: Asked, *, as_table: bool = False) -> PageResult:
    """The page of a finished task."""
    if as_table:
        return _page(_tables(task.contents("Csv"), asked) or _plain_blocks(task, asked), sent, asked)
    text = _text_of(task)
    placed: list[Block] = []
    for markup in task.contents("Hocr"):
        placed += _hocr_blocks(markup, sent, asked)
    if placed and (text is None or _say_the_same(placed, text)):
        return _page(placed, sent, asked)
    return _page(_blocks(text or "", asked), sent, asked)


def parse_regions(task: Task, boxes: Sequence[Box], sent: Encoded, asked: Asked) -> PageResult:
    """The page of a task for some regions of it: a result for each, in their order."""
    texts = [output.content for output in task.results]
    if len(texts) != len(boxes):
        raise BadResponseError(f"{len(boxes)} regions were sent, and the text of {len(texts)} came back")
    blocks = []
    for text, box in zip(texts, boxes, strict=True):
        lines = tuple(_line(row, asked) for row in text.splitlines() if row.strip())
        if lines:
            blocks.append(Block.of(lines, polygon=box.polygon))
    return _page(blocks, sent, asked)


def _page(blocks: Iterable[Block], sent: Encoded, asked: Asked) -> PageResult:
    return PageResult(
        width=sent.width,
        height=sent.height,
        blocks=tuple(blocks),
        warnings=asked.warnings,
        trace=Trace(backend="aspose", engine=Engine(name="Aspose OCR Cloud", version="5.0")),
    )


def _text_of(task: Task) -> str | None:
    texts = task.contents("Text")
    return "\n\n".join(texts) if texts else None


def _plain_blocks(task: Task, asked: Asked) -> list[Block]:
    return _blocks(_text_of(task) or "", asked)


def _blocks(text: str, asked: Asked) -> list[Block]:
    """Lines, in blocks where an empty one stands between them."""
    rows = [row.strip() for row in text.splitlines()]
    return [
        Block.of([_line(row, asked) for row in group])
        for has_text, group in groupby(rows, key=bool)
        if has_text
    ]


def _line(text: str, asked: Asked) -> Line:
    return Line(text=text.strip(), language=asked.language, handwritten=asked.handwritten)


# ── tables ──


def _tables(sheets: Iterable[str], asked: Asked) -> list[Block]:
    return [block for sheet in sheets if (block := _table(sheet, asked))]


def _table(sheet: str, asked: Asked) -> Block | None:
    rows = [row for row in csv.reader(io.StringIO(sheet), delimiter=_delimiter(sheet)) if any(row)]
    lines: list[Line] = []
    cells: list[Cell] = []
    for down, row in enumerate(rows):
        for right, text in enumerate(row):
            if text.strip():
                cells.append(Cell(text=text.strip(), row=down, column=right, lines=(len(lines),)))
                lines.append(_line(" ".join(text.split()), asked))
    return Block.of(lines, kind="table", table=Table(cells=tuple(cells))) if cells else None


def _delimiter(sheet: str) -> str:
    """The one that parts the first row most often: nothing says which it is."""
    first = sheet.lstrip().partition("\n")[0]
    return max(",;\t", key=first.count)


# ── hOCR ──


@dataclass
class _Piece:
    """An element of hOCR: what was opened, and what stands in it."""

    kind: str
    box: Box | None
    text: list[str] = field(default_factory=list)
    parts: list[_Piece] = field(default_factory=list)


_KINDS = {
    "ocr_page": "page", "ocr_carea": "block", "ocr_par": "block", "ocr_line": "line", "ocrx_line": "line",
    "ocr_header": "line", "ocr_caption": "line", "ocr_textfloat": "line", "ocrx_word": "word",
}  # fmt: skip


class _Reader(HTMLParser):
    """Collects pages, blocks, lines and words, whatever tags they are made of."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = _Piece("root", None)
        self._open: list[tuple[str, _Piece]] = [("", self.root)]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        kind = next((_KINDS[name] for name in (given.get("class") or "").split() if name in _KINDS), None)
        piece = self._open[-1][1]
        if kind:
            piece = _Piece(kind, _box(given.get("title") or ""))
            self._open[-1][1].parts.append(piece)
        if tag not in ("br", "hr", "img", "meta", "link", "input"):
            self._open.append((tag, piece))

    def handle_endtag(self, tag: str) -> None:
        for position in range(len(self._open) - 1, 0, -1):
            if self._open[position][0] == tag:
                del self._open[position:]
                return

    def handle_data(self, data: str) -> None:
        self._open[-1][1].text.append(data)


def _box(title: str) -> Box | None:
    found = _BOX.search(title)
    if not found:
        return None
    try:
        box = Box(*map(float, found.groups()))
    except ValueError:
        return None
    return box if box.width > 0 and box.height > 0 else None


def _hocr_blocks(markup: str, sent: Encoded, asked: Asked) -> list[Block]:
    """The blocks of a page in hOCR; none where it cannot be validated, or is of another picture."""
    reader = _Reader()
    reader.feed(markup)
    reader.close()
    page = next((piece for piece in reader.root.parts if piece.kind == "page"), reader.root)
    size = page.box or Box(0, 0, sent.width, sent.height)
    scale = sent.width / size.width, sent.height / size.height
    limit = Box(0, 0, sent.width, sent.height)
    blocks = []
    for group in _groups(page):
        lines = [line for piece in group if (line := _hocr_line(piece, scale, asked))]
        if any(not _inside(line, limit) for line in lines):
            return []
        if lines:
            blocks.append(Block.of(lines))
    return blocks


def _groups(piece: _Piece) -> list[list[_Piece]]:
    """The lines, by the innermost block they stand in."""
    found: list[list[_Piece]] = []
    loose = False
    for part in piece.parts:
        if part.kind in ("block", "page"):
            found += _groups(part)
            loose = False
        elif part.kind in ("line", "word"):
            if not loose:
                found.append([])
            found[-1].append(part)
            loose = True
    return found


def _hocr_line(piece: _Piece, scale: tuple[float, float], asked: Asked) -> Line | None:
    facts: dict[str, Any] = {"language": asked.language, "handwritten": asked.handwritten}
    parts = [piece] if piece.kind == "word" else [part for part in piece.parts if part.kind == "word"]
    words = [
        Word(text=text, polygon=_scaled(part.box, scale), **facts)
        for part in parts
        if (text := " ".join("".join(part.text).split()))
    ]
    text = join_words([word.text for word in words]) or " ".join("".join(piece.text).split())
    if not text:
        return None
    given: dict[str, Any] = {"polygon": _scaled(piece.box, scale)} if piece.box else {}
    if words:
        return Line.of(words, **facts, **given)
    return Line(text=text, **facts, **given)


def _scaled(box: Box | None, scale: tuple[float, float]) -> Polygon | None:
    if box is None:
        return None
    x, y = scale
    return Box(box.left * x, box.top * y, box.right * x, box.bottom * y).polygon


def _inside(line: Line, limit: Box) -> bool:
    boxes = [part.box for part in (line, *line.words) if part.box]
    return all(
        box.left >= -_OUTSIDE
        and box.top >= -_OUTSIDE
        and box.right <= limit.right + _OUTSIDE
        and box.bottom <= limit.bottom + _OUTSIDE
        for box in boxes
    )


def _say_the_same(blocks: Iterable[Block], text: str) -> bool:
    """Whether the words are those of the text, in any order and however they are spaced."""
    placed = Counter("".join("".join(line.text.split()) for block in blocks for line in block.lines))
    plain = Counter("".join(text.split()))
    most = max(placed.total(), plain.total())
    return (placed & plain).total() >= _SAME * most
