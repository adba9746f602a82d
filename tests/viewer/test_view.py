"""The web page as a file: whole, escaped, silent. What it does in a browser is in test_browser.py."""

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
from ocrkit.result import PageFailure, Quality
from ocrkit.viewer import compare
from ocrkit.viewer.content import frame

NASTY = ["<script>alert(1)</script>", "</script>", "<!--", "<!-- <script>", "&lt;", '"><img src=x onerror=alert(1)>', "{{script}}", "\u2028"]  # fmt: skip


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


def words_of(text: str, page: int = 0, reader: int = 0) -> list[dict[str, Any]]:
    reading = Parsed(text).data["pages"][page]["readings"][reader]
    return [each for line in reading["lines"] for each in line["words"]]


def test_it_is_one_file_that_asks_for_nothing() -> None:
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
    assert page.data["pages"][0]["picture"].startswith("data:image/")


def test_the_policy_forbids_the_network_and_foreign_scripts() -> None:
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


@pytest.mark.parametrize("nasty", NASTY)
def test_what_was_read_stays_text(nasty: str) -> None:
    hostile = document(Line.of([word(nasty, language=None)]), backend=nasty).model_copy(
        update={"source": nasty}
    )
    failing = hostile.model_copy(
        update={"failures": (PageFailure(index=0, kind="BackendError", message=nasty),)}
    )
    text = ocrkit.view(failing)
    page, plain = Parsed(text), Parsed(ocrkit.view(document(line("quiet"))))
    assert [tag for tag, _ in page.tags] == [tag for tag, _ in plain.tags]
    assert words_of(text)[0]["text"] == nasty
    assert page.data["readers"][0]["name"] == nasty
    assert nasty in page.data["pages"][0]["readings"][0]["warnings"][0]
    assert page.texts["title"] == [nasty.rpartition("/")[2]]


def test_words_say_what_is_known_of_them() -> None:
    known = Line.of([word("sure", confidence=0.98765, language="en"), word("other", 60, confidence=None)])
    first, second = words_of(ocrkit.view(document(known)))
    assert (first["text"], first["confidence"], first["language"]) == ("sure", 0.9877, "en")
    assert first["frame"] == [0, 0, 40, 0, 0, 20]
    assert (second["confidence"], second["spaced"], first["spaced"]) == (None, True, False)
    assert first["corrected"] is None


def test_what_was_corrected_is_there_both_ways() -> None:
    read, other = word("tbe"), word("end", 60)
    (first, second) = words_of(
        ocrkit.view(document(Line.of([read.model_copy(update={"text": "the"}), other])))
    )
    assert (first["text"], first["corrected"]) == ("tbe", "the")
    assert (second["text"], second["corrected"]) == ("end", None)


def test_a_line_without_words_is_shown_as_one() -> None:
    (only,) = words_of(ocrkit.view(document(Line(text="all of it", polygon=Box(0, 0, 90, 20).polygon))))
    assert only["text"] == "all of it"


def test_no_space_is_put_into_chinese() -> None:
    words = words_of(ocrkit.view(document(Line.of([word("你好"), word("世界", 50), word("now", 90)]))))
    assert [each["spaced"] for each in words] == [False, False, True]


def test_who_read_is_named() -> None:
    engine = Engine(name="Quill", version="3", model="fine")
    page = document(line("quiet")).pages[0].model_copy(update={"trace": Trace(backend="mine", engine=engine)})
    both = Document(page_count=1, pages=(page,))
    readers = Parsed(ocrkit.view([both, both])).data["readers"]
    assert readers[0] == {"name": "mine", "engine": "Quill 3, fine"}
    assert readers[1]["name"] == "mine (2)"


def test_turned_pages_are_set_upright() -> None:
    turn = Transform.quarter_turns(1, 400, 200)  # as a page lies that was scanned sideways
    page = document(line("sideways", top=50, left=30)).pages[0].transformed(turn, 200, 400)
    assert page.rotation == 270
    pixels = np.full((400, 200), 255, np.uint8)
    pixels[:, 190:] = 0  # the upper edge of the page as one reads it
    text = ocrkit.view(Document(page_count=1, pages=(page,)), pixels)
    shown = Parsed(text).data["pages"][0]
    assert (shown["width"], shown["height"]) == (400, 200)
    assert words_of(text)[0]["frame"] == pytest.approx([30, 50, 80, 0, 0, 20], abs=0.01)
    picture = np.asarray(
        Image.open(io.BytesIO(base64.b64decode(shown["picture"].partition(",")[2]))).convert("L")
    )
    assert picture.shape == (200, 400)
    assert picture[:8].mean() < 20
    assert picture[20:].mean() > 230


def test_outlines_become_frames() -> None:
    assert frame((Point(1, 2), Point(11, 2), Point(11, 7), Point(1, 7))) == (1, 2, 10, 0, 0, 5)
    assert frame((Point(0, 0), Point(6, 0), Point(8, 3), Point(6, 6), Point(0, 6))) == (0, 0, 8, 0, 0, 6)


def test_the_file_a_result_names_is_its_picture(tmp_path, caplog) -> None:
    path = tmp_path / "page.png"
    named = document(line("quiet")).model_copy(update={"source": str(path)})
    assert Parsed(ocrkit.view(named)).data["pages"][0]["picture"] is None, (
        "it is gone: white paper, and no error"
    )
    assert not caplog.records
    Image.new("L", (400, 200), 255).save(path)
    assert Parsed(ocrkit.view(named)).data["pages"][0]["picture"] is not None
    Image.new("L", (100, 200), 255).save(path)
    assert Parsed(ocrkit.view(named)).data["pages"][0]["picture"] is None
    assert "400 × 200" in caplog.text
    caplog.clear()
    path.write_text("no picture any more")
    with caplog.at_level(logging.WARNING):
        assert Parsed(ocrkit.view(named)).data["pages"][0]["picture"] is None
    assert "left white" in caplog.text
    with pytest.raises(SourceError):
        ocrkit.view(named, path)


def test_large_pictures_are_made_smaller() -> None:
    big = document(line("quiet")).pages[0].model_copy(update={"width": 6000, "height": 3000})
    text = ocrkit.view(Document(page_count=1, pages=(big,)), np.full((3000, 6000), 255, np.uint8))
    uri = Parsed(text).data["pages"][0]["picture"]
    assert max(Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2]))).size) == 2200


def test_pages_are_chosen() -> None:
    pages = tuple(document(line(f"page{index}"), index=index).pages[0] for index in range(3))
    three = Document(page_count=3, pages=pages)
    assert [page["number"] for page in Parsed(ocrkit.view(three, pages="2-")).data["pages"]] == [2, 3]
    only = three.model_copy(update={"pages": pages[:1]})
    with pytest.raises(ConfigError, match="of the pages 2 none was read"):
        ocrkit.view(only, pages="2")
    with pytest.raises(ConfigError, match="at least one"):
        ocrkit.view([])


def test_a_page_that_failed_says_so() -> None:
    failure = PageFailure(index=1, kind="BackendTimeoutError", message="took too long")
    broken = document(line("quiet")).model_copy(update={"page_count": 2, "failures": (failure,)})
    page = Parsed(ocrkit.view(broken)).data["pages"][1]
    assert page["readings"][0]["warnings"] == ["BackendTimeoutError: took too long"]


def test_differing_words_are_marked() -> None:
    first = document(line("the quick brown fox"), line("same", 40), backend="a")
    second = document(line("the quick brawn fox jumps"), line("same", 40), backend="b")
    text = ocrkit.view([first, second])
    assert [each["text"] for each in words_of(text) if each["differs"]] == ["brown"]
    assert [each["text"] for each in words_of(text, reader=1) if each["differs"]] == ["brawn", "jumps"]
    assert Parsed(text).data["pages"][0]["rows"] == [[[0], [0]], [[1], [1]]]


def test_readings_of_two_resolutions_are_laid_on_each_other() -> None:
    first = document(line("one"), line("two", 40))
    doubled = first.pages[0].transformed(Transform.scaling(2), 800, 400)
    text = ocrkit.view([first, Document(page_count=1, pages=(doubled,))])
    assert words_of(text, reader=1)[1]["frame"] == words_of(text)[1]["frame"]
    assert not any(each["differs"] for each in words_of(text))


class TestRows:
    def test_one_line_may_be_two_of_another(self) -> None:
        whole = [line("left right")]
        halves = [line("left"), line("right", left=50)]
        assert compare.rows([whole, halves]) == [((0,), (0, 1))]
        assert compare.rows([halves, whole]) == [((0, 1), (0,))]

    def test_what_only_one_has_stays_in_its_place(self) -> None:
        assert compare.rows([[line("a"), line("c", 80)], [line("a"), line("b", 40), line("c", 80)]]) == [
            ((0,), (0,)),
            ((), (1,)),
            ((1,), (2,)),
        ]

    def test_columns_in_another_order_are_found(self) -> None:
        left, right = line("left"), line("right", left=200)
        assert compare.rows([[left, right], [right, left]]) == [((0,), (1,)), ((1,), (0,))]

    def test_without_places_a_page_is_one_row(self) -> None:
        assert compare.rows([[Line(text="a"), Line(text="b")], [line("a")]]) == [((0, 1), (0,))]
        assert compare.rows([[Line(text="a"), Line(text="b")]]) == [((0,),), ((1,),)]


class TestDiffering:
    def test_the_parting_of_chinese_is_no_difference(self) -> None:
        assert compare.differing([["你好", "世界"], ["你", "好世界"]]) == [set(), set()]
        assert compare.differing([["你好", "世界"], ["你", "好世間"]]) == [{1}, {1}]

    def test_composed_and_decomposed_letters_are_the_same(self) -> None:
        assert compare.differing([["é"], ["e\u0301"]]) == [set(), set()]

    def test_what_one_lacks_is_marked_with_the_other(self) -> None:
        assert compare.differing([["a", "b"], []]) == [{0, 1}, set()]


def test_quality_is_shown_as_it_is() -> None:
    judged = document(line("quiet"), quality=Quality(mean=0.5))
    reading = Parsed(ocrkit.view(judged)).data["pages"][0]["readings"][0]
    assert (reading["mean"], reading["coverage"]) == (0.5, None)
