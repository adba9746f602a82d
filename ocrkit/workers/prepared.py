"""A worker process in a temporary folder, with files and variables that are prepared for it."""

from __future__ import annotations

import os
import shutil
import tempfile
import weakref
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

from ocrkit.workers.messages import Setup
from ocrkit.workers.pool import WorkerPool
from ocrkit.workers.process import Launch, Limits

Prepare: TypeAlias = Callable[[Path], Mapping[str, str]]
"""Puts files into the folder of a process, and returns its environment variables."""


def prepared_process(name: str, setup: Setup, limits: Limits, prepare: Prepare | None = None) -> WorkerPool:
    """A pool of one process. Its folder is removed when the pool is collected, or at the end of the program.

    Args:
        name: a part of the name of the folder.
        setup: see `WorkerPool`.
        limits: see `WorkerPool`.
        prepare: called now, before any process starts.

    Raises:
        TypeError: the setup cannot be pickled.
    """
    folder = tempfile.mkdtemp(prefix=f"ocrkit-{name}-")
    try:
        variables = prepare(Path(folder)) if prepare else {}
        pool = WorkerPool(setup, 1, limits, Launch(variables, folder))
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    weakref.finalize(pool, _remove, folder, os.getpid())
    return pool


def _remove(folder: str, owner: int) -> None:
    if os.getpid() == owner:  # a forked process does not remove the folder of its parent
        shutil.rmtree(folder, ignore_errors=True)
