"""Backends made of backends: `fallback`, `cascade` and `consensus`, with limits on the cost of a run.

Each is a backend like any other, chosen by name with a table of options (`[strategies.fallback]`), or made in
Python: `Ocr(Fallback("azure", "ppocr"))`.
"""

from ocrkit.strategies.cascade import Cascade, CascadeBackend, CascadeOptions
from ocrkit.strategies.consensus import Consensus, ConsensusBackend, ConsensusOptions
from ocrkit.strategies.fallback import Fallback, FallbackBackend, FallbackOptions

__all__ = [
    "Cascade",
    "CascadeBackend",
    "CascadeOptions",
    "Consensus",
    "ConsensusBackend",
    "ConsensusOptions",
    "Fallback",
    "FallbackBackend",
    "FallbackOptions",
]
