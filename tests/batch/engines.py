"""Backends for batches, in a module that other processes can import: quick ones, and ones that crash or hang."""

import hashlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from ocrkit.backends.base import BackendOptions
from ocrkit.errors import BackendError, QuotaError
from ocrkit.geometry import Box
from ocrkit.request import Capabilities
from ocrkit.result import Block, Line, PageResult, Trace, Word

SIGNS = {10: "crash", 20: "hang", 30: "grow", 40: "exit", 50: "fail", 60: "quota", 70: "raise", 80: "leave"}
"""What the backend does, by the gray value of the top left corner of a page."""


class HashOptions(BackendOptions):
    seconds: float = 0.0
    log: str | None = None
    """A file that gets a line for each page."""
    gate: str | None = None
    """A file with a number: while it exists, pages wait after this number of lines in the log."""
    once: str | None = None
    """A folder with a mark for each page that failed, so that it fails only once."""
    word: str = "page"
    threads: int = 1


class HashBackend:
    """Reads the hash of a page, and does what the corner of the page says."""

    name = "hash"
    Options = HashOptions
    capabilities = Capabilities(sharing="shared", levels=frozenset({"line", "word"}), reading_order=True)

    def __init__(self, options):
        self.options = options
        self.hoard = []

    def recognize(self, page, request):
        digest = hashlib.sha256(page.pixels.tobytes()).hexdigest()[:12]
        if self.options.log:
            with Path(self.options.log).open("a") as file:
                file.write(f"{digest}\n")
        if self.options.gate:
            position = len(Path(self.options.log).read_text().split())
            while not self._may_pass(position):
                time.sleep(0.01)
        time.sleep(self.options.seconds)
        self._obey(SIGNS.get(int(page.pixels.flat[0])), digest)
        box = Box(1, 1, page.width - 1, page.height - 1).polygon
        words = (Word(text=self.options.word, polygon=box, confidence=0.9), Word(text=digest, polygon=box))
        block = Block.of([Line.of(words)]).model_copy(update={"language": "en"})  # not to be found out
        return PageResult(
            index=page.index, width=page.width, height=page.height, dpi=page.dpi, blocks=(block,),
            trace=Trace(backend=self.name),
        )  # fmt: skip

    def _may_pass(self, position):
        try:
            return position <= int(Path(self.options.gate).read_text())
        except FileNotFoundError:
            return True

    def _obey(self, sign, digest):
        if sign is None:
            return
        if self.options.once:
            mark = Path(self.options.once) / f"{digest}-{sign}"
            if mark.exists():
                return
            mark.touch()
        getattr(self, f"_{sign}")()

    def _crash(self):
        os.kill(os.getpid(), signal.SIGSEGV)
        time.sleep(10)

    def _hang(self):
        subprocess.run(["sleep", "600"], check=False)

    def _grow(self):
        while True:
            self.hoard.append(np.ones(50 << 20, np.uint8))
            time.sleep(0.02)

    def _exit(self):
        os._exit(11)

    def _leave(self):
        sys.exit(12)

    def _fail(self):
        raise BackendError("this page cannot be read")

    def _quota(self):
        raise QuotaError("nothing is left this month")

    def _raise(self):
        raise ZeroDivisionError("an error of an engine")

    def close(self):
        self.hoard.clear()


class NativeBackend(HashBackend):
    """The same, with native code that may crash the process."""

    name = "native"
    capabilities = HashBackend.capabilities.model_copy(update={"native": True})


class AloneBackend(HashBackend):
    """The same, for one thread per instance."""

    name = "alone"
    capabilities = HashBackend.capabilities.model_copy(update={"sharing": "per-instance"})
