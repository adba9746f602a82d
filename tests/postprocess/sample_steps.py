"""Post-processing steps in a module that worker processes can import."""

from pathlib import Path

from pydantic import PrivateAttr

from ocrkit.postprocess.base import StepOptions
from ocrkit.postprocess.edits import Edit, apply_edits


def append_mark(page, *, mark="!"):
    """Append a mark to the last line of each block."""
    blocks = []
    for block in page.blocks:
        index, line = len(block.lines) - 1, block.lines[-1]
        edit = Edit(index, len(line.text), len(line.text), mark, "for emphasis")
        blocks.append(apply_edits(block, [edit], "append_mark"))
    return page.model_copy(update={"blocks": tuple(blocks)})


def broken(page):
    raise ZeroDivisionError("by nothing")


class Lazy(StepOptions):
    """Loads on the first page, and logs loading and closing to a file."""

    log: Path
    _loaded: bool = PrivateAttr(default=False)

    def _write(self, text):
        with self.log.open("a") as file:
            file.write(f"{text}\n")

    def __call__(self, page):
        if not self._loaded:
            self._loaded = True
            self._write("loaded")
        return page

    def close(self):
        self._write("closed")


class WithWordFile(StepOptions):
    """Depends on a file of words."""

    words: Path

    def __call__(self, page):
        return page
