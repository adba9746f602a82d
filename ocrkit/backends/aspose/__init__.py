"""Aspose OCR Cloud (API v5): many languages, and English handwriting.

Reference: https://docs.aspose.cloud/ocr/

Without an SDK: the vendor's current package can neither fetch a token nor set an address, and the one named
`asposeocrcloud` is for Python 2. See `docs/explanation/decisions/0011-aspose-without-sdk.md`.
"""

from ocrkit.backends.aspose.backend import AsposeBackend
from ocrkit.backends.aspose.options import AsposeOptions

__all__ = ["AsposeBackend", "AsposeOptions"]
