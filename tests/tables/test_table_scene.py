"""The scene `table`: what is requested of the backend, and how the tables are exported."""

from __future__ import annotations

import json

import numpy as np
import pytest
from drawn_tables import Paper
from PIL import Image
from typer.testing import CliRunner

from ocrkit import Document, Ocr
from ocrkit.cli import app
from ocrkit.errors import CapabilityError
from ocrkit.geometry import Box
from ocrkit.request import Capabilities, Request
from ocrkit.result import Block, Line, PageResult, Trace, Word

BLANK = np.full((400, 600), 255, np.uint8)


class GridBackend:
    """Returns the same text in four rows and three columns for each page, and records the requested scenes."""

    name = "grid"

    def __init__(self, *, with_words=True, with_polygons=True, **capabilities):
        self.capabilities = Capabilities(**capabilities)
        self.scenes = []
        self._with_words, self._with_polygons = with_words, with_polygons

    def recognize(self, page, request):
        self.scenes.append(request.scene)
        lines = [self._line(f"r{row}c{column}", row, column) for row in range(4) for column in range(3)]
        return PageResult(
            width=page.width, height=page.height, blocks=(Block.of(lines),), trace=Trace(backend=self.name)
        )

    def _line(self, text, row, column):
        if not self._with_polygons:
            return Line(text=text)
        box = Box(40 + 180 * column, 40 + 40 * row, 120 + 180 * column, 64 + 40 * row)
        words = (Word(text=text, polygon=box.polygon),) if self._with_words else ()
        return Line(text=text, words=words, polygon=box.polygon)

    def close(self):
        pass


ROWS = tuple(tuple(f"r{row}c{column}" for column in range(3)) for row in range(4))


@pytest.mark.parametrize("reading_order", [False, True])
@pytest.mark.parametrize("with_words", [False, True])
def test_a_backend_without_table_support_reads_a_document(reading_order, with_words):
    backend = GridBackend(with_words=with_words, reading_order=reading_order)
    page = Ocr(backend=backend, scene="table").recognize(BLANK).pages[0]
    assert backend.scenes == ["document"]
    assert [table.rows for table in page.tables] == [ROWS]
    assert len(page.blocks) == 1


def test_a_backend_with_table_support_finds_its_own_tables():
    backend = GridBackend(scenes={"document", "table"})
    page = Ocr(backend=backend, scene="table").recognize(BLANK).pages[0]
    assert backend.scenes == ["table"]
    assert page.tables == ()


@pytest.mark.parametrize("capability", [{"polygons": False}, {"scenes": {"line"}}])
def test_a_backend_whose_text_cannot_be_placed_is_refused(capability):
    with (
        pytest.raises(CapabilityError, match="scene 'table'") as caught,
        Ocr(backend=GridBackend(**capability), scene="table") as ocr,
    ):
        ocr.recognize(BLANK)
    assert "ppocr" in str(caught.value)


@pytest.mark.parametrize(
    ("capability", "tables"), [({}, "found"), ({"scenes": {"table"}}, "own"), ({"polygons": False}, "none")]
)
def test_capabilities_tell_who_finds_tables(capability, tables):
    assert Capabilities(**capability).tables == tables


def test_requests_for_other_scenes_are_unchanged():
    request = Request(scene="sparse", languages=("en",))
    assert Capabilities().as_asked(request) == request


def test_words_without_polygons_stay_plain_text():
    page = Ocr(backend=GridBackend(with_polygons=False), scene="table").recognize(BLANK).pages[0]
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


@pytest.mark.parametrize("scene", [["--scene", "table"], []], ids=["asked for", "by the format"])
def test_the_command_line_writes_a_workbook(picture, tmp_path, require_module, scene):
    require_module("openpyxl")
    import openpyxl

    target = tmp_path / "table.xlsx"
    result = CliRunner().invoke(app, ["read", str(picture), *scene, "-o", str(target)])
    assert result.exit_code == 0, result.output
    (sheet,) = openpyxl.load_workbook(target).worksheets
    assert [[cell.value for cell in row] for row in sheet] == [
        ["Fruit", "Price"],
        ["Apples", 12.5],
        ["Plums", 31.2],
    ]


def test_tables_survive_a_json_round_trip(default_engine, picture):
    document = Ocr(backend=default_engine, scene="table").recognize(picture)
    (block,) = json.loads(document.to_json())["pages"][0]["blocks"]
    assert (block["kind"], len(block["table"]["cells"])) == ("table", 6)
    assert Document.from_json(document.to_json()) == document
