"""Tencent Cloud OCR: Chinese and English above all, with handwriting, tables and cards.

Reference: https://cloud.tencent.com/document/product/866

The vendor's SDK writes each request and signs it; how it gets there is the transport's, so that deadlines
hold, TLS is verified by the same rules as everywhere, and neither pages nor keys come into the SDK's log.

The files: `backend` (options and the backend), `asking` (which endpoint is asked, and for what), `parse` (its
answers), `codes` (the table of its errors).
"""

from __future__ import annotations

from ocrkit.backends.tencent.backend import TencentBackend, TencentOptions

__all__ = ["TencentBackend", "TencentOptions"]
