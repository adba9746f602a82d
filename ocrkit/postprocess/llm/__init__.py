"""Correct low-confidence words from their context with a language model, within strict limits.

`step` holds the options and processes a page; `block_words` asks about its words, `candidates` lists what
they may have been within the limits of `guards`, and `choosing` weighs the answers. Models run locally
(`local`, on top of `runtimes`; `hub` finds or downloads the file) or behind an OpenAI-compatible server
(`endpoint`).
"""

from __future__ import annotations

from ocrkit.postprocess.llm.step import Llm

__all__ = ["Llm"]
