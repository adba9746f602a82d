"""Atomic file writes."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from ocrkit.errors import ExportError


@contextlib.contextmanager
def atomic_write(path: Path) -> Iterator[BinaryIO]:
    """Write a temporary file, which replaces the target when the block ends without an error.

    Pipes and devices (`/dev/stdout`) are written directly.
    """
    with export_errors(path):
        if path.exists() and not path.is_file():
            with path.open("wb") as file:
                yield file
            return
        target = path.resolve()  # replace the target of a link, not the link
        # Without the name of the target, which may have the maximum length already.
        temporary = target.with_name(f".{secrets.token_hex(8)}.tmp")
        try:
            with temporary.open("xb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            if target.exists():
                shutil.copymode(target, temporary)
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def export_errors(path: Path) -> Iterator[None]:
    """Turn an `OSError` of writing into an `ExportError`."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise ExportError(f"{path}: cannot be written: {error.strerror or error}") from error
