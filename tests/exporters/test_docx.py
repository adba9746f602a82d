"""DOCX files, read back by python-docx."""

from __future__ import annotations

import io
import subprocess
import sys
import weakref
import zipfile

import pages_drawn as drawn
import pytest
from hypothesis import given
from lxml import etree

from ocrkit.document import Document
from ocrkit.exporters.docx import export
from ocrkit.formats import export_pages
from ocrkit.postprocess.block_kinds import classify_blocks
from ocrkit.result import Block, Cell, Line, Table, Trace

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


@pytest.fixture(autouse=True)
def _installed(require_module):
    require_module("docx")


def read(document):
    import docx

    return docx.Document(io.BytesIO(export(document)))


def part(document, name="word/document.xml"):
    """A part of the file as XML."""
    with zipfile.ZipFile(io.BytesIO(export(document))) as archive:
        assert archive.testzip() is None
        return etree.fromstring(archive.read(name))


def document_of(*blocks, **fields):
    return drawn.document(drawn.page(*blocks, **fields), source="in/Käthe & Söhne.png")


def text(*lines, **fields):
    return Block(lines=tuple(Line(text=each) for each in lines), **fields)


def table(*cells, **fields):
    return Block(kind="table", table=Table(cells=tuple(cells)), **fields)


def texts(word):
    return [each.text for each in word.paragraphs]


def test_headings_paragraphs_and_lists_have_word_styles(line, document):
    body = [line(f"{number}. Line of the body of this page", top=100 + 30 * number) for number in range(3, 7)]
    bullets = [line("• red", top=400), line("• blue", top=430)]
    second = [line(f"{number}. Again", top=500 + 30 * number) for number in (1, 2)]
    whole = document([line("Title", height=44)], body, [line("Some words", top=380)], bullets, second)
    word = read(whole.model_copy(update={"pages": tuple(classify_blocks(page) for page in whole.pages)}))
    assert texts(word) == [
        "Title",
        *["Line of the body of this page"] * 4,
        "Some words",
        "red",
        "blue",
        "Again",
        "Again",
    ]
    assert [each.style.name for each in word.paragraphs][:2] == ["Heading 1", "List Paragraph"]
    lists = [[int(number.get(f"{W}val")) for number in each._p.iter(f"{W}numId")] for each in word.paragraphs]
    assert lists == [[], [2], [2], [2], [2], [], [1], [1], [3], [3]]
    numbers = word.part.numbering_part.element
    starts = [each.get(f"{W}val") for each in numbers.iter(f"{W}startOverride")]
    assert starts == ["3", "1"], "each list starts with its own number"


def test_lines_of_a_paragraph_and_divided_words_are_joined():
    assert texts(read(document_of(text("one line", "and the next")))) == ["one line and the next"]
    assert texts(read(document_of(text("你好", "世界")))) == ["你好世界"]
    assert texts(read(document_of(text("soft\u00ad", "ware")))) == ["software"]


def test_every_page_with_text_begins_on_a_new_page():
    cell = Cell(text="x", row=0, column=0)
    contents = [[text("a"), text("b")], [], [text("c"), text("d")], [table(cell)], [table(cell)]]
    pages = [drawn.page(*blocks, index=index) for index, blocks in enumerate(contents)]
    word = read(drawn.document(*pages))
    assert texts(word) == ["a", "b", "c", "d", "", "", "", ""]
    assert [bool(each.paragraph_format.page_break_before) for each in word.paragraphs] == [
        False, False, True, False, True, False, True, False,
    ]  # fmt: skip


def test_table_cells_keep_their_spans():
    cells = (
        Cell(text="both\ncolumns", row=0, column=0, column_span=2),
        Cell(text="two rows", row=0, column=2, row_span=2),
        Cell(text="left", row=1, column=0),
        Cell(text="below", row=2, column=1),
    )
    word = read(document_of(text("before"), table(*cells), table(cells[2]), text("after")))
    first, second = word.tables
    assert [[cell.text for cell in row.cells] for row in first.rows] == [
        ["both columns", "both columns", "two rows"],
        ["left", "", "two rows"],
        ["", "below", ""],
    ]
    assert first.cell(0, 2)._tc is first.cell(1, 2)._tc
    assert len(second.rows) == 2
    kinds = [each.tag.removeprefix(W) for each in word.element.body]
    assert kinds == ["p", "tbl", "p", "tbl", "p", "p", "sectPr"], "no two tables touch"
    assert part(document_of(table())).findall(f".//{W}tbl") == [], "a table without cells is left out"


def properties(document):
    """The text of each run, its language and font, and whether it is right-to-left."""
    for run in part(document).iter(f"{W}r"):
        attributes = {
            f"{kind} {key.removeprefix(W)}": value
            for kind in ("lang", "rFonts")
            for child in run.iterfind(f"{W}rPr/{W}{kind}")
            for key, value in child.attrib.items()
        }
        yield "".join(run.itertext()), attributes, run.find(f"{W}rPr/{W}rtl") is not None


def test_runs_state_their_language():
    words = (Line(text="Guten Tag", language="de"), Line(text="good day"))
    assert list(properties(document_of(Block(lines=words, language="en")))) == [
        ("Guten Tag", {"lang val": "de"}, False),
        (" good day", {"lang val": "en"}, False),
    ]
    assert list(properties(document_of(text("plain")))) == [("plain", {}, False)]


@pytest.mark.parametrize(
    ("characters", "language", "tag", "font"),
    [
        ("汉字", "zh-Hans", "zh-CN", "Microsoft YaHei"),
        ("漢字", "zh-Hant-HK", "zh-TW", "Microsoft JhengHei"),
        ("漢字", "ja", "ja-JP", "Yu Gothic"),
        ("漢字とかな", None, "ja-JP", "Yu Gothic"),
        ("한글", None, "ko-KR", "Malgun Gothic"),
        ("汉字", "en", "zh-CN", "Microsoft YaHei"),
    ],
)
def test_east_asian_text_has_a_font(characters, language, tag, font):
    east, plain = properties(document_of(text(f"{characters}, OCR", language=language)))
    attributes = {"lang eastAsia": tag, "rFonts eastAsia": font, "rFonts hint": "eastAsia"}
    assert east == (f"{characters}, ", attributes, False)
    assert plain == ("OCR", {"lang val": "en"} if language == "en" else {}, False)


def test_right_to_left_text_is_marked():
    document = document_of(text("مرحبا بالعالم OCR 27", language="ar"), text("Latin with عربي inside"))
    first, second = part(document).iter(f"{W}p")
    assert first.find(f"{W}pPr/{W}bidi") is not None
    assert second.find(f"{W}pPr/{W}bidi") is None
    assert list(properties(document)) == [
        ("مرحبا بالعالم ", {"lang bidi": "ar"}, True),
        ("OCR 27", {}, False),
        ("Latin with ", {}, False),
        ("عربي ", {}, True),
        ("inside", {}, False),
    ]


def test_the_paper_has_the_size_of_the_page():
    def size(**fields):
        (section,) = read(document_of(text("x"), **fields)).sections
        return round(section.page_width.inches, 2), round(section.page_height.inches, 2)

    assert size(width=1700, height=2200, dpi=200.0) == (8.5, 11.0)
    assert size(width=1700, height=2200, dpi=200.0, rotation=90) == (11.0, 8.5)
    assert size(width=2200, height=1700, dpi=None) == (11.69, 8.27)
    assert size(width=1700, height=2200, dpi=1.0) == (8.27, 11.69)


def test_the_properties_have_the_file_name_but_no_author_and_no_time():
    word = read(document_of(text("x")))
    assert word.core_properties.title == "Käthe & Söhne.png"
    assert word.core_properties.author == ""
    assert word.core_properties.created is None


def test_the_same_document_gives_the_same_bytes():
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import pages_drawn, hashlib; from ocrkit.exporters.docx import export;"
        "print(hashlib.sha256(export(pages_drawn.SEVERAL)).hexdigest())"
    )
    command = [sys.executable, "-c", code, str(drawn.__file__).rpartition("/")[0]]
    one, other = (subprocess.run(command, capture_output=True, check=True).stdout for _ in range(2))
    assert one == other
    with zipfile.ZipFile(io.BytesIO(export(drawn.SEVERAL))) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


@given(drawn.results)
def test_any_result_can_be_opened_and_keeps_its_letters(page):
    word = read(drawn.document(page))
    letters = "".join("".join(texts(word)).split())
    for block in page.blocks:
        for line in block.lines:
            for character in line.text:
                assert not character.isalpha() or character in letters


@pytest.mark.parametrize("name", drawn.PAGES)
def test_edge_cases_can_be_opened(name):
    read(drawn.document(drawn.PAGES[name]))


def test_characters_that_xml_does_not_allow_are_removed():
    (paragraph,) = texts(read(document_of(text("a\x00b\x07c\ufffe \x1b<w:p>&amp;"))))
    assert paragraph == "abc <w:p>&amp;"


def test_pages_are_released_after_they_are_written():
    references = []

    def pages():
        for index in range(5):
            one = drawn.page(text(f"page {index}"), index=index)
            references.append(weakref.ref(one))
            yield one
            del one

    chunks = []
    for chunk in export_pages(export, Document(page_count=5), pages()):
        chunks.append(chunk)
        assert sum(reference() is not None for reference in references) <= 2
    assert len(chunks) > 5
    import docx

    assert texts(docx.Document(io.BytesIO(b"".join(chunks)))) == [f"page {index}" for index in range(5)]


def test_the_suffix_docx_selects_the_format(tmp_path):
    document = Document(page_count=1, pages=(drawn.page(text("x"), trace=Trace(backend="test")),))
    document.save(tmp_path / "letter.docx")
    assert (tmp_path / "letter.docx").read_bytes() == document.export("docx")
