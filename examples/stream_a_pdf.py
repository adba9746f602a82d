"""Read selected pages of a PDF one by one, without keeping them in memory."""

import sys
import tempfile
from pathlib import Path

from PIL import Image

import ocrkit

with tempfile.TemporaryDirectory() as folder, ocrkit.Ocr() as ocr:
    if len(sys.argv) > 1:
        path = Path(sys.argv[1])
    else:  # a PDF with the letter on each of three pages
        path = Path(folder) / "letters.pdf"
        letter = Image.open(Path(__file__).with_name("letter.png")).convert("L")
        letter.save(path, save_all=True, append_images=[letter, letter], resolution=150)
    for page in ocr.stream(path, pages="2-"):
        print(f"page {page.number}: {len(page.words)} words in {page.timings['recognize']:.1f} s")
