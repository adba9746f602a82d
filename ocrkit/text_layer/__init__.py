"""The text layer of a page: which of its text can be trusted, and the lines of that text.

`judge` looks at small pictures of the page, with and without its text. Hidden text leaves no mark in the
difference (`visibility`), wrong characters do not have the shapes of their letters (`encoding`), and text
that the layer lacks is ink in the picture without text (`coverage`). `lines_of` makes lines of the glyphs
that are left. Everything here is pure: nothing is read, rendered or recognized.
"""

from ocrkit.text_layer.coverage import erased
from ocrkit.text_layer.lines import READ_BY, lines_of, styled_lines_of
from ocrkit.text_layer.sample import Sample, sample_agreement, sample_lines
from ocrkit.text_layer.trust import Verdict, judge

__all__ = [
    "READ_BY",
    "Sample",
    "Verdict",
    "erased",
    "judge",
    "lines_of",
    "sample_agreement",
    "sample_lines",
    "styled_lines_of",
]
