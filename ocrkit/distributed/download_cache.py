"""Local copies of remote documents, because engines and PDF libraries need files.

The actors on one machine share one copy of a document.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from pathlib import Path

import filelock

from ocrkit.distributed.storage import Location, is_url
from ocrkit.errors import SourceError

_MAX_BYTES = 20 << 30


class DownloadCache:
    """Downloads documents and returns their local paths."""

    def __init__(self, folder: Path | None = None, max_bytes: int = _MAX_BYTES) -> None:
        """Set up.

        Args:
            folder: the folder for the copies. None: one that all processes of this user share.
            max_bytes: the oldest copies are deleted above this size. An open copy stays readable.
        """
        user = os.getuid() if hasattr(os, "getuid") else "all"
        self._folder = folder or Path(tempfile.gettempdir()) / f"ocrkit-documents-{user}"
        self._max_bytes = max_bytes
        self._last = ("", Path())

    def path(self, uri: str) -> str:
        """The local path of a document, which is downloaded if needed.

        For consecutive calls with one document, the store is not checked again for changes.
        """
        if not is_url(uri):
            return uri
        last, copy = self._last
        if uri == last and copy.exists():
            os.utime(copy)  # the last use
            return str(copy)
        location = Location(uri)
        if location.local is not None:
            return str(location.local)
        state = location.state()
        if state is None:
            raise SourceError("there is no such file", path=uri)
        # Another name after a change of the document.
        copy = self._folder / hashlib.sha256(f"{uri} {state}".encode()).hexdigest()
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with filelock.FileLock(f"{copy}.lock"):
            if copy.exists():
                os.utime(copy)
            else:
                self._make_room(state[0])
                part = copy.with_suffix(".part")
                location.copy_to(part)
                part.replace(copy)
        self._last = (uri, copy)
        return str(copy)

    def _make_room(self, size: int) -> None:
        copies = []
        for each in self._folder.iterdir():
            with contextlib.suppress(OSError):
                if not each.suffix:
                    state = each.stat()
                    copies.append((state.st_mtime, state.st_size, each))
        held = sum(bytes_ for _, bytes_, _ in copies) + size
        for _, bytes_, oldest in sorted(copies):
            if held <= self._max_bytes:
                return
            oldest.unlink(missing_ok=True)
            held -= bytes_
