"""Ground truth beside pages, in a manifest, and in standard formats; and errors in it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ocrkit import Block, ConfigError, Document, Line, PageResult, SourceError, Table, Trace, Word
from ocrkit.evaluate import find_samples
from ocrkit.evaluate.ground_truth_formats import read_markup
from ocrkit.evaluate.normalization import Rules
from ocrkit.evaluate.table_scoring import read_html_tables, score_tables
from ocrkit.testing import draw_image, draw_page

PAGE_XML = """<?xml version="1.0"?><PcGts xmlns="http://schema.primaresearch.org/PAGE/gts/pagecontent/2013-07-15">
<Page imageFilename="x.png" imageWidth="400" imageHeight="300">
<ReadingOrder><OrderedGroup id="g"><RegionRefIndexed index="0" regionRef="b"/><RegionRefIndexed index="1" regionRef="a"/></OrderedGroup></ReadingOrder>
<TextRegion id="a"><TextLine id="l"><Coords points="0,0 9,9"/><TextEquiv><Unicode>second line</Unicode></TextEquiv></TextLine></TextRegion>
<TextRegion id="b"><TextLine id="m"><Word id="w"><Coords points="10,20 60,20 60,40 10,40"/><TextEquiv index="1"><Unicode>f1rst</Unicode></TextEquiv><TextEquiv index="0"><Unicode>first</Unicode></TextEquiv></Word></TextLine></TextRegion>
</Page></PcGts>"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    draw(tmp_path / "one.png")
    return tmp_path


def draw(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draw_image(["first line"]).save(path)


def test_ground_truth_is_found_beside_the_page(folder: Path) -> None:
    (folder / "one.gt.txt").write_text("\ufefffirst line\n", encoding="utf-8")
    draw(folder / "letters" / "two.png")
    (folder / "letters" / "two.png.gt.txt").write_text("two")
    draw(folder / "three.png")
    draw(folder / "four.png")
    (folder / "four.draft.txt").write_text("an engine's guess")
    found = find_samples(folder)
    assert {each.id: (each.text, each.category) for each in found.samples} == {
        "one": ("first line\n", "all"),
        "letters/two": ("two", "letters"),
    }
    assert [each.id for each in found.without_truth] == ["three"]
    assert [each.id for each in found.drafts] == ["four"]


def test_two_files_with_the_same_stem_are_two_samples(folder: Path) -> None:
    draw(folder / "one.tif")
    (folder / "one.gt.txt").write_text("text")
    assert sorted(each.id for each in find_samples(folder).samples) == ["one.png", "one.tif"]


def test_a_manifest_describes_its_pages(folder: Path) -> None:
    (folder / "t.txt").write_text("first line")
    (folder / "t.html").write_text("<table><tr><td>1</td></tr></table>")
    entries = [
        {"id": "a", "file": "one.png", "gt": "t.txt", "language": "deu", "category": "letters", "level": "line",
         "score_hints": ["order_free"], "gt_html": "t.html", "licence": "ignored"},
        {"id": "b", "file": "one.png", "gt": "t.txt", "draft": True},
        {"id": "c", "file": "one.png"},
        {"id": "d", "file": "one.png", "gt": "t.txt", "language": "mul", "score_hints": None},
    ]  # fmt: skip
    (folder / "manifest.jsonl").write_text("\n".join(map(json.dumps, entries)) + "\n\n")
    found = find_samples(folder)
    first, second = found.samples
    assert (first.language, first.category) == ("de", "letters")
    assert (first.level, first.hints) == ("line", {"order_free"})
    assert first.tables is not None
    assert first.tables[0].rows == (("1",),)
    assert (second.language, second.hints, second.tables) == (None, frozenset(), None)
    assert [each.id for each in found.drafts] == ["b"]
    assert [each.id for each in found.without_truth] == ["c"]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("{", "line 1 is not a JSON object"),
        ("[]", "line 1: 'id'"),
        ('{"id": "a"}', "line 1: 'file'"),
        ('{"id": "a", "file": "gone.png", "gt": "t.txt"}', "does not exist"),
        ('{"id": "a", "file": "one.png", "gt": "gone.txt"}', "does not exist"),
        ('{"id": "a", "file": "one.png", "gt": "t.txt", "score_hints": ["fast"]}', "score_hints"),
        ('{"id": "a", "file": "one.png", "gt": "t.txt"}\n{"id": "a", "file": "one.png"}', "lines 1 and 2"),
    ],
)  # fmt: skip
def test_an_error_in_a_manifest_names_the_line(folder: Path, lines: str, message: str) -> None:
    (folder / "t.txt").write_text("text")
    (folder / "manifest.jsonl").write_text(lines)
    with pytest.raises(SourceError, match=r"manifest\.jsonl") as raised:
        find_samples(folder)
    assert message in str(raised.value)


def test_a_folder_without_ground_truth_is_an_error(folder: Path) -> None:
    with pytest.raises(ConfigError, match=r"x\.gt\.txt"):
        find_samples(folder)
    (folder / "one.draft.txt").write_text("guess")
    with pytest.raises(ConfigError, match="drafts to check: 1"):
        find_samples(folder)
    with pytest.raises(ConfigError, match="is not a folder"):
        find_samples(folder / "nowhere")


def test_text_that_is_not_utf8_is_an_error(folder: Path) -> None:
    (folder / "one.gt.txt").write_bytes(b"caf\xe9")
    with pytest.raises(SourceError, match="not UTF-8 at byte 3"):
        find_samples(folder)


def test_page_xml_is_read_in_its_reading_order(folder: Path) -> None:
    (folder / "one.xml").write_text(PAGE_XML)
    (sample,) = find_samples(folder).samples
    assert sample.text == "first\nsecond line"
    assert [(word.text, tuple(word.box)) for word in sample.words] == [("first", (10, 20, 60, 40))]
    assert sample.size == (400, 300)


@pytest.mark.parametrize(("format_name", "end"), [("page", ".xml"), ("alto", ".alto.xml"), ("hocr", ".hocr")])
def test_exported_files_can_be_read_as_ground_truth(folder: Path, format_name: str, end: str) -> None:
    drawn = draw_page(["Käthe & Söhne", "2 × 3 = 6"])
    words = iter(drawn.words)
    lines = [
        Line.of([Word(text=text, polygon=box.polygon) for text, box in (next(words) for _ in line.split())])
        for line in drawn.lines
    ]
    result = PageResult(
        width=drawn.page.width, height=drawn.page.height, blocks=(Block.of(lines),), trace=Trace(backend="x")
    )
    path = folder / f"one{end}"
    path.write_bytes(Document(page_count=1, pages=(result,)).export(format_name))
    found = read_markup(path)
    assert found.text == drawn.text
    assert found.size == (drawn.page.width, drawn.page.height)
    assert [text for text, _ in found.words] == [text for text, _ in drawn.words]
    for (_, got), (_, box) in zip(found.words, drawn.words, strict=True):
        assert tuple(got) == pytest.approx(tuple(box), abs=1)


def test_other_xml_is_ignored_beside_a_text(folder: Path) -> None:
    (folder / "one.gt.txt").write_text("text")
    (folder / "one.xml").write_text("<annotation><object/></annotation>")
    assert find_samples(folder).samples[0].text == "text"
    (folder / "one.xml").write_text("<annotation>")
    with pytest.raises(SourceError, match="not well-formed"):
        find_samples(folder)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<PcGts>", "not well-formed"),
        ("<svg/>", "not PAGE XML, ALTO or hOCR"),
        ("<PcGts/>", "no <Page>"),
        ('<!DOCTYPE x [<!ENTITY a "b">]><PcGts>&a;</PcGts>', "entity 'a'"),
        ('<alto><Page><TextLine><String CONTENT="a" HPOS="x" VPOS="1" WIDTH="1" HEIGHT="1"/></TextLine></Page></alto>', "invalid"),
    ],
)  # fmt: skip
def test_invalid_xml_is_an_error(folder: Path, text: str, message: str) -> None:
    (folder / "one.xml").write_text(text)
    with pytest.raises(SourceError, match=r"one\.xml") as raised:
        find_samples(folder)
    assert message in str(raised.value)


def test_cells_are_placed_as_in_a_browser() -> None:
    (table,) = read_html_tables(
        "<table><thead><tr><th rowspan=2>A</th><th colspan='2'>B<br>C</th></tr></thead>"
        "<tbody><tr><td>d</td><td> e  f </td></tr></tbody></table>", "x.html"
    )  # fmt: skip
    placed = {cell.text: (cell.row, cell.column, cell.row_span, cell.column_span) for cell in table.cells}
    assert placed == {"A": (0, 0, 2, 1), "B C": (0, 1, 1, 2), "d": (1, 1, 1, 1), "e f": (1, 2, 1, 1)}


def test_html_without_a_table_is_an_error() -> None:
    with pytest.raises(SourceError, match="no <table>"):
        read_html_tables("<p>", "x.html")


def test_tables_are_scored_by_cells_and_by_neighbors() -> None:
    def grid(*rows: str) -> tuple[Table, ...]:
        cells = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row.split())}</tr>" for row in rows)
        return read_html_tables(f"<table>{cells}</table>", "x.html")

    truth, rules = grid("a b c", "d e f", "g h i"), Rules()
    assert score_tables(truth, truth, rules) == (1, 1)
    assert score_tables((), truth, rules) == (0, 0)
    one_wrong = score_tables(grid("a b c", "d X f", "g h i"), truth, rules)
    assert one_wrong.cells == pytest.approx(8 / 9)
    assert one_wrong.neighbors == pytest.approx(8 / 12)
    shifted = score_tables(grid("x x x", "a b c", "d e f", "g h i"), truth, rules)
    assert shifted.cells == 0
    assert shifted.neighbors > 0.7
    assert score_tables((*truth, *truth), truth, rules).cells == pytest.approx(2 / 3)
    both = (*grid("1 2"), *truth)
    assert score_tables(both[::-1], both, rules) == (1, 1)
