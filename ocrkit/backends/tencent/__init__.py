"""Tencent Cloud OCR: Chinese and English above all, with handwriting, tables and cards.

Reference: https://cloud.tencent.com/document/product/866

The vendor's SDK builds and signs each request, and the transport sends it. So deadlines and the rules for
TLS are those of every backend, and neither pages nor keys reach the SDK's log.
"""

from ocrkit.backends.tencent.backend import TencentBackend
from ocrkit.backends.tencent.options import TencentOptions

__all__ = ["TencentBackend", "TencentOptions"]
