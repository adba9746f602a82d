"""Backends that waste what the system limits, in a module that worker processes can import."""

import tempfile

import numpy as np

from ocrkit.backends.base import BackendOptions
from ocrkit.request import Capabilities
from ocrkit.result import PageResult, Trace


class WastefulOptions(BackendOptions):
    waste: str = "nothing"


class WastefulBackend:
    """Wastes what its option says."""

    name = "wasteful"
    Options = WastefulOptions
    capabilities = Capabilities(levels=frozenset({"line"}))

    def __init__(self, options):
        self.options = options

    def recognize(self, page, request):
        getattr(self, f"_{self.options.waste}")()
        return PageResult(
            index=page.index, width=page.width, height=page.height, trace=Trace(backend=self.name)
        )

    def _nothing(self):
        pass

    def _memory(self):
        np.empty(64 << 30, np.uint8)  # reserved, never written: only the system notices

    def _disk(self):
        with tempfile.TemporaryFile() as file:
            file.truncate(5 << 30)

    def _processor(self):
        while True:
            pass

    def close(self):
        pass
