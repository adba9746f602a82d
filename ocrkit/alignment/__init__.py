"""Alignment of two or more readings of one page: characters, words and lines.

Strategies, second looks, vision models and the viewer compare readings with these functions. All of them are
pure: the same input gives the same output, and nothing is changed in place.
"""

from ocrkit.alignment.characters import Segment, align_characters, similarity
from ocrkit.alignment.lines import LineGroup, group_lines
from ocrkit.alignment.merging import merge_readings
from ocrkit.alignment.words import align_words

__all__ = [
    "LineGroup",
    "Segment",
    "align_characters",
    "align_words",
    "group_lines",
    "merge_readings",
    "similarity",
]
