"""Alibaba Cloud OCR: Chinese and English, a dozen more languages, handwriting, tables and cards.

Reference: https://help.aliyun.com/zh/ocr/developer-reference/api-ocr-api-2021-07-07-overview

The vendor's SDK writes each request and its signature; how it gets there is the transport's, so that
deadlines hold, TLS is verified by the same rules as everywhere, and what pages say is in no log.

The files: `backend` (options and the backend), `asking` (which endpoint is asked, and for what), `parse` (its
answers), `codes` (the table of its errors).
"""

from __future__ import annotations

from ocrkit.backends.alibaba.backend import AlibabaBackend, AlibabaOptions

__all__ = ["AlibabaBackend", "AlibabaOptions"]
