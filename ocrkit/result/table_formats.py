"""Conversion of tables to CSV, Markdown, HTML and pandas."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import escape
from typing import TYPE_CHECKING

from ocrkit.errors import missing_extra

if TYPE_CHECKING:
    import pandas as pd

    from ocrkit.result.tables import Cell, Table

# Also after white space, and in the fullwidth forms that East Asian spreadsheets treat alike.
_FORMULA = re.compile(r"[\s\x00]*[=+\-@＝＋－＠]|[\t\r\n]")
_SEPARATOR = re.compile(r"([;\t\r\n])")
_NUMBER = re.compile(r"[+-]?[0-9][0-9.,]*%?", re.ASCII)
_NEEDS_QUOTES = re.compile('[",\r\n]')
# Code, emphasis, links, HTML, strikethrough, cells. An underscore inside a word and an ampersand that begins
# no entity have no meaning in Markdown.
_MARKUP = re.compile(r"[\\`*\[\]<~|]|(?<![^\W_])_|_(?![^\W_])|&(?=#?\w+;)")
_SPACE = re.compile("[ \t\x0b\x0c\x1c-\x1f]+")
_CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\ufffe\uffff]")


def csv_row(cells: list[str]) -> str:
    """A row of CSV (RFC 4180)."""
    return ",".join(_quote(cell) for cell in cells) + "\r\n"


def escape_formula(text: str) -> str:
    """Put an apostrophe before a text that a spreadsheet would run as a formula.

    Also inside of the text, after what separates cells in other places: with `;` as the separator, or with
    tabs, `total;=1+1` is two cells.
    """
    first, *others = _SEPARATOR.split(text)
    parts = (part if number % 2 == 0 else _escaped_cell(part) for number, part in enumerate(others))
    return ("'" if _is_formula(text) else "") + first + "".join(parts)


def _escaped_cell(text: str) -> str:
    """Escape a part that may become a cell of its own; quotes around it would be removed."""
    return f"'{text}" if _is_formula(text.lstrip("\"'\x00 \u3000")) else text


def _is_formula(text: str) -> bool:
    return bool(_FORMULA.match(text)) and not _NUMBER.fullmatch(text)


def escape_markdown(text: str) -> str:
    """Escape inline markup. The start of a line may need more."""
    return _MARKUP.sub(r"\\\g<0>", text)


def to_csv(table: Table) -> str:
    """See `Table.to_csv`."""
    return "".join(csv_row([escape_formula(_clean(text)) for text in row]) for row in table.rows)


def to_markdown(table: Table) -> str:
    """See `Table.to_markdown`."""
    rows = [[escape_markdown(_clean(text)).replace("\n", "<br>") for text in row] for row in table.rows]
    if not rows:
        return ""
    header, *body = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([header, "|" + " --- |" * table.column_count, *body])


def to_html(table: Table, lang: Callable[[str | None], str] = lambda _: "") -> str:
    """See `Table.to_html`. `lang` returns the attribute for a language, with a space before it."""
    cells = {(cell.row, cell.column): cell for cell in table.cells}
    covered = {position for cell in table.cells for position in _positions(cell)} - cells.keys()
    rows = []
    for row in range(table.row_count):
        positions = [(row, column) for column in range(table.column_count) if (row, column) not in covered]
        html = "".join(_html_cell(cells.get(position), lang) for position in positions)
        rows.append(f"<tr>{html}</tr>")
    return "\n".join(["<table>", *rows, "</table>"])


def _html_cell(cell: Cell | None, lang: Callable[[str | None], str]) -> str:
    if cell is None:
        return "<td></td>"
    spans = f' rowspan="{cell.row_span}"' if cell.row_span > 1 else ""
    spans += f' colspan="{cell.column_span}"' if cell.column_span > 1 else ""
    text = escape(_clean(cell.text)).replace("\n", "<br>")
    tag = "th" if cell.header else "td"
    return (
        f'<{tag}{spans}{lang(cell.language)} dir="auto">{text}</{tag}>' if text else f"<{tag}{spans}></{tag}>"
    )


def _positions(cell: Cell) -> Iterator[tuple[int, int]]:
    for row in range(cell.row, cell.row + cell.row_span):
        for column in range(cell.column, cell.column + cell.column_span):
            yield row, column


def _quote(cell: str) -> str:
    doubled = cell.replace('"', '""')
    return f'"{doubled}"' if _NEEDS_QUOTES.search(cell) else cell


def _clean(text: str) -> str:
    """Normalize white space and line breaks, and remove control characters."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(_CONTROL.sub("", _SPACE.sub(" ", line)).strip() for line in lines)


def data_frame(table: Table, *, header: bool) -> pd.DataFrame:
    """See `Table.to_dataframe`."""
    try:
        import pandas as pd
    except ImportError as error:
        raise missing_extra("pandas", "pandas", "a table as a data frame") from error
    rows = [list(row) for row in table.rows]
    names = rows.pop(0) if header and rows else list(range(table.column_count))
    return pd.DataFrame(rows, columns=names, dtype="string")
