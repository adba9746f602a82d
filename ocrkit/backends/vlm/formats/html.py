"""HTML, with `data-bbox` and `data-label` for blocks where the model gives them."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from ocrkit.backends.vlm.formats.inline import CHECKED, UNCHECKED
from ocrkit.backends.vlm.formats.labels import kind_of
from ocrkit.backends.vlm.formats.latex import formula_source
from ocrkit.backends.vlm.formats.pieces import GridCell, Piece, Reply, fitted
from ocrkit.result import BlockKind

_TABLE = re.compile(r"<table\b.*?(?:</table\s*>|\Z)", re.DOTALL | re.IGNORECASE)
_DECLARATION = re.compile(r"<!(?!--|doctype\b)", re.IGNORECASE)
"""Text of the page: html.parser drops declarations, and raises an AssertionError for `<![1`."""
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_KINDS: dict[str, BlockKind] = {
    "caption": "caption", "figcaption": "caption", "header": "header", "footer": "footer",
    "page_number": "page_number", "signature": "signature", "ul": "list", "ol": "list",
}  # fmt: skip
_BREAKS = frozenset(
    {"p", "div", "section", "article", "body", "html", "main", "blockquote", "pre", "dl", "form"}
)
_HIDDEN = frozenset({"script", "style", "head", "title"})
_MOST_SPANNED = 1000


def numbers_in(text: str) -> tuple[float, ...]:
    """The four or eight coordinates in a text; empty for any other count."""
    found = tuple(float(each) for each in _NUMBER.findall(text[:400]))
    return found if len(found) in (4, 8) else ()


def parse_html(text: str) -> Reply:
    """The blocks of a page in HTML, in its order."""
    parser = _Blocks()
    parser.feed(_DECLARATION.sub("&lt;!", text))
    parser.close()
    parser.finish()
    return Reply(tuple(piece for piece in parser.pieces if not piece.is_empty))


def table_cells(markup: str) -> tuple[GridCell, ...]:
    """The cells of the first table."""
    pieces = parse_html(markup).pieces
    return next((piece.cells for piece in pieces if piece.cells), ())


def split_tables(text: str) -> list[tuple[str, bool]]:
    """A text in parts, with whether each is a table. A table that is not closed runs to the end."""
    parts, position = [], 0
    for found in _TABLE.finditer(text):
        parts += [(text[position : found.start()], False), (found[0], True)]
        position = found.end()
    return [part for part in [*parts, (text[position:], False)] if part[0].strip()]


class _Grid:
    """A table that is being read."""

    def __init__(self) -> None:
        self.cells: list[GridCell] = []
        self.row, self.column = -1, 0
        self.spans = (1, 1)
        self.is_open = False
        self._taken: dict[int, int] = {}

    def begin_row(self) -> None:
        self.row, self.column = self.row + 1, 0

    def begin_cell(self, attributes: dict[str, str | None]) -> None:
        self.row = max(self.row, 0)
        while self._taken.get(self.column, 0) > self.row:
            self.column += 1
        self.spans = (_span(attributes.get("rowspan")), _span(attributes.get("colspan")))
        self.is_open = True

    def end_cell(self, text: str) -> None:
        rows, columns = self.spans
        self.cells.append(GridCell(self.row, self.column, text, rows, columns))
        for column in range(self.column, self.column + columns):
            self._taken[column] = self.row + rows
        self.column += columns
        self.is_open = False


class _Blocks(HTMLParser):
    """Collects blocks. Unclosed elements are tolerated."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[Piece] = []
        self._text: list[str] = []
        self._kind: BlockKind = "text"
        self._level: int | None = None
        self._labeled: list[tuple[str, BlockKind, int | None, tuple[float, ...]]] = []
        """Open elements with a label or a box."""
        self._grids: list[_Grid] = []
        self._hidden = 0
        self._depth: dict[str, int] = {}
        self._math: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        self._depth[tag] = self._depth.get(tag, 0) + 1
        if tag in _HIDDEN:
            self._hidden += 1
        elif tag == "table":
            self._start_table(attributes)
        elif tag == "math":
            self._math = []
        elif tag in ("tr", "td", "th") and self._grids:
            self._start_cell(tag, attributes)
        elif tag == "input" and (attributes.get("type") or "").lower() in ("checkbox", "radio"):
            self._text.append((CHECKED if "checked" in attributes else UNCHECKED) + " ")
        elif tag in ("br", "li", "dt", "dd"):
            self._text.append("\n")
        elif tag == "img":
            self._picture(attributes)
        elif not self._grids:
            self._start_block(tag, attributes)
        elif tag in _BREAKS:
            self._text.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if not self._depth.get(tag):
            return
        self._depth[tag] -= 1
        if tag in _HIDDEN:
            self._hidden -= 1
        elif tag == "math":
            self._end_math()
        elif tag == "table" and self._grids:
            self._end_table()
        elif tag in ("td", "th", "tr") and self._grids:
            self._end_cell()
        elif not self._grids and (tag in _HEADINGS or tag in _KINDS or tag in _BREAKS):
            self._flush()
            if self._labeled and self._labeled[-1][0] == f"{tag} {self._depth[tag]}":
                self._labeled.pop()
            self._reset()

    def handle_data(self, data: str) -> None:
        if self._math is not None:
            self._math.append(data)
        elif not self._hidden:
            self._text.append(data if self._depth.get("pre") else data.replace("\n", " "))

    def finish(self) -> None:
        """Close all open elements."""
        self._end_math()
        while self._grids:
            self._end_table()
        self._flush()

    def _start_block(self, tag: str, attributes: dict[str, str | None]) -> None:
        label, box = attributes.get("data-label"), attributes.get("data-bbox")
        if not (tag in _HEADINGS or tag in _KINDS or tag in _BREAKS or label or box):
            return
        self._flush()
        if label or box:
            kind, level = kind_of(label or "")
            name = f"{tag} {self._depth[tag] - 1}"
            self._labeled.append((name, kind, level, numbers_in(box or "")))
        self._reset()
        if tag in _HEADINGS:
            self._kind, self._level = "heading", _HEADINGS[tag]
        elif tag in _KINDS and self._kind == "text":
            self._kind = _KINDS[tag]

    def _reset(self) -> None:
        """Continue in the innermost labeled element."""
        self._kind, self._level = self._labeled[-1][1:3] if self._labeled else ("text", None)

    @property
    def _numbers(self) -> tuple[float, ...]:
        return next((numbers for *_, numbers in reversed(self._labeled) if numbers), ())

    def _flush(self) -> None:
        text = self._taken_text()
        kind = self._kind
        if kind == "table":  # a label without a table in it
            kind = "text"
        if kind == "formula":
            self.pieces.append(Piece(kind=kind, latex=formula_source(text), numbers=self._numbers))
        elif text or kind in ("picture", "signature"):
            is_again = not text and any(each.numbers == self._numbers for each in self.pieces[-1:])
            if not is_again:
                self.pieces.append(Piece(text, kind, self._level, self._numbers))

    def _taken_text(self) -> str:
        lines = "".join(self._text).split("\n")
        self._text = []
        return "\n".join(line for each in lines if (line := " ".join(each.split())))

    def _picture(self, attributes: dict[str, str | None]) -> None:
        """A picture. Its alternative text is the model's description, not text of the page."""
        if not self._grids and self._kind != "picture":
            self._flush()
            numbers = numbers_in(attributes.get("data-bbox") or "") or self._numbers
            self.pieces.append(Piece(kind="picture", numbers=numbers))

    def _start_table(self, attributes: dict[str, str | None]) -> None:
        if self._grids:
            self._text.append("\n")
        else:
            self._flush()
        grid = _Grid()
        self._grids.append(grid)
        if box := numbers_in(attributes.get("data-bbox") or ""):
            self._labeled.append(("table", "table", None, box))

    def _start_cell(self, tag: str, attributes: dict[str, str | None]) -> None:
        self._end_cell()
        if tag == "tr":
            self._grids[-1].begin_row()
        else:
            self._grids[-1].begin_cell(attributes)

    def _end_cell(self) -> None:
        grid = self._grids[-1]
        if grid.is_open:
            grid.end_cell(self._taken_text())
        elif (text := self._taken_text()) and len(self._grids) == 1:  # a caption, or text between the cells
            self.pieces.append(Piece(text, "caption"))

    def _end_table(self) -> None:
        self._end_cell()
        grid = self._grids.pop()
        if self._grids:  # a table in a cell becomes its text
            self._text.append("\n".join(cell.text for cell in grid.cells))
            return
        self.pieces.append(Piece(kind="table", cells=fitted(grid.cells), numbers=self._numbers))
        if self._labeled and self._labeled[-1][0] == "table":
            self._labeled.pop()
        self._reset()

    def _end_math(self) -> None:
        if self._math is None:
            return
        source, self._math = formula_source("".join(self._math)), None
        self._text.append(source if self._kind == "formula" else f"${source}$")


def _span(value: str | None) -> int:
    return min(_MOST_SPANNED, max(1, int(value))) if value and value.isdecimal() and len(value) < 9 else 1
