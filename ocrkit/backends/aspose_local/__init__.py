"""Aspose.OCR on this machine: print and handwriting, with a license of Aspose.

Reference: https://reference.aspose.com/ocr/python-net/

The engine runs in a worker process; see `ocrkit.aspose_engine`.
"""

from ocrkit.backends.aspose_local.backend import AsposeLocalBackend
from ocrkit.backends.aspose_local.options import AsposeLocalOptions

__all__ = ["AsposeLocalBackend", "AsposeLocalOptions"]
