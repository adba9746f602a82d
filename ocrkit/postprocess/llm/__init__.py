"""Words that the engine doubts, corrected from their context by a language model that cannot lie unnoticed.

The files: `step` (what is set, and the way of a page), `asking` (what a model is told, and how its answer
is understood), `containment` (which proposals may be made true), `local` and `endpoint` (models on this
machine and behind an address), `engine` (the libraries that run models), `files` (where a model's file is, or
comes from).
"""

from __future__ import annotations

from ocrkit.postprocess.llm.step import Llm

__all__ = ["Llm"]
