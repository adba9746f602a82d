"""Furniture of pages: running heads, running feet, page numbers and download stamps.

A single page shows it by position, size and text (`evidence.py`); the pages of a document show it by
repetition (`repetition.py`). Wrong labels lose text where furniture is left out, so doubtful lines stay text.
"""

from ocrkit.postprocess.furniture.evidence import page_furniture
from ocrkit.postprocess.furniture.labels import with_kinds

__all__ = ["page_furniture", "with_kinds"]
