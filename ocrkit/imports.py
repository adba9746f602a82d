"""Importing packages that do more than being imported, without the rest of what they do.

OpenCV changes the environment that child processes get. OpenVINO reports its import to its maker over the
network and leaves a file in the home folder, through `openvino_telemetry`. Whoever uses a package of that
kind imports it here.
"""

from __future__ import annotations

import importlib
import os
import sys
import threading
from types import ModuleType

# Packages that send something somewhere. Their users do without them where they are not installed.
_REPORTERS = ("openvino_telemetry",)
# Variables that an import is known to change. Only these are put back: others may be set by other threads.
_VARIABLES = ("LD_LIBRARY_PATH",)

_lock = threading.RLock()


def quietly(name: str) -> ModuleType:
    """Import a package; the environment stays as it was, and nothing is reported.

    A package that is already imported is left alone: whoever was first has decided.
    """
    # Inside the lock also when it is imported already: another thread may be half way through.
    with _lock:
        if name in sys.modules:
            return importlib.import_module(name)
        environment = {variable: os.environ.get(variable) for variable in _VARIABLES}
        kept_out = [reporter for reporter in _REPORTERS if reporter not in sys.modules]
        try:
            for reporter in kept_out:
                sys.modules[reporter] = None  # type: ignore[assignment]  # importing it fails until this is gone
            return importlib.import_module(name)
        finally:
            for reporter in kept_out:
                sys.modules.pop(reporter, None)
            _restore(environment)


def _restore(environment: dict[str, str | None]) -> None:
    for variable, value in environment.items():
        if value is None:
            os.environ.pop(variable, None)
        else:
            os.environ[variable] = value
