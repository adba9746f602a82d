"""For people who write backends, and for tests of code that uses them.

`BackendConformance` holds the tests every backend has to pass; `samples` draws pages whose text is known;
`fakes` are backends that answer what they are told.
"""

from __future__ import annotations

from ocrkit.testing.conformance import BackendConformance
from ocrkit.testing.fakes import FailingBackend, ScriptedBackend
from ocrkit.testing.samples import DrawnPage, draw_image, draw_page

__all__ = [
    "BackendConformance",
    "DrawnPage",
    "FailingBackend",
    "ScriptedBackend",
    "draw_image",
    "draw_page",
]
