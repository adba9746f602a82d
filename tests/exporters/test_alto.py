"""ALTO: held against its official schema, with the words where the result has them."""

import gc
import weakref
from pathlib import Path

import pytest
from hypothesis import given
from lxml import etree
from pages_drawn import HOSTILE, PAGES, SEVERAL, close, document, lines_of, page, results, texts, turned, word

from ocrkit.document import Document
from ocrkit.errors import ExportError
from ocrkit.exporters.alto import export
from ocrkit.formats import exporter, suffix_of

NAMESPACE = "{http://www.loc.gov/standards/alto/ns-v4#}"
SCHEMAS = Path(__file__).parent / "schemas"


class Local(etree.Resolver):
    """The schema asks the network for another one."""

    def resolve(self, url, public_id, context):
        return (
            self.resolve_filename(str(SCHEMAS / "xlink.xsd"), context) if url.endswith("xlink.xsd") else None
        )


def schema_of(name):
    parser = etree.XMLParser(no_network=True)
    parser.resolvers.add(Local())
    return etree.XMLSchema(etree.parse(SCHEMAS / name, parser))


SCHEMA = schema_of("alto-4-4.xsd")


def parsed(document):
    root = etree.fromstring(export(document))
    SCHEMA.assertValid(root)
    return root


def every(root, name):
    return list(root.iter(f"{NAMESPACE}{name}"))


def box_of(element):
    left, top, width, height = (int(element.get(key)) for key in ("HPOS", "VPOS", "WIDTH", "HEIGHT"))
    return left, top, left + width, top + height


def points(text):
    return [tuple(map(int, each.split(","))) for each in text.split()]


def said(line):
    """As readers put it together."""
    return "".join(
        each.get("CONTENT", " ") for each in line if etree.QName(each).localname in {"String", "SP"}
    )


def test_the_schema_rejects_invalid_files():
    wrong = export(document(PAGES["plain"])).replace(b"PHYSICAL_IMG_NR", b"NUMBER")
    assert not SCHEMA.validate(etree.fromstring(wrong))


@pytest.mark.parametrize("name", PAGES)
def test_words_have_the_positions_of_the_result(name):
    result = PAGES[name]
    strings = every(parsed(document(result)), "String")
    words = [word for line in result.lines for word in line.words or (line,)]
    for string, one in zip(strings, words, strict=True):
        assert (string.get("HPOS") is None) == (one.polygon is None)
        if one.polygon:
            box = box_of(string)
            assert 0 <= box[0] < box[2] <= result.width
            assert 0 <= box[1] < box[3] <= result.height
            assert name == "outside" or close(box, one)
        assert (string.get("WC") is None) == (one.confidence is None)
        if one.confidence is not None:
            assert float(string.get("WC")) == pytest.approx(one.confidence, abs=1e-4)


@pytest.mark.parametrize(
    "name", sorted({*PAGES} - {"hostile", "words of another text", "words without text"})
)
def test_the_text_of_a_line_is_its_words_and_spaces(name):
    result = PAGES[name]
    lines = every(parsed(document(result)), "TextLine")
    assert [said(each) for each in lines] == [each.text for each in result.lines]


def test_spaces_have_positions():
    (line,) = every(parsed(document(PAGES["words of another text"])), "TextLine")
    assert said(line) == "three wrods here"
    (space,) = every(parsed(document(PAGES["plain"])), "SP")
    assert dict(space.items()) == {"HPOS": "50", "VPOS": "10", "WIDTH": "10"}
    (space,) = every(parsed(document(page(lines_of(word("عربي", 100), word("نص", 40))))), "SP")
    assert dict(space.items()) == {"HPOS": "80", "VPOS": "10", "WIDTH": "20"}
    (space,) = every(parsed(document(page(lines_of(word("one", 10), word("other", 20))))), "SP")
    assert not space.items()


def test_the_description_states_the_processing():
    root = parsed(document(PAGES["plain"]))
    assert root.get("SCHEMAVERSION") == "4.4"
    assert root.findtext(f".//{NAMESPACE}MeasurementUnit") == "pixel"
    assert root.findtext(f".//{NAMESPACE}fileName") == "letter.png"
    assert root.findtext(f".//{NAMESPACE}softwareName") == "ocrkit"
    deskew, reading = every(root, "Processing")
    assert deskew.findtext(f"{NAMESPACE}processingStepDescription") == "page 1: deskew"
    assert deskew.findtext(f"{NAMESPACE}processingStepSettings") == 'angle=1.5, name=<&">'
    assert reading.findtext(f"{NAMESPACE}processingStepSettings") == (
        "backend test, engine Drawn, version 1.2, model small <&>, runtime none"
    )
    assert every(parsed(document(PAGES["plain"], source=None)), "fileName") == []


def test_the_page_has_its_number_size_and_confidence():
    (one,) = every(parsed(document(PAGES["plain"].model_copy(update={"index": 4}))), "Page")
    assert dict(one.items()) == {
        "ID": "page_5",
        "PHYSICAL_IMG_NR": "5",
        "WIDTH": "400",
        "HEIGHT": "300",
        "PC": "0.9",
    }
    assert box_of(one[0]) == (0, 0, 400, 300)


def test_ids_do_not_depend_on_other_pages():
    third = SEVERAL.pages[2]
    alone = {each.get("ID") for each in every(parsed(document(third)), "String")}
    among = {each.get("ID") for each in every(parsed(SEVERAL), "String")}
    assert alone < among
    assert "p3_b1_l1_w1" in alone


def test_hostile_text_is_escaped():
    strings = every(parsed(document(PAGES["hostile"], source="<&\x00>.png")), "String")
    assert strings[0].get("CONTENT") == HOSTILE.replace("\x00\x07\x0c\ufffe\ud800", " \\ud800")
    assert strings[1].get("CONTENT") == "'\"&<>"


@pytest.mark.parametrize(
    ("name", "of_page", "of_blocks"),
    [
        ("plain", None, [None]),
        ("on its side", "90", [None]),
        ("upside down", "180", [None]),
        ("its other side", "270", [None]),
        ("leaning", None, ["353", "7", "310"]),
    ],
)
def test_rotation_is_counterclockwise(name, of_page, of_blocks):
    root = parsed(document(PAGES[name]))
    assert every(root, "Page")[0].get("ROTATION") == of_page
    assert [each.get("ROTATION") for each in every(root, "TextBlock")] == of_blocks


def test_an_upright_block_on_a_rotated_page():
    root = parsed(document(page(lines_of(word("x", 10)), rotation=90)))
    assert every(root, "TextBlock")[0].get("ROTATION") == "0"


def test_outlines_of_lines_and_of_slanted_words():
    root = parsed(document(PAGES["plain"]))
    (shape,) = every(root, "Polygon")
    assert points(shape.get("POINTS")) == [(10, 10), (100, 10), (100, 30), (10, 30)]
    result = PAGES["leaning"]
    for string, one in zip(every(parsed(document(result)), "String"), result.words, strict=True):
        outline = points(string.find(f".//{NAMESPACE}Polygon").get("POINTS"))
        assert all(
            abs(a - c) <= 1 and abs(b - d) <= 1 for (a, b), (c, d) in zip(outline, one.polygon, strict=True)
        )


@pytest.mark.parametrize(
    ("degrees", "expected"),
    [
        (0, [(130, 160), (260, 160)]),
        (90, [(190, 80), (190, 210)]),
        (180, [(270, 140), (140, 140)]),
        (-90, [(210, 220), (210, 90)]),
    ],
)
def test_the_baseline_is_the_lower_side_of_the_letters(degrees, expected):
    (line,) = every(parsed(document(page(turned(degrees)))), "TextLine")
    assert points(line.get("BASELINE")) == expected


def test_the_direction_of_text():
    root = parsed(document(PAGES["Arabic"]))
    assert [each.get("BASEDIRECTION") for each in every(root, "TextBlock")] == ["rtl", None]
    root = parsed(document(PAGES["two directions"]))
    assert [each.get("BASEDIRECTION") for each in every(root, "TextLine")] == [None, "ltr"]


def test_a_language_is_stated_once():
    root = parsed(document(PAGES["Chinese"]))
    assert [each.get("LANG") for each in root.iterfind(".//*[@LANG]")] == ["zh-Hans"]
    assert not parsed(document(PAGES["hostile"])).xpath("//@LANG")
    assert parsed(document(PAGES["unknown languages"])).xpath("//@LANG") == ["tlh"]


def test_documents_with_several_pages_or_none():
    root = parsed(SEVERAL)
    assert [each.get("PHYSICAL_IMG_NR") for each in every(root, "Page")] == [
        str(number) for number in range(1, len(PAGES) + 1)
    ]
    parsed(document(PAGES["plain"], PAGES["plain"]))
    with pytest.raises(ExportError, match="without pages"):
        export(Document(source="a.png", page_count=1))


def test_the_same_result_gives_the_same_bytes_and_does_not_change():
    before = SEVERAL.model_copy(deep=True)
    assert export(SEVERAL) == export(SEVERAL)
    assert before == SEVERAL


@given(texts, results, results)
def test_any_result_is_valid(source, one, other):
    parsed(document(one, other, source=source))


@pytest.mark.long
def test_pages_are_written_one_by_one():
    taken = []

    def coming():
        for index in range(10):
            one = page(lines_of(word("text", 10)), index=index)
            taken.append(weakref.ref(one))
            yield one
            del one

    pieces = export.stream(Document(page_count=10), coming())
    assert taken == []
    for count in range(1, 11):
        assert b"text" in next(pieces)
        assert len(taken) == count
        gc.collect()
        assert sum(each() is not None for each in taken) <= 2
    assert list(pieces) == [b"  </Layout>\n</alto>\n"]


def test_the_format_is_found_by_its_name():
    assert exporter("alto") is export
    assert suffix_of("alto") == ".alto.xml"


def test_a_result_of_the_embedded_engine_is_valid():
    import ocrkit
    from ocrkit.testing.samples import draw_page

    drawn = draw_page(["Dear Ms Oak,", "thank you & <goodbye>"], rotation=90)
    result = ocrkit.recognize(drawn.page.pixels, backend="ppocr", languages=["en"])
    root = parsed(result)
    assert [said(each) for each in every(root, "TextLine")] == [each.text for each in result.pages[0].lines]
    for string, one in zip(every(root, "String"), result.pages[0].words, strict=True):
        assert string.get("CONTENT") == one.text
        assert close(box_of(string), one)
    assert every(root, "Page")[0].get("ROTATION") == "270"
