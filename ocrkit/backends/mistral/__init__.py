"""Mistral OCR: a model that reads print, handwriting, tables and formulas into Markdown, block by block.

Reference: https://docs.mistral.ai/capabilities/document_ai/basic_ocr

Without an SDK: it is one request, and the vendor's package depends on a client and a tracer of its own.
"""

from ocrkit.backends.mistral.backend import MistralBackend
from ocrkit.backends.mistral.options import MistralOptions

__all__ = ["MistralBackend", "MistralOptions"]
