"""Tools for testing backends, and code that uses them.

`BackendConformance` has the tests that every backend has to pass; `samples` draws pages with known text;
`fakes` are backends with scripted answers. For remote backends, `VendorServer` plays a service on this
machine and fails on demand (`faults`), and `Cassette` records a real service's answers and replays them.
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
