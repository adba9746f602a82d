"""Ground truth from anywhere: a result or one `SourceError`, in time that grows with the size."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocrkit.errors import OcrkitError, SourceError
from ocrkit.evaluate import find_samples
from ocrkit.evaluate.ground_truth_formats import read_markup
from ocrkit.evaluate.hocr import read_hocr
from ocrkit.evaluate.table_scoring import read_html_tables

PAGE = '<PcGts><Page imageWidth="{w}" imageHeight="9"><TextRegion><TextLine>{line}</TextLine></TextRegion></Page></PcGts>'
ALTO = '<alto><Page WIDTH="9" HEIGHT="9"><TextLine><String CONTENT="a" HPOS="{x}" VPOS="1" WIDTH="1" HEIGHT="1"/></TextLine></Page></alto>'
LINE = "<span class='ocr_line'>"
WORD = "<span class='ocrx_word' title='bbox 1 2 3 4'>a</span>"


@pytest.mark.parametrize(
    "data",
    [
        b'<?xml version="1.0" encoding="utf-7"?><alto/>',
        b'<?xml version="1.0" encoding="no-such"?><alto/>',
        b'<?xml version="1.0" encoding="shift_jis"?><alto/>',
        b'<?xml version="1.0" encoding="utf-16"?><alto/>',
        b'<?xml version="1.0" encoding="\x00"?><alto/>',
        b"\xff\xfe<\x00",
        b"",
        b"<!DOCTYPE a [<!ENTITY b 'c'>]><alto>&b;</alto>",
        PAGE.format(w="1e999", line="").encode(),
        PAGE.format(w="1", line='<Word><Coords points="1,2 3"/></Word>').encode(),
        PAGE.format(w="1", line='<Word><Coords points="nan,2 3,4"/></Word>').encode(),
        PAGE.format(w="1", line=f'<TextEquiv index="{"9" * 5000}"/>').encode(),
        ALTO.format(x="1.2.3").encode(),
        ALTO.format(x="9" * 400).encode(),
    ],
    ids=range(14),
)
def test_invalid_xml_is_one_typed_error(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "x.xml"
    path.write_bytes(data)
    with pytest.raises(SourceError, match=r"x\.xml"):
        read_markup(path)


@pytest.mark.parametrize("text", ["<![foo[", f"{LINE}<!doctype [", f"{LINE}<![if"])
def test_malformed_html_is_a_result_or_a_typed_error(text: str) -> None:
    for read in (read_hocr, read_html_tables):
        with contextlib.suppress(SourceError):
            read(f"{text}<p", "x.hocr")


@pytest.mark.parametrize("box", ["1.2.3 1 2 3", f"{'9' * 400} 1 2 3", "1 2 .. 4"])
def test_an_invalid_box_is_a_typed_error(box: str) -> None:
    with pytest.raises(SourceError, match="invalid"):
        read_hocr(f"{LINE}<span class='ocrx_word' title='bbox {box}'>a</span></span>", "x.hocr")


def test_deep_xml_is_read(tmp_path: Path) -> None:
    path = tmp_path / "x.xml"
    depth = 100_000
    path.write_bytes(b"<alto>" + b"<a>" * depth + b"</a>" * depth + b"</alto>")
    assert read_markup(path).text == ""


@pytest.mark.parametrize(
    "unit",
    [LINE, "<span>x", f"{LINE}x", "<span class='ocrx_word'>x", "</p>", "<b>", f"{LINE} ", f"{LINE}{WORD}"],
)
def test_unclosed_elements_cost_linear_time(unit: str) -> None:
    """330 kilobytes took over 25 seconds. The limit of the whole suite would end a quadratic run."""
    text = f"<div class='ocr_page'>{LINE}{WORD}</span>{unit * 20_000}</div>"
    assert read_hocr(text, "x.hocr").text.startswith("a")


def test_the_text_of_a_line_without_words_and_of_words_in_other_elements() -> None:
    text = (
        f"{LINE}one <b>two</b> three</span>{LINE}<p>{WORD} <i>{WORD}</i></p></span>"
        "<span class='ocrx_word'>alone</span><span class='ocr_line'> </span>"
    )
    assert read_hocr(text, "x.hocr").text == "one two three\na a alone"


@pytest.mark.long
@pytest.mark.parametrize(
    "table",
    [
        "<td rowspan=1000 colspan=1000>" * 500,
        "<tr><td colspan=1000>" * 900,
        ("<tr>" + "<td>" * 330) * 330,
    ],
    ids=["spans", "wide", "cells"],
)
def test_a_table_that_is_too_large_is_a_typed_error(table: str) -> None:
    with pytest.raises(SourceError, match=r"cells|too large"):
        read_html_tables(f"<table>{table}</table>", "x.html")


def test_a_span_with_thousands_of_digits_is_the_largest_span() -> None:
    (table,) = read_html_tables(f"<table><tr><td colspan={'9' * 5000}>a<td colspan=0002>b</table>", "x.html")
    assert [cell.column_span for cell in table.cells] == [1000, 2]


@pytest.mark.parametrize(
    "row",
    [
        "[" * 50_000,
        '{"a":' * 50_000,
        "9" * 5000,
        json.dumps({"id": "a", "file": "b" * 5000}),
        json.dumps({"id": "a", "file": "a\x00b"}),
        json.dumps({"id": "a", "file": "\ud800"}),
        json.dumps({"id": 10**4000, "file": "x"}),
        json.dumps([["id"]]),
        "NaN",
    ],
    ids=range(9),
)
def test_a_hostile_row_of_a_manifest_is_one_typed_error(tmp_path: Path, row: str) -> None:
    (tmp_path / "manifest.jsonl").write_text(row + "\n")
    with pytest.raises(OcrkitError) as caught:
        find_samples(tmp_path)
    assert len(str(caught.value)) < 8000


@given(st.lists(st.sampled_from(
    ["<span class='ocr_line'>", "<span class='ocrx_word' title='bbox 1 2 3 4'>", "</span>", "<![", "]]>", "<!--", "-->",
     "&#", "&lt;", "<table>", "<tr>", "<td rowspan=3>", "<td colspan='9999999'>", "</table>", "a", "<", "</", "\0", "é"]
), max_size=30))  # fmt: skip
def test_random_markup_is_a_result_or_a_typed_error(parts: list[str]) -> None:
    for read in (read_hocr, read_html_tables):
        with contextlib.suppress(SourceError):
            read("".join(parts), "x")
