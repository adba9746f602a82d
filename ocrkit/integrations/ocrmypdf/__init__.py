"""A plug-in for OCRmyPDF: every backend of ocrkit as its engine.

OCRmyPDF loads it in each of its runs, by the entry point of this package. So it is light, and it does nothing
until it is asked for: with `--ocrkit`, with any other `--ocrkit-…` option, or, in Python, with
`ocr_engine="ocrkit"`. Beside an OCRmyPDF that is too old for it, it has no hooks at all, and it runs as it
always has.
"""

from __future__ import annotations

import contextlib

with contextlib.suppress(ImportError):
    from ocrkit.integrations.ocrmypdf.hooks import add_options, check_options, get_ocr_engine

__all__ = ["add_options", "check_options", "get_ocr_engine"]
