"""A table as text: for documents, for the web, for spreadsheets and for pandas."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import escape
from typing import TYPE_CHECKING

from ocrkit.errors import missing_extra

if TYPE_CHECKING:
    import pandas as pd

    from ocrkit.result.tables import Cell, Table

# Also behind white space, and in the wide forms that East Asian spreadsheets take for the same.
_FORMULA = re.compile(r"[\s\x00]*[=+\-@＝＋－＠]|[\t\r\n]")
_NUMBER = re.compile(r"[+-]?[0-9][0-9.,]*%?", re.ASCII)
_QUOTED = re.compile('[",\r\n]')
# Anywhere: code, emphasis, links, HTML, strikethrough, cells. An underscore inside a word and an ampersand
# that begins no entity are nothing to Markdown.
_MARKUP = re.compile(r"[\\`*\[\]<~|]|(?<![^\W_])_|_(?![^\W_])|&(?=#?\w+;)")
_SPACE = re.compile("[ \t\x0b\x0c\x1c-\x1f]+")
_CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\ufffe\uffff]")


def csv_line(cells: list[str]) -> str:
    """A line of CSV (RFC 4180)."""
    return ",".join(_quoted(cell) for cell in cells) + "\r\n"


def harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula: where it might, an apostrophe stands before it."""
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def escaped_markdown(text: str) -> str:
    """A piece of a line, without anything that Markdown would take for markup inside it."""
    return _MARKUP.sub(r"\\\g<0>", text)


def to_csv(table: Table) -> str:
    """See `Table.to_csv`."""
    return "".join(csv_line([harmless(_plain(text)) for text in row]) for row in table.rows)


def to_markdown(table: Table) -> str:
    """See `Table.to_markdown`."""
    rows = [[escaped_markdown(_plain(text)).replace("\n", "<br>") for text in row] for row in table.rows]
    if not rows:
        return ""
    written = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([written[0], "|" + " --- |" * table.column_count, *written[1:]])


def to_html(table: Table, lang: Callable[[str | None], str] = lambda _: "") -> str:
    """See `Table.to_html`. `lang` makes the attribute for a language, a space before it."""
    cells = {(cell.row, cell.column): cell for cell in table.cells}
    covered = {place for cell in table.cells for place in _places(cell)} - cells.keys()
    rows = []
    for row in range(table.row_count):
        places = [(row, column) for column in range(table.column_count) if (row, column) not in covered]
        tags = "".join(_tag(cells.get(place), lang) for place in places)
        rows.append(f"<tr>{tags}</tr>")
    return "\n".join(["<table>", *rows, "</table>"])


def _tag(cell: Cell | None, lang: Callable[[str | None], str]) -> str:
    if cell is None:
        return "<td></td>"
    spans = f' rowspan="{cell.row_span}"' if cell.row_span > 1 else ""
    spans += f' colspan="{cell.column_span}"' if cell.column_span > 1 else ""
    text = escape(_plain(cell.text)).replace("\n", "<br>")
    return f'<td{spans}{lang(cell.language)} dir="auto">{text}</td>' if text else f"<td{spans}></td>"


def _places(cell: Cell) -> Iterator[tuple[int, int]]:
    for row in range(cell.row, cell.row + cell.row_span):
        for column in range(cell.column, cell.column + cell.column_span):
            yield row, column


def _quoted(cell: str) -> str:
    doubled = cell.replace('"', '""')
    return f'"{doubled}"' if _QUOTED.search(cell) else cell


def _plain(text: str) -> str:
    """Lines, without what is no character at all."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(_CONTROL.sub("", _SPACE.sub(" ", line)).strip() for line in lines)


def data_frame(table: Table, *, header: bool) -> pd.DataFrame:
    """See `Table.to_dataframe`."""
    try:
        import pandas as pd
    except ImportError as error:
        raise missing_extra("pandas", "pandas", "a table as a DataFrame") from error
    rows = [list(row) for row in table.rows]
    names = rows.pop(0) if header and rows else list(range(table.column_count))
    return pd.DataFrame(rows, columns=names, dtype="string")
