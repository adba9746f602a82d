"""The web page as a file: its data, escaping and security policy. test_browser.py has its behavior in a browser."""

from __future__ import annotations

import base64
import io
import json
import logging
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest
from PIL import Image

import ocrkit
from ocrkit import Block, ConfigError, Document, Engine, Line, PageResult, Point, SourceError, Trace, Word
from ocrkit.geometry import Box, Transform
from ocrkit.result import Barcode, Field, Finding, PageFailure, Quality, SelectionMark
from ocrkit.viewer import compare, page_data
from ocrkit.viewer.frames import frame

HOSTILE = ["<script>alert(1)</script>", "</script>", "<!--", "<!-- <script>", "&lt;", '"><img src=x onerror=alert(1)>', "{{script}}", "\u2028"]  # fmt: skip


class Parsed(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self._open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        self.texts.setdefault(self._open[-1] if self._open else "", []).append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]

    @property
    def data(self) -> Any:
        return json.loads(self.texts["script"][0])


def word(text: str, left: float = 0, top: float = 0, *, confidence: float | None = 0.9, **more: Any) -> Word:
    box = Box(left, top, left + 10 * len(text), top + 20)
    return Word(text=text, polygon=box.polygon, confidence=confidence, **more)


def line(text: str, top: float = 0, left: float = 0) -> Line:
    words, at = [], left
    for part in text.split():
        words.append(word(part, at, top))
        at += 10 * (len(part) + 1)
    return Line.of(words)


def document(*lines: Line, backend: str = "null", index: int = 0, **more: Any) -> Document:
    page = PageResult(
        index=index, width=400, height=200, blocks=(Block.of(lines),), trace=Trace(backend=backend), **more
    )
    return Document(page_count=index + 1, pages=(page,))


def words_of(text: str, page: int = 0, engine: int = 0) -> list[dict[str, Any]]:
    reading = Parsed(text).data["pages"][page]["readings"][engine]
    return [each for line in reading["lines"] for each in line["words"]]


def test_the_page_is_one_file_without_external_references() -> None:
    text = ocrkit.view(document(line("quiet")), np.full((200, 400), 255, np.uint8))
    page = Parsed(text)
    assert "http:" not in text.lower()
    assert "https:" not in text.lower()
    for tag, attributes in page.tags:
        assert tag not in ("iframe", "object", "embed", "base")
        for name in ("src", "href", "action", "style"):
            assert not attributes.get(name) or attributes[name] == "data:,", (tag, attributes)
        assert not any(name.startswith("on") for name in attributes)
    assert len(page.all("script")) == 2
    assert page.data["pages"][0]["image"].startswith("data:image/")


def test_the_security_policy_blocks_the_network_and_foreign_scripts() -> None:
    page = Parsed(ocrkit.view(document(line("quiet"))))
    (policy,) = (
        each["content"] for each in page.all("meta") if each.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy is not None
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["img-src"] == "data:"
    assert rules["script-src"].startswith("'sha256-")
    assert "unsafe" not in policy


@pytest.mark.parametrize("hostile", HOSTILE)
def test_recognized_text_stays_text(hostile: str) -> None:
    failure = PageFailure(index=0, kind="BackendError", message=hostile)
    read = document(Line.of([word(hostile, language=None)]), backend=hostile)
    text = ocrkit.view(read.model_copy(update={"source": hostile, "failures": (failure,)}))
    page, harmless = Parsed(text), Parsed(ocrkit.view(document(line("quiet"))))
    assert [tag for tag, _ in page.tags] == [tag for tag, _ in harmless.tags]
    assert words_of(text)[0]["text"] == hostile
    assert page.data["engines"][0]["name"] == hostile
    assert hostile in page.data["pages"][0]["readings"][0]["warnings"][0]
    assert page.texts["title"] == [hostile.rpartition("/")[2]]


def test_words_have_text_confidence_language_and_frame() -> None:
    known = Line.of([word("sure", confidence=0.98765, language="en"), word("other", 60, confidence=None)])
    first, second = words_of(ocrkit.view(document(known)))
    assert (first["text"], first["confidence"], first["language"]) == ("sure", 0.9877, "en")
    assert first["frame"] == [0, 0, 40, 0, 0, 20]
    assert (second["confidence"], second["spaced"], first["spaced"]) == (None, True, False)
    assert first["corrected"] is None


def test_lines_say_what_read_them() -> None:
    lines = [Line.of([word("exact")], read_by="text_layer"), Line.of([word("seen", 0, 40)])]
    page = Parsed(ocrkit.view(document(*lines))).data["pages"][0]
    assert [line["read_by"] for line in page["readings"][0]["lines"]] == ["text_layer", None]


def test_a_corrected_word_has_its_raw_text_too() -> None:
    read, other = word("tbe"), word("end", 60)
    (first, second) = words_of(
        ocrkit.view(document(Line.of([read.model_copy(update={"text": "the"}), other])))
    )
    assert (first["text"], first["corrected"]) == ("tbe", "the")
    assert (second["text"], second["corrected"]) == ("end", None)


def test_a_line_without_words_is_shown_as_one_word() -> None:
    (only,) = words_of(ocrkit.view(document(Line(text="all of it", polygon=Box(0, 0, 90, 20).polygon))))
    assert only["text"] == "all of it"


def test_chinese_words_are_not_separated_by_spaces() -> None:
    words = words_of(ocrkit.view(document(Line.of([word("你好"), word("世界", 50), word("now", 90)]))))
    assert [each["spaced"] for each in words] == [False, False, True]


def test_engines_have_unique_names_and_details() -> None:
    engine = Engine(name="Quill", version="3", model="fine")
    page = document(line("quiet")).pages[0].model_copy(update={"trace": Trace(backend="mine", engine=engine)})
    read = Document(page_count=1, pages=(page,))
    engines = Parsed(ocrkit.view([read, read])).data["engines"]
    assert engines[0] == {"name": "mine", "details": "Quill 3, fine"}
    assert engines[1]["name"] == "mine (2)"


def test_a_sideways_page_is_shown_upright() -> None:
    turn = Transform.quarter_turns(1, 400, 200)  # a page that was scanned sideways
    page = document(line("sideways", top=50, left=30)).pages[0].transformed(turn, 200, 400)
    assert page.rotation == 270
    pixels = np.full((400, 200), 255, np.uint8)
    pixels[:, 190:] = 0  # the upper edge of the upright page
    text = ocrkit.view(Document(page_count=1, pages=(page,)), pixels)
    shown = Parsed(text).data["pages"][0]
    assert (shown["width"], shown["height"]) == (400, 200)
    assert words_of(text)[0]["frame"] == pytest.approx([30, 50, 80, 0, 0, 20], abs=0.01)
    image = np.asarray(
        Image.open(io.BytesIO(base64.b64decode(shown["image"].partition(",")[2]))).convert("L")
    )
    assert image.shape == (200, 400)
    assert image[:8].mean() < 20
    assert image[20:].mean() > 230


def test_polygons_become_frames() -> None:
    assert frame((Point(1, 2), Point(11, 2), Point(11, 7), Point(1, 7))) == (1, 2, 10, 0, 0, 5)
    assert frame((Point(0, 0), Point(6, 0), Point(8, 3), Point(6, 6), Point(0, 6))) == (0, 0, 8, 0, 0, 6)


def image_in(text: str) -> str | None:
    return Parsed(text).data["pages"][0]["image"]


def test_images_come_from_the_file_that_a_result_names(tmp_path) -> None:
    path = tmp_path / "page.png"
    Image.new("L", (400, 200), 255).save(path)
    assert image_in(ocrkit.view(document(line("quiet")).model_copy(update={"source": str(path)}))) is not None


def test_without_its_file_a_result_is_shown_without_images(tmp_path, caplog) -> None:
    gone = document(line("quiet")).model_copy(update={"source": str(tmp_path / "gone.png")})
    assert image_in(ocrkit.view(gone)) is None
    assert not caplog.records


def test_an_image_of_another_shape_is_left_out_with_a_warning(tmp_path, caplog) -> None:
    path = tmp_path / "page.png"
    Image.new("L", (100, 200), 255).save(path)
    assert image_in(ocrkit.view(document(line("quiet")).model_copy(update={"source": str(path)}))) is None
    assert "the result has 400 × 200 pixels, the image 100 × 200" in caplog.text


def test_an_unreadable_file_is_a_warning_and_an_error_if_it_was_passed(tmp_path, caplog) -> None:
    path = tmp_path / "page.png"
    path.write_text("not an image")
    named = document(line("quiet")).model_copy(update={"source": str(path)})
    with caplog.at_level(logging.WARNING):
        assert image_in(ocrkit.view(named)) is None
    assert "shown without their images" in caplog.text
    with pytest.raises(SourceError):
        ocrkit.view(named, path)


def test_large_images_are_scaled_down() -> None:
    big = document(line("quiet")).pages[0].model_copy(update={"width": 6000, "height": 3000})
    text = ocrkit.view(Document(page_count=1, pages=(big,)), np.full((3000, 6000), 255, np.uint8))
    uri = Parsed(text).data["pages"][0]["image"]
    assert max(Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2]))).size) == 2200


def test_pages_are_selected() -> None:
    pages = tuple(document(line(f"page{index}"), index=index).pages[0] for index in range(3))
    three = Document(page_count=3, pages=pages)
    assert [page["number"] for page in Parsed(ocrkit.view(three, pages="2-")).data["pages"]] == [2, 3]
    only = three.model_copy(update={"pages": pages[:1]})
    with pytest.raises(ConfigError, match="none of the pages 2 was read"):
        ocrkit.view(only, pages="2")
    with pytest.raises(ConfigError, match="pass at least one"):
        ocrkit.view([])


def test_a_failed_page_shows_its_error() -> None:
    failure = PageFailure(index=1, kind="BackendTimeoutError", message="took too long")
    broken = document(line("quiet")).model_copy(update={"page_count": 2, "failures": (failure,)})
    page = Parsed(ocrkit.view(broken)).data["pages"][1]
    assert page["readings"][0]["warnings"] == ["BackendTimeoutError: took too long"]


def test_differing_words_are_marked_in_both_readings() -> None:
    first = document(line("the quick brown fox"), line("same", 40), backend="a")
    second = document(line("the quick brawn fox jumps"), line("same", 40), backend="b")
    text = ocrkit.view([first, second])
    assert [each["text"] for each in words_of(text) if each["differs"]] == ["brown"]
    assert [each["text"] for each in words_of(text, engine=1) if each["differs"]] == ["brawn", "jumps"]
    assert Parsed(text).data["pages"][0]["rows"] == [[[0], [0]], [[1], [1]]]


def test_readings_of_different_resolutions_are_aligned() -> None:
    first = document(line("one"), line("two", 40))
    doubled = first.pages[0].transformed(Transform.scaling(2), 800, 400)
    text = ocrkit.view([first, Document(page_count=1, pages=(doubled,))])
    assert words_of(text, engine=1)[1]["frame"] == words_of(text)[1]["frame"]
    assert not any(each["differs"] for each in words_of(text))


class TestMatchLines:
    def test_one_line_may_match_two_of_another_reading(self) -> None:
        whole = [line("left right")]
        halves = [line("left"), line("right", left=50)]
        assert compare.match_lines([whole, halves]) == [((0,), (0, 1))]
        assert compare.match_lines([halves, whole]) == [((0, 1), (0,))]

    def test_a_line_of_one_reading_keeps_its_place(self) -> None:
        assert compare.match_lines(
            [[line("a"), line("c", 80)], [line("a"), line("b", 40), line("c", 80)]]
        ) == [
            ((0,), (0,)),
            ((), (1,)),
            ((1,), (2,)),
        ]

    def test_columns_in_a_different_order_match(self) -> None:
        left, right = line("left"), line("right", left=200)
        assert compare.match_lines([[left, right], [right, left]]) == [((0,), (1,)), ((1,), (0,))]

    def test_without_polygons_a_page_is_one_row(self) -> None:
        assert compare.match_lines([[Line(text="a"), Line(text="b")], [line("a")]]) == [((0, 1), (0,))]
        assert compare.match_lines([[Line(text="a"), Line(text="b")]]) == [((0,),), ((1,),)]


class TestDifferingWords:
    def test_a_different_split_of_chinese_is_no_difference(self) -> None:
        assert compare.differing_words([["你好", "世界"], ["你", "好世界"]]) == [set(), set()]
        assert compare.differing_words([["你好", "世界"], ["你", "好世間"]]) == [{1}, {1}]

    def test_composed_and_decomposed_letters_are_equal(self) -> None:
        assert compare.differing_words([["é"], ["e\u0301"]]) == [set(), set()]

    def test_words_missing_in_one_reading_are_marked_in_the_other(self) -> None:
        assert compare.differing_words([["a", "b"], []]) == [{0, 1}, set()]


def test_fields_marks_and_codes_are_part_of_the_data() -> None:
    page = PageResult(
        width=100,
        height=100,
        fields={
            "name": Field(value="Ada", type="text", polygon=(10, 10, 50, 20)),
            "news": Field(value="Off", type="check_box"),
        },
        marks=(SelectionMark(state="unselected", name="news"), SelectionMark(state="selected")),
        barcodes=(Barcode(value="4711", symbology="QR", polygon=(60, 60, 90, 90)),),
        trace=Trace(backend="test"),
    )
    (reading,) = page_data.pages([Document(page_count=1, pages=(page,))], [0], {})[0]["readings"]
    assert [(each["label"], each["name"], each["value"], each["symbol"]) for each in reading["objects"]] == [
        ("Text field", "name", "Ada", None),
        ("Check box", "news", "Off", "☐"),
        ("Mark", None, "selected", "☑"),
        ("QR", None, "4711", None),
    ]
    assert reading["objects"][0]["frame"] == [10, 10, 40, 0, 0, 10]


def test_the_quality_of_a_page_is_part_of_the_data() -> None:
    judged = document(line("quiet"), quality=Quality(mean=0.5))
    reading = Parsed(ocrkit.view(judged)).data["pages"][0]["readings"][0]
    assert (reading["mean"], reading["coverage"]) == (0.5, None)


def test_findings_of_a_page_are_part_of_the_data() -> None:
    findings = (
        Finding(kind="digits", text="12", seen="13", polygon=Box(0, 0, 20, 20).polygon),
        Finding(kind="invented", text="ghost"),
    )
    marked = document(
        Line.of([word("12", finding="digits")]), findings=findings, quality=Quality(agreement=0.5)
    )
    reading = Parsed(ocrkit.view(marked)).data["pages"][0]["readings"][0]
    assert reading["agreement"] == 0.5
    assert reading["findings"] == [
        {"kind": "digits", "text": "12", "seen": "13", "frame": [0, 0, 20, 0, 0, 20]},
        {"kind": "invented", "text": "ghost", "seen": "", "frame": None},
    ]
    assert reading["lines"][0]["words"][0]["finding"] == "digits"
