"""Measure pages and show the preprocessing steps for a backend, without reading the pages.

python examples/preview_preprocessing.py [FILE [BACKEND]]
"""

import sys
from pathlib import Path

import ocrkit
from ocrkit.preprocess.measure import measure

file = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("letter.png")
backend = sys.argv[2] if len(sys.argv) > 2 else "ppocr"

with ocrkit.Ocr(backend) as ocr:
    for page, stages in ocr.prepare(file):
        found = measure(page)
        print(f"page {page.number}: text height {found.text_height} px, skew {found.skew} degrees")
        for stage in stages:
            print(f"{stage.step.name}: {stage.step.reason} -> {stage.page}")
