"""Truth beside pages, in a manifest, and in the formats of others; and what is said of a broken one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ocrkit import ConfigError, Document, SourceError
from ocrkit.evaluate import find_samples, tables, truth_formats
from ocrkit.evaluate.text import Rules
from ocrkit.testing import draw_image, draw_page

PAGE = """<?xml version="1.0"?><PcGts xmlns="http://schema.primaresearch.org/PAGE/gts/pagecontent/2013-07-15">
<Page imageFilename="x.png" imageWidth="400" imageHeight="300">
<ReadingOrder><OrderedGroup id="g"><RegionRefIndexed index="0" regionRef="b"/><RegionRefIndexed index="1" regionRef="a"/></OrderedGroup></ReadingOrder>
<TextRegion id="a"><TextLine id="l"><Coords points="0,0 9,9"/><TextEquiv><Unicode>second line</Unicode></TextEquiv></TextLine></TextRegion>
<TextRegion id="b"><TextLine id="m"><Word id="w"><Coords points="10,20 60,20 60,40 10,40"/><TextEquiv index="1"><Unicode>f1rst</Unicode></TextEquiv><TextEquiv index="0"><Unicode>first</Unicode></TextEquiv></Word></TextLine></TextRegion>
</Page></PcGts>"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    page(tmp_path / "one.png")
    return tmp_path


def page(path: Path, text: str = "first line") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    draw_image([text]).save(path)
    return path


def test_truth_stands_beside_the_page(folder: Path) -> None:
    (folder / "one.gt.txt").write_text("\ufefffirst line\n", encoding="utf-8")
    page(folder / "letters" / "two.png")
    (folder / "letters" / "two.png.gt.txt").write_text("two")
    page(folder / "three.png")
    page(folder / "four.png")
    (folder / "four.draft.txt").write_text("an engine's guess")
    found = find_samples(folder)
    assert {each.id: (each.text, each.category) for each in found.samples} == {
        "one": ("first line\n", "all"),
        "letters/two": ("two", "letters"),
    }
    assert ([each.id for each in found.without_truth], [each.id for each in found.drafts]) == (
        ["three"],
        ["four"],
    )


def test_two_files_of_one_stem_are_two(folder: Path) -> None:
    page(folder / "one.tif")
    (folder / "one.gt.txt").write_text("text")
    assert sorted(each.id for each in find_samples(folder).samples) == ["one.png", "one.tif"]


def test_a_manifest_says_more(folder: Path) -> None:
    (folder / "t.txt").write_text("first line")
    (folder / "t.html").write_text("<table><tr><td>1</td></tr></table>")
    rows = [
        {"id": "a", "file": "one.png", "gt": "t.txt", "language": "deu", "category": "letters", "level": "line",
         "score_hints": ["order_free"], "gt_html": "t.html", "licence": "passed over"},
        {"id": "b", "file": "one.png", "gt": "t.txt", "draft": True},
        {"id": "c", "file": "one.png"},
        {"id": "d", "file": "one.png", "gt": "t.txt", "language": "mul", "score_hints": None},
    ]  # fmt: skip
    (folder / "manifest.jsonl").write_text("\n".join(map(json.dumps, rows)) + "\n\n")
    found = find_samples(folder)
    first, second = found.samples
    assert (first.language, first.category, first.level, first.hints) == (
        "de",
        "letters",
        "line",
        {"order_free"},
    )
    assert first.tables is not None
    assert first.tables[0].rows == (("1",),)
    assert (second.language, second.hints, second.tables) == (None, frozenset(), None)
    assert ([each.id for each in found.drafts], [each.id for each in found.without_truth]) == (["b"], ["c"])


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{", "line 1 is not an object in JSON"),
        ("[]", "line 1: 'id'"),
        ('{"id": "a"}', "line 1: 'file'"),
        ('{"id": "a", "file": "gone.png", "gt": "t.txt"}', "line 1: there is no file"),
        ('{"id": "a", "file": "one.png", "gt": "gone.txt"}', "line 1: there is no file"),
        ('{"id": "a", "file": "one.png", "gt": "t.txt", "score_hints": ["fast"]}', "score_hints"),
        ('{"id": "a", "file": "one.png", "gt": "t.txt"}\n{"id": "a", "file": "one.png"}', "lines 1 and 2"),
    ],
)  # fmt: skip
def test_a_slip_in_a_manifest_is_named(folder: Path, line: str, says: str) -> None:
    (folder / "t.txt").write_text("text")
    (folder / "manifest.jsonl").write_text(line)
    with pytest.raises(SourceError, match=r"manifest\.jsonl") as raised:
        find_samples(folder)
    assert says in str(raised.value)


def test_a_folder_without_truth_says_how_to_give_it_some(folder: Path) -> None:
    with pytest.raises(ConfigError, match=r"x\.gt\.txt"):
        find_samples(folder)
    (folder / "one.draft.txt").write_text("guess")
    with pytest.raises(ConfigError, match="wait to be checked: 1"):
        find_samples(folder)
    with pytest.raises(ConfigError, match="no folder"):
        find_samples(folder / "nowhere")


def test_a_text_that_is_not_utf8_is_named(folder: Path) -> None:
    (folder / "one.gt.txt").write_bytes(b"caf\xe9")
    with pytest.raises(SourceError, match="not UTF-8 at byte 3"):
        find_samples(folder)


def test_page_xml_in_its_reading_order(folder: Path) -> None:
    (folder / "one.xml").write_text(PAGE)
    (sample,) = find_samples(folder).samples
    assert sample.text == "first\nsecond line"
    assert [(word.text, tuple(word.box)) for word in sample.words] == [("first", (10, 20, 60, 40))]
    assert sample.size == (400, 300)


@pytest.mark.parametrize(("format_name", "end"), [("page", ".xml"), ("alto", ".alto.xml"), ("hocr", ".hocr")])
def test_what_ocrkit_writes_is_understood(folder: Path, format_name: str, end: str) -> None:
    """The exporters and these readers were written apart from one another."""
    drawn = draw_page(["Käthe & Söhne", "2 × 3 = 6"])
    from ocrkit import Block, Line, PageResult, Trace, Word

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
    found = truth_formats.read(path)
    assert found.text == drawn.text
    assert found.size == (drawn.page.width, drawn.page.height)
    assert [text for text, _ in found.words] == [text for text, _ in drawn.words]
    for (_, got), (_, box) in zip(found.words, drawn.words, strict=True):
        assert tuple(got) == pytest.approx(tuple(box), abs=1)


def test_xml_of_other_programs_is_passed_over_where_there_is_a_text(folder: Path) -> None:
    (folder / "one.gt.txt").write_text("text")
    (folder / "one.xml").write_text("<annotation><object/></annotation>")
    assert find_samples(folder).samples[0].text == "text"
    (folder / "one.xml").write_text("<annotation>")
    with pytest.raises(SourceError, match="not well-formed"):
        find_samples(folder)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("<PcGts>", "not well-formed"),
        ("<svg/>", "neither PAGE XML nor ALTO nor hOCR"),
        ("<PcGts/>", "no <Page>"),
        ('<!DOCTYPE x [<!ENTITY a "b">]><PcGts>&a;</PcGts>', "entity 'a'"),
        ('<alto><Page><TextLine><String CONTENT="a" HPOS="x" VPOS="1" WIDTH="1" HEIGHT="1"/></TextLine></Page></alto>', "broken"),
    ],
)  # fmt: skip
def test_broken_xml_is_named(folder: Path, text: str, says: str) -> None:
    (folder / "one.xml").write_text(text)
    with pytest.raises(SourceError, match=r"one\.xml") as raised:
        find_samples(folder)
    assert says in str(raised.value)


def test_tables_are_placed_as_a_browser_does() -> None:
    (table,) = tables.read(
        "<table><thead><tr><th rowspan=2>A</th><th colspan='2'>B<br>C</th></tr></thead>"
        "<tbody><tr><td>d</td><td> e  f </td></tr></tbody></table>", "x.html"
    )  # fmt: skip
    placed = {cell.text: (cell.row, cell.column, cell.row_span, cell.column_span) for cell in table.cells}
    assert placed == {"A": (0, 0, 2, 1), "B C": (0, 1, 1, 2), "d": (1, 1, 1, 1), "e f": (1, 2, 1, 1)}
    with pytest.raises(SourceError, match="no <table>"):
        tables.read("<p>", "x.html")


def test_cells_count_in_their_places_and_beside_their_neighbours() -> None:
    def grid(*rows: str) -> tuple[tables.Table, ...]:
        cells = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row.split())}</tr>" for row in rows)
        return tables.read(f"<table>{cells}</table>", "x.html")

    truth, rules = grid("a b c", "d e f", "g h i"), Rules()
    assert tables.score(truth, truth, rules) == (1, 1)
    assert tables.score((), truth, rules) == (0, 0)
    one_wrong = tables.score(grid("a b c", "d X f", "g h i"), truth, rules)
    assert one_wrong.cells == pytest.approx(8 / 9)
    assert one_wrong.neighbours == pytest.approx(8 / 12)
    shifted = tables.score(grid("x x x", "a b c", "d e f", "g h i"), truth, rules)
    assert shifted.cells == 0
    assert shifted.neighbours > 0.7
    assert tables.score((*truth, *truth), truth, rules).cells == pytest.approx(2 / 3)
    both = (*grid("1 2"), *truth)
    assert tables.score(both[::-1], both, rules) == (1, 1)
