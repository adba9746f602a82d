"""Baidu AI Cloud OCR: Chinese and English above all, with handwriting, tables, cards and receipts.

Reference: https://cloud.baidu.com/doc/OCR/index.html

The vendor's SDK knows the endpoints, and writes what is sent to them. It sends nothing: its own way to the
network verifies no certificate. See `docs/explanation/decisions/0015-baidu-sdk-as-catalogue.md`.

The files: `backend` (options and the backend), `asking` (which endpoint is asked, and for what), `catalogue`
(the SDK), `parse` and `shapes` (the answers), `codes` (the tables of errors).
"""

from __future__ import annotations

from ocrkit.backends.baidu.backend import BaiduBackend, BaiduOptions

__all__ = ["BaiduBackend", "BaiduOptions"]
