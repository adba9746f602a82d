"""OCR.space: print in 27 languages, with a free plan and a key for a first try.

Reference: https://ocr.space/OCRAPI
"""

from ocrkit.backends.ocrspace.backend import OcrspaceBackend
from ocrkit.backends.ocrspace.options import OcrspaceOptions

__all__ = ["OcrspaceBackend", "OcrspaceOptions"]
