"""A page that lost half of its text is noticed although every word on it is certain."""

import cv2
import numpy as np
import pytest

from ocrkit.geometry import bounding_box
from ocrkit.page import Page
from ocrkit.quality import judge
from ocrkit.result import Block, Line, PageResult, Trace, Word
from ocrkit.testing.samples import draw_page

TEXT = [f"Line number {n} of a page that is full of text" for n in range(12)]


def result_of(drawn, words, confidence=0.95):
    lines = [Line.of([Word(text=text, polygon=box.polygon, confidence=confidence)]) for text, box in words]
    blocks = (Block.of(lines),) if lines else ()
    return PageResult(
        width=drawn.page.width, height=drawn.page.height, blocks=blocks, trace=Trace(backend="test")
    )


@pytest.mark.parametrize("font_size", [14, 24, 60])
def test_all_read_is_all_covered(font_size):
    drawn = draw_page(TEXT, font_size=font_size)
    quality, warnings = judge(drawn.page, result_of(drawn, drawn.words))
    assert quality.coverage > 0.97
    assert quality.mean == pytest.approx(0.95)
    assert warnings == ()


def test_a_lost_half_shows_in_the_coverage_and_not_in_the_mean():
    drawn = draw_page(TEXT)
    quality, warnings = judge(drawn.page, result_of(drawn, drawn.words[: len(drawn.words) // 2]))
    assert quality.mean == pytest.approx(0.95)
    assert 0.4 < quality.coverage < 0.6
    assert "part of the page may be lost" in warnings[0]


def test_a_lost_half_in_the_shadow_shows_too():
    drawn = draw_page(TEXT)
    light = np.where(np.arange(drawn.page.width) < drawn.page.width // 2, 1.0, 0.35)
    shadowed = Page((drawn.page.pixels * light).astype(np.uint8))
    left = [(text, box) for text, box in drawn.words if box.right < drawn.page.width / 2]
    quality, _ = judge(shadowed, result_of(drawn, left))
    assert quality.coverage < 0.75
    assert quality.mean == pytest.approx(0.95)
    assert quality.coverage < judge(shadowed, result_of(drawn, drawn.words))[0].coverage - 0.2


def test_a_half_too_blurred_to_read_shows_too():
    drawn = draw_page(TEXT)
    half = drawn.page.height // 2
    pixels = drawn.page.pixels.copy()
    pixels[half:] = cv2.GaussianBlur(pixels[half:], (0, 0), 3)
    upper = [(text, box) for text, box in drawn.words if box.bottom < half]
    quality, warnings = judge(Page(pixels), result_of(drawn, upper))
    assert quality.coverage < 0.7
    assert "part of the page may be lost" in warnings[0]


def test_what_else_is_on_a_photo_is_no_reason_to_warn():
    drawn = draw_page(TEXT)
    quality, warnings = judge(drawn.page, result_of(drawn, drawn.words[:3]), scattered=True)
    assert quality.coverage < 0.3
    assert warnings == ()


def test_words_on_the_page_and_none_in_the_result():
    drawn = draw_page(TEXT)
    quality, warnings = judge(drawn.page, result_of(drawn, []))
    assert quality.coverage == 0.0
    assert quality.mean is quality.p05 is quality.worst_line is None
    assert "no text was found" in warnings[0]


@pytest.mark.parametrize("level", [0, 128, 255])
def test_a_blank_page_has_nothing_to_judge(level):
    page = Page(np.full((800, 600), level, np.uint8))
    quality, warnings = judge(page, PageResult(width=600, height=800, trace=Trace(backend="test")))
    assert quality.coverage is None
    assert warnings == ()


def test_rules_and_frames_are_no_text():
    pixels = np.full((800, 600), 255, np.uint8)
    pixels[100:102, 50:550] = 0
    pixels[400:700, 50:53] = 0
    quality, warnings = judge(Page(pixels), PageResult(width=600, height=800, trace=Trace(backend="test")))
    assert quality.coverage is None
    assert warnings == ()


def test_the_fifth_percentile_and_the_worst_line_show_what_the_mean_hides():
    drawn = draw_page(TEXT)
    good = result_of(drawn, drawn.words[3:], 0.99)
    bad = result_of(drawn, drawn.words[:3], 0.2)
    both = good.model_copy(update={"blocks": (*bad.blocks, *good.blocks)})
    quality, _ = judge(drawn.page, both)
    assert quality.mean > 0.95
    assert quality.worst_line == pytest.approx(0.2)


def test_a_long_receipt_is_judged_like_a_short_one():
    """Shrunk to one length, its letters would vanish, and with them the reason to warn."""
    drawn = draw_page([f"Article {n}   {n}.99" for n in range(200)], font_size=24)
    quality, warnings = judge(drawn.page, result_of(drawn, []))
    assert quality.coverage == 0.0
    assert "no text was found" in warnings[0]


def test_words_without_a_place_leave_it_to_their_line():
    drawn = draw_page(TEXT[:1])
    everything = bounding_box(corner for _, box in drawn.words for corner in box.polygon)
    line = Line(text=TEXT[0], polygon=everything.polygon, words=(Word(text="Line"),))
    result = result_of(drawn, []).model_copy(update={"blocks": (Block.of([line]),)})
    assert judge(drawn.page, result)[0].coverage > 0.97
    nowhere = result.model_copy(update={"blocks": (Block.of([Line(text="x")]),)})
    assert judge(drawn.page, nowhere) == (judge(drawn.page, nowhere)[0], ())
    assert judge(drawn.page, nowhere)[0].coverage is None


def test_low_confidence_is_a_warning():
    drawn = draw_page(TEXT)
    assert "low confidence" in judge(drawn.page, result_of(drawn, drawn.words, 0.3))[1][0]


def test_unknown_confidence_is_not_invented():
    drawn = draw_page(TEXT)
    assert judge(drawn.page, result_of(drawn, drawn.words, None))[0].mean is None
