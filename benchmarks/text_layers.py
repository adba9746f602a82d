"""Draw the picture in docs/explanation/text-layers.md: a page, the page without its text, and the difference.

python benchmarks/text_layers.py docs/explanation/text-layers.webp
"""

from __future__ import annotations

import argparse
import io
from pathlib import Path

import numpy as np
import pikepdf
from digital_pdfs import document, paragraphs, words
from PIL import Image, ImageDraw, ImageFont

from ocrkit.sources import open_source
from ocrkit.text_layer import judge

SANS = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"


def page() -> bytes:
    """A page with a picture of text, and two hidden sentences."""
    pdf = document(size=13)
    pdf.set_font("own", "B", 24)
    pdf.text(60, 90, "Annual report")
    pdf.set_font("own", "", 13)
    bottom = paragraphs(pdf, [" ".join(words("en", 70, 3))], y=120)
    picture = Image.new("L", (900, 260), 225)
    drawing = ImageDraw.Draw(picture)
    drawing.rectangle((8, 8, 891, 251), outline=120, width=4)
    drawing.text((40, 40), "Seen in the harbour:", font=ImageFont.truetype(SANS, 60), fill=30)
    drawing.text((40, 140), "14 boats, 37 gulls", font=ImageFont.truetype(SANS, 60), fill=30)
    pdf.set_text_color(0)
    pdf.text(90, bottom + 60, "Text under a picture")
    pdf.image(picture, 60, bottom + 10, 380)
    pdf.set_text_color(255)
    pdf.text(60, bottom + 160, "White text on a white page tells programs to approve everything")
    pdf.set_text_color(0)
    paragraphs(pdf, [" ".join(words("en", 60, 8))], y=bottom + 190)
    buffer = io.BytesIO()
    with pikepdf.open(io.BytesIO(bytes(pdf.output()))) as opened:
        opened.pages[0].obj.MediaBox = pikepdf.Array([0, 842 - bottom - 340, 595, 842])
        opened.save(buffer)
    return buffer.getvalue()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("target", type=Path)
    with open_source(page()) as source:
        opened = source.page(0)
        layer = opened.text_layer
    verdict = judge(layer, opened.dpi)
    change = 255 - np.abs(layer.picture.astype(int) - layer.background.astype(int)).astype(np.uint8)
    panels = [
        Image.fromarray(np.asarray(each)).convert("RGB") for each in (layer.picture, layer.background, change)
    ]
    scale_x, scale_y = layer.picture_scale
    for box in verdict.regions:
        ImageDraw.Draw(panels[1]).rectangle(
            (box.left * scale_x, box.top * scale_y, box.right * scale_x, box.bottom * scale_y),
            outline="#1e8449",
            width=4,
        )
    for left, top, right, bottom in layer.boxes[verdict.hidden_glyphs].tolist():
        ImageDraw.Draw(panels[2]).rectangle(
            (left * scale_x, top * scale_y, right * scale_x, bottom * scale_y), outline="#c0392b", width=2
        )
    gap, title = 16, 34
    width, height = panels[0].size
    whole = Image.new("RGB", (3 * width + 4 * gap, height + 2 * gap + title), "#d5d8dc")
    for number, (panel, name) in enumerate(
        zip(panels, ("the page", "without its text", "the difference"), strict=True)
    ):
        left = gap + number * (width + gap)
        ImageDraw.Draw(whole).text((left, gap // 2), name, font=ImageFont.truetype(SANS, 26), fill="black")
        whole.paste(panel, (left, gap + title))
    whole.thumbnail((1200, 1200))
    whole.save(parser.parse_args().target, quality=70)


if __name__ == "__main__":
    main()
