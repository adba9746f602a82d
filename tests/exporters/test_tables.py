"""Tables in all formats that support them."""

from __future__ import annotations

import io
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from lxml import etree
from pages_drawn import HOSTILE, TRACE

from ocrkit.document import Document
from ocrkit.geometry import Box
from ocrkit.result import Block, Cell, Line, PageResult, Table

WORDS = [
    ("Sales | 2024", 0, 0, 1, 2),
    ("", 0, 2, 1, 1),
    ("North\nand East", 1, 0, 2, 1),
    ("1,200", 1, 1, 1, 1),
    ("*", 1, 2, 1, 1),
    ("007", 2, 1, 1, 1),
    ("=1+1", 2, 2, 1, 1),
]


def table_block(words):
    lines, cells = [], []
    for text, row, column, down, right in words:
        box = Box(10 + 90 * column, 10 + 40 * row, 10 + 90 * (column + right), 10 + 40 * (row + down))
        own = [Line(text=each, polygon=box.polygon) for each in text.split("\n") if each]
        places = tuple(range(len(lines), len(lines) + len(own)))
        lines += own
        cells.append(
            Cell(
                text=text, row=row, column=column, row_span=down, column_span=right, lines=places,
                polygon=box.polygon, confidence=0.75,
            )
        )  # fmt: skip
    table = Table(cells=tuple(cells), polygon=Box(10, 10, 280, 130).polygon)
    return Block.of(lines, kind="table", table=table)


def document_of(*blocks):
    pages = (PageResult(width=400, height=300, blocks=blocks, trace=TRACE),)
    return Document(source="a.png", page_count=1, pages=pages)


def single(*texts):
    """A document with a table of one column."""
    return document_of(table_block([(text, row, 0, 1, 1) for row, text in enumerate(texts)]))


@pytest.fixture
def document():
    before = Block.of([Line(text="Before it", polygon=Box(10, 0, 90, 8).polygon)])
    after = Block.of([Line(text="After it", polygon=Box(10, 200, 90, 220).polygon)])
    return document_of(before, table_block(WORDS), after)


def test_markdown_has_the_rows_of_the_table(document):
    assert document.export("markdown").decode() == (
        "Before it\n\n"
        "| Sales \\| 2024 |  |  |\n"
        "| --- | --- | --- |\n"
        "| North<br>and East | 1,200 | \\* |\n"
        "|  | 007 | =1+1 |\n\n"
        "After it\n"
    )


class _Cells(HTMLParser):
    def __init__(self):
        super().__init__()
        self.cells, self.names = [], []

    def handle_starttag(self, tag, attrs):
        self.names.append(tag)
        if tag == "td":
            spans = dict(attrs)
            self.cells.append([int(spans.get("rowspan", 1)), int(spans.get("colspan", 1)), ""])
        elif tag == "br" and self.cells:
            self.cells[-1][2] += "\n"

    def handle_data(self, data):
        if self.names and self.names[-1] in ("td", "br") and data.strip():
            self.cells[-1][2] += data


def cells_of(html):
    parser = _Cells()
    parser.feed(html)
    return [tuple(cell) for cell in parser.cells]


def test_html_keeps_the_spans_of_cells(document):
    html = document.export("html").decode()
    assert cells_of(html) == [(down, right, text) for text, _, _, down, right in WORDS]
    assert html.index("Before it") < html.index("<table>") < html.index("After it")


def test_html_has_empty_cells_at_uncovered_positions():
    table = Table(cells=(Cell(text="a", row=0, column=0), Cell(text="b", row=1, column=1)))
    assert cells_of(table.to_html()) == [(1, 1, "a"), (1, 1, ""), (1, 1, ""), (1, 1, "b")]
    assert Table().to_html() == "<table>\n</table>"
    assert Table().to_markdown() == Table().to_csv() == ""


@pytest.mark.parametrize("name", ["html", "markdown", "tables_csv", "xlsx", "hocr", "page"])
def test_hostile_text_is_escaped(name):
    document = single(HOSTILE, "</td></table><b>", "a | b\r\nc")
    written = document.export(name)
    if name == "html":
        assert b"<script" not in written
        assert b"</td></table><b>" not in written
    elif name == "markdown":
        assert re.findall(rb"(?<!\\)<[^!]\w*", written) == [b"<br"] * written.count(b"<br>")
    elif name in ("hocr", "page"):
        etree.fromstring(written, etree.XMLParser(load_dtd=False, no_network=True))
    else:
        assert written


def test_text_cannot_break_the_rows_of_a_markdown_table():
    written = single("a | b\nc", "`x` \\| <br>").export("markdown").decode()
    assert written.splitlines() == ["| a \\| b<br>c |", "| --- |", "| \\`x\\` \\\\\\| \\<br> |"]


def test_csv_separates_tables_by_an_empty_line(document):
    both = document.model_copy(update={"pages": document.pages * 2})
    table = 'Sales | 2024,,\r\n"North\nand East","1,200",*\r\n,007,\'=1+1\r\n'
    assert both.export("tables_csv").decode() == f"{table}\r\n{table}"
    assert document_of().export("tables_csv") == b""


@pytest.mark.parametrize("text", ["=1+1", "+A1", "-A1", "@SUM(A1)", " =1", "\t=1", "＝1+1"])
def test_no_cell_of_a_spreadsheet_is_a_formula(text, require_module):
    require_module("openpyxl")
    assert single(text).export("tables_csv").decode().lstrip('"').startswith("'")
    (sheet,) = workbook(single(text))
    assert sheet["A1"].data_type == "s"
    assert sheet["A1"].value == text.strip()


def workbook(document):
    import openpyxl

    return openpyxl.load_workbook(io.BytesIO(document.export("xlsx"))).worksheets


@pytest.fixture
def sheet(document, require_module):
    require_module("openpyxl")
    (sheet,) = workbook(document)
    return sheet


def test_a_workbook_has_a_sheet_for_each_table(sheet, document):
    assert sheet.title == "Page 1, table 1"
    assert {str(each) for each in sheet.merged_cells.ranges} == {"A1:B1", "A2:A3"}
    found = {(cell.row - 1, cell.column - 1): cell.value for row in sheet for cell in row if cell.value}
    assert found == {(row, column): text for text, row, column, _, _ in WORDS if text}
    two = document.model_copy(update={"pages": document.pages * 2})
    assert len({each.title for each in workbook(two)}) == 2


@pytest.mark.parametrize(
    ("text", "value"),
    [("12", 12), ("-3.50", -3.5), ("\u22124", -4), ("0.125", 0.125), ("1.2345", 1.2345), ("0", 0)],
)
def test_an_unambiguous_number_becomes_a_number(text, value, require_module):
    require_module("openpyxl")
    (sheet,) = workbook(single(text))
    assert (sheet["A1"].data_type, sheet["A1"].value) == ("n", value)
    decimals = len(text.partition(".")[2])
    assert sheet["A1"].number_format == ("0." + "0" * decimals if decimals else "0")


@pytest.mark.parametrize(
    "text",
    ["1,234", "1.234", "007", "12 %", "€5", "1e5", "12-3", "+49", "1234567890123456", "1 000", "٣", ""],
)
def test_an_ambiguous_number_stays_text(text, require_module):
    require_module("openpyxl")
    (sheet,) = workbook(single("x", text))
    assert sheet["A2"].value == (text or None)
    assert sheet["A2"].data_type == ("s" if text else "n")


def test_a_workbook_without_tables_says_so(require_module):
    require_module("openpyxl")
    (sheet,) = workbook(document_of())
    assert sheet.title == "No tables"
    assert "scene" in sheet["A1"].value


def test_the_same_document_gives_the_same_workbook(document):
    assert document.export("xlsx") == document.export("xlsx")


def test_table_formats_are_found_by_their_suffixes(document, tmp_path):
    document.save(tmp_path / "a.tables.csv")
    document.save(tmp_path / "a.xlsx")
    assert (tmp_path / "a.tables.csv").read_text().startswith("Sales")
    assert (tmp_path / "a.xlsx").read_bytes()[:2] == b"PK"


def test_page_has_a_region_for_each_cell(document):
    schema = etree.XMLSchema(etree.parse(Path(__file__).parent / "schemas" / "page-2019-07-15.xsd"))
    root = etree.fromstring(document.export("page"))
    schema.assertValid(root)
    space = {"p": root.nsmap[None]}
    (table,) = root.iterfind(".//p:TableRegion", space)
    assert (table.get("rows"), table.get("columns")) == ("3", "3")
    found = []
    for region in table.iterfind("p:TextRegion", space):
        role = region.find("p:Roles/p:TableCellRole", space)
        text = region.findtext("p:TextEquiv/p:Unicode", namespaces=space)
        places = [int(role.get(name, 1)) for name in ("rowIndex", "columnIndex", "rowSpan", "colSpan")]
        found.append((text, *places))
    assert found == WORDS
    texts = [each.text for each in table.iterfind("p:TextRegion/p:TextLine/p:TextEquiv/p:Unicode", space)]
    assert texts == [line.text for line in document.pages[0].blocks[1].lines]


def test_hocr_has_a_paragraph_for_each_cell(document):
    root = etree.fromstring(document.export("hocr"), etree.XMLParser(load_dtd=False, no_network=True))
    (table,) = (each for each in root.iter() if each.get("class") == "ocr_table")
    paragraphs = [
        " / ".join("".join(line.itertext()) for line in each)
        for each in table
    ]  # fmt: skip
    assert paragraphs == [text.replace("\n", " / ") for text, *_ in WORDS if text]
    names = [each.get("id") for each in root.iter() if each.get("id")]
    assert len(names) == len(set(names))


def test_a_data_frame_has_the_cells_of_the_table(document, require_module):
    require_module("pandas")
    (table,) = document.pages[0].tables
    frame = table.to_dataframe()
    assert frame.shape == (3, 3)
    assert frame.iloc[1].tolist() == ["North\nand East", "1,200", "*"]
    assert table.to_dataframe(header=True).columns.tolist() == ["Sales | 2024", "", ""]
    assert Table().to_dataframe(header=True).empty


def test_text_and_layout_keep_the_rows(document):
    assert "North and East\t1,200\t*" in document.export("text").decode()
    assert "1,200" in document.export("layout").decode()
