"""For people who write backends, and for tests of code that uses them.

`BackendConformance` holds the tests every backend has to pass; `samples` draws pages whose text is known;
`fakes` are backends that answer what they are told. For remote backends, `VendorServer` is a service on this
machine that fails as it is told (`faults`), and `Cassette` gives a real service's answers back.
"""

from __future__ import annotations

from ocrkit.testing import faults
from ocrkit.testing.cassette import Cassette
from ocrkit.testing.conformance import BackendConformance
from ocrkit.testing.fakes import FailingBackend, ScriptedBackend
from ocrkit.testing.samples import DrawnPage, draw_image, draw_page
from ocrkit.testing.vendor import Answer, Received, RefusedError, VendorServer, until

__all__ = [
    "Answer",
    "BackendConformance",
    "Cassette",
    "DrawnPage",
    "FailingBackend",
    "Received",
    "RefusedError",
    "ScriptedBackend",
    "VendorServer",
    "draw_image",
    "draw_page",
    "faults",
    "until",
]
