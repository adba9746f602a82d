"""A second look at doubtful lines, with the real recognizer."""

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont
from rapidfuzz.distance import Levenshtein

import ocrkit
from ocrkit.backends.ppocr import PpocrBackend, PpocrOptions, runtime
from ocrkit.backends.ppocr.bundled_models import RECOGNITION, model_path
from ocrkit.backends.ppocr.line_reader import RecognizedLine
from ocrkit.backends.ppocr.recognition import RecognizedCharacter, RecognizedText, Recognizer
from ocrkit.backends.ppocr.second_look import DOUBTFUL_PRINT, LOOKS, look_again
from ocrkit.testing.samples import draw_page


class CannedRecognizer:
    """Reads the looks of a line as the given texts, and counts the crops."""

    def __init__(self, *texts):
        self.texts = texts
        self.crops = 0

    def read(self, crops):
        for number, _ in enumerate(crops):
            self.crops += 1
            yield text(self.texts[number % len(self.texts)], 0.9)


def text(characters, confidence):
    return RecognizedText(
        tuple(RecognizedCharacter(each, confidence, n / 10) for n, each in enumerate(characters))
    )


def line(characters, confidence):
    return RecognizedLine(text(characters, confidence), np.full((48, 96, 3), 255, np.uint8))


def test_only_doubtful_lines_are_read_again() -> None:
    recognizer = CannedRecognizer("make", "make")
    lines = look_again(recognizer, [line("sure", 0.99), line("moke", 0.8), line("sure", 0.97)], 0.93)
    assert [each.text.text for each in lines] == ["sure", "make", "sure"]
    assert recognizer.crops == len(LOOKS)


@pytest.mark.parametrize("inverted", [False, True])
def test_looks_change_strokes_and_keep_the_shape(inverted) -> None:
    leaning = np.full((48, 200, 3), 255, np.uint8)
    for start in (40, 90, 140):
        cv2.line(leaning, (start, 42), (start + 20, 6), (0, 0, 0), 3)
    leaning = 255 - leaning if inverted else leaning
    smoother, upright = (look(leaning) for look in LOOKS)
    assert {smoother.shape, upright.shape} == {leaning.shape}
    assert len(np.unique(smoother)) > len(np.unique(leaning))
    strokes = np.abs(upright[:, :, 0].astype(int) - leaning[0, 0, 0]) > 128
    foot, head = (int(np.flatnonzero(strokes[row])[0]) for row in (38, 10))
    assert abs(foot - head) <= 5


TEXTS = [
    "the clerk burned every modern lamp",
    "of boats and harbour corners once",
    "clemency was not asked for again",
]


def noisy_crop(text, font, seed):
    """A slanted line in strong noise."""
    image = Image.new("L", (760, 48), 235)
    ImageDraw.Draw(image).text((30, 8), text, font=ImageFont.truetype(font, 26), fill=60)
    leaning = image.transform(image.size, Image.Transform.AFFINE, (1, 0.8, -19, 0, 1, 0), fillcolor=235)
    noise = np.random.default_rng(seed).normal(0, 70, (48, 760))
    gray = (np.asarray(leaning) + noise).clip(0, 255).astype(np.uint8)
    return np.repeat(gray[:, :, None], 3, axis=2)


def test_a_second_look_reads_degraded_lines_better(latin_font) -> None:
    network = runtime.load(
        model_path(RECOGNITION), runtime="openvino", device="cpu", threads=1, streams=1, precision="auto"
    )
    recognizer = Recognizer.with_alphabet(network, network.metadata["character"].splitlines(), "small")
    crops = [noisy_crop(each, latin_font, seed) for seed, each in enumerate(TEXTS)]
    lines = [RecognizedLine(*each) for each in zip(recognizer.read(crops), crops, strict=True)]
    before, after = (
        sum(Levenshtein.distance(each.text.text, truth) for each, truth in zip(found, TEXTS, strict=True))
        for found in (lines, look_again(recognizer, lines, DOUBTFUL_PRINT))
    )
    assert after < before / 2


def test_clear_print_is_the_same_with_a_second_look(default_engine) -> None:
    page = draw_page(["Clear print needs no second look."]).page.pixels
    again = PpocrBackend(PpocrOptions(threads=1, second_look="always"))
    assert (
        ocrkit.recognize(page, backend=again).pages[0].blocks
        == ocrkit.recognize(page, backend=default_engine).pages[0].blocks
    )


def lines_over_lines(font):
    """Lines that are hard to read, because others are written over them."""
    image = Image.new("L", (760, 360), 255)
    pen = ImageDraw.Draw(image)
    letters = ImageFont.truetype(font, 26)
    for row, (one, other) in enumerate(zip(TEXTS, TEXTS[1:] + TEXTS[:1], strict=True)):
        pen.text((30, 40 + 100 * row), one, font=letters, fill=0)
        pen.text((35, 45 + 100 * row), other, font=letters, fill=0)
    return np.asarray(image)


def test_a_page_that_is_hard_to_read_names_stronger_readers(default_engine, latin_font) -> None:
    image = lines_over_lines(latin_font)
    (page,) = ocrkit.recognize(image, backend=default_engine).pages
    assert any("--backend vlm" in warning for warning in page.warnings)
    (page,) = ocrkit.recognize(image, backend=default_engine, mode="printed").pages
    assert not any("--backend vlm" in warning for warning in page.warnings)
