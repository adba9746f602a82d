"""Who is asked for what when the scene is a table."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image
from tables_drawn import Paper
from typer.testing import CliRunner

from ocrkit import Document, Ocr
from ocrkit.cli import app
from ocrkit.errors import CapabilityError
from ocrkit.geometry import Box
from ocrkit.request import Capabilities, Request
from ocrkit.result import Block, Line, PageResult, Trace, Word

WHITE = np.full((400, 600), 255, np.uint8)


class Placed:
    """Says the same words for each page, in three columns and four rows; and keeps what was asked."""

    name = "placed"

    def __init__(self, *, words=True, **offers):
        self.capabilities = Capabilities(**offers)
        self.asked = []
        self._words = words

    def recognize(self, page, request):
        self.asked.append(request.scene)
        lines = [self._line(f"r{row}c{column}", row, column) for row in range(4) for column in range(3)]
        return PageResult(
            width=page.width, height=page.height, blocks=(Block.of(lines),), trace=Trace(backend=self.name)
        )

    def _line(self, text, row, column):
        box = Box(40 + 180 * column, 40 + 40 * row, 120 + 180 * column, 64 + 40 * row)
        words = (Word(text=text, polygon=box.polygon),) if self._words else ()
        return Line(text=text, words=words, polygon=box.polygon)

    def close(self):
        pass


TABLE = tuple(tuple(f"r{row}c{column}" for column in range(3)) for row in range(4))


@pytest.mark.parametrize("reading_order", [False, True])
@pytest.mark.parametrize("words", [False, True])
def test_a_backend_that_tells_no_cells_is_asked_for_the_page(reading_order, words):
    backend = Placed(words=words, reading_order=reading_order)
    page = Ocr(backend=backend, scene="table").recognize(WHITE).pages[0]
    assert backend.asked == ["document"]
    assert [table.rows for table in page.tables] == [TABLE]
    assert len(page.blocks) == 1


def test_a_backend_that_tells_cells_is_asked_for_them():
    backend = Placed(scenes={"document", "table"})
    page = Ocr(backend=backend, scene="table").recognize(WHITE).pages[0]
    assert backend.asked == ["table"]
    assert page.tables == ()


@pytest.mark.parametrize("offers", [{"polygons": False}, {"scenes": {"line"}}])
def test_a_backend_that_says_not_where_words_stand_has_no_tables(offers):
    with (
        pytest.raises(CapabilityError, match="scene 'table'") as caught,
        Ocr(backend=Placed(**offers), scene="table") as ocr,
    ):
        ocr.recognize(WHITE)
    assert "ppocr" in str(caught.value)


@pytest.mark.parametrize(
    ("offers", "tables"), [({}, "found"), ({"scenes": {"table"}}, "own"), ({"polygons": False}, "none")]
)
def test_capabilities_say_who_finds_tables(offers, tables):
    assert Capabilities(**offers).tables == tables


def test_other_requests_are_asked_as_they_are():
    request = Request(scene="sparse", languages=("en",))
    assert Capabilities().as_asked(request) == request


def test_a_table_of_words_that_stand_nowhere_is_a_page_of_text():
    class Nowhere(Placed):
        def _line(self, text, row, column):
            return Line(text=text)

    page = Ocr(backend=Nowhere(), scene="table").recognize(WHITE).pages[0]
    assert page.tables == ()
    assert page.text.startswith("r0c0\nr0c1")


@pytest.fixture
def picture(tmp_path):
    paper = Paper(height=320)
    paper.table(
        [["Fruit", "Price"], ["Apples", "12.50"], ["Plums", "31.20"]], left=80, top=60, widths=[400, 300]
    )
    Image.fromarray(paper.pixels()).save(tmp_path / "page.png")
    return tmp_path / "page.png"


def test_one_command_makes_a_workbook(picture, tmp_path, require_module):
    require_module("openpyxl")
    import openpyxl

    target = tmp_path / "table.xlsx"
    ended = CliRunner().invoke(app, ["read", str(picture), "--scene", "table", "-o", str(target)])
    assert ended.exit_code == 0, ended.output
    (sheet,) = openpyxl.load_workbook(target).worksheets
    assert [[cell.value for cell in row] for row in sheet] == [
        ["Fruit", "Price"],
        ["Apples", 12.5],
        ["Plums", 31.2],
    ]


def test_json_has_the_cells_and_is_read_back(picture):
    document = Ocr(backend="ppocr", scene="table").recognize(picture)
    (block,) = json.loads(document.to_json())["pages"][0]["blocks"]
    assert (block["kind"], len(block["table"]["cells"])) == ("table", 6)
    assert Document.from_json(document.to_json()) == document
