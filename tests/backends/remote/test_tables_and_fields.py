"""Tables from cells, and fields from values."""

from __future__ import annotations

import pytest

from ocrkit.backends.remote import FieldCollector, TableBuilder, field_value
from ocrkit.errors import BadResponseError
from ocrkit.geometry import Box
from ocrkit.result import Line

POLYGON = Box(0, 0, 90, 20).polygon


def test_cells_become_a_table_in_reading_order():
    table = TableBuilder()
    table.add([Line(text="four")], row=1, column=1)
    table.add([Line(text="Fern"), Line(text="large")], row=1, column=0, confidence=0.5)
    table.add([Line(text="Plant")], row=0, column=0, column_span=2)
    assert len(table) == 3
    block = table.block(POLYGON)
    assert block.kind == "table"
    assert block.polygon == block.table.polygon == POLYGON
    assert block.table.rows == (("Plant", ""), ("Fern\nlarge", "four"))
    assert [line.text for line in block.lines] == ["Plant", "Fern", "large", "four"]
    assert [cell.lines for cell in block.table.cells] == [(0,), (1, 2), (3,)]
    assert [cell.confidence for cell in block.table.cells] == [None, 0.5, None]


def test_a_cell_may_have_a_text_of_its_own_and_no_span():
    table = TableBuilder()
    table.add([], row=0, column=0, text="written by the service", row_span=0, column_span=-3)
    (cell,) = table.block().table.cells
    assert (cell.text, cell.row_span, cell.column_span, cell.lines) == ("written by the service", 1, 1, ())


@pytest.mark.parametrize(
    "cells",
    [
        [{"row": 0, "column": 0}, {"row": 0, "column": 0}],
        [{"row": -1, "column": 0}],
        [{"row": 10**6, "column": 10**6}],
        [{"row": 0, "column": 0, "row_span": 10**12}],
        [{"row": 0, "column": 0, "confidence": 7}],
    ],
    ids=str,
)
def test_an_invalid_table_is_an_error(cells):
    with pytest.raises(BadResponseError, match="table"):
        built(cells)


def built(cells):
    table = TableBuilder()
    for cell in cells:
        table.add([], **cell)
    return table.block()


def test_fields_keep_what_the_card_says_and_unify_dates():
    collector = FieldCollector()
    collector.add("name", " Ada \n Byron ", polygon=POLYGON, confidence=0.9)
    collector.add("birth_date", "1988年3月9日")
    collector.add("sex", "  ")
    collector.add("address", None)
    assert {name: field.value for name, field in collector.fields.items()} == {
        "name": "Ada Byron",
        "birth_date": "1988-03-09",
    }
    assert (collector.fields["name"].polygon, collector.fields["name"].confidence) == (POLYGON, 0.9)
    (block,) = collector.blocks
    assert block.text == "Ada Byron\n1988年3月9日"


def test_a_period_of_validity_is_two_fields():
    collector = FieldCollector()
    collector.add("valid_until", "2015.06.12-2035.06.12", confidence=0.8)
    assert {name: field.value for name, field in collector.fields.items()} == {
        "valid_from": "2015-06-12",
        "valid_until": "2035-06-12",
    }
    assert [line.text for line in collector.blocks[0].lines] == ["2015.06.12-2035.06.12"]


def test_a_value_may_differ_from_its_text():
    collector = FieldCollector()
    collector.add("valid_until", "09/32", value="09/2032")
    assert collector.fields["valid_until"].value == "2032-09"
    assert collector.blocks[0].text == "09/32"


def test_without_fields_there_is_no_block():
    assert FieldCollector().blocks == ()


@pytest.mark.parametrize(("name", "value"), [("date", "2031-04-05"), ("total", "2031/4/5")])
def test_only_dates_have_a_uniform_spelling(name, value):
    assert field_value(name, "2031/4/5") == value
