"""Aspose OCR Cloud (API v5): many languages, and English handwriting.

Reference: https://docs.aspose.cloud/ocr/

Over our own HTTP: the vendor's current package cannot fetch a token and has no address to send to, and the
one that is called `asposeocrcloud` is for Python 2.

The files: `backend` (options and the backend), `languages` (the service's names for them), `parse` (its
answers).
"""

from __future__ import annotations

from ocrkit.backends.aspose.backend import AsposeBackend, AsposeOptions

__all__ = ["AsposeBackend", "AsposeOptions"]
