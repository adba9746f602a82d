"""Factories for lines and documents."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ocrkit.document import Document
from ocrkit.geometry import Box
from ocrkit.result import Block, Line, PageResult, Trace, Word

sys.path.insert(0, str(Path(__file__).parent))  # for the shared module `pages_drawn`


@pytest.fixture
def line() -> Callable[..., Line]:
    """A line at a position, with characters and spaces ten pixels wide."""

    def make(text, left=0.0, top=0.0, height=20.0, **fields):
        words, x = [], left
        for each in text.split():
            words.append(Word(text=each, polygon=Box(x, top, x + 10 * len(each), top + height).polygon))
            x += 10 * len(each) + 10
        return Line.of(words, **{"text": text, **fields})

    return make


@pytest.fixture
def document() -> Callable[..., Document]:
    """A document of one page, from blocks or from lists of lines."""

    def make(*blocks, **fields):
        blocks = tuple(block if isinstance(block, Block) else Block.of(block) for block in blocks)
        page = PageResult(
            **{"width": 1000, "height": 1400, "trace": Trace(backend="test"), **fields}, blocks=blocks
        )
        return Document(page_count=1, pages=(page,))

    return make
