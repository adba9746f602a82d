"""Importing packages that do more than being imported, without the rest of what they do.

Some change the environment of every child process (OpenCV), some the root logger, and one reports the import
to its maker over the network and leaves a file in the home folder (OpenVINO, through `openvino_telemetry`).
Whoever uses a package of that kind imports it here.
"""

from __future__ import annotations

import importlib
import logging
import os
import sys
import threading
from types import ModuleType

# Packages that send something somewhere. Their users do without them where they are not installed.
_REPORTERS = ("openvino_telemetry",)

_lock = threading.RLock()


def quietly(name: str) -> ModuleType:
    """Import a package; environment and root logger stay as they were, and nothing is reported.

    A package that is already imported is left alone: whoever was first has decided.
    """
    if name in sys.modules:
        return sys.modules[name]
    root = logging.getLogger()
    with _lock:
        environment, level, handlers = dict(os.environ), root.level, list(root.handlers)
        kept_out = [reporter for reporter in _REPORTERS if reporter not in sys.modules]
        try:
            for reporter in kept_out:
                sys.modules[reporter] = None  # type: ignore[assignment]  # importing it fails until this is gone
            return importlib.import_module(name)
        finally:
            for reporter in kept_out:
                sys.modules.pop(reporter, None)
            _restore(environment)
            root.setLevel(level)
            root.handlers[:] = handlers


def _restore(environment: dict[str, str]) -> None:
    for name in os.environ.keys() - environment.keys():
        del os.environ[name]
    for name, value in environment.items():
        if os.environ.get(name) != value:
            os.environ[name] = value
