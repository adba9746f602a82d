"""Steps in a module that other processes can import."""

from pathlib import Path

from pydantic import PrivateAttr

from ocrkit.postprocess.base import StepOptions
from ocrkit.postprocess.edits import Edit, edited


def ending(page, *, mark="!"):
    """Puts a mark behind the last line of each block."""
    blocks = []
    for block in page.blocks:
        number, line = len(block.lines) - 1, block.lines[-1]
        blocks.append(
            edited(block, [Edit(number, len(line.text), len(line.text), mark, "for emphasis")], "ending")
        )
    return page.model_copy(update={"blocks": tuple(blocks)})


def broken(page):
    raise ZeroDivisionError("by nothing")


class Holding(StepOptions):
    """Loads with the first page, and says in a file what becomes of it."""

    log: Path
    _loaded: bool = PrivateAttr(default=False)

    def _note(self, text):
        with self.log.open("a") as file:
            file.write(f"{text}\n")

    def __call__(self, page):
        if not self._loaded:
            self._loaded = True
            self._note("loaded")
        return page

    def close(self):
        self._note("closed")


class Knowing(StepOptions):
    """Would work with the words in a file."""

    words: Path

    def __call__(self, page):
        return page
