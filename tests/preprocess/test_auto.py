"""`auto` does what a page needs and what helps its engine, says why, and otherwise nothing."""

import cv2
import numpy as np
import pytest

import ocrkit
from ocrkit.geometry import Box
from ocrkit.page import Page
from ocrkit.preprocess.auto import needs
from ocrkit.preprocess.deskew import turned
from ocrkit.request import Capabilities
from ocrkit.result import Block, Line, Measurements, PageResult, Trace
from ocrkit.testing import draw_page
from ocrkit.testing.fakes import ScriptedBackend

EVERYTHING = frozenset({"denoise", "invert", "illumination", "deskew", "upscale"})
WORDS = ["The harbour was quiet before", "sunrise and only two boats", "had returned with anything"] * 6
CLEAN = Measurements(
    letters=300, regularity=0.9, text_height=18, skew=0.0, skew_certainty=1.8, contrast=0.8, edge_width=2
)


class Helped(ScriptedBackend):
    """Says that everything helps it, and keeps what it was given."""

    capabilities = ScriptedBackend.capabilities.model_copy(update={"helped_by": EVERYTHING})

    def recognize(self, page, request):
        self.page = page
        return super().recognize(page, request)


class Unhelped(ScriptedBackend):
    capabilities = ScriptedBackend.capabilities.model_copy(update={"helped_by": frozenset()})


@pytest.fixture
def read():
    def read(pixels, backend=None, **options):
        backend = backend or Helped(["text"])
        with ocrkit.Ocr(backend, settings=ocrkit.Settings(), **options) as ocr:
            return ocr.recognize(np.ascontiguousarray(pixels)).pages[0]

    return read


@pytest.fixture(scope="module")
def clean():
    return draw_page(WORDS, font_size=32).page


def names(page):
    return [step.name for step in page.preprocess]


def steps(**measured):
    return [need.step for need in needs(CLEAN.model_copy(update=measured), Helped.capabilities)]


def test_it_is_the_default_and_leaves_a_clean_page_as_it_is(clean):
    backend = Helped(["text"])
    with ocrkit.Ocr(backend, settings=ocrkit.Settings()) as ocr:
        page = ocr.recognize(clean.pixels).pages[0]
    assert np.array_equal(backend.page.pixels, clean.pixels)
    assert names(page) == ["auto"]
    assert page.preprocess[0].reason == "the page is best as it is"
    assert page.preprocess[0].measurements == page.measurements
    assert page.measurements.text_height > 12


@pytest.mark.parametrize(
    ("spoil", "step"),
    [
        (lambda pixels: 255 - pixels, "invert"),
        (lambda pixels: turned(Page(pixels), 2.5).pixels, "deskew"),
        (
            lambda pixels: (pixels * np.linspace(1, 0.25, len(pixels))[:, None]).astype(np.uint8),
            "illumination",
        ),
        (lambda pixels: cv2.resize(pixels, None, fx=0.4, fy=0.4, interpolation=cv2.INTER_AREA), "upscale"),
    ],
)
def test_each_ailment_has_its_remedy_with_its_reason(read, clean, spoil, step):
    page = read(spoil(clean.pixels))
    assert names(page) == ["auto", step]
    assert page.preprocess[0].reason == f"takes {step}"
    assert page.preprocess[1].changed
    assert page.preprocess[1].reason


def test_specks_are_taken_out(read, clean):
    pixels = clean.pixels.copy()
    pixels[np.random.default_rng(0).random(pixels.shape) < 0.01] = 0
    page = read(pixels)
    assert names(page) == ["auto", "denoise"]
    assert page.preprocess[1].parameters["method"] == "median"


def test_a_page_with_several_ailments_gets_several_remedies(read, clean):
    spoiled = turned(clean, -4).pixels * np.linspace(1, 0.3, turned(clean, -4).height)[:, None]
    backend = Helped(["text"])
    page = read(spoiled.astype(np.uint8), backend)
    assert names(page) == ["auto", "illumination", "deskew"]
    after = read(backend.page.pixels)
    assert names(after) == ["auto"], "nothing is left to do"


def test_an_engine_that_nothing_helps_gets_the_page_as_it_is(read, clean):
    page = read(255 - turned(clean, 5).pixels, Unhelped(["text"]))
    assert names(page) == ["auto"]
    assert page.measurements.inverted
    assert page.measurements.skew == pytest.approx(5, abs=0.1)


class Seeing(Helped):
    """Finds a level line in the middle of what it is given."""

    def recognize(self, page, request):
        box = Box(page.width * 0.3, page.height * 0.5, page.width * 0.7, page.height * 0.52)
        line = Line(text="level", polygon=box.polygon)
        trace = Trace(backend=self.name)
        return PageResult(width=page.width, height=page.height, blocks=(Block.of([line]),), trace=trace)


def test_polygons_lie_on_the_page_as_it_was(read, clean):
    """What is found on the straightened page is led back to the slanting one."""
    page = read(turned(clean, 3).pixels, Seeing(["text"]))
    (top_left, top_right, *_) = page.lines[0].polygon
    slope = np.degrees(np.arctan2(top_right.y - top_left.y, top_right.x - top_left.x))
    assert slope == pytest.approx(3, abs=0.1)


def test_without_auto_nothing_is_measured(read, clean):
    page = read(clean.pixels, preprocess="none")
    assert page.preprocess == ()
    assert page.measurements is None


@pytest.mark.parametrize(
    ("measured", "taken"),
    [
        ({}, []),
        ({"skew": 0.2}, []),
        ({"skew": 2.0, "skew_certainty": 1.1}, []),
        ({"skew": None}, []),
        ({"skew": 30.0, "skew_certainty": 1.35}, []),
        ({"skew": 30.0, "skew_certainty": 1.6}, ["deskew"]),
        ({"specks": 0.005, "noise": 35.0}, ["denoise"]),
        ({"noise": 15.0}, []),
        ({"noise": 15.0, "contrast": 0.3}, ["denoise"]),
        ({"specks": 0.005, "text_height": 6}, ["upscale"]),
        ({"text_height": None}, []),
        ({"text_height": 5}, ["upscale"]),
        ({"letters": 10, "skew": 5.0, "shadow": 0.5}, []),
        ({"regularity": 0.3, "skew": 5.0, "shadow": 0.5}, []),
        ({"text_height": 6, "shadow": 0.3, "inverted": True, "skew": -2.0}, ["invert", "illumination", "deskew", "upscale"]),
    ],
)  # fmt: skip
def test_nothing_is_done_on_weak_evidence(measured, taken):
    assert steps(**measured) == taken


def test_only_what_helps_the_engine_is_taken():
    page = CLEAN.model_copy(update={"skew": 2.0, "inverted": True})
    assert [need.step for need in needs(page, Capabilities(helped_by=frozenset({"deskew"})))] == ["deskew"]


def test_an_engine_that_reads_sloping_lines_gets_them():
    slopes = CLEAN.model_copy(update={"skew": 5.0})
    for tolerance, taken in ((0.5, ["deskew"]), (10.0, [])):
        able = Helped.capabilities.model_copy(update={"skew_tolerance": tolerance})
        assert [need.step for need in needs(slopes, able)] == taken


def test_results_with_measurements_travel_as_json(read, clean):
    page = read(turned(clean, 2).pixels)
    document = ocrkit.Document(pages=(page,), page_count=1, source="x")
    again = ocrkit.Document.from_json(document.to_json())
    assert again.pages[0].measurements == page.measurements
    assert again == document
    assert "deskew" in document.explain()
    assert "turned by 2.0 degrees" in document.explain()


def test_backends_help_themselves_unless_they_say_otherwise():
    assert Capabilities().helped_by == frozenset()
