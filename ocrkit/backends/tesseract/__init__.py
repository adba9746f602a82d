"""Tesseract: the classic engine, with packs for more than a hundred languages.

Reference: https://tesseract-ocr.github.io/tessdoc/

It is reached through one of two runners with the same results: `tesserocr` runs the library inside this
process and saves the start of a program for every picture; `pytesseract` starts the `tesseract` program,
which can be ended at a deadline. One thread a page through both: OpenMP makes Tesseract slower, not faster.

The files: `backend` (options and the backend), `reading` (one page, upright in the end), `runners` (how the
engine is called, and the table of its errors), `view` (what the engine is shown: turn, resolution),
`parse` (its answer), `languages` (tags and packs), `installation` and `diagnosis` (what is on this machine).
"""

from __future__ import annotations

from ocrkit.backends.tesseract.backend import TesseractBackend, TesseractOptions

__all__ = ["TesseractBackend", "TesseractOptions"]
