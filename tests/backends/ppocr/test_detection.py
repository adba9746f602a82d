"""Detection of large letters, for example in handwriting."""

from dataclasses import replace

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ocrkit.backends.ppocr.loaded_models import LoadedModels
from ocrkit.backends.ppocr.options import PpocrOptions

LINES = ["the gray lamps", "of boats and", "harbor corner", "quietly asked"]


def large_slanted_lines(font, size=240):
    """Lines of large slanted letters with wide spaces, as in handwriting."""
    image = Image.new("RGB", (10 * size, 6 * size), "white")
    pen = ImageDraw.Draw(image)
    letters = ImageFont.truetype(font, size)
    for number, line in enumerate(LINES):
        left = size / 2
        for word in line.split():
            pen.text((left, size / 2 + 1.1 * number * size), word, font=letters, fill=0)
            left += pen.textlength(f"{word} ", font=letters) + size / 4
    shear = (1, 0.4, -1.2 * size, 0, 1, 0)
    return np.asarray(image.transform(image.size, Image.Transform.AFFINE, shear, fillcolor="white"))


def test_large_letters_are_detected_again_at_a_smaller_scale(latin_font) -> None:
    detector = LoadedModels(PpocrOptions()).detector
    image = large_slanted_lines(latin_font)
    assert len(detector(image)) == len(LINES)
    assert len(replace(detector, largest_text=1e9)(image)) > len(LINES)
