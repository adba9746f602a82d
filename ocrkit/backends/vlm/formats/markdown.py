"""Markdown, with tables in Markdown, HTML or LaTeX, formulas, and the places of figures."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from ocrkit.backends.remote import Rotation
from ocrkit.backends.vlm.formats.html import numbers_in, parse_html, split_tables
from ocrkit.backends.vlm.formats.inline import plain_text
from ocrkit.backends.vlm.formats.labels import kind_of
from ocrkit.backends.vlm.formats.latex import TABULAR, formula_source, latex_cells
from ocrkit.backends.vlm.formats.otsl import has_otsl, otsl_cells
from ocrkit.backends.vlm.formats.pieces import GridCell, Piece, Reply, fitted

_HEADING = re.compile(r" {0,3}(#{1,6})\s+(.*?)\s*#*\s*$")
_RULER = re.compile(r" {0,3}([-*_])(?:\s*\1){2,}\s*$")
_ITEM = re.compile(r"\s*(?:[-*+•]|\d{1,4}[.)])\s+\S")
_SEPARATOR = re.compile(r"\s*\|?\s*:?-{1,}:?\s*(?:\|\s*:?-{1,}:?\s*)*\|?\s*$")
_PICTURE = re.compile(r"!\[([^\]]*)\](?:\(([^()]*)\))?\s*(\d[\d.,\s]*)?$")
_OLMOCR_PICTURE = re.compile(r"page_(\d+)_(\d+)_(\d+)_(\d+)\.\w+")
_PLACED_PICTURE = re.compile(r"<!--\s*(?:image|figure|chart|table)\s*\(([^()]*)\)\s*-->", re.IGNORECASE)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_MARKED = re.compile(r"<(page_number|signature|header|footer|img|caption|figcaption)>(.*?)</\1>", re.DOTALL)
_FORMULA = re.compile(r"\$\$(.+?)(?:\$\$|\Z)|\\\[(.+?)(?:\\\]|\Z)", re.DOTALL)
_FRONT_MATTER = re.compile(r"\A\s*---[ \t]*\n(.*?)(?:\n---[ \t]*(?:\n|\Z)|\Z)", re.DOTALL)
_TURN = re.compile(r"^rotation_correction:\s*(\d+)", re.MULTILINE)
_CODE_FENCE = re.compile(r"\s*(?:```|~~~)")


def parse_markdown(text: str) -> Reply:
    """The blocks of a page in Markdown."""
    text = text.replace("\r\n", "\n")
    pieces: list[Piece] = []
    for part, is_table in split_tables(text):
        pieces += parse_html(part).pieces if is_table else _outside_tables(part)
    return Reply(tuple(piece for piece in pieces if not piece.is_empty))


def parse_front_matter(text: str) -> Reply:
    """Markdown after a front matter that says how the page is turned."""
    found = _FRONT_MATTER.match(text)
    if found is None:
        return parse_markdown(text)
    turn = _TURN.search(found[1])
    degrees = int(turn[1][:4]) % 360 if turn else 0
    rotations: dict[int, Rotation] = {0: 0, 90: 90, 180: 180, 270: 270}
    return replace(parse_markdown(text[found.end() :]), turn=rotations.get(degrees, 0))


def _outside_tables(text: str) -> Iterator[Piece]:
    """Formulas, tables in LaTeX and marked blocks, and the Markdown between them."""
    if has_otsl(text):
        yield Piece(kind="table", cells=otsl_cells(text))
        return
    parts: list[str | Piece] = [text]
    for expression, make in ((TABULAR, _tabular), (_FORMULA, _formula), (_MARKED, _marked)):
        parts = [each for part in parts for each in _split(part, expression, make)]
    for part in parts:
        if isinstance(part, Piece):
            yield part
        else:
            placed = _PLACED_PICTURE.sub(r"\n\n![](placed) \1\n\n", part)
            yield from _lines(_COMMENT.sub("", placed).split("\n"))


def _split(
    part: str | Piece, expression: re.Pattern[str], make: Callable[[re.Match[str]], Piece]
) -> Iterator[str | Piece]:
    if isinstance(part, Piece):
        yield part
        return
    position = 0
    for found in expression.finditer(part):
        yield part[position : found.start()]
        yield make(found)
        position = found.end()
    yield part[position:]


def _tabular(found: re.Match[str]) -> Piece:
    if found[1] == "array":
        return Piece(kind="formula", latex=found[0].strip())
    return Piece(kind="table", cells=latex_cells(found[2]))


def _formula(found: re.Match[str]) -> Piece:
    return Piece(kind="formula", latex=formula_source(found[1] or found[2]))


def _marked(found: re.Match[str]) -> Piece:
    kind, _ = kind_of(found[1])
    text = "" if kind == "picture" else plain_text(found[2]).strip()
    return Piece(text, "header" if found[1] == "header" else kind)


def _lines(lines: list[str]) -> Iterator[Piece]:
    """The blocks of lines without tables in HTML and without formulas."""
    position, paragraph = 0, list[str]()
    while position < len(lines):
        line = lines[position]
        if count := _table_rows(lines, position):
            yield from _paragraph(paragraph)
            yield Piece(kind="table", cells=_pipe_cells(lines[position : position + count]))
            paragraph, position = [], position + count
            continue
        single = _single(line)
        if single is not None or not line.strip():
            yield from _paragraph(paragraph)
            paragraph = []
            yield from [single] if single else []
        elif not _CODE_FENCE.match(line):
            if paragraph and bool(_ITEM.match(line)) and not _ITEM.match(paragraph[0]):
                yield from _paragraph(paragraph)
                paragraph = []
            paragraph.append(line)
        position += 1
    yield from _paragraph(paragraph)


def _single(line: str) -> Piece | None:
    """A block that is one line, or None."""
    if found := _HEADING.match(line):
        return Piece(plain_text(found[2]), "heading", len(found[1]))
    if _RULER.match(line):
        return Piece()
    if found := _PICTURE.match(line.strip()):
        return Piece(kind="picture", numbers=_picture_box(found))  # the text is the model's description
    return None


def _picture_box(found: re.Match[str]) -> tuple[float, ...]:
    if named := _OLMOCR_PICTURE.fullmatch(found[2] or ""):
        x, y, width, height = map(float, named.groups())
        return x, y, x + width, y + height
    return numbers_in(found[3] or "")


def _paragraph(lines: list[str]) -> Iterator[Piece]:
    if lines:
        kind = "list" if _ITEM.match(lines[0]) else "text"
        text = plain_text("\n".join(line.strip() for line in lines)) if kind == "text" else _items(lines)
        yield Piece(text, kind)  # type: ignore[arg-type]  # one of the two


def _items(lines: list[str]) -> str:
    """List items: bulleted ones without their marker, numbered ones with their number."""
    texts = (plain_text(line).strip() for line in lines)
    return "\n".join(re.sub(r"\A[-*+•]\s+", "", text) for text in texts)


def _table_rows(lines: list[str], start: int) -> int:
    """The number of lines of the table that begins here, or 0."""
    if "|" not in lines[start] or start + 1 == len(lines):
        return 0
    if not ("|" in lines[start + 1] or "-" in lines[start + 1]) or not _SEPARATOR.match(lines[start + 1]):
        return 0
    end = start + 2
    while end < len(lines) and "|" in lines[end]:
        end += 1
    return end - start


def _pipe_cells(lines: list[str]) -> tuple[GridCell, ...]:
    rows = [_split_row(line) for number, line in enumerate(lines) if number != 1]
    return fitted(
        GridCell(row, column, plain_text(text.strip()))
        for row, texts in enumerate(rows)
        for column, text in enumerate(texts)
    )


def _split_row(line: str) -> list[str]:
    inner = line.strip().removeprefix("|")
    inner = inner[:-1] if inner.endswith("|") and not inner.endswith("\\|") else inner
    return [part.replace("\\|", "|") for part in re.split(r"(?<!\\)\|", inner)]
