"""Baidu AI Cloud OCR: Chinese and English above all, with handwriting, tables, cards and receipts.

Reference: https://cloud.baidu.com/doc/OCR/index.html

The vendor's SDK knows the endpoints and builds the requests, and the transport sends them: the SDK's own
HTTP verifies no certificate. See `docs/explanation/decisions/0015-baidu-sdk-as-catalogue.md`.
"""

from ocrkit.backends.baidu.backend import BaiduBackend
from ocrkit.backends.baidu.options import BaiduOptions

__all__ = ["BaiduBackend", "BaiduOptions"]
