"""What each step does, and that it returns the same page if there is nothing to do."""

import cv2
import numpy as np
import pytest
from pydantic import ValidationError

from ocrkit.geometry import Point
from ocrkit.page import Page
from ocrkit.preprocess.binarize import Binarize
from ocrkit.preprocess.contrast import Contrast
from ocrkit.preprocess.crop import Crop
from ocrkit.preprocess.denoise import Denoise
from ocrkit.preprocess.dewarp import Dewarp
from ocrkit.preprocess.grayscale import Grayscale
from ocrkit.preprocess.measure.lighting import paper_color
from ocrkit.preprocess.remove_lines import RemoveLines
from ocrkit.preprocess.rotate import Rotate
from ocrkit.preprocess.sharpen import Sharpen
from ocrkit.testing import draw_page
from ocrkit.testing.samples import blank_page

TEXT = [
    "The harbour was quiet before sunrise",
    "and only two boats had returned",
    "with anything to sell.",
] * 4
BLACK = 15


@pytest.fixture(scope="module")
def letter():
    """The pixels of a clean page of text on white paper."""
    return draw_page(TEXT, font_size=32).page.pixels


def grainy(pixels, deviation):
    grain = np.random.default_rng(0).normal(0, deviation, pixels.shape)
    return np.clip(pixels + grain, 0, 255).astype(np.uint8)


def in_color(pixels):
    return cv2.cvtColor(pixels, cv2.COLOR_GRAY2RGB)


def mean_error(pixels, truth):
    return np.abs(pixels.astype(float) - truth).mean()


def photograph(pixels, corners, size, background):
    """A photo of this size, with the corners of the page at the given positions."""
    height, width = pixels.shape
    to_photo = cv2.getPerspectiveTransform(
        np.float32([(0, 0), (width, 0), (width, height), (0, height)]), np.float32(corners)
    )
    to_center = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
    matrix = np.linalg.inv(to_center) @ to_photo @ to_center
    return cv2.warpPerspective(pixels, matrix, size, flags=cv2.INTER_AREA, borderValue=background)


@pytest.fixture
def drawn():
    """Black letters on paper that gets darker to the right."""
    paper = np.tile(np.linspace(250, 110, 400).astype(np.uint8), (120, 1))
    for left in (20, 320):
        cv2.putText(paper, "ink", (left, 80), cv2.FONT_HERSHEY_SIMPLEX, 1.5, 30, 4)
    return Page(paper, index=2, dpi=150)


def test_grayscale_weights_the_channels_by_perceived_brightness():
    colors = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255]]], np.uint8)
    gray = Grayscale()(Page(colors))
    assert gray.is_gray
    assert gray.pixels.tolist() == [[76, 150, 29]]


def test_grayscale_returns_a_gray_page_unchanged(drawn):
    assert Grayscale()(drawn) is drawn


def test_median_denoising_removes_single_pixels_and_keeps_edges(drawn):
    dirty = drawn.pixels.copy()
    dirty[::10, ::10] = 255
    clean = Denoise(method="median", size=3)(Page(dirty)).pixels
    assert dirty[10, 300] == 255
    assert abs(int(clean[10, 300]) - int(drawn.pixels[10, 300])) <= 1
    assert np.mean(clean == drawn.pixels) > 0.95


def test_gaussian_denoising_smooths():
    grain = np.random.default_rng(0).integers(0, 255, (50, 50), np.uint8)
    assert Denoise(size=5)(Page(grain)).pixels.std() < grain.std() / 2


@pytest.mark.parametrize("method", ["bilateral", "nlm"])
def test_bilateral_and_nlm_denoising_remove_grain_and_keep_edges(letter, method):
    faded = letter * 0.7 + 40  # so that the grain is not clipped at white
    dirty = Page(grainy(faded, 10))
    clean = Denoise(method=method, strength=10)(dirty).pixels
    assert mean_error(clean, faded) < mean_error(dirty.pixels, faded) * 0.5
    assert mean_error(clean, faded) < mean_error(Denoise(size=5)(dirty).pixels, faded) * 0.6


@pytest.mark.parametrize("method", ["bilateral", "nlm"])
def test_strength_is_the_limit_between_grain_and_ink(letter, method):
    dirty = Page(grainy(letter, 10))
    weak, strong = (Denoise(method=method, strength=strength)(dirty).pixels for strength in (1, 10))
    assert mean_error(weak, dirty.pixels) < 1
    assert mean_error(strong, dirty.pixels) > 3


@pytest.mark.parametrize("method", ["gaussian", "median", "bilateral", "nlm"])
def test_denoising_keeps_colors(letter, method):
    red = in_color(grainy(letter, 5))
    red[:, :, 1:] //= 2
    clean = Denoise(method=method)(Page(red)).pixels
    assert clean.shape == red.shape
    assert clean[:, :, 1].mean() / clean[:, :, 0].mean() == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize("method", ["fixed", "otsu", "adaptive", "sauvola"])
def test_a_binarized_page_has_two_levels(drawn, method):
    assert set(np.unique(Binarize(method=method)(drawn).pixels)) == {0, 255}


def test_adaptive_and_sauvola_tolerate_uneven_lighting(drawn):
    def white_share_of_paper(method):
        return (Binarize(method=method)(drawn).pixels[:20] == 255).mean()

    assert white_share_of_paper("adaptive") == 1.0
    assert white_share_of_paper("sauvola") == 1.0
    assert white_share_of_paper("fixed") < 0.95
    assert white_share_of_paper("otsu") < 0.9


def test_sauvola_keeps_text_under_uneven_lighting(letter):
    light = np.linspace(1, 0.25, letter.shape[1])
    dark = Binarize(method="sauvola")(Page(grainy(letter * light, 3))).pixels == 0
    truth = letter < 128
    assert (dark & truth).sum() > 0.93 * truth.sum()
    assert (dark & ~truth).sum() < 0.1 * truth.sum()


def test_sauvola_follows_the_formula():
    """Windows at the edges continue into the mirrored page, without repeating the outermost line."""
    pixels = np.random.default_rng(0).integers(0, 256, (40, 50), np.uint8)
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(pixels.astype(float), 7, "reflect"), (15, 15))
    mean, deviation = windows.mean(axis=(2, 3)), windows.std(axis=(2, 3))
    level = mean * (1 + 0.3 * (deviation / 127.5 - 1))
    binary = Binarize(method="sauvola", window=15, k=0.3)(Page(pixels)).pixels
    assert np.array_equal(binary == 255, pixels > level)


def test_sauvola_makes_grain_on_empty_paper_white():
    paper = Page(grainy(np.full((200, 200), 200), 8))
    assert Binarize(method="sauvola")(paper).pixels.min() == 255
    assert Binarize(method="adaptive")(paper).pixels.min() == 0


def test_binarize_returns_a_black_and_white_page_unchanged(drawn):
    binary = Binarize()(drawn)
    assert Binarize()(binary) is binary


def test_stretch_restores_the_full_range_of_faded_print(letter):
    faded = (letter * 0.2 + 150).astype(np.uint8)
    full = Contrast()(Page(faded)).pixels
    assert (faded.min(), faded.max()) == (150, 201)
    assert (full.min(), full.max()) == (0, 255)
    assert mean_error(full, letter) < 3


def test_stretch_clips_the_given_percentiles():
    ramp = np.tile(np.arange(100, 200, dtype=np.uint8), (10, 1))
    full = Contrast(low=10, high=90)(Page(ramp)).pixels[0]
    assert (full == 0).sum() == 11
    assert (full == 255).sum() == 11
    assert Contrast(low=0, high=100)(Page(ramp)).pixels[0].tolist()[:2] == [0, 3]


def test_clahe_amplifies_faint_print_beside_dark_print(letter):
    half = letter.shape[0] // 2
    mixed = letter.copy()
    mixed[half:] = mixed[half:] * 0.15 + 200
    equalized = Contrast(method="clahe", clip=4)(Page(mixed)).pixels
    assert np.ptp(equalized[half:]) > 1.5 * np.ptp(mixed[half:])


@pytest.mark.parametrize("method", ["stretch", "clahe"])
def test_contrast_keeps_hues(letter, method):
    faded = in_color((letter * 0.3 + 120).astype(np.uint8))
    faded[:, :, 2] -= 40
    page = Contrast(method=method)(Page(faded))
    before, after = (
        cv2.cvtColor(pixels, cv2.COLOR_RGB2LAB)[:, :, 1:].astype(float) for pixels in (faded, page.pixels)
    )
    inside = (page.pixels.min(axis=2) > 0) & (page.pixels.max(axis=2) < 255)  # the others are clipped
    assert inside.mean() > 0.01
    assert np.abs(after - before)[inside].mean() < 4


def test_contrast_does_not_change_an_empty_page_with_grain():
    empty = Page(grainy(np.full((300, 300), 230), 2))
    assert Contrast()(empty) is empty


def test_percentiles_in_the_wrong_order_are_rejected():
    with pytest.raises(ValidationError, match="less than"):
        Contrast(low=50, high=50)


def test_sharpening_corrects_slight_blur(letter):
    soft = cv2.GaussianBlur(letter, (0, 0), 1.5)
    assert mean_error(Sharpen()(Page(soft)).pixels, letter) < 0.8 * mean_error(soft, letter)


def test_sharpening_ignores_grain_below_the_threshold():
    grain = Page(grainy(np.full((100, 100), 128), 1))
    assert Sharpen(threshold=10)(grain) is grain
    assert Sharpen(threshold=0)(grain).pixels.std() > 1.5 * grain.pixels.std()


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_rotate_is_clockwise_and_its_transform_is_exact(drawn, degrees):
    rotated = Rotate(degrees=degrees)(drawn)
    assert np.array_equal(rotated.pixels, np.rot90(drawn.pixels, -degrees // 90))
    for row, column in [(0, 0), (3, 5), (rotated.height - 1, rotated.width - 1)]:
        x, y = rotated.to_original.point(Point(column + 0.5, row + 0.5))
        assert (x % 1, y % 1) == (0.5, 0.5)  # pixel centers stay pixel centers
        assert rotated.pixels[row, column] == drawn.pixels[int(y), int(x)]


def test_two_half_turns_cancel_out(drawn):
    result = Rotate(degrees=180)(Rotate(degrees=180)(drawn))
    assert np.array_equal(result.pixels, drawn.pixels)
    assert result.to_original.is_identity


@pytest.mark.parametrize("deviation", [0, 6])
@pytest.mark.parametrize("sides", [(40, 0, 0, 0), (0, 30, 0, 50), (60, 40, 50, 30)])
def test_crop_cuts_off_black_borders_and_no_paper(letter, sides, deviation):
    left, top, right, bottom = sides
    scan = cv2.copyMakeBorder(letter, top, bottom, left, right, cv2.BORDER_CONSTANT, value=BLACK)
    page = Crop()(Page(grainy(scan, deviation)))
    x, y = page.to_original.point(Point(0, 0))
    assert (x, y) == pytest.approx((left, top), abs=2)
    assert (page.width, page.height) == pytest.approx(letter.shape[::-1], abs=4)
    assert page.pixels.min(axis=0)[[0, -1]].min() > 128
    assert page.pixels.min(axis=1)[[0, -1]].min() > 128


def test_crop_cuts_off_slanted_borders_but_no_ink(letter):
    height, width = letter.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), 1.5, 1)
    scan, ink = (
        cv2.warpAffine(pixels, turn, (width, height), borderValue=value)
        for pixels, value in ((letter, BLACK), (255 - letter, 0))
    )
    page = Crop(margin=5)(Page(scan))
    left, top = map(int, page.to_original.point(Point(0, 0)))
    kept = ink[top : top + page.height, left : left + page.width]
    assert kept.sum() == ink.sum()
    assert (page.pixels[[0, -1]] < 128).mean() < 0.02
    assert (page.pixels[:, [0, -1]] < 128).mean() < 0.02


def test_crop_keeps_ink_that_touches_a_border(letter):
    ink = np.argwhere(letter < 128)
    tight = letter[:, ink[:, 1].min() :]
    scan = cv2.copyMakeBorder(tight, 0, 0, 40, 0, cv2.BORDER_CONSTANT, value=BLACK)
    assert Crop()(Page(scan)).width >= tight.shape[1]


def test_crop_keeps_shadows(letter):
    light = np.interp(np.arange(letter.shape[1]), [0, 200, letter.shape[1]], [0.2, 1, 1])
    shaded = Page((letter * light).astype(np.uint8))
    assert Crop()(shaded) is shaded


def test_crop_keeps_white_letters_on_a_dark_title(letter):
    """The dark area around them looks like a border."""
    title = letter.copy()
    title[:150] = BLACK
    cv2.putText(title, "A title", (200, 110), cv2.FONT_HERSHEY_SIMPLEX, 2, 240, 5)
    lettering = np.argwhere(title[:150] > 128)
    top = letter.shape[0] - Crop(margin=8)(Page(title)).height
    assert 0 < top <= lettering[:, 0].min() - 8


def test_crop_to_content_keeps_the_ink_and_its_margin(letter):
    wide = cv2.copyMakeBorder(letter, 200, 300, 250, 150, cv2.BORDER_CONSTANT, value=255)
    rows, columns = np.argwhere(wide < 200).min(axis=0), np.argwhere(wide < 200).max(axis=0)
    page = Crop(what="content", margin=30)(Page(grainy(wide, 4)))
    left, top = page.to_original.point(Point(0, 0))
    assert (top, left) == pytest.approx(rows - 30, abs=8)
    assert (top + page.height, left + page.width) == pytest.approx(columns + 31, abs=8)


def with_rules(letter, thickness=3):
    """The text with the rules of a table between its lines, and a mask of the rules."""
    rules = np.zeros(letter.shape, bool)
    paper = (letter > 200).all(axis=1)
    rows = [top for top in np.flatnonzero(np.diff(paper.astype(int)) == 1) if paper[top + 2 : top + 8].all()]
    for top in rows:
        rules[top + 3 : top + 3 + thickness, 10:-10] = True
    for left in (10, letter.shape[1] // 2, letter.shape[1] - 10 - thickness):
        rules[rows[0] : rows[-1], left : left + thickness] = True
    return np.where(rules, 30, letter).astype(np.uint8), rules


@pytest.mark.parametrize("tilt", [0.0, 0.5])
@pytest.mark.parametrize("thickness", [1, 3, 5])
def test_rules_are_removed_and_words_stay(letter, thickness, tilt):
    height, width = letter.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), tilt, 1)
    table, rules = with_rules(letter, thickness)
    table, words, rules = (
        cv2.warpAffine(each, turn, (width, height), borderValue=value)
        for each, value in ((table, 255), (letter, 255), (rules.astype(np.uint8) * 255, 0))
    )
    clean = RemoveLines()(Page(table)).pixels
    ink = words < 128
    assert (clean[ink] < 150).mean() > 0.95
    between = (rules > 128) & (words > 240) & (cv2.erode(words, np.ones((15, 15))) > 240)
    assert (table[between] < 150).mean() > 0.95
    assert (clean[between] < 150).mean() < 0.02


def test_a_rule_is_painted_with_the_color_beside_it(letter):
    table = in_color(with_rules(letter)[0])
    table[:, :, 2] = table[:, :, 2] // 4 * 3
    clean = RemoveLines()(Page(table)).pixels
    changed = (clean != table).any(axis=2)
    assert changed.any()
    assert np.median(clean[changed], axis=0).tolist() == [255, 255, 189]


@pytest.mark.parametrize("font_size", [12, 20, 32, 90])
def test_letters_are_not_rules(font_size):
    text = draw_page(["Illinois HILT EFTLI minimum", "||| --- l1I mnmnmn"] * 3, font_size=font_size).page
    assert RemoveLines()(text) is text


def test_thick_bars_and_short_strokes_are_not_rules():
    page = np.full((400, 600), 255, np.uint8)
    page[100:140, 50:550] = 0
    page[200:203, 50:90] = 0
    page = Page(page)
    assert RemoveLines()(page) is page
    assert RemoveLines(thickness=50, length=0.5)(page) is page  # 40 × 500: too thick for its length


QUADS = {
    "from above": [(60, 50), (740, 70), (720, 950), (80, 930)],
    "from below": [(200, 90), (620, 100), (750, 900), (50, 930)],
    "turned": [(130, 60), (740, 170), (660, 940), (60, 830)],
}


@pytest.mark.parametrize("corners", QUADS.values(), ids=QUADS)
@pytest.mark.parametrize("background", [20, 110])
def test_dewarp_detects_the_page_on_a_desk(letter, corners, background):
    photo = Page(grainy(photograph(letter, corners, (800, 1000), background), 4))
    page = Dewarp()(photo)
    found = page.to_original.polygon(
        [Point(0, 0), Point(page.width, 0), Point(page.width, page.height), Point(0, page.height)]
    )
    assert np.abs(np.array(found) - corners).max() < 4
    longest = max(np.hypot(*np.subtract(corners[side], corners[side - 1])) for side in (0, 2))
    assert page.height == pytest.approx(longest, abs=4)


@pytest.mark.parametrize("corners", QUADS.values(), ids=QUADS)
def test_marks_on_a_dewarped_page_map_to_their_positions_in_the_photo(corners):
    sheet = np.full((800, 600), 240, np.uint8)
    drawn = [(100, 120), (480, 200), (300, 400), (120, 700), (500, 650)]
    for x, y in drawn:
        cv2.circle(sheet, (x, y), 12, 20, -1)
    photo = photograph(sheet, corners, (800, 1000), 60)
    page = Dewarp()(Page(photo))

    def marks(pixels):
        _, _, stats, centers = cv2.connectedComponentsWithStats((pixels < 130).astype(np.uint8))
        areas = stats[:, cv2.CC_STAT_AREA]
        return sorted(tuple(c + 0.5) for c, area in zip(centers, areas, strict=True) if 150 < area < 2000)

    back = sorted(tuple(page.to_original.point(Point(*mark))) for mark in marks(page.pixels))
    assert len(back) == 5
    assert np.abs(np.array(back) - marks(np.where(photo == 60, 240, photo))).max() < 2
    flat = np.array(marks(page.pixels)) * (600 / page.width, 800 / page.height)
    assert np.abs(flat - sorted((x + 0.5, y + 0.5) for x, y in drawn)).max() < 4


def test_dewarp_uses_given_corners(letter):
    corners = QUADS["turned"]
    bright = Page(
        photograph(letter, corners, (800, 1000), 255)
    )  # white paper on a white desk cannot be detected
    assert Dewarp()(bright) is bright
    page = Dewarp(corners=corners)(bright)
    assert page.to_original.point(Point(0, 0)) == pytest.approx(corners[0], abs=0.01)
    assert page.to_original.point(Point(page.width, page.height)) == pytest.approx(corners[2], abs=0.01)


def test_dewarp_to_an_upright_rectangle_is_exact(letter):
    page = Dewarp(corners=[(10, 20), (310, 20), (310, 180), (10, 180)])(Page(letter))
    assert np.array_equal(page.pixels, letter[20:180, 10:310])


def test_dewarp_does_not_change_an_upright_page_on_a_dark_background(letter):
    scan = Page(cv2.copyMakeBorder(letter, 40, 50, 60, 70, cv2.BORDER_CONSTANT, value=BLACK))
    assert Dewarp()(scan) is scan


def test_corners_outside_the_photo_are_moved_to_its_edge(letter):
    whole = Page(letter)
    assert Dewarp(corners=[(-50, -1e9), (1e9, -3), (1e9, 1e9), (-1, 1e9)])(whole) is whole
    assert Dewarp(corners=[(-50, -50), (-10, -50), (-10, -10), (-50, -10)])(whole) is whole  # no area is left


@pytest.mark.parametrize(
    "corners",
    [
        [(0, 0), (0, 100), (100, 100), (100, 0)],  # counterclockwise
        [(0, 0), (100, 0), (20, 20), (0, 100)],  # concave
        [(0, 0), (100, 0), (200, 0), (0, 100)],  # three on a line
        [(0, 0), (100, 0), (100, float("nan")), (0, 100)],
        [(0, 0), (100, 0), (100, 100)],
    ],
)
def test_invalid_corners_are_rejected(corners):
    with pytest.raises(ValidationError):
        Dewarp(corners=corners)


def flat_pages():
    """Scans of whole pages, each with something on it that could be mistaken for a page."""
    text = draw_page(TEXT, font_size=32).page.pixels
    height, width = text.shape
    yield "text", text
    yield "dark text", 255 - text
    framed = text.copy()
    cv2.rectangle(framed, (8, 8), (width - 8, height - 8), 0, 4)
    yield "frame", framed
    box = text.copy()
    box[200:450, 30:-30] = 30
    yield "dark box", box
    sheet = box.copy()
    cv2.fillConvexPoly(sheet, np.array([(60, 230), (width - 90, 215), (width - 60, 430), (80, 440)]), 230)
    yield "picture of a sheet", sheet
    light = 255 - text
    light[200:450, 30:-30] = 230
    yield "light box", light
    tinted = np.minimum(text, 185)
    tinted[150:, 30:-30] = text[150:, 30:-30]
    yield "tinted", tinted


@pytest.mark.parametrize("tilt", [0, 2])
@pytest.mark.parametrize(
    "pixels", [pixels for _, pixels in flat_pages()], ids=[name for name, _ in flat_pages()]
)
def test_dewarp_does_not_mistake_a_part_of_a_page_for_the_page(pixels, tilt):
    height, width = pixels.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), tilt, 1)
    page = Page(cv2.warpAffine(pixels, turn, (width, height), borderMode=cv2.BORDER_REPLICATE))
    assert Dewarp()(page) is page


@pytest.mark.parametrize(
    "step",
    [
        Denoise(method="nlm"), Binarize(), Contrast(), Contrast(method="clahe"), Sharpen(), Rotate(degrees=0), Crop(),
        Crop(what="content"), RemoveLines(), Dewarp(), Dewarp(corners=[(0, 0), (400, 0), (400, 300), (0, 300)]),
    ],
    ids=repr,
)  # fmt: skip
def test_steps_return_a_blank_page_unchanged(step):
    blank = blank_page()
    assert step(blank) is blank


@pytest.mark.parametrize("step", [Contrast(), Crop(), RemoveLines(), Dewarp()], ids=repr)
def test_steps_return_a_clean_page_unchanged(letter, step):
    for pixels in (letter, in_color(letter)):
        page = Page(pixels)
        assert step(page) is page


def test_paper_color_is_the_most_frequent_color(letter):
    light = np.linspace(0.8, 1, letter.shape[1])
    assert paper_color(letter) == (255,)
    assert paper_color(255 - letter) == (0,)
    assert paper_color(grainy(letter * light, 5))[0] == pytest.approx(230, abs=15)
    yellow = np.full((50, 60, 3), (240, 230, 150), np.uint8)
    yellow[20:30, :40] = 0
    assert paper_color(yellow) == (240, 230, 150)


@pytest.mark.parametrize(
    "step",
    [
        *(Denoise(method=method) for method in ("gaussian", "median", "bilateral", "nlm")),
        *(Binarize(method=method) for method in ("otsu", "adaptive", "sauvola")),
        *(Contrast(method=method) for method in ("stretch", "clahe")),
        Sharpen(),
    ],
    ids=repr,
)
@pytest.mark.parametrize("color", [False, True])
def test_steps_are_pure_and_keep_index_size_and_resolution(drawn, step, color):
    page = Page(cv2.cvtColor(drawn.pixels, cv2.COLOR_GRAY2RGB), index=2, dpi=150) if color else drawn
    before = page.pixels.copy()
    after = step(page)
    assert np.array_equal(page.pixels, before)
    assert (after.index, after.dpi, after.original_size) == (2, 150, (400, 120))
    assert after.to_original.is_identity
    assert np.array_equal(step(page).pixels, after.pixels)


@pytest.mark.parametrize("wrong", [{"size": 4}, {"size": 1}, {"method": "magic"}, {"sise": 3}])
def test_invalid_parameters_are_rejected(wrong):
    with pytest.raises(ValidationError):
        Denoise(**wrong)
