"""ocrkit: any scan, photo or PDF in, trustworthy text out.

```python
import ocrkit

print(ocrkit.recognize("letter.png").text)
```

Importing the package loads neither an engine nor an image library; every name below is fetched when it is
first used.
"""

from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # the one place where it is right: the names are fetched lazily, and tools must know them
    from ocrkit.backends.base import BackendOptions, OcrBackend
    from ocrkit.batch import Batch
    from ocrkit.config.loading import load_settings
    from ocrkit.config.settings import Settings, SourceOptions
    from ocrkit.errors import (
        AuthenticationError,
        BackendCrashError,
        BackendError,
        BackendTimeoutError,
        BackendUnavailableError,
        BadResponseError,
        CapabilityError,
        ConfigError,
        ExportError,
        MissingDependencyError,
        OcrkitError,
        PostprocessError,
        PreprocessError,
        QuotaError,
        RateLimitError,
        SourceError,
    )
    from ocrkit.geometry import Box, Point, Polygon, Transform
    from ocrkit.page import Page
    from ocrkit.pipeline import Done, Failed, Ocr, recognize, searchable_pdf
    from ocrkit.request import Capabilities, Request
    from ocrkit.result import (
        Block,
        Cell,
        Correction,
        Document,
        Engine,
        Field,
        Line,
        PageResult,
        Quality,
        Table,
        Trace,
        Word,
    )
    from ocrkit.viewer import view

# Where the names live, the light modules first: each is looked for until it is found.
_HOMES = (
    "errors", "geometry", "request", "result", "page", "config.settings", "config.loading", "backends.base",
    "pipeline", "batch", "viewer",
)  # fmt: skip

__all__ = [
    "AuthenticationError",
    "BackendCrashError",
    "BackendError",
    "BackendOptions",
    "BackendTimeoutError",
    "BackendUnavailableError",
    "BadResponseError",
    "Batch",
    "Block",
    "Box",
    "Capabilities",
    "CapabilityError",
    "Cell",
    "ConfigError",
    "Correction",
    "Document",
    "Done",
    "Engine",
    "ExportError",
    "Failed",
    "Field",
    "Line",
    "MissingDependencyError",
    "Ocr",
    "OcrBackend",
    "OcrkitError",
    "Page",
    "PageResult",
    "Point",
    "Polygon",
    "PostprocessError",
    "PreprocessError",
    "Quality",
    "QuotaError",
    "RateLimitError",
    "Request",
    "Settings",
    "SourceError",
    "SourceOptions",
    "Table",
    "Trace",
    "Transform",
    "Word",
    "__version__",
    "load_settings",
    "recognize",
    "searchable_pdf",
    "view",
]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        return version("ocrkit")
    if name in __all__:
        for home in _HOMES:
            module = import_module(f"ocrkit.{home}")
            if hasattr(module, name):
                globals()[name] = getattr(module, name)
                return globals()[name]
    raise AttributeError(f"module 'ocrkit' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted({*__all__, *globals()})
