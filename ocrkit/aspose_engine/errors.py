"""Errors of the engine, which are all `RuntimeError`, as errors of ocrkit."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from ocrkit.errors import BackendError, BackendUnavailableError, MissingDependencyError, OcrkitError

_REPOSITORY = "https://raw.githubusercontent.com/aspose-ocr/resources/main"
_RESOURCE = re.compile(r"['\"]?([\w.-]+\.ocr)['\"]?")
_KIND = re.compile(r"^(?:Proxy error\(\w*\):\s*)+")


def engine_error(error: Exception, *, resources: Path | None = None) -> OcrkitError:
    """The error of ocrkit for one of the engine.

    Args:
        error: what the engine raised.
        resources: the folder with resource files.
    """
    text = " ".join(_KIND.sub("", str(error)).split())
    resource = _RESOURCE.search(text)
    if resource and ("install" in text or "download" in text.lower()):
        return _missing_resource(resource[1], resources, was_tried="failed" in text)
    if "license" in text.lower() or "trial" in text.lower():
        return BackendError(f"the engine refuses this without a license: {text}")
    return BackendError(f"the engine failed: {text or type(error).__name__}")


def _missing_resource(name: str, resources: Path | None, *, was_tried: bool) -> OcrkitError:
    folder = shlex.quote(str(resources or "FOLDER"))
    command = f"curl -L --create-dirs -o {folder}/{name} {_REPOSITORY}/{name}"
    where = "" if resources else ", with resources_path set to that folder"
    if was_tried:
        return BackendUnavailableError(
            f"the engine could not download its resource file {name}; check the network, or fetch it "
            f"elsewhere: {command}{where}"
        )
    return MissingDependencyError(
        f"the engine needs its resource file {name}, which is not in {resources or 'any resources_path'}; "
        f"fetch it with: {command}{where}; or set allow_download = true",
        install=command,
    )
