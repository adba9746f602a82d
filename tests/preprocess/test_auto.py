"""The profile `auto` runs only the steps that help this page and this backend, and gives the reasons."""

import cv2
import numpy as np
import pytest

import ocrkit
from ocrkit.geometry import Box
from ocrkit.page import Page
from ocrkit.preprocess.auto import choose_steps
from ocrkit.preprocess.deskew import rotate_page
from ocrkit.request import Capabilities
from ocrkit.result import Block, Line, Measurements, PageResult, Trace
from ocrkit.testing import draw_page
from ocrkit.testing.fakes import ScriptedBackend

ALL_REMEDIES = frozenset({"denoise", "invert", "illumination", "deskew", "upscale"})
WORDS = ["The harbour was quiet before", "sunrise and only two boats", "had returned with anything"] * 6
CLEAN = Measurements(
    letters=300, regularity=0.9, text_height=18, skew=0.0, skew_certainty=1.8, contrast=0.8, edge_width=2
)


class HelpedBackend(ScriptedBackend):
    """Declares that every step helps, and keeps the page it received."""

    capabilities = ScriptedBackend.capabilities.model_copy(update={"helped_by": ALL_REMEDIES})

    def recognize(self, page, request):
        self.page = page
        return super().recognize(page, request)


class UnhelpedBackend(ScriptedBackend):
    capabilities = ScriptedBackend.capabilities.model_copy(update={"helped_by": frozenset()})


@pytest.fixture
def read():
    def read(pixels, backend=None, **options):
        backend = backend or HelpedBackend(["text"])
        with ocrkit.Ocr(backend, settings=ocrkit.Settings(), **options) as ocr:
            return ocr.recognize(np.ascontiguousarray(pixels)).pages[0]

    return read


@pytest.fixture(scope="module")
def clean():
    return draw_page(WORDS, font_size=32).page


def step_names(page):
    return [step.name for step in page.preprocess]


def chosen_steps(**measured):
    return [
        chosen.step for chosen in choose_steps(CLEAN.model_copy(update=measured), HelpedBackend.capabilities)
    ]


def test_auto_is_the_default_and_does_not_change_a_clean_page(clean):
    backend = HelpedBackend(["text"])
    with ocrkit.Ocr(backend, settings=ocrkit.Settings()) as ocr:
        page = ocr.recognize(clean.pixels).pages[0]
    assert np.array_equal(backend.page.pixels, clean.pixels)
    assert step_names(page) == ["auto"]
    assert page.preprocess[0].reason == "the page needs no step"
    assert page.preprocess[0].measurements == page.measurements
    assert page.measurements.text_height > 12


@pytest.mark.parametrize(
    ("spoil", "step"),
    [
        (lambda pixels: 255 - pixels, "invert"),
        (lambda pixels: rotate_page(Page(pixels), 2.5).pixels, "deskew"),
        (
            lambda pixels: (pixels * np.linspace(1, 0.25, len(pixels))[:, None]).astype(np.uint8),
            "illumination",
        ),
        (lambda pixels: cv2.resize(pixels, None, fx=0.4, fy=0.4, interpolation=cv2.INTER_AREA), "upscale"),
    ],
)
def test_each_defect_gets_its_step_and_a_reason(read, clean, spoil, step):
    page = read(spoil(clean.pixels))
    assert step_names(page) == ["auto", step]
    assert page.preprocess[0].reason == f"chooses {step}"
    assert page.preprocess[1].changed
    assert page.preprocess[1].reason


def test_specks_are_removed_by_a_median(read, clean):
    pixels = clean.pixels.copy()
    pixels[np.random.default_rng(0).random(pixels.shape) < 0.01] = 0
    page = read(pixels)
    assert step_names(page) == ["auto", "denoise"]
    assert page.preprocess[1].parameters["method"] == "median"


def test_several_defects_get_several_steps(read, clean):
    rotated = rotate_page(clean, -4)
    shaded = rotated.pixels * np.linspace(1, 0.3, rotated.height)[:, None]
    backend = HelpedBackend(["text"])
    page = read(shaded.astype(np.uint8), backend)
    assert step_names(page) == ["auto", "illumination", "deskew"]
    after = read(backend.page.pixels)
    assert step_names(after) == ["auto"], "the second time there is nothing to do"


def test_a_backend_that_no_step_helps_gets_the_original_page(read, clean):
    page = read(255 - rotate_page(clean, 5).pixels, UnhelpedBackend(["text"]))
    assert step_names(page) == ["auto"]
    assert page.measurements.inverted
    assert page.measurements.skew == pytest.approx(5, abs=0.1)


class LevelLineBackend(HelpedBackend):
    """Reads a level line in the middle of every page."""

    def recognize(self, page, request):
        box = Box(page.width * 0.3, page.height * 0.5, page.width * 0.7, page.height * 0.52)
        line = Line(text="level", polygon=box.polygon)
        trace = Trace(backend=self.name)
        return PageResult(width=page.width, height=page.height, blocks=(Block.of([line]),), trace=trace)


def test_polygons_are_in_coordinates_of_the_original_page(read, clean):
    """A level line on the deskewed page is a sloping line on the original page."""
    page = read(rotate_page(clean, 3).pixels, LevelLineBackend(["text"]))
    (top_left, top_right, *_) = page.lines[0].polygon
    slope = np.degrees(np.arctan2(top_right.y - top_left.y, top_right.x - top_left.x))
    assert slope == pytest.approx(3, abs=0.1)


def test_other_profiles_do_not_measure_the_page(read, clean):
    page = read(clean.pixels, preprocess="none")
    assert page.preprocess == ()
    assert page.measurements is None


@pytest.mark.parametrize(
    ("measured", "steps"),
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
def test_no_step_is_chosen_on_weak_evidence(measured, steps):
    assert chosen_steps(**measured) == steps


def test_only_steps_that_help_the_backend_are_chosen():
    page = CLEAN.model_copy(update={"skew": 2.0, "inverted": True})
    assert [chosen.step for chosen in choose_steps(page, Capabilities(helped_by=frozenset({"deskew"})))] == [
        "deskew"
    ]


def test_skew_within_the_tolerance_of_the_backend_is_not_corrected():
    skewed = CLEAN.model_copy(update={"skew": 5.0})
    for tolerance, steps in ((0.5, ["deskew"]), (10.0, [])):
        capabilities = HelpedBackend.capabilities.model_copy(update={"skew_tolerance": tolerance})
        assert [chosen.step for chosen in choose_steps(skewed, capabilities)] == steps


def test_measurements_survive_json(read, clean):
    page = read(rotate_page(clean, 2).pixels)
    document = ocrkit.Document(pages=(page,), page_count=1, source="x")
    again = ocrkit.Document.from_json(document.to_json())
    assert again.pages[0].measurements == page.measurements
    assert again == document
    assert "deskew" in document.explain()
    assert "rotated by 2.0 degrees" in document.explain()


def test_by_default_no_step_helps_a_backend():
    assert Capabilities().helped_by == frozenset()
