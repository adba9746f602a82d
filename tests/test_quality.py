"""Missing text is detected even if the confidence of every recognized word is high."""

import cv2
import numpy as np
import pytest

from ocrkit.geometry import bounding_box
from ocrkit.page import Page
from ocrkit.quality import LEGIBILITY, InkMap, assess
from ocrkit.result import Alternative, Block, Decision, Line, PageResult, Trace, Unread, Word
from ocrkit.testing.samples import draw_page

TEXT = [f"Line number {n} of a page that is full of text" for n in range(12)]


def result_of(drawn, words, confidence=0.95):
    lines = [Line.of([Word(text=text, polygon=box.polygon, confidence=confidence)]) for text, box in words]
    blocks = (Block.of(lines),) if lines else ()
    return PageResult(
        width=drawn.page.width, height=drawn.page.height, blocks=blocks, trace=Trace(backend="test")
    )


@pytest.mark.parametrize("font_size", [14, 24, 60])
def test_coverage_is_high_if_all_text_was_recognized(font_size):
    drawn = draw_page(TEXT, font_size=font_size)
    quality, warnings = assess(drawn.page, result_of(drawn, drawn.words))
    assert quality.coverage > 0.97
    assert quality.mean == pytest.approx(0.95)
    assert warnings == ()


def test_a_missing_half_lowers_the_coverage_but_not_the_mean_confidence():
    drawn = draw_page(TEXT)
    quality, warnings = assess(drawn.page, result_of(drawn, drawn.words[: len(drawn.words) // 2]))
    assert quality.mean == pytest.approx(0.95)
    assert 0.4 < quality.coverage < 0.6
    assert "part of the text may be missing" in warnings[0]


def test_a_missing_half_in_a_shadow_lowers_the_coverage():
    drawn = draw_page(TEXT)
    light = np.where(np.arange(drawn.page.width) < drawn.page.width // 2, 1.0, 0.35)
    shadowed = Page((drawn.page.pixels * light).astype(np.uint8))
    left = [(text, box) for text, box in drawn.words if box.right < drawn.page.width / 2]
    quality, _ = assess(shadowed, result_of(drawn, left))
    assert quality.coverage < 0.75
    assert quality.mean == pytest.approx(0.95)
    assert quality.coverage < assess(shadowed, result_of(drawn, drawn.words))[0].coverage - 0.2


def test_a_missing_blurred_half_lowers_the_coverage():
    drawn = draw_page(TEXT)
    half = drawn.page.height // 2
    pixels = drawn.page.pixels.copy()
    pixels[half:] = cv2.GaussianBlur(pixels[half:], (0, 0), 3)
    upper = [(text, box) for text, box in drawn.words if box.bottom < half]
    quality, warnings = assess(Page(pixels), result_of(drawn, upper))
    assert quality.coverage < 0.7
    assert "part of the text may be missing" in warnings[0]


def test_low_coverage_is_not_a_warning_on_sparse_photos():
    drawn = draw_page(TEXT)
    quality, warnings = assess(drawn.page, result_of(drawn, drawn.words[:3]), sparse=True)
    assert quality.coverage < 0.3
    assert warnings == ()


def test_no_text_on_a_page_with_ink_is_a_warning():
    drawn = draw_page(TEXT)
    quality, warnings = assess(drawn.page, result_of(drawn, []))
    assert quality.coverage == 0.0
    assert quality.mean is quality.p05 is quality.worst_line is None
    assert "no text was found" in warnings[0]


@pytest.mark.parametrize("level", [0, 128, 255])
def test_a_blank_page_has_no_coverage_and_no_warning(level):
    page = Page(np.full((800, 600), level, np.uint8))
    quality, warnings = assess(page, PageResult(width=600, height=800, trace=Trace(backend="test")))
    assert quality.coverage is None
    assert warnings == ()


def test_rules_and_frames_do_not_count_as_text():
    pixels = np.full((800, 600), 255, np.uint8)
    pixels[100:102, 50:550] = 0
    pixels[400:700, 50:53] = 0
    quality, warnings = assess(Page(pixels), PageResult(width=600, height=800, trace=Trace(backend="test")))
    assert quality.coverage is None
    assert warnings == ()


def test_a_bad_line_lowers_the_worst_line_but_hardly_the_mean():
    drawn = draw_page(TEXT)
    good = result_of(drawn, drawn.words[3:], 0.99)
    bad = result_of(drawn, drawn.words[:3], 0.2)
    both = good.model_copy(update={"blocks": (*bad.blocks, *good.blocks)})
    quality, _ = assess(drawn.page, both)
    assert quality.mean > 0.95
    assert quality.worst_line == pytest.approx(0.2)


def test_no_text_on_a_long_receipt_is_a_warning():
    """Reduced to the length of a page, its letters would disappear."""
    drawn = draw_page([f"Article {n}   {n}.99" for n in range(200)], font_size=24)
    quality, warnings = assess(drawn.page, result_of(drawn, []))
    assert quality.coverage == 0.0
    assert "no text was found" in warnings[0]


def test_the_polygon_of_the_line_counts_if_its_words_have_none():
    drawn = draw_page(TEXT[:1])
    everything = bounding_box(corner for _, box in drawn.words for corner in box.polygon)
    line = Line(text=TEXT[0], polygon=everything.polygon, words=(Word(text="Line"),))
    result = result_of(drawn, []).model_copy(update={"blocks": (Block.of([line]),)})
    assert assess(drawn.page, result)[0].coverage > 0.97


def test_without_polygons_there_is_no_coverage_and_no_warning():
    drawn = draw_page(TEXT[:1])
    blocks = (Block.of([Line(text="x")]),)
    quality, warnings = assess(drawn.page, result_of(drawn, []).model_copy(update={"blocks": blocks}))
    assert quality.coverage is None
    assert warnings == ()


def test_a_low_mean_confidence_is_a_warning():
    drawn = draw_page(TEXT)
    assert "mean confidence is low" in assess(drawn.page, result_of(drawn, drawn.words, 0.3))[1][0]


def test_without_confidences_the_mean_is_unknown():
    drawn = draw_page(TEXT)
    assert assess(drawn.page, result_of(drawn, drawn.words, None))[0].mean is None


def with_alternatives(result, count, probability):
    """The result, whose first words have another reading."""
    words = [
        word.model_copy(
            update={"alternatives": (Alternative(text="x", probability=probability),)} if n < count else {}
        )
        for n, word in enumerate(result.words)
    ]
    return result.model_copy(update={"blocks": (Block.of([Line.of([word]) for word in words]),)})


def test_a_page_with_many_close_alternatives_says_so():
    drawn = draw_page(TEXT)
    result = result_of(drawn, drawn.words)
    _, warnings = assess(drawn.page, with_alternatives(result, 20, 0.45))
    assert warnings == (
        f"20 of {len(result.words)} words are ambiguous: their `alternatives` are nearly as probable",
    )
    for count, probability in ((20, 0.2), (4, 0.45), (0, 0)):
        assert assess(drawn.page, with_alternatives(result, count, probability))[1] == ()


def test_small_print_of_a_poster_counts_if_the_resolution_is_known():
    drawn = draw_page(["Large letters of a poster"], font_size=120, size=(3400, 4900))
    notes = draw_page([f"a note in small print, row {n}" for n in range(60)], font_size=9).page.pixels
    pixels = drawn.page.pixels.copy()
    pixels[3800 : 3800 + notes.shape[0], 200 : 200 + notes.shape[1]] = notes
    unknown, known = (
        assess(Page(pixels, index=0, dpi=dpi), result_of(drawn, drawn.words))[0].coverage
        for dpi in (None, 110.0)
    )
    assert known < unknown - 0.05


def test_a_large_page_whose_resolution_is_too_low_is_reduced():
    assert InkMap.of(np.full((9000, 9000), 255, np.uint8), 101.0).factor == 3


def test_a_page_like_handwriting_names_stronger_readers_unless_it_is_in_another_script():
    drawn = draw_page(TEXT)
    decision = Decision(topic=LEGIBILITY, choice="like handwriting", reason="mean confidence 0.80")
    trace = Trace(backend="ppocr", decisions=(decision,))
    hard = result_of(drawn, drawn.words, 0.8).model_copy(update={"trace": trace})
    assert any("--backend vlm" in each for each in assess(drawn.page, hard)[1])
    foreign = Unread(polygon=drawn.words[0][1].polygon, script="Ethi", confidence=0.9, guess="UaC")
    for other in (
        hard.model_copy(update={"unread": (foreign,)}),
        result_of(drawn, drawn.words, 0.97).model_copy(update={"trace": trace}),  # read again since
    ):
        assert not any("--backend vlm" in each for each in assess(drawn.page, other)[1])
