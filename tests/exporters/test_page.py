"""PAGE: held against its official schema, with the words where the result has them."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from pages_drawn import HOSTILE, PAGES, SEVERAL, close, document, lines_of, page, results, texts, turned, word

from ocrkit.document import Document
from ocrkit.errors import ExportError
from ocrkit.exporters.page import LANGUAGES, export
from ocrkit.formats import exporter, suffix_of
from ocrkit.geometry import bounding_box
from ocrkit.result import Alternative

NAMESPACE = "{http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15}"
SCHEMA_FILE = Path(__file__).parent / "schemas" / "page-2019-07-15.xsd"
SCHEMA = etree.XMLSchema(etree.parse(SCHEMA_FILE))


def parsed(document):
    root = etree.fromstring(export(document))
    SCHEMA.assertValid(root)
    return root


def every(root, name):
    return list(root.iter(f"{NAMESPACE}{name}"))


def points(element):
    return [tuple(map(int, each.split(","))) for each in element.get("points").split()]


def coordinates(element):
    return points(element.find(f"{NAMESPACE}Coords"))


def text_of(element):
    return element.findtext(f"{NAMESPACE}TextEquiv/{NAMESPACE}Unicode")


def test_the_schema_rejects_invalid_files():
    wrong = export(document(PAGES["plain"])).replace(b"imageWidth", b"width")
    assert not SCHEMA.validate(etree.fromstring(wrong))


@pytest.mark.parametrize("name", PAGES)
def test_words_have_the_positions_of_the_result(name):
    result = PAGES[name]
    root = parsed(document(result))
    for kind, regions in (("TextRegion", result.blocks), ("TextLine", result.lines), ("Word", result.words)):
        for element, one in zip(every(root, kind), regions, strict=True):
            outline = coordinates(element)
            assert len(outline) >= 3
            assert all(0 <= x <= result.width and 0 <= y <= result.height for x, y in outline)
            if one.polygon and name != "outside":
                assert close(bounding_box(outline), one)
            equivalent = element.find(f"{NAMESPACE}TextEquiv")
            assert (equivalent.get("conf") is None) == (one.confidence is None)
            if one.confidence is not None:
                assert float(equivalent.get("conf")) == pytest.approx(one.confidence, abs=1e-4)
            if name != "hostile":
                assert (text_of(element) or "") == one.text


def test_the_page_has_its_size_and_source():
    root = parsed(document(PAGES["plain"]))
    (one,) = every(root, "Page")
    assert dict(one.items()) == {
        "imageFilename": "letter.png",
        "imageWidth": "400",
        "imageHeight": "300",
        "imageXResolution": "300",
        "imageYResolution": "300",
        "imageResolutionUnit": "PPI",
        "conf": "0.9",
    }
    assert root.findtext(f".//{NAMESPACE}Creator").startswith("ocrkit ")
    assert every(root, "Comments") == []


def test_unknown_values_are_left_out():
    (one,) = every(parsed(document(PAGES["no confidence"], source=None)), "Page")
    assert dict(one.items()) == {"imageFilename": "", "imageWidth": "400", "imageHeight": "300"}


def test_other_readings_of_a_word_follow_its_text():
    others = (Alternative(text="mode<rn", probability=0.3), Alternative(text="modem"))
    root = parsed(document(page(lines_of(word("modern", 20, alternatives=others), word("clear", 80)))))
    ambiguous, clear = root.iter(f"{NAMESPACE}Word")
    readings = [
        (each.get("index"), each.get("conf"), each.findtext(f"{NAMESPACE}Unicode"))
        for each in ambiguous.iter(f"{NAMESPACE}TextEquiv")
    ]
    assert readings == [("0", "0.9", "modern"), ("1", "0.3", "mode<rn"), ("2", None, "modem")]
    assert [each.get("index") for each in clear.iter(f"{NAMESPACE}TextEquiv")] == [None]


def test_the_metadata_state_the_processing():
    deskew, reading = every(parsed(document(PAGES["plain"])), "MetadataItem")
    assert (deskew.get("name"), deskew.get("value")) == ("preprocess", "deskew")
    assert (reading.get("name"), reading.get("value")) == ("recognition", "test")
    labels = {each.get("type"): each.get("value") for each in every(reading, "Label")}
    assert labels == {"engine": "Drawn", "version": "1.2", "model": "small <&>", "runtime": "none"}


def test_a_page_of_a_longer_document_has_its_number():
    result = document(PAGES["plain"].model_copy(update={"index": 2}))
    root = parsed(result.model_copy(update={"page_count": 9}))
    assert root.findtext(f".//{NAMESPACE}Comments") == "page 3 of 9"


def test_the_reading_order_is_that_of_the_result():
    root = parsed(document(PAGES["leaning"]))
    order = [each.get("regionRef") for each in every(root, "RegionRefIndexed")]
    assert order == [each.get("id") for each in every(root, "TextRegion")] == ["r1", "r2", "r3"]
    assert [each.get("index") for each in every(root, "RegionRefIndexed")] == ["0", "1", "2"]
    assert every(parsed(document(page())), "ReadingOrder") == []


def test_hostile_text_is_escaped():
    first, second = every(parsed(document(PAGES["hostile"], source="<&\x00>.png")), "Word")
    assert text_of(first) == HOSTILE.replace("\x00\x07\x0c\ufffe\ud800", " \\ud800")
    assert text_of(second) == "'\"&<>"


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
    (line,) = every(parsed(document(page(turned(degrees)))), "Baseline")
    assert points(line) == expected


def test_the_baseline_follows_the_outline():
    (line,) = every(parsed(document(PAGES["many corners"])), "Baseline")
    assert points(line) == [(9, 30), (25, 33), (41, 30)]


def test_outlines_of_rotated_words():
    result = PAGES["leaning"]
    for element, one in zip(every(parsed(document(result)), "Word"), result.words, strict=True):
        assert all(
            abs(a - c) <= 1 and abs(b - d) <= 1
            for (a, b), (c, d) in zip(coordinates(element), one.polygon, strict=True)
        )


def test_elements_without_a_position_have_that_of_their_parent():
    root = parsed(document(PAGES["no polygons"]))
    first, second = every(root, "TextLine")
    whole = [(0, 0), (400, 0), (400, 300), (0, 300)]
    assert coordinates(first) == coordinates(every(root, "TextRegion")[0]) == whole
    assert first.find(f"{NAMESPACE}Baseline") is None
    assert [coordinates(each) for each in every(second, "Word")] == [
        [(10, 10), (50, 10), (50, 30), (10, 30)]
    ] * 2


@pytest.mark.parametrize(
    ("name", "of_page", "of_regions"),
    [
        ("plain", None, [None]),
        ("on its side", "90", ["90"]),
        ("upside down", "180", ["180"]),
        ("its other side", "-90", ["-90"]),
        ("leaning", None, ["-7", "7", "-50"]),
    ],
)
def test_orientation_is_the_clockwise_rotation_that_makes_text_upright(name, of_page, of_regions):
    root = parsed(document(PAGES[name]))
    assert every(root, "Page")[0].get("orientation") == of_page
    assert [each.get("orientation") for each in every(root, "TextRegion")] == of_regions


def test_an_upright_region_on_a_rotated_page():
    root = parsed(document(page(lines_of(word("x", 10)), rotation=90)))
    assert every(root, "TextRegion")[0].get("orientation") == "0"


def test_the_direction_of_text():
    root = parsed(document(PAGES["Arabic"]))
    assert [each.get("readingDirection") for each in every(root, "TextRegion")] == ["right-to-left", None]
    root = parsed(document(PAGES["two directions"]))
    assert [each.get("readingDirection") for each in every(root, "TextLine")] == [None, "left-to-right"]


def test_languages_have_the_names_of_page_and_their_tags():
    (region,) = parsed(document(PAGES["Chinese"])).iterfind(".//*[@primaryLanguage]")
    assert region.get("primaryLanguage") == "Chinese"
    assert region.get("custom") == "language {type:zh-Hans;}"
    (region,) = every(parsed(document(PAGES["handwritten"])), "TextRegion")
    assert region.get("primaryLanguage") == "German"
    assert region.get("custom") == "language {type:de-AT;} handwriting {status:detected;}"
    first, second = every(parsed(document(PAGES["unknown languages"])), "Word")
    assert (first.get("language"), first.get("custom")) == ("other", "language {type:tlh;}")
    assert (second.get("language"), second.get("custom")) == (None, None)


def test_every_language_name_is_in_the_schema():
    names = etree.parse(SCHEMA_FILE).xpath(
        "//*[local-name()='simpleType'][@name='LanguageSimpleType']//*[local-name()='enumeration']/@value"
    )
    assert {*LANGUAGES.values()} <= {*names}
    assert {*names} - {*LANGUAGES.values()} == {"Cambodian", "Panjabi", "other"}  # two have another name


def test_a_file_has_exactly_one_page():
    with pytest.raises(ExportError, match="pages one at a time"):
        export(SEVERAL)
    with pytest.raises(ExportError, match="this document has none"):
        export(Document(source="a.png", page_count=1))


def test_a_second_page_is_an_error_and_no_third_is_read():
    taken = []

    def coming():
        for index in range(10):
            taken.append(index)
            yield page(index=index)

    pieces = export.stream(Document(page_count=10), coming())
    with pytest.raises(ExportError):
        next(pieces)
    assert taken == [0, 1]


def test_the_same_result_gives_the_same_bytes_and_does_not_change():
    result = document(PAGES["leaning"])
    before = result.model_copy(deep=True)
    assert export(result) == export(result)
    assert before == result


@given(st.none() | texts, results)
def test_any_result_is_valid(source, one):
    parsed(document(one, source=source))


def test_the_format_is_found_by_its_name():
    assert exporter("page") is export
    assert suffix_of("page") == ".page.xml"


def test_a_result_of_the_embedded_engine_is_valid():
    import ocrkit
    from ocrkit.testing.samples import draw_page

    drawn = draw_page(["Dear Ms Oak,", "thank you & <goodbye>"], dpi=200)
    result = ocrkit.recognize(drawn.page.pixels, backend="ppocr", languages=["en"])
    root = parsed(result)
    assert [text_of(each) for each in every(root, "TextLine")] == [
        each.text for each in result.pages[0].lines
    ]
    for element, one in zip(every(root, "Word"), result.pages[0].words, strict=True):
        assert text_of(element) == one.text
        assert close(bounding_box(coordinates(element)), one)


def test_regions_have_the_types_of_their_blocks():
    kinds = ("text", "heading", "list", "caption", "header", "footer", "page_number", "note")
    (block, *_) = PAGES["plain"].blocks
    blocks = tuple(block.model_copy(update={"kind": kind}) for kind in kinds)
    root = parsed(document(PAGES["plain"].model_copy(update={"blocks": blocks})))
    assert [each.get("type") for each in every(root, "TextRegion")] == [
        None, "heading", None, "caption", "header", "footer", "page-number", "marginalia",
    ]  # fmt: skip
