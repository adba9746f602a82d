"""A backend whose engine crashes, hangs and writes files, in a module that worker processes can import."""

import os
import sys
import time
from pathlib import Path

from ocrkit.backends.base import Finding, IsolatedOptions
from ocrkit.errors import ConfigError, MissingDependencyError
from ocrkit.request import Capabilities
from ocrkit.result import Block, Line, PageResult, Trace


class FragileOptions(IsolatedOptions):
    deed: str = "read"
    mark: Path | None = None
    """A file that the first process creates."""


class FragileBackend:
    """Does what its option says."""

    name = "fragile"
    Options = FragileOptions
    capabilities = Capabilities(isolated=True, native=True)

    def __init__(self, options):
        self.options = options

    def prepare_process(self, folder):
        (folder / "prepared").write_text("by the program")
        return {"FRAGILE_VARIABLE": "set for the process"}

    def explain_crash(self, message):
        return (
            MissingDependencyError("install a library", install="make it so")
            if "no library" in message
            else None
        )

    def recognize(self, page, request):
        texts = getattr(self, f"_{self.options.deed}")()
        return PageResult(
            index=page.index,
            width=page.width,
            height=page.height,
            blocks=(Block.of([Line(text=text) for text in texts]),),
            trace=Trace(backend=self.name),
        )

    def diagnose(self):
        getattr(self, f"_{self.options.deed}")()
        return [Finding(ok=True, text=f"process {os.getpid()}")]

    def close(self):
        if self.options.mark is not None:
            self.options.mark.write_text("closed")

    def _read(self):
        Path("engine.log").write_text("what an engine writes into its current folder")
        return (
            str(os.getpid()),
            os.environ["FRAGILE_VARIABLE"],
            str(Path.cwd()),
            str(sorted(path.name for path in Path().iterdir())),
        )

    def _abort(self):
        os.abort()

    def _abort_once(self):
        if not self.options.mark.exists():
            self.options.mark.touch()
            os.abort()
        return ("at the second attempt",)

    def _abort_without_library(self):
        sys.stderr.write("no library found\n")
        sys.stderr.flush()
        os.abort()

    def _hang(self):
        time.sleep(600)

    def _refuse(self):
        raise ConfigError("the option is wrong")

    def _fail(self):
        raise ZeroDivisionError("odd")
