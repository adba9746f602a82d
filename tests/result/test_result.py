"""Results: derived values, JSON, tables, transforms and sequences of pages."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from ocrkit.document import Document
from ocrkit.errors import OcrkitError
from ocrkit.geometry import Box, Point, Transform, bounding_box
from ocrkit.result import (  # fmt: skip
    AppliedStep,
    Block,
    Cell,
    Correction,
    CorrectionCandidate,
    Decision,
    Engine,
    Field,
    Line,
    PageResult,
    Quality,
    Table,
    Trace,
    Word,
    join_words,
)

TRACE = Trace(backend="test")

confidences = st.none() | st.floats(0, 1)
polygons = st.none() | st.builds(
    lambda x, y, w, h: Box(x, y, x + w, y + h).polygon, *[st.floats(0, 1000, allow_subnormal=False)] * 4
)
words = st.builds(
    Word, text=st.text(min_size=1), confidence=confidences, polygon=polygons,
    handwritten=st.sampled_from([None, "requested", "detected"]), language=st.sampled_from([None, "en", "zh-Hans"]),
)  # fmt: skip
lines = st.builds(Line.of, st.lists(words, min_size=1, max_size=4))
blocks = st.builds(Block.of, st.lists(lines, min_size=1, max_size=3))
page_results = st.builds(
    PageResult,
    index=st.integers(0, 10_000), width=st.integers(1, 30_000), height=st.integers(1, 30_000),
    dpi=st.none() | st.floats(1, 2400), rotation=st.sampled_from([0, 90, 180, 270]),
    blocks=st.lists(blocks, max_size=3).map(tuple), warnings=st.lists(st.text()).map(tuple),
    quality=st.builds(Quality, mean=confidences, p05=confidences, worst_line=confidences, coverage=confidences),
    trace=st.builds(
        Trace, backend=st.text(), engine=st.none() | st.builds(Engine, name=st.text()),
        timings=st.dictionaries(st.text(), st.floats(0, 100)),
        decisions=st.lists(st.builds(Decision, topic=st.text(), choice=st.text(), reason=st.text())).map(tuple),
    ),
)  # fmt: skip
documents = st.builds(
    Document,
    source=st.none() | st.text(),
    page_count=st.integers(0, 10),
    pages=st.lists(page_results, max_size=2).map(tuple),
)


@given(documents)
def test_json_is_an_exact_round_trip(document):
    text = document.to_json()
    assert text.startswith('{"schema_version":"2"')
    assert Document.from_json(text) == document
    assert Document.from_json(text).to_json() == text


@pytest.mark.parametrize(
    "text", ["", "[]", '{"schema_version":"1","page_count":0}', '{"page_count":0,"extra":1}']
)
def test_other_json_is_an_ocrkit_error(text):
    with pytest.raises(OcrkitError, match="not an ocrkit result"):
        Document.from_json(text)


def test_text_that_utf_8_cannot_encode_is_escaped():
    document = Document(source="scan-\udcff.png", page_count=1, pages=(PageResult(
        width=9, height=9, trace=TRACE, blocks=(Block.of([Line.of([Word(text="half \ud83d")])]),)),))  # fmt: skip
    assert document.source == "scan-\\udcff.png"
    assert Document.from_json(document.to_json()) == document


def test_parameters_of_steps_are_equal_after_a_round_trip():
    step = AppliedStep(
        name="own",
        changed=True,
        parameters={"kernel": (3, 3), "weights": np.ones(2), "limit": float("inf"), "who": object},
    )
    assert AppliedStep.model_validate_json(step.model_dump_json()) == step
    assert step.parameters["kernel"] == [3, 3]


@pytest.mark.parametrize("number", [float("inf"), float("nan")])
def test_infinity_and_nan_are_rejected(number):
    with pytest.raises(ValidationError):
        Word(text="a", polygon=((number, 0), (1, 0), (1, 1)))
    with pytest.raises(ValidationError):
        PageResult(width=1, height=1, dpi=number, trace=TRACE)


def test_results_are_frozen():
    with pytest.raises(ValidationError, match="frozen"):
        Word(text="a").text = "b"


@pytest.mark.parametrize("confidence", [-0.1, 1.1, 95])
def test_a_confidence_outside_0_to_1_is_rejected(confidence):
    with pytest.raises(ValidationError):
        Word(text="a", confidence=confidence)


def test_an_unknown_confidence_stays_none():
    assert Line.of([Word(text="a"), Word(text="b")]).confidence is None
    assert Block.of([]).confidence is None


def test_a_line_derives_its_attributes_from_its_words():
    line = Line.of(
        [
            Word(text="no", confidence=0.5, polygon=Box(0, 0, 10, 10).polygon, handwritten="detected"),
            Word(text="doubts", confidence=0.9, polygon=Box(15, 2, 40, 12).polygon, handwritten="detected"),
        ]
    )
    assert line.text == "no doubts"
    assert line.box == Box(0, 0, 40, 12)
    assert line.confidence == pytest.approx((2 * 0.5 + 6 * 0.9) / 8)
    assert line.handwritten == "detected"


def test_rotated_words_make_a_rotated_line():
    """The polygon of the line begins where the text begins."""
    down = Transform.rotation(90, Point(50, 50))
    first, second = Box(0, 0, 20, 10), Box(30, 0, 60, 10)
    line = Line.of([Word(text=t, polygon=down.polygon(b.polygon)) for t, b in (("a", first), ("b", second))])
    expected = down.polygon(Box(0, 0, 60, 10).polygon)
    for corner, wanted in zip(line.polygon, expected, strict=True):
        assert corner == pytest.approx(wanted)


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        (["two", "words"], "two words"),
        (["中文", "字"], "中文字"),
        (["使用", "Python"], "使用 Python"),
        (["한국", "어"], "한국 어"),
        ([], ""),
    ],
)
def test_words_are_joined_with_spaces_except_in_chinese(parts, text):
    assert join_words(parts) == text


def test_text_has_a_line_break_per_line_and_an_empty_line_per_block():
    page = PageResult(
        width=10, height=10, trace=TRACE,
        blocks=(Block.of([Line(text="a"), Line(text="b")]), Block.of([Line(text="c")])),
    )  # fmt: skip
    blank = PageResult(index=1, width=10, height=10, trace=TRACE)
    document = Document(page_count=3, pages=(page, blank, page.model_copy(update={"index": 2})))
    assert page.text == "a\nb\n\nc"
    assert document.text == "a\nb\n\nc\n\na\nb\n\nc"


def test_a_transform_applies_to_every_polygon_and_the_rotation():
    polygon = Box(10, 20, 30, 40).polygon
    word = Word(text="x", polygon=polygon)
    page = PageResult(width=100, height=200, trace=TRACE, blocks=(Block.of([Line.of([word])]),))
    turned = page.transformed(Transform.quarter_turns(1, 100, 200), 200, 100)
    assert (turned.width, turned.height, turned.rotation) == (200, 100, 270)
    for region in (turned.words[0], turned.lines[0], turned.blocks[0]):
        assert bounding_box(region.polygon) == Box(160, 10, 180, 30)
        assert region.polygon[0] == Point(180, 10)  # the start of the text


def test_explain_gives_engine_decisions_timings_and_warnings():
    page = PageResult(
        width=10, height=10, warnings=("the page is dark",),
        trace=Trace(
            backend="ppocr", engine=Engine(name="PP-OCR", version="6", device="cpu", threads=2),
            decisions=(Decision(topic="orientation", choice="upright", reason="it reads well"),), timings={"recognize": 1.5},
        ),
    )  # fmt: skip
    text = Document(page_count=1, pages=(page,)).explain()
    for part in (
        "ppocr",
        "PP-OCR 6",
        "2 threads",
        "orientation: upright",
        "it reads well",
        "recognize 1.50",
        "the page is dark",
    ):
        assert part in text


def test_explain_lists_corrections_with_their_candidates() -> None:
    candidates = (
        CorrectionCandidate(text="machine", source="dictionary", score=-3.25, probability=0.9),
        CorrectionCandidate(text="rnachine", source="reading", score=-9.0),
    )
    correction = Correction(
        before="rnachine", after="machine", by="llm", reason="it fits", candidates=candidates
    )
    word = Word(text="rnachine").model_copy(update={"text": "machine", "corrections": (correction,)})
    page = PageResult(width=9, height=9, trace=TRACE, blocks=(Block.of([Line.of([word])]),))
    shown = Document(page_count=1, pages=(page,)).explain()
    assert "  corrected by llm: 1 ('rnachine' → 'machine' of machine -3.2, rnachine -9.0)" in shown


def a_table() -> Block:
    texts = ["Item", "Price", "Tea\n(green)", "3.50", "Total: 3.50"]
    lines = [Line(text=part, polygon=Box(0, 20 * row, 50, 20 * row + 10).polygon)
             for row, text in enumerate(texts) for part in text.split("\n")]  # fmt: skip
    cells = (
        Cell(text="Item", row=0, column=0, lines=(0,)),
        Cell(text="Price", row=0, column=1, lines=(1,)),
        Cell(text="Tea\n(green)", row=1, column=0, lines=(2, 3), polygon=Box(0, 40, 50, 60).polygon),
        Cell(text="3.50", row=1, column=1, lines=(4,)),
        Cell(text="Total: 3.50", row=2, column=0, column_span=2, lines=(5,)),
    )
    return Block.of(lines, kind="table", table=Table(cells=cells))


def test_a_table_has_a_size_rows_and_text() -> None:
    block = a_table()
    assert block.table is not None
    assert (block.table.row_count, block.table.column_count) == (3, 2)
    assert block.table.rows == (("Item", "Price"), ("Tea\n(green)", "3.50"), ("Total: 3.50", ""))
    assert block.text == "Item\tPrice\nTea (green)\t3.50\nTotal: 3.50"


def test_overlapping_cells_are_rejected() -> None:
    wide = Cell(text="a", row=0, column=0, column_span=2)
    with pytest.raises(ValidationError, match="row 1, column 2"):
        Table(cells=(wide, Cell(text="b", row=0, column=1)))


def test_an_impossibly_large_table_is_rejected() -> None:
    with pytest.raises(ValidationError, match="1000000001 rows"):
        Table(cells=(Cell(text="a", row=1_000_000_000, column=0, column_span=5_000),))


def test_changed_lines_change_the_cells_of_a_table() -> None:
    block = a_table()
    lines = [line.model_copy(update={"text": line.text.upper()}) for line in block.lines]
    changed = block.with_lines(lines)
    assert changed.table is not None
    assert changed.table.rows[1] == ("TEA\n(GREEN)", "3.50")
    assert changed.text == block.text.upper()


def test_a_cell_with_unchanged_lines_keeps_its_text() -> None:
    """A service may give a cell another text than that of its lines."""
    block = a_table()
    assert block.table is not None
    cells = [cell.model_copy(update={"text": "Tea (green)"}) if cell.row == 1 and cell.column == 0 else cell
             for cell in block.table.cells]  # fmt: skip
    block = block.model_copy(update={"table": Table(cells=tuple(cells))})
    lines = [block.lines[0].model_copy(update={"text": "Goods"}), *block.lines[1:]]
    changed = block.with_lines(lines)
    assert changed.table is not None
    assert changed.table.rows[:2] == (("Goods", "Price"), ("Tea (green)", "3.50"))


def test_a_transform_applies_to_tables_and_fields() -> None:
    field = Field(value="Ada", polygon=Box(10, 10, 20, 20).polygon)
    page = PageResult(width=100, height=200, blocks=(a_table(),), fields={"name": field}, trace=TRACE)
    turned = page.transformed(Transform.quarter_turns(1, 100, 200), 200, 100)
    assert turned.fields["name"].box == Box(180, 10, 190, 20)
    assert turned.tables[0].cells[2].box == Box(140, 0, 160, 50)
    assert Document.from_json(Document(page_count=1, pages=(turned,)).to_json()).pages == (turned,)


# ── a document as a sequence of pages ──


def two_pages() -> Document:
    words = [Word(text="Dear", confidence=0.9), Word(text="Sir", confidence=0.7)]
    table = Table(cells=(Cell(row=0, column=0, text="1"),))
    blocks = (Block.of([Line.of(words)]), Block(kind="table", table=table))
    pages = [PageResult(index=index, width=90, height=90, blocks=blocks, trace=TRACE) for index in (0, 1)]
    return Document(source="letter.png", page_count=2, pages=tuple(pages))


def test_a_document_is_a_sequence_of_its_pages():
    document = two_pages()
    assert len(document) == 2
    assert document[1] is document.pages[1]
    assert document[-1:] == document.pages[1:]
    assert [page.number for page in document] == [1, 2]


def test_a_document_without_pages_is_truthy():
    assert Document(page_count=0)


def test_a_document_has_the_words_lines_and_tables_of_its_pages():
    document = two_pages()
    assert [word.text for word in document.words] == ["Dear", "Sir"] * 2
    assert len(document.lines) == len(document.tables) == 2
    assert [word.text for word in document[0].blocks[0].words] == ["Dear", "Sir"]


@pytest.mark.parametrize("show", [repr, str])
def test_the_repr_of_a_result_is_short(show):
    long = Line.of([Word(text="word", box=(0, 0, 9, 9), confidence=0.5)] * 2000)
    page = PageResult(width=90, height=90, blocks=(Block.of([long]),), trace=TRACE)
    for value in (Document(page_count=1, pages=(page,)), page, page.blocks[0], long, page.words[0]):
        assert len(show(value)) < 200
    assert "letter.png" in show(two_pages())
    assert "Dear" in show(two_pages())


def test_a_region_can_be_made_from_a_box():
    word = Word(text="a", box=Box(1, 2, 3, 4))
    assert word.polygon == Box(1, 2, 3, 4).polygon
    assert word.box == Box(1, 2, 3, 4)
    assert Cell(row=0, column=0, text="a", box=(1, 2, 3, 4)).box == Box(1, 2, 3, 4)
    assert Word.model_validate_json(word.model_dump_json()) == word
    with pytest.raises(ValidationError):
        Word(text="a", box=(1, 2, 3))


def test_header_cells_are_headers_in_html():
    cells = (Cell(text="Plant", row=0, column=0, header=True), Cell(text="Fern", row=1, column=0))
    table = Table(cells=cells)
    assert table.to_html().splitlines()[1:3] == [
        '<tr><th dir="auto">Plant</th></tr>',
        '<tr><td dir="auto">Fern</td></tr>',
    ]
    assert Table.model_validate_json(table.model_dump_json()) == table
