"""Correct the spelling of low-confidence words where only one correction is plausible.

`step` holds the options and processes a page; `suggestions` finds the correction of one word; `shapes` knows
the cases and the parts of words; `confusions` and `dictionaries` know the letters and the words.
"""

from __future__ import annotations

from ocrkit.postprocess.spelling.step import Spelling

__all__ = ["Spelling"]
