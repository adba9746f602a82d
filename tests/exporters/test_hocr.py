"""hOCR: XML that other programs can parse, and in it the words where the result has them."""

import gc
import itertools
import re
import weakref

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from pages_drawn import HOSTILE, PAGES, SEVERAL, close, document, lines_of, page, results, texts, turned, word

from ocrkit.document import Document
from ocrkit.exporters.hocr import export
from ocrkit.formats import exporter, suffix_of

XHTML = "{http://www.w3.org/1999/xhtml}"
UINT = r"\d+"
FLOAT = r"-?\d+(\.\d+)?"
GRAMMAR = {
    "image": r'"[^";]*"',
    "bbox": rf"{UINT} {UINT} {UINT} {UINT}",
    "ppageno": UINT,
    "scan_res": rf"{UINT} {UINT}",
    "poly": rf"{UINT}( {UINT}){{5,}}",
    "textangle": FLOAT,
    "baseline": rf"{FLOAT} -?{UINT}",
    "x_size": FLOAT,
    "x_wconf": r"\d\d?|100",
}


def parsed(document):
    root = etree.fromstring(export(document), etree.XMLParser(resolve_entities=False, no_network=True))
    names = root.xpath("//@id")
    assert len(names) == len({*names})
    for element in root.iterfind(".//*[@class]"):
        properties(element)
    return root


def properties(element):
    said = dict(each.split(" ", 1) for each in element.get("title").split("; "))
    for name, value in said.items():
        assert re.fullmatch(GRAMMAR[name], value), (name, value)
    return said


def of_class(root, name):
    return root.findall(f".//*[@class='{name}']")


def numbers(element, name="bbox"):
    return tuple(map(float, properties(element)[name].split()))


@pytest.mark.parametrize("name", PAGES)
def test_words_have_the_positions_of_the_result(name):
    result = PAGES[name]
    root = parsed(document(result))
    spans = of_class(root, "ocrx_word")
    words = [word for line in result.lines for word in line.words or (line,)]
    assert len(spans) == len(words)
    for span, one in zip(spans, words, strict=True):
        box = numbers(span)
        assert 0 <= box[0] < box[2] <= result.width
        assert 0 <= box[1] < box[3] <= result.height
        if one.polygon and name != "outside":
            assert close(box, one)
        said = properties(span)
        assert ("x_wconf" in said) == (one.confidence is not None)
        if one.confidence is not None:
            assert abs(float(said["x_wconf"]) / 100 - one.confidence) <= 0.005


@pytest.mark.parametrize("name", PAGES)
def test_the_text_of_a_line_is_its_words_and_spaces(name):
    if name in {"hostile", "words of another text", "words without text"}:
        return
    result = PAGES[name]
    lines = of_class(parsed(document(result)), "ocr_line")
    assert ["".join(each.itertext()) for each in lines] == [each.text for each in result.lines]


def test_every_element_is_inside_its_parent():
    root = parsed(document(PAGES["plain"]))
    for inner in root.iterfind(".//*[@class]"):
        outer = inner.getparent()
        if outer.get("class"):
            a, b = numbers(inner), numbers(outer)
            assert a[0] >= b[0]
            assert a[1] >= b[1]
            assert a[2] <= b[2]
            assert a[3] <= b[3]


def test_the_page_has_its_source_number_and_resolution():
    root = parsed(document(PAGES["plain"].model_copy(update={"index": 4})))
    (one,) = of_class(root, "ocr_page")
    assert properties(one) == {
        "image": '"scans/letter.png"',
        "bbox": "0 0 400 300",
        "ppageno": "4",
        "scan_res": "300 300",
    }
    assert one.get("id") == "page_5"
    assert root.get("lang") is None
    meta = {each.get("name"): each.get("content") for each in root.iter(f"{XHTML}meta")}
    assert re.fullmatch(r"ocrkit \S+ \(test, Drawn, 1\.2, small <&>, none\)", meta["ocr-system"])
    assert {"ocr_page", "ocr_carea", "ocr_par", "ocr_line", "ocrx_word"} <= {
        *meta["ocr-capabilities"].split()
    }


def test_unknown_values_are_left_out():
    root = parsed(document(PAGES["no confidence"], source=None))
    assert {*properties(of_class(root, "ocr_page")[0])} == {"bbox", "ppageno"}
    assert [properties(each).get("x_wconf") for each in of_class(root, "ocrx_word")] == [None, "0"]
    assert not root.xpath("//@lang")


def test_a_resolution_below_one_is_left_out():
    assert "scan_res" not in properties(of_class(parsed(document(PAGES["odd resolution"])), "ocr_page")[0])


def test_delimiters_in_a_file_name_are_escaped():
    root = parsed(document(page(), source='a;b"c.png'))
    assert properties(of_class(root, "ocr_page")[0])["image"] == '"a%3Bb%22c.png"'


def test_hostile_text_is_escaped():
    root = parsed(document(PAGES["hostile"], source="<b>&.png"))
    first, second = of_class(root, "ocrx_word")
    assert first.text == HOSTILE.replace("\x00\x07\x0c\ufffe\ud800", " \\ud800")
    assert second.text == "'\"&<>"
    assert not root.xpath("//*[local-name()='script' or local-name()='b']")
    assert not root.xpath("//@lang")


@pytest.mark.parametrize(
    ("degrees", "said"),
    [
        (0, {}),
        (90, {"textangle": "270"}),
        (-90, {"textangle": "90"}),
        (180, {"textangle": "180"}),
        (50, {"textangle": "310"}),
    ],
)
def test_rotated_lines_have_an_angle(degrees, said):
    (line,) = of_class(parsed(document(page(turned(degrees)))), "ocr_line")
    found = {key: value for key, value in properties(line).items() if key in {"textangle", "baseline"}}
    assert found == said
    assert abs(numbers(line, "x_size")[0] - 20) <= 1


@pytest.mark.parametrize("degrees", [7, -7, 44])
def test_slanted_lines_have_a_slope(degrees):
    result = page(turned(degrees))
    (line,) = of_class(parsed(document(result)), "ocr_line")
    assert "textangle" not in properties(line)
    slope, offset = numbers(line, "baseline")
    left, _, _, bottom = numbers(line)
    for x, y in result.lines[0].polygon[:1:-1]:
        assert abs(bottom + slope * (x - left) + offset - y) <= 2
    for span, one in zip(of_class(line, "ocrx_word"), result.words, strict=True):
        outline = zip(*[iter(numbers(span, "poly"))] * 2, strict=True)
        assert all(
            abs(a - c) <= 1 and abs(b - d) <= 1 for (a, b), (c, d) in zip(outline, one.polygon, strict=True)
        )


def test_upright_boxes_have_no_outline():
    for name in ("plain", "on its side", "upside down"):
        assert b"poly " not in export(document(PAGES[name]))


def test_the_direction_of_text():
    root = parsed(document(PAGES["Arabic"]))
    assert [each.get("dir") for each in of_class(root, "ocr_par")] == ["rtl", None]
    root = parsed(document(PAGES["two directions"]))
    assert [each.get("dir") for each in of_class(root, "ocr_par")] == ["rtl"]
    assert [each.get("dir") for each in of_class(root, "ocr_line")] == [None, "ltr"]


def test_a_language_is_stated_once():
    root = parsed(document(PAGES["Chinese"], PAGES["handwritten"].model_copy(update={"index": 1})))
    assert [each.get("lang") for each in root.iterfind(".//*[@lang]")] == ["zh-Hans", "de-AT"]
    assert root.xpath("//@lang") == root.xpath("//@xml:lang")
    mixed = page(lines_of(word("a", 10, language="en"), word("b", 60, language="fr"), language="en"))
    assert parsed(document(mixed)).xpath("//@lang") == ["en", "fr"]


def test_elements_without_a_position_have_that_of_their_parent():
    first, second = of_class(parsed(document(PAGES["no polygons"])), "ocr_line")
    assert numbers(first) == (0, 0, 400, 300)
    assert "x_size" not in properties(first)
    assert [numbers(each) for each in of_class(second, "ocrx_word")] == [(10, 10, 50, 30)] * 2


def test_documents_with_several_pages_or_none():
    root = parsed(SEVERAL)
    assert [each.get("id") for each in of_class(root, "ocr_page")] == [
        f"page_{n}" for n in range(1, len(PAGES) + 1)
    ]
    root = parsed(Document(source="a.png", page_count=1))
    assert not of_class(root, "ocr_page")
    same = parsed(document(PAGES["plain"], PAGES["plain"]))
    assert [each.get("id") for each in of_class(same, "ocr_page")] == ["page_1", "page_1.2"]


def test_elements_without_content_have_an_end_tag():
    """To a reader of HTML, `<div/>` is a start."""
    assert not re.search(rb"<(div|p|span)[^>]*/>", export(SEVERAL))


def test_the_same_result_gives_the_same_bytes_and_does_not_change():
    before = SEVERAL.model_copy(deep=True)
    assert export(SEVERAL) == export(SEVERAL)
    assert before == SEVERAL


@given(st.none() | texts, st.lists(results, max_size=3))
def test_any_result_is_well_formed_xml(source, pages):
    parsed(document(*pages, source=source))


def test_pages_are_written_one_by_one():
    taken = []

    def coming():
        for index in range(4):
            one = page(lines_of(word("text", 10)), index=index)
            taken.append(weakref.ref(one))
            yield one
            del one

    pieces = export.stream(Document(page_count=4), coming())
    assert taken == []
    for count in range(1, 5):
        assert b"text" in next(pieces)
        assert len(taken) == count
        gc.collect()
        assert sum(each() is not None for each in taken) <= 2
    assert list(itertools.chain(pieces)) == [b"</body>\n</html>\n"]


def test_the_format_is_found_by_its_name():
    assert exporter("hocr") is export
    assert suffix_of("hocr") == ".hocr"


def test_a_result_of_the_embedded_engine_is_valid():
    import ocrkit
    from ocrkit.testing.samples import draw_page

    drawn = draw_page(["Dear Ms Oak,", "thank you & <goodbye>"], dpi=200)
    result = ocrkit.recognize(drawn.page.pixels, backend="ppocr", languages=["en"])
    root = parsed(result)
    spans = of_class(root, "ocrx_word")
    assert [each.text for each in spans] == [each.text for each in result.pages[0].words]
    assert "Oak," in [each.text for each in spans]
    for span, one in zip(spans, result.pages[0].words, strict=True):
        assert close(numbers(span), one)
