"""Read with pdf2image and pytesseract in a loop, as in most tutorials."""

import sys
from pathlib import Path

import pytesseract
from pdf2image import convert_from_path, pdfinfo_from_path
from PIL import Image

source, out = Path(sys.argv[1]), Path(sys.argv[2])
texts = []
if source.is_dir():
    for file in sorted(source.iterdir()):
        with Image.open(file) as image:
            texts.append(pytesseract.image_to_string(image, lang="eng"))
else:
    for number in range(1, pdfinfo_from_path(source)["Pages"] + 1):  # all pages at once would fill the memory
        (image,) = convert_from_path(source, dpi=200, first_page=number, last_page=number)
        texts.append(pytesseract.image_to_string(image, lang="eng"))
out.write_text("\n".join(texts), encoding="utf-8")
