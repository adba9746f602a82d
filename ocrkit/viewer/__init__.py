"""Results to look at: one web page that holds everything, pictures too, and asks the network for nothing.

It stands above the sources, because a result does not hold the pixels of its pages: they are read again.
"""

from __future__ import annotations

from ocrkit.viewer.html import DOUBTFUL, html_of, view

__all__ = ["DOUBTFUL", "html_of", "view"]
