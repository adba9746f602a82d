"""Alibaba Cloud OCR: Chinese and English, a dozen more languages, handwriting, tables and cards.

Reference: https://help.aliyun.com/zh/ocr/developer-reference/api-ocr-api-2021-07-07-overview

The vendor's SDK builds and signs each request, and the transport sends it. So deadlines and the rules for
TLS are those of every backend, and the text of pages reaches no log.
"""

from ocrkit.backends.alibaba.backend import AlibabaBackend
from ocrkit.backends.alibaba.options import AlibabaOptions

__all__ = ["AlibabaBackend", "AlibabaOptions"]
