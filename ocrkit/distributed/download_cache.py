"""Remote documents on the disk of this machine, for as long as their pages are read.

Engines and PDF libraries want files. A long document is read by many actors; those of one machine share one
copy of it.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from pathlib import Path

import filelock

from ocrkit.distributed.storage import Location, is_address
from ocrkit.errors import SourceError

_MOST_BYTES = 20 << 30


class DownloadCache:
    """Hands out local paths of documents."""

    def __init__(self, folder: Path | None = None, most_bytes: int = _MOST_BYTES) -> None:
        """Set up.

        Args:
            folder: where the copies lie; one that all processes of this user share if not given.
            most_bytes: the oldest copies go when there is more. One that is open stays whole until it is
                closed.
        """
        user = os.getuid() if hasattr(os, "getuid") else "all"
        self._folder = folder or Path(tempfile.gettempdir()) / f"ocrkit-documents-{user}"
        self._most_bytes = most_bytes
        self._last = ("", Path())

    def path(self, uri: str) -> str:
        """Where a document lies here, fetched if need be.

        While pages of one document are asked for in a row, the store is not asked whether it was changed.
        """
        if not is_address(uri):
            return uri
        last, copy = self._last
        if uri == last and copy.exists():
            os.utime(copy)  # it is wanted
            return str(copy)
        place = Location(uri)
        if place.local is not None:
            return str(place.local)
        state = place.state()
        if state is None:
            raise SourceError("there is no such file", path=uri)
        # What was changed since is another file.
        copy = self._folder / hashlib.sha256(f"{uri} {state}".encode()).hexdigest()
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with filelock.FileLock(f"{copy}.lock"):
            if copy.exists():
                os.utime(copy)
            else:
                self._make_room(state[0])
                draft = copy.with_suffix(".part")
                place.copy_to(draft)
                draft.replace(copy)
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
            if held <= self._most_bytes:
                return
            oldest.unlink(missing_ok=True)
            held -= bytes_
