"""Two engines whose output a file prescribes, in a module that a dotted path can name."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np

from ocrkit.backends.base import BackendOptions
from ocrkit.errors import BackendError
from ocrkit.page import Page
from ocrkit.postprocess.edits import Edit, apply_edits, word_spans
from ocrkit.request import Capabilities, Request
from ocrkit.result import Block, Line, PageResult, Trace, Word

_REPAIRS = {"Thc": "The", "boats": "boots", "rcturncd": "rctorncd"}


class ExactOptions(BackendOptions):
    outputs: str
    """A JSON file: by hash of a page, its lines of words, each with polygon and confidence; null to fail."""
    log: str | None = None
    """A file that gets a line for each page: its hash, the languages and the scene."""


class ExactBackend:
    """Returns the prescribed output of a page."""

    name = "exact"
    Options = ExactOptions
    capabilities = Capabilities(
        languages=frozenset({"en", "de"}), scenes=frozenset({"document", "line"}), levels=frozenset({"line", "word"}),
        confidence="word", reading_order=True, sharing="shared",
    )  # fmt: skip

    def __init__(self, options: ExactOptions) -> None:
        self.options = options

    def recognize(self, page: Page, request: Request) -> PageResult:
        page_hash = hash_of(page.pixels)
        if self.options.log:
            with Path(self.options.log).open("a") as file:
                file.write(f"{page_hash} {','.join(request.languages)} {request.scene}\n")
        output = json.loads(Path(self.options.outputs).read_text())[page_hash]
        if output is None:
            raise BackendError("the page is torn")
        lines = [
            Line.of(
                Word(text=self._misread(text), polygon=polygon, confidence=confidence)
                for text, polygon, confidence in line
            )
            for line in output
        ]
        return PageResult(
            index=page.index, width=page.width, height=page.height, blocks=(Block.of(lines),),
            trace=Trace(backend=self.name),
        )  # fmt: skip

    def _misread(self, text: str) -> str:
        return text

    def close(self) -> None:
        """There is nothing to free."""


class SloppyBackend(ExactBackend):
    """Reads every e as a c."""

    name = "sloppy"

    def _misread(self, text: str) -> str:
        return text.replace("e", "c")


def hash_of(pixels: np.ndarray) -> str:
    return hashlib.sha256(pixels.tobytes()).hexdigest()[:16]


def repair(page: PageResult) -> PageResult:
    """A post-processing step that makes one word right, one wrong, and one another wrong word."""
    blocks = []
    for block in page.blocks:
        edits = [
            Edit(index, span.start, span.end, text, "an example")
            for index, line in enumerate(block.lines)
            for span in word_spans(line)
            if (text := _REPAIRS.get(span.text)) is not None
        ]
        blocks.append(apply_edits(block, edits, by="repair"))
    return page.model_copy(update={"blocks": tuple(blocks)})
