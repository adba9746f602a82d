"""Backends made of backends: `auto`, `fallback`, `cascade` and `consensus`, with limits on the cost of a run.

Each is a backend like any other, chosen by name with a table of options (`[strategies.fallback]`), or made in
Python: `Ocr(Fallback("azure", "ppocr"))`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ocrkit.strategies.auto import Auto, AutoBackend, AutoOptions
    from ocrkit.strategies.cascade import Cascade, CascadeBackend, CascadeOptions
    from ocrkit.strategies.consensus import Consensus, ConsensusBackend, ConsensusOptions
    from ocrkit.strategies.fallback import Fallback, FallbackBackend, FallbackOptions

__all__ = [
    "Auto",
    "AutoBackend",
    "AutoOptions",
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


def __getattr__(name: str) -> Any:
    """A public name, imported on first use: listing the backends imports no strategy."""
    if name not in __all__:
        raise AttributeError(f"module 'ocrkit.strategies' has no attribute '{name}'")
    module = next(
        each for each in ("auto", "cascade", "consensus", "fallback") if name.lower().startswith(each)
    )
    globals()[name] = value = getattr(import_module(f"ocrkit.strategies.{module}"), name)
    return value
