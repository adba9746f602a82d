"""Imports of packages without their side effects.

OpenCV changes the environment of child processes. OpenVINO reports its import over the network and creates a
file in the home folder, through `openvino_telemetry`. Such packages are imported by `quietly`.
"""

from __future__ import annotations

import importlib
import os
import sys
import threading
from types import ModuleType

# Packages that send telemetry. The packages that use them work without them.
_TELEMETRY = ("openvino_telemetry",)
# Variables that imports are known to change. Only these are restored: other threads may set others.
_VARIABLES = ("LD_LIBRARY_PATH",)

_lock = threading.RLock()


def quietly(name: str) -> ModuleType:
    """Import a package without a change of the environment and without telemetry.

    A package that is already imported is not changed.
    """
    # With the lock even if it is imported already: another thread may be in the middle of the import.
    with _lock:
        if name in sys.modules:
            return importlib.import_module(name)
        environment = {variable: os.environ.get(variable) for variable in _VARIABLES}
        blocked = [package for package in _TELEMETRY if package not in sys.modules]
        try:
            for package in blocked:
                sys.modules[package] = None  # type: ignore[assignment]  # makes its import fail
            return importlib.import_module(name)
        finally:
            for package in blocked:
                sys.modules.pop(package, None)
            _restore(environment)


def _restore(environment: dict[str, str | None]) -> None:
    for variable, value in environment.items():
        if value is None:
            os.environ.pop(variable, None)
        else:
            os.environ[variable] = value
