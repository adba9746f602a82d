"""The import of the engine: in a worker process, without log files, and without downloads unless allowed."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

from ocrkit.aspose_engine.license import LicenseOptions, activate
from ocrkit.errors import ConfigError, missing_extra
from ocrkit.workers.child import is_worker

DISTRIBUTION = "aspose-ocr-python-net"
EXTRA = "aspose-local"


def is_installed() -> bool:
    """Whether the package is installed. Imports nothing of it."""
    if importlib.util.find_spec("aspose") is None:  # the parent of several products
        return False
    spec = importlib.util.find_spec("aspose.ocr")  # imports only the parent, which is empty
    return spec is not None


def require_installed(purpose: str) -> None:
    """Raise `MissingDependencyError` if the package is not installed."""
    if not is_installed():
        raise missing_extra(DISTRIBUTION, EXTRA, purpose)


def load_engine(
    options: LicenseOptions, *, resources: Path | None, allow_download: bool, purpose: str
) -> tuple[Any, bool]:
    """The module `aspose.ocr`, ready for use in this process, and whether it is licensed.

    Args:
        options: the license.
        resources: the folder with resource files. None: the current folder, which has none.
        allow_download: let the engine download resource files into the folder.
        purpose: what needs the engine, for the error.

    Raises:
        ConfigError: this is not a worker process, and the engine may end it.
        MissingDependencyError: the package is not installed.
        AuthenticationError: a license is given and cannot be used.
    """
    require_installed(purpose)
    if not is_worker():
        raise ConfigError(f"{purpose} runs in a worker process only; `ocrkit.Ocr` starts one for it")
    import aspose.ocr as engine

    engine.Logging.set_file_system(False)
    engine.Resources.allow_automatic_downloads(allow_download)
    if resources is not None:
        engine.Resources.set_local_path(str(resources))
    return engine, activate(engine, options)
