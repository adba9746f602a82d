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

if TYPE_CHECKING:  # names are imported when first used; type checkers and editors need them here
    from ocrkit.backends.base import BackendOptions, OcrBackend
    from ocrkit.batch import Batch
    from ocrkit.config.loading import load_settings
    from ocrkit.config.settings import Settings, SourceOptions
    from ocrkit.document import Document
    from ocrkit.errors import (
        AuthenticationError,
        BackendCrashError,
        BackendError,
        BackendTimeoutError,
        BackendUnavailableError,
        BadResponseError,
        BudgetSpentError,
        CapabilityError,
        ConfigError,
        DownloadError,
        ExportError,
        MissingDependencyError,
        OcrkitError,
        PostprocessError,
        PreprocessError,
        QuotaError,
        RateLimitError,
        SourceError,
        UnreadTextError,
    )
    from ocrkit.failures import Failure
    from ocrkit.geometry import Box, Point, Polygon, Transform
    from ocrkit.page import Page
    from ocrkit.pipeline import AsyncOcr, Done, Ocr, recognize, searchable_pdf
    from ocrkit.request import Capabilities, Request
    from ocrkit.result import (
        Alternative,
        Barcode,
        Block,
        Cell,
        Correction,
        Engine,
        Field,
        Line,
        Match,
        PageResult,
        Quality,
        SelectionMark,
        Table,
        Trace,
        Unread,
        Word,
    )
    from ocrkit.viewer import view

# The module of each name. A test holds this table against the imports above.
_MODULES = {
    name: module
    for module, names in {
        "backends.base": "OcrBackend BackendOptions",
        "batch": "Batch",
        "config.loading": "load_settings",
        "config.settings": "Settings SourceOptions",
        "document": "Document",
        "errors": (
            "AuthenticationError BackendCrashError BackendError BackendTimeoutError BackendUnavailableError "
            "BadResponseError BudgetSpentError CapabilityError ConfigError DownloadError ExportError "
            "MissingDependencyError OcrkitError PostprocessError PreprocessError QuotaError RateLimitError "
            "SourceError UnreadTextError"
        ),
        "geometry": "Box Point Polygon Transform",
        "page": "Page",
        "failures": "Failure",
        "pipeline": "AsyncOcr Done Ocr recognize searchable_pdf",
        "request": "Capabilities Request",
        "result": (
            "Alternative Barcode Block Cell Correction Engine Field Line "
            "Match PageResult Quality SelectionMark Table Trace Unread Word"
        ),
        "viewer": "view",
    }.items()
    for name in names.split()
}

__all__ = [
    "Alternative",
    "AsyncOcr",
    "AuthenticationError",
    "BackendCrashError",
    "BackendError",
    "BackendOptions",
    "BackendTimeoutError",
    "BackendUnavailableError",
    "BadResponseError",
    "Barcode",
    "Batch",
    "Block",
    "Box",
    "BudgetSpentError",
    "Capabilities",
    "CapabilityError",
    "Cell",
    "ConfigError",
    "Correction",
    "Document",
    "Done",
    "DownloadError",
    "Engine",
    "ExportError",
    "Failure",
    "Field",
    "Line",
    "Match",
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
    "SelectionMark",
    "Settings",
    "SourceError",
    "SourceOptions",
    "Table",
    "Trace",
    "Transform",
    "Unread",
    "UnreadTextError",
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
    if name not in _MODULES:
        raise AttributeError(f"module 'ocrkit' has no attribute '{name}'")
    globals()[name] = value = getattr(import_module(f"ocrkit.{_MODULES[name]}"), name)
    return value


def __dir__() -> list[str]:
    return sorted({*__all__, *globals()})
