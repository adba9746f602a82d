"""Jobs that a service has accepted, remembered across processes."""

from __future__ import annotations

import contextlib
import hashlib
import re
import time
from pathlib import Path

from ocrkit.errors import ConfigError, ExportError
from ocrkit.files import atomic_write

_ID = re.compile(r"[\w-]{1,200}", re.ASCII)


class PendingJobs:
    """The ids of unfinished jobs in a folder, one small file each. Processes may share it.

    A service that keeps the result of a job for a while has been paid for it. A process that starts after an
    interruption finds the id, and fetches the result instead of sending the page again. The files hold
    neither pages nor secrets.
    """

    def __init__(self, folder: Path | None, kept_seconds: float) -> None:
        """Set up; nothing is read or written.

        Args:
            folder: where the files are; None: nothing is remembered.
            kept_seconds: how long the service keeps results.
        """
        self._folder = folder
        self._kept_seconds = kept_seconds

    @staticmethod
    def key(*parts: str | bytes) -> str:
        """The name of a job, from everything that decides its result."""
        digest = hashlib.sha256()
        for part in parts:
            data = part.encode() if isinstance(part, str) else part
            digest.update(f"{len(data)}:".encode() + data)
        return digest.hexdigest()

    def find(self, key: str) -> str | None:
        """The id of a job whose result the service may still have."""
        if self._folder is None:
            return None
        path = self._folder / key
        with contextlib.suppress(OSError, UnicodeDecodeError):
            if time.time() - path.stat().st_mtime < self._kept_seconds:
                text = path.read_text(encoding="ascii").strip()
                return text if _ID.fullmatch(text) else None
        return None

    def add(self, key: str, job: str) -> None:
        """Remember a job. Raises `ConfigError` if the folder cannot be written."""
        if self._folder is None:
            return
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with atomic_write(self._folder / key) as file:
                file.write(job.encode("ascii"))
        except (OSError, ExportError) as error:
            problem = str(error)
        else:
            return
        raise ConfigError(f"resume_folder cannot be used: {problem}; choose a folder that can be written")

    def remove(self, key: str) -> None:
        """Forget a job that has ended."""
        if self._folder is not None:
            with contextlib.suppress(OSError):
                (self._folder / key).unlink(missing_ok=True)
