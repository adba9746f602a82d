"""What holds for every step there is and for any chain of them: marks stay findable, and no page is written into."""

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

# Parameters besides the defaults; a step that is not here takes part with its defaults alone.
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
CUTTING = {"dewarp"}  # what is beside the corners it was given goes; no other step cuts off ink


def specs(name):
    """The step by its name, with its defaults or with parameters."""
    given = [st.fixed_dictionaries(each) for each in PARAMETERS.get(name, [])]
    return st.one_of(st.just({}), *given).map(lambda parameters: {name: parameters})


any_spec = st.sampled_from(NAMES).flatmap(specs)
chains = st.lists(any_spec, min_size=1, max_size=4)


def made(spec):
    (step,) = create_chain(spec)
    return step.step


# Pages with marks: crosses with a square in one of their corners, so that none looks like another or its own mirror image.

WIDTH, HEIGHT = 420, 560
ARM, CLEAR = 15, 22
MARKS = {(70, 90): (1, 1), (330, 120): (-1, 1), (210, 290): (1, -1), (90, 460): (-1, -1), (340, 440): (1, 1)}
SEARCHED = 8  # pixels around its place
FOUND = 0.7  # of a mark looks like it did; what a threshold leaves of less may have its middle elsewhere
WHOLE = 0.85  # of one does that no threshold has taken a part of
LOST = 0.45  # of it does: moving pixels blurs a little
AWAY = 2.0  # pixels on the page that was handed in


def sheet():
    pixels = np.full((HEIGHT, WIDTH), 235, np.uint8)
    for row in range(50, HEIGHT - 20, 42):
        cv2.putText(
            pixels, "Quiet harbours, two boats", (22, row), cv2.FONT_HERSHEY_SIMPLEX, 0.9, 30, 2, cv2.LINE_AA
        )
    for (x, y), (right, down) in MARKS.items():
        pixels[y - CLEAR : y + CLEAR + 1, x - CLEAR : x + CLEAR + 1] = 235
        pixels[y - 2 : y + 3, x - ARM : x + ARM + 1] = 20
        pixels[y - ARM : y + ARM + 1, x - 2 : x + 3] = 20
        cv2.rectangle(pixels, (x + 4 * right, y + 4 * down), (x + 11 * right, y + 11 * down), 20, -1)
    return pixels


def laid(corners, size, ground):
    """The sheet with its corners there, and where its marks came to lie."""
    matrix = cv2.getPerspectiveTransform(
        np.float32([(0, 0), (WIDTH, 0), (WIDTH, HEIGHT), (0, HEIGHT)]), np.float32(corners)
    )
    there = Transform(*matrix.ravel().tolist())
    pixels = cv2.warpPerspective(
        sheet(), np.array(there.on_pixel_centres.rows), size, flags=cv2.INTER_AREA, borderValue=ground
    )
    return pixels, [there.point(Point(x + 0.5, y + 0.5)) for x, y in MARKS]


@cache
def scene(name, *, colour):
    """A page, and the middles of its marks."""
    flat = [Point(x + 0.5, y + 0.5) for x, y in MARKS]
    pixels, marks = {
        "clean": lambda: (sheet(), flat),
        "lid": lambda: laid([(24, 12), (444, 12), (444, 572), (24, 572)], (460, 590), 10),
        "skewed": lambda: laid([(50, 12), (470, 30), (446, 590), (26, 572)], (490, 605), 10),
        "photo": lambda: laid([(90, 60), (440, 40), (500, 640), (40, 620)], (540, 690), 80),
        "dark": lambda: (255 - sheet(), flat),
        "faded": lambda: ((sheet() * 0.4 + 120).astype(np.uint8), flat),
        "shaded": lambda: ((sheet() * np.linspace(1, 0.45, WIDTH)).astype(np.uint8), flat),
    }[name]()
    if colour:
        pixels = (cv2.cvtColor(pixels, cv2.COLOR_GRAY2RGB) * (1, 0.95, 0.85)).astype(np.uint8)
    pixels.flags.writeable = False
    return pixels, marks


SCENES = ("clean", "lid", "skewed", "photo", "dark", "faded", "shaded")


def gray(pixels):
    return pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)


def searched(page, original, mark):
    """How much the place of a mark looks as it did, and how many pixels beside its place it does most.

    The page is led back to the one that was handed in by the way that it claims, so nothing here knows what the
    steps did. Light on dark counts as dark on light.
    """
    x, y = math.floor(mark.x), math.floor(mark.y)
    reach = ARM + 3
    pattern = gray(original)[y - reach : y + reach + 1, x - reach : x + reach + 1]
    corner = Transform.shift(reach + SEARCHED - x, reach + SEARCHED - y)
    side = 2 * (reach + SEARCHED) + 1
    back = cv2.warpPerspective(
        gray(page.pixels),
        np.array(page.to_original.then(corner).on_pixel_centres.rows),
        (side, side),
        borderMode=cv2.BORDER_REPLICATE,
    )
    alike = np.abs(cv2.matchTemplate(back, pattern, cv2.TM_CCOEFF_NORMED))
    row, column = np.unravel_index(alike.argmax(), alike.shape)
    return alike.max(), math.hypot(row - SEARCHED, column - SEARCHED)


def is_on(page, mark):
    """Whether all of a mark is on the page still."""
    way = page.to_original.inverse()
    around = [(mark.x + x, mark.y + y) for x in (-ARM, ARM) for y in (-ARM, ARM)]
    return all(
        0 <= x <= page.width and 0 <= y <= page.height
        for x, y in (way.point(Point(*place)) for place in around)
    )


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(SCENES), st.booleans(), chains)
@example("shaded", False, [{"denoise": {}}, {"binarize": {"method": "fixed", "level": 124}}])
def test_marks_stay_where_the_page_says(name, colour, chain):
    """A step may make a mark unrecognizable, as a threshold does; one that moves pixels may not, and none misplaces it."""
    original, marks = scene(name, colour=colour)
    page = Page(original)
    found = dict.fromkeys(marks, 1.0)
    for spec in chain:
        before, page = page, made(spec)(page)
        for mark, was_alike in sorted(found.items()):
            if not is_on(page, mark):
                assert spec.keys() <= CUTTING or was_alike < WHOLE, (spec, mark)
                del found[mark]
                continue
            found[mark], away = searched(page, original, mark)
            if page.to_original != before.to_original:
                assert found[mark] >= LOST, (spec, mark)
            if found[mark] >= FOUND:
                assert away <= AWAY, (spec, mark)
            else:
                del found[mark]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("place", ["clean", "lid", "skewed", "photo"])
def test_each_step_keeps_all_marks(name, place):
    original, marks = scene(place, colour=False)
    page = made(name)(Page(original))
    for mark in marks:
        alike, away = searched(page, original, mark)
        assert alike >= FOUND
        assert away <= 1.5


@pytest.mark.parametrize("wrong", [Transform.shift(4, 0), Transform.scaling(1.02), Transform.rotation(1)])
def test_a_wrong_way_back_would_be_noticed(wrong):
    original, marks = scene("clean", colour=False)
    page = Page(original).derive(original, wrong)
    assert any(searched(page, original, mark)[1] > AWAY for mark in marks)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(SCENES), st.booleans(), chains)
def test_no_step_writes_into_its_page_or_rolls_dice(name, colour, chain):
    original, _ = scene(name, colour=colour)
    own = original.copy()
    page = Page(own)
    for spec in chain:
        step = made(spec)
        before = page.pixels.copy()
        first, second = step(page), step(page)
        assert np.array_equal(page.pixels, before)
        assert np.array_equal(first.pixels, second.pixels)
        assert first.to_original == second.to_original
        assert (first is page) == (second is page)
        page = first
    assert np.array_equal(own, original)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(SCENES), st.booleans(), chains)
def test_another_page_is_a_changed_page(name, colour, chain):
    original, _ = scene(name, colour=colour)
    page = Page(original)
    for spec in chain:
        before, page = page, made(spec)(page)
        assert page is before or is_changed(before, page)


def is_changed(before, after):
    return after.to_original != before.to_original or not np.array_equal(after.pixels, before.pixels)


def noise(height, width):
    return np.random.default_rng(0).integers(0, 256, (height, width), np.uint8)


ODD = {
    "one pixel": noise(1, 1),
    "one row": noise(1, 10_000),
    "one column": noise(10_000, 1),
    "white row": np.full((1, 10_000), 255, np.uint8),
    "black column": np.zeros((10_000, 1), np.uint8),
    "two by three": noise(2, 3),
    "white": np.full((300, 200), 255, np.uint8),
    "black": np.zeros((200, 300), np.uint8),
    "noise": noise(120, 90),
    "every other pixel": noise(160, 200)[::2, ::2],
    "upside down": noise(70, 80)[::-1, ::-1],
}


@settings(max_examples=25, deadline=None)
@given(st.data(), st.sampled_from(sorted(ODD)), st.booleans())
@pytest.mark.parametrize("name", NAMES)
def test_every_step_survives_odd_pages_with_any_parameters(name, data, kind, colour):
    survived(data.draw(specs(name)), kind, colour=colour)


@pytest.mark.parametrize("kind", ODD)
@pytest.mark.parametrize("name", NAMES)
def test_every_step_survives_odd_pages(name, kind):
    for colour in (False, True):
        survived(name, kind, colour=colour)


def survived(spec, kind, *, colour):
    pixels = ODD[kind]
    if colour:
        pixels = np.stack([pixels, pixels[::-1], pixels], axis=2)
    before = pixels.copy()
    page = Page(pixels, index=3, dpi=200)
    after = made(spec)(page)
    assert np.array_equal(pixels, before)
    assert after is page or is_changed(page, after)
    assert (after.index, after.original_size) == (3, (page.width, page.height))
    assert after.pixels.dtype == np.uint8
    assert not after.pixels.flags.writeable
    assert math.isfinite(sum(after.to_original))
    middle = Point(after.width / 2, after.height / 2)
    back = after.to_original.inverse().point(after.to_original.point(middle))
    assert back == pytest.approx(middle, abs=1e-3)
