"""Invariants of every step and of any chain of steps: coordinates stay correct, and input pages stay unchanged."""

import math
from functools import cache

import cv2
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ocrkit.geometry import Point, Transform
from ocrkit.page import Page
from ocrkit.registry import create_chain, step_names

NAMES = step_names()

# Parameters to test besides the defaults.
window = st.sampled_from([3, 5])
corner = {
    name: st.tuples(st.floats(x, x + 40), st.floats(y, y + 40))
    for name, (x, y) in {"a": (0, 0), "b": (430, 0), "c": (430, 570), "d": (0, 570)}.items()
}
PARAMETERS = {
    "binarize": [
        {"method": st.just("fixed"), "level": st.integers(90, 170)},
        {"method": st.sampled_from(["adaptive", "sauvola"]), "window": st.sampled_from([15, 31, 51])},
    ],
    "contrast": [
        {"low": st.floats(0, 2), "high": st.floats(50, 100)},
        {"method": st.just("clahe"), "clip": st.floats(1, 4), "tiles": st.integers(1, 12)},
    ],
    "crop": [{"what": st.sampled_from(["borders", "content"]), "margin": st.integers(0, 60)}],
    "denoise": [
        {"method": st.sampled_from(["gaussian", "median"]), "size": window},
        {"method": st.just("bilateral"), "size": window, "strength": st.floats(1, 30)},
        {"method": st.just("nlm"), "strength": st.floats(1, 20)},
    ],
    "deskew": [{"degrees": st.floats(-10, 10)}],
    "dewarp": [{"corners": st.tuples(*corner.values())}],
    "invert": [{"when": st.just("always")}],
    "remove_lines": [{"length": st.floats(0.1, 1), "thickness": st.integers(1, 12)}],
    "rotate": [{"degrees": st.sampled_from([0, 90, 180, 270])}],
    "sharpen": [{"radius": st.floats(0.5, 3), "amount": st.floats(0.1, 2), "threshold": st.integers(0, 20)}],
    "upscale": [{"factor": st.floats(1, 1.6)}],
}
CUTTING = {"dewarp"}  # it cuts off everything outside the given corners; no other step cuts off ink


def step_specs(name):
    """The step with its defaults or with other parameters."""
    given = [st.fixed_dictionaries(each) for each in PARAMETERS.get(name, [])]
    return st.one_of(st.just({}), *given).map(lambda parameters: {name: parameters})


any_step = st.sampled_from(NAMES).flatmap(step_specs)
chains = st.lists(any_step, min_size=1, max_size=4)


def make_step(spec):
    (step,) = create_chain(spec)
    return step.step


# Pages with marks: crosses with a square in one quadrant, so that each mark is unique and no mirror image of another.

WIDTH, HEIGHT = 420, 560
ARM, CLEARANCE = 15, 22
MARKS = {(70, 90): (1, 1), (330, 120): (-1, 1), (210, 290): (1, -1), (90, 460): (-1, -1), (340, 440): (1, 1)}
SEARCH_RADIUS = 8  # pixels around the expected position
# Similarity of a mark on the processed page to the mark on the original:
FOUND = 0.7  # at least this: the mark is recognizable, and its center has not moved by a partial threshold
COMPLETE = 0.85  # at least this: no threshold has removed a part of it
MIN_AFTER_RESAMPLING = 0.45  # resampling blurs a little
MAX_DISTANCE = 2.0  # pixels of the original page


def draw_sheet():
    pixels = np.full((HEIGHT, WIDTH), 235, np.uint8)
    for row in range(50, HEIGHT - 20, 42):
        cv2.putText(
            pixels, "Quiet harbours, two boats", (22, row), cv2.FONT_HERSHEY_SIMPLEX, 0.9, 30, 2, cv2.LINE_AA
        )
    for (x, y), (right, down) in MARKS.items():
        pixels[y - CLEARANCE : y + CLEARANCE + 1, x - CLEARANCE : x + CLEARANCE + 1] = 235
        pixels[y - 2 : y + 3, x - ARM : x + ARM + 1] = 20
        pixels[y - ARM : y + ARM + 1, x - 2 : x + 3] = 20
        cv2.rectangle(pixels, (x + 4 * right, y + 4 * down), (x + 11 * right, y + 11 * down), 20, -1)
    return pixels


def photograph(corners, size, background):
    """A photo of the sheet with these corners, and the positions of its marks."""
    matrix = cv2.getPerspectiveTransform(
        np.float32([(0, 0), (WIDTH, 0), (WIDTH, HEIGHT), (0, HEIGHT)]), np.float32(corners)
    )
    to_photo = Transform(*matrix.ravel().tolist())
    pixels = cv2.warpPerspective(
        draw_sheet(),
        np.array(to_photo.on_pixel_centers.rows),
        size,
        flags=cv2.INTER_AREA,
        borderValue=background,
    )
    return pixels, [to_photo.point(Point(x + 0.5, y + 0.5)) for x, y in MARKS]


@cache
def draw_scene(name, *, color):
    """The pixels of a page, and the centers of its marks."""
    flat = [Point(x + 0.5, y + 0.5) for x, y in MARKS]
    pixels, marks = {
        "clean": lambda: (draw_sheet(), flat),
        "lid": lambda: photograph([(24, 12), (444, 12), (444, 572), (24, 572)], (460, 590), 10),
        "skewed": lambda: photograph([(50, 12), (470, 30), (446, 590), (26, 572)], (490, 605), 10),
        "photo": lambda: photograph([(90, 60), (440, 40), (500, 640), (40, 620)], (540, 690), 80),
        "dark": lambda: (255 - draw_sheet(), flat),
        "faded": lambda: ((draw_sheet() * 0.4 + 120).astype(np.uint8), flat),
        "shaded": lambda: ((draw_sheet() * np.linspace(1, 0.45, WIDTH)).astype(np.uint8), flat),
    }[name]()
    if color:
        pixels = (cv2.cvtColor(pixels, cv2.COLOR_GRAY2RGB) * (1, 0.95, 0.85)).astype(np.uint8)
    pixels.flags.writeable = False
    return pixels, marks


SCENES = ("clean", "lid", "skewed", "photo", "dark", "faded", "shaded")


def gray(pixels):
    return pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)


def find_mark(page, original, mark):
    """The similarity of a mark to the original, and its distance from the original position.

    The page is warped back by its own transform to the original, whatever the steps did. An inverted mark
    counts as similar.
    """
    x, y = math.floor(mark.x), math.floor(mark.y)
    reach = ARM + 3
    pattern = gray(original)[y - reach : y + reach + 1, x - reach : x + reach + 1]
    corner = Transform.shift(reach + SEARCH_RADIUS - x, reach + SEARCH_RADIUS - y)
    side = 2 * (reach + SEARCH_RADIUS) + 1
    back = cv2.warpPerspective(
        gray(page.pixels),
        np.array(page.to_original.then(corner).on_pixel_centers.rows),
        (side, side),
        borderMode=cv2.BORDER_REPLICATE,
    )
    similarity = np.abs(cv2.matchTemplate(back, pattern, cv2.TM_CCOEFF_NORMED))
    row, column = np.unravel_index(similarity.argmax(), similarity.shape)
    return similarity.max(), math.hypot(row - SEARCH_RADIUS, column - SEARCH_RADIUS)


def is_on_page(page, mark):
    """Whether the mark is completely on the page."""
    from_original = page.to_original.inverse()
    corners = [(mark.x + x, mark.y + y) for x in (-ARM, ARM) for y in (-ARM, ARM)]
    return all(
        0 <= x <= page.width and 0 <= y <= page.height
        for x, y in (from_original.point(Point(*corner)) for corner in corners)
    )


@pytest.mark.long
@settings(max_examples=40, deadline=None)
@given(st.sampled_from(SCENES), st.booleans(), chains)
@example("shaded", False, [{"denoise": {}}, {"binarize": {"method": "fixed", "level": 124}}])
def test_the_transform_of_a_page_leads_to_the_original_positions(name, color, chain):
    """A threshold may make a mark unrecognizable, resampling may not. No step may misplace a mark."""
    original, marks = draw_scene(name, color=color)
    page = Page(original)
    found = dict.fromkeys(marks, 1.0)
    for spec in chain:
        before, page = page, make_step(spec)(page)
        for mark, similarity_before in sorted(found.items()):
            if not is_on_page(page, mark):
                assert spec.keys() <= CUTTING or similarity_before < COMPLETE, (spec, mark)
                del found[mark]
                continue
            found[mark], distance = find_mark(page, original, mark)
            if page.to_original != before.to_original:
                assert found[mark] >= MIN_AFTER_RESAMPLING, (spec, mark)
            if found[mark] >= FOUND:
                assert distance <= MAX_DISTANCE, (spec, mark)
            else:
                del found[mark]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", ["clean", "lid", "skewed", "photo"])
def test_each_step_keeps_all_marks_in_place(name, kind):
    original, marks = draw_scene(kind, color=False)
    page = make_step(name)(Page(original))
    for mark in marks:
        similarity, distance = find_mark(page, original, mark)
        assert similarity >= FOUND
        assert distance <= 1.5


@pytest.mark.parametrize("wrong", [Transform.shift(4, 0), Transform.scaling(1.02), Transform.rotation(1)])
def test_these_tests_notice_a_wrong_transform(wrong):
    original, marks = draw_scene("clean", color=False)
    page = Page(original).derive(original, wrong)
    assert any(find_mark(page, original, mark)[1] > MAX_DISTANCE for mark in marks)


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(SCENES), st.booleans(), chains)
def test_steps_are_pure_and_return_a_new_page_only_for_a_change(name, color, chain):
    original, _ = draw_scene(name, color=color)
    pixels = original.copy()
    page = Page(pixels)
    for spec in chain:
        step = make_step(spec)
        before = page.pixels.copy()
        first, second = step(page), step(page)
        assert np.array_equal(page.pixels, before)
        assert np.array_equal(first.pixels, second.pixels)
        assert first.to_original == second.to_original
        assert (first is page) == (second is page)
        assert first is page or is_changed(page, first)
        page = first
    assert np.array_equal(pixels, original)


def is_changed(before, after):
    return after.to_original != before.to_original or not np.array_equal(after.pixels, before.pixels)


def random_pixels(height, width):
    return np.random.default_rng(0).integers(0, 256, (height, width), np.uint8)


UNUSUAL = {
    "one pixel": random_pixels(1, 1),
    "one row": random_pixels(1, 10_000),
    "one column": random_pixels(10_000, 1),
    "white row": np.full((1, 10_000), 255, np.uint8),
    "black column": np.zeros((10_000, 1), np.uint8),
    "two by three": random_pixels(2, 3),
    "white": np.full((300, 200), 255, np.uint8),
    "black": np.zeros((200, 300), np.uint8),
    "noise": random_pixels(120, 90),
    "every other pixel": random_pixels(160, 200)[::2, ::2],
    "upside down": random_pixels(70, 80)[::-1, ::-1],
}


@settings(max_examples=25, deadline=None)
@given(st.data(), st.sampled_from(sorted(UNUSUAL)), st.booleans())
@pytest.mark.parametrize("name", NAMES)
def test_unusual_pages_with_any_parameters_do_not_break_a_step(name, data, kind, color):
    check_step(data.draw(step_specs(name)), kind, color=color)


@pytest.mark.parametrize("kind", UNUSUAL)
@pytest.mark.parametrize("name", NAMES)
def test_unusual_pages_do_not_break_a_step(name, kind):
    for color in (False, True):
        check_step(name, kind, color=color)


def check_step(spec, kind, *, color):
    pixels = UNUSUAL[kind]
    if color:
        pixels = np.stack([pixels, pixels[::-1], pixels], axis=2)
    before = pixels.copy()
    page = Page(pixels, index=3, dpi=200)
    after = make_step(spec)(page)
    assert np.array_equal(pixels, before)
    assert after is page or is_changed(page, after)
    assert (after.index, after.original_size) == (3, (page.width, page.height))
    assert after.pixels.dtype == np.uint8
    assert not after.pixels.flags.writeable
    assert math.isfinite(sum(after.to_original))
    center = Point(after.width / 2, after.height / 2)
    back = after.to_original.inverse().point(after.to_original.point(center))
    assert back == pytest.approx(center, abs=1e-3)
