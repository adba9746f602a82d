"""Tables of words: CSV, TSV and pandas."""

from __future__ import annotations

import csv
import io
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocrkit.document import Document
from ocrkit.errors import MissingDependencyError
from ocrkit.exporters.csv import export as to_csv
from ocrkit.exporters.tsv import export as to_tsv
from ocrkit.geometry import Box
from ocrkit.result import COLUMNS, Block, Line, PageResult, Trace, Word, word_rows
from ocrkit.result.table_formats import escape_formula

HEADER = "page,block,line,word,text,left,top,right,bottom,confidence,language"


def of_words(*words, **fields):
    block = Block.of([Line.of([word]) for word in words], **fields)
    return document_of(block)


def document_of(*blocks, index=0):
    page = PageResult(index=index, width=100, height=100, blocks=blocks, trace=Trace(backend="test"))
    return Document(page_count=index + 1, pages=(page,))


def read(document):
    data = to_csv(document).decode()
    assert data.endswith("\r\n")
    return list(csv.DictReader(io.StringIO(data, newline="")))


def test_a_row_has_the_position_the_box_the_confidence_and_the_language():
    word = Word(text="Käthe", polygon=Box(1 / 3, 2, 30, 40.5).polygon, confidence=2 / 3, language="de")
    document = document_of(
        Block.of([Line.of([Word(text="a"), word]), Line(text="two words", language="sv")]),
        index=6,
    )
    assert to_csv(document).decode().split("\r\n") == [
        HEADER,
        "7,1,1,1,a,,,,,,",
        "7,1,1,2,Käthe,0.33,2,30,40.5,0.6667,de",
        "7,1,2,,two words,,,,,,sv",
        "",
    ]
    assert to_tsv(document).decode().splitlines()[2] == "7\t1\t1\t2\tKäthe\t0.33\t2\t30\t40.5\t0.6667\tde"


def test_a_word_inherits_the_language_of_its_block():
    rows = word_rows(of_words(Word(text="a"), Word(text="b", language="de"), language="en").pages[0])
    assert [row.language for row in rows] == ["en", "de"]


def test_a_document_without_words_has_a_header():
    assert to_csv(Document(page_count=0)).decode() == HEADER + "\r\n"
    assert to_tsv(Document(page_count=0)).decode() == HEADER.replace(",", "\t") + "\n"


@given(st.lists(st.text(), max_size=4))
def test_csv_can_be_read_back(texts):
    wanted = [Word(text=text).text for text in texts]
    found = [row["text"] for row in read(of_words(*[Word(text=text) for text in texts]))]
    for text, plain in zip(found, wanted, strict=True):
        assert text.replace("'", "") == plain.replace("'", "")
        assert text == plain or "'" in text


@pytest.mark.parametrize(
    "text",
    ["=1+1", '=HYPERLINK("http://a.b","x")', "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", " =1", "\t=1", "\n=1", "-A1", "＝1+1", "+", "-1E5x"],
)  # fmt: skip
def test_text_is_never_a_formula_in_a_spreadsheet(text):
    document = of_words(Word(text=text))
    assert read(document)[0]["text"] in (f"'{text}", f"'{text[0]}'{text[1:]}")
    assert to_tsv(document).decode().splitlines()[1].split("\t")[4].strip() == text.strip()


@pytest.mark.parametrize("text", ["-12.50", "+46", "-1,234.00", "-5%", "a=b", "me@home", "'=1", "1-2", ""])
def test_other_text_is_not_changed(text):
    assert read(of_words(Word(text=text)))[0]["text"] == text


@given(
    st.lists(st.sampled_from(["a\tb", "a\r\nb", '"', '"quoted"', "\x85", "a\u2028b"]) | st.text(), max_size=4)
)
def test_tsv_has_a_line_for_each_word_and_a_cell_for_each_column(texts):
    lines = to_tsv(of_words(*[Word(text=text) for text in texts])).decode().splitlines()
    assert len(lines) == len(texts) + 1
    assert {len(line.split("\t")) for line in lines} == {len(COLUMNS)}


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("foo;=1+1", "foo;'=1+1"),
        ('foo;"=1+1"', 'foo;\'"=1+1"'),
        ("foo; @SUM(A1)", "foo;' @SUM(A1)"),
        ("foo\t=1\n+A1", "foo\t'=1\n'+A1"),
        ("3;-4;a=b", "3;-4;a=b"),
    ],
)
def test_no_part_of_a_text_is_a_formula_where_semicolons_or_tabs_separate(text, escaped):
    assert escape_formula(text) == escaped


# ── pandas ──


def test_a_data_frame_has_the_columns_of_the_csv_and_unchanged_text(require_module):
    require_module("pandas")
    word = Word(text="=1", polygon=Box(1 / 3, 2, 3, 4).polygon, confidence=0.5, language="de")
    frame = document_of(Block.of([Line.of([word]), Line(text="a line")])).to_dataframe()
    assert tuple(frame.columns) == COLUMNS
    assert list(frame["text"]) == ["=1", "a line"]
    assert frame["left"][0] == 1 / 3
    assert list(frame.isna().sum()) == [0, 0, 0, 1, 0, 1, 1, 1, 1, 1, 1]


def test_the_column_types_do_not_depend_on_the_content(require_module):
    require_module("pandas")
    empty, unknown = Document(page_count=0), document_of(Block.of([Line(text="a")]))
    full = of_words(Word(text="a", polygon=Box(1, 2, 3, 4).polygon, confidence=0.5, language="de"))
    kinds = [list(each.to_dataframe().dtypes.astype(str)) for each in (empty, unknown, full)]
    assert kinds[0] == kinds[1] == kinds[2]
    assert kinds[0][:4] == ["int64", "int64", "int64", "Int64"]


def test_without_pandas_the_error_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(MissingDependencyError) as caught:
        Document(page_count=0).to_dataframe()
    assert caught.value.install == "pip install 'ocrkit[pandas]'"
