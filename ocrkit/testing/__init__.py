"""Test tools for authors of backends and for code that uses backends.

`BackendConformance` has the tests that every backend must pass. `draw_page` draws pages with known text.
`ScriptedBackend` and `FailingBackend` return scripted results and errors. For remote backends, `VendorServer`
is a local HTTP server that can fail on purpose (`faults`), and `Cassette` replays recorded responses.
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
