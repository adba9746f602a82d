"""Files that are there whole or not at all."""

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
    """A file that appears, whole, when the block ends well; until then the old one stays.

    Pipes and devices (`/dev/stdout`) are written directly: there is nothing to replace.
    """
    with translated(path):
        if path.exists() and not path.is_file():
            with path.open("wb") as file:
                yield file
            return
        target = path.resolve()  # a link stays a link
        # Not made of the file's own name, which may be as long as a name can be.
        draft = target.with_name(f".{secrets.token_hex(8)}.tmp")
        try:
            with draft.open("xb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            if target.exists():
                shutil.copymode(target, draft)
            draft.replace(target)
        finally:
            draft.unlink(missing_ok=True)


@contextlib.contextmanager
def translated(path: Path) -> Iterator[None]:
    """What the system says against writing there, as an `ExportError`."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise ExportError(f"{path}: cannot be written: {error.strerror or error}") from error
