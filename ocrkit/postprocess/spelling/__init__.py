"""Correct the spelling of low-confidence words where only one correction is plausible.

`step` holds the options and processes a page; `suggestions` finds the correction of one word, from words that
look similar and from `engine_readings`, and `letter_rules` those of single letters; `shapes` knows the cases
and the parts of words; `confusions`, `dictionaries` and `lexicon` know the letters and the words.
"""

from __future__ import annotations

from ocrkit.postprocess.spelling.step import Spelling

__all__ = ["Spelling"]
