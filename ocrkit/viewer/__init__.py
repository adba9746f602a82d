"""Results as a web page: one file with images, words and scripts that loads nothing from the network.

A result does not hold the pixels of its pages, so the viewer reads them again from their source.
"""

from __future__ import annotations

from ocrkit.viewer.web_page import DOUBTFUL_BELOW, view

__all__ = ["DOUBTFUL_BELOW", "view"]
