"""An image with a known number, to find out whether a model looks at images."""

from __future__ import annotations

import re

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ocrkit.backends.base import Finding
from ocrkit.page import Page

NUMBER = "4719"


def probe_page() -> Page:
    """The image."""
    image = Image.new("L", (320, 120), 255)
    font = ImageFont.load_default(64)
    ImageDraw.Draw(image).text((40, 20), NUMBER, 0, font)
    return Page(np.asarray(image))


def answers_probe(model: str, text: str) -> Finding:
    """Whether the answer has the number."""
    if NUMBER in re.sub(r"\D", "", text):
        return Finding(ok=True, text=f"the model {model} read the number in a test image")
    return Finding(
        ok=False,
        text=f"the model {model} answered, but not with the number in a test image",
        advice="choose a vision model; a text-only model answers without looking at the image",
    )
