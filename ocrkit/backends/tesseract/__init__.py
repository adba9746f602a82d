"""Tesseract: the classic engine, with language packs for more than a hundred languages.

Reference: https://tesseract-ocr.github.io/tessdoc/

Two runners give the same results. `tesserocr` runs the library in this process and avoids starting a program
for every image. `pytesseract` starts the `tesseract` program, which can be killed at a deadline. Both use one
thread per page: OpenMP makes Tesseract slower, not faster.

Modules: `backend` (the backend), `options`, `errors` (error translation), `page_reader` (read one page in the
right orientation), `runners` (call the engine), `page_image` (image, resolution and rotation), `parse` (the
TSV output), `languages` (tags and packs), `installation` (find the program and the packs), `diagnosis`
(`ocrkit doctor`).
"""

from __future__ import annotations

from ocrkit.backends.tesseract.backend import TesseractBackend
from ocrkit.backends.tesseract.options import TesseractOptions

__all__ = ["TesseractBackend", "TesseractOptions"]
