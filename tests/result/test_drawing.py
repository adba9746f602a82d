"""Drawing of results."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ocrkit import Block, Line, PageResult, SourceError, Trace, Word
from ocrkit.geometry import Box, Transform
from ocrkit.result import drawing
from ocrkit.testing import draw_page

UNASSIGNED = "\U0010ff00"  # a letter that no font has


def result(*words: tuple[str, float | None], width: int = 300, height: int = 100) -> PageResult:
    made = [
        Word(text=text, confidence=confidence, polygon=Box(20 + 90 * at, 30, 100 + 90 * at, 60).polygon)
        for at, (text, confidence) in enumerate(words)
    ]
    return PageResult(
        width=width, height=height, blocks=(Block.of([Line.of(made)]),), trace=Trace(backend="null")
    )


def ink(picture: Image.Image, box: tuple[int, int, int, int]) -> bool:
    return bool((np.asarray(picture.crop(box).convert("L")) < 90).any())


def test_boxes_are_colored_by_confidence(latin_font: str) -> None:
    picture = result(("sure", 0.99), ("poor", 0.2), ("who", None)).draw(text="none")
    assert picture.size == (300, 100)
    assert [picture.getpixel((left + 40, 30)) for left in (20, 110, 200)] == [(0, 114, 178), (213, 94, 0), (122, 122, 122)]  # fmt: skip
    assert not ink(picture, (25, 35, 95, 55))


def test_text_is_beside_the_image_or_over_it(latin_font: str) -> None:
    page = result(("hello", 0.99))
    gray = Image.new("L", (300, 100), 200)
    beside = page.draw(gray)
    assert beside.size == (600, 100)
    assert not ink(beside, (25, 35, 95, 55))
    assert ink(beside, (325, 35, 395, 55))
    assert ink(page.draw(gray, text="over"), (25, 35, 95, 55))
    assert ink(page.draw(), (25, 35, 95, 55)), "without an image the words are drawn in position"
    assert gray.getextrema() == (200, 200), "the image of the caller is not changed"


def test_pages_images_arrays_and_paths_give_the_same_drawing(tmp_path: Path, latin_font: str) -> None:
    page = draw_page(["hello there"], size=(300, 100), color=True).page
    path = tmp_path / "page.png"
    Image.fromarray(page.pixels).save(path)
    pictures = [
        result(("hello", 0.9)).draw(image) for image in (page, page.pixels, Image.open(path), path, str(path))
    ]
    assert all(np.array_equal(pictures[0], picture) for picture in pictures[1:])
    doubled = Image.fromarray(page.pixels).resize((600, 200))
    assert result(("hello", 0.9)).draw(doubled).size == (600, 100), "the drawing has the size of the page"


def test_an_unsuitable_image_is_a_source_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="100 × 100 pixels, but the page of the result has 300 × 100"):
        result(("hello", 0.9)).draw(Image.new("L", (100, 100)))
    (tmp_path / "page.pdf").write_bytes(b"%PDF-1.7")
    with pytest.raises(SourceError, match=r"Ocr\.prepare"):
        result(("hello", 0.9)).draw(tmp_path / "page.pdf")


def test_rotated_text_is_drawn_rotated(latin_font: str) -> None:
    turned = result(("hello", 0.99)).transformed(Transform.quarter_turns(1, 300, 100), 100, 300)
    picture = turned.draw()
    assert ink(picture, (44, 25, 66, 95))
    upright = result(("hello", 0.99)).draw()
    back = picture.rotate(90, expand=True)
    difference = np.abs(np.asarray(back, dtype=int) - np.asarray(upright, dtype=int)).mean()
    assert difference < 4


def test_chinese_text_is_drawn_with_a_chinese_font(cjk_font: str, caplog: pytest.LogCaptureFixture) -> None:
    assert ink(result(("你好", 0.99)).draw(), (25, 35, 95, 55))
    assert not caplog.records


def test_words_without_a_font_are_boxes_and_logged(latin_font: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        picture = result((UNASSIGNED, 0.99), ("hello", 0.99)).draw()
    assert not ink(picture, (25, 35, 95, 55))
    assert ink(picture, (115, 35, 185, 55))
    (message,) = caplog.messages
    assert message.startswith("1 of 2 words are drawn as boxes only, because no installed font has")


def test_lines_without_words_are_drawn_and_lines_without_a_polygon_skipped(latin_font: str) -> None:
    lines = [
        Line(text="whole line", polygon=Box(20, 30, 200, 60).polygon),
        Line(text="nowhere"),
        Line(text=" "),
    ]
    page = PageResult(width=300, height=100, blocks=(Block.of(lines),), trace=Trace(backend="null"))
    assert ink(page.draw(), (25, 35, 195, 55))
    empty = PageResult(width=30, height=10, trace=Trace(backend="null")).draw()
    assert empty.getextrema() == ((255, 255),) * 3


def test_a_font_is_used_only_if_it_has_all_characters(latin_font: str) -> None:
    assert drawing._find_font("Gärtnerstraße") is not None
    assert drawing._find_font("a" + UNASSIGNED) is None
    assert drawing._find_font("") is not None


def test_hostile_words_and_boxes_are_drawn_or_left_out(latin_font: str) -> None:
    words = [
        Word(text=text, confidence=0.5, polygon=Box(*box).polygon)
        for text, box in (
            ("two\nlines", (20, 30, 100, 60)),
            ("a\rb\tc\x00\x1b[31m", (20, 30, 100, 60)),
            ("huge", (0, 0, 1e12, 1e12)),
            ("far", (-1e300, 5, 1e300, 9)),
            ("wide", (-1000, 0, 1000, 1e5)),
        )
    ]
    page = PageResult(
        width=300, height=100, blocks=(Block.of([Line.of(words)]),), trace=Trace(backend="null")
    )
    for text in ("beside", "over", "none"):
        assert page.draw(Image.new("L", (300, 100), 200), text=text).size[1] == 100
