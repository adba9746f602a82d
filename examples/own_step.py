"""A custom preprocessing step: a function from page to page."""

from pathlib import Path

import numpy as np

import ocrkit


def without_header(page: ocrkit.Page) -> ocrkit.Page:
    """Cut off the top eighth of the page. The transform maps the rest to the original page."""
    cut = page.height // 8
    return page.derive(np.ascontiguousarray(page.pixels[cut:]), ocrkit.Transform.shift(0, cut))


letter = Path(__file__).with_name("letter.png")
with ocrkit.Ocr(preprocess=["grayscale", without_header]) as ocr:
    page = ocr.recognize(letter).pages[0]
first = page.lines[0]
print(first.text)
if first.box:  # in pixels of the original page, not of the cropped one
    print(f"at {first.box.left:.0f}, {first.box.top:.0f} of {page.width} × {page.height}")
print([step.name for step in page.preprocess])
