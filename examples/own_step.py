"""A preprocessing step of one's own: any function from page to page."""

from pathlib import Path

import numpy as np

import ocrkit


def without_header(page: ocrkit.Page) -> ocrkit.Page:
    """Cut off the top eighth of the page, and say how to get back to the whole of it."""
    cut = page.height // 8
    return page.derive(np.ascontiguousarray(page.pixels[cut:]), ocrkit.Transform.shift(0, cut))


letter = Path(__file__).with_name("letter.png")
with ocrkit.Ocr(preprocess=["grayscale", without_header]) as ocr:
    page = ocr.recognize(letter).pages[0]
first = page.lines[0]
print(first.text)
if first.box:  # coordinates are those of the page that was handed in, not of the cut one
    print(f"stands at {first.box.left:.0f}, {first.box.top:.0f} of {page.width} × {page.height}")
print([step.name for step in page.preprocess])
