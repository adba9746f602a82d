"""OCRmyPDF plug-in that makes every backend of ocrkit an OCR engine of OCRmyPDF.

OCRmyPDF loads it on every run, by the entry point of this package. So it imports little, and it does nothing
without `--ocrkit`, another `--ocrkit-…` option or, in Python, `ocr_engine="ocrkit"`. If OCRmyPDF is too old,
the plug-in has no hooks.
"""

from __future__ import annotations

import contextlib

with contextlib.suppress(ImportError):
    from ocrkit.integrations.ocrmypdf.hooks import add_options, check_options, get_ocr_engine

__all__ = ["add_options", "check_options", "get_ocr_engine"]
