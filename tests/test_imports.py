"""Imports without side effects."""

from __future__ import annotations

import os
import subprocess
import sys

CODE = """
import os, sys
from ocrkit.imports import quietly
before = dict(os.environ)
module = quietly(sys.argv[1])
print(module.__name__, dict(os.environ) == before, "openvino_telemetry" in sys.modules)
print(quietly(sys.argv[1]) is module)
"""


def printed(name: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", CODE, name], capture_output=True, text=True, check=True, env=dict(os.environ)
    )
    return done.stdout.split()


def test_opencv_does_not_change_the_environment() -> None:
    assert printed("cv2") == ["cv2", "True", "False", "True"]


def test_openvino_is_imported_without_its_telemetry() -> None:
    assert printed("openvino") == ["openvino", "True", "False", "True"]
