"""The configuration files that the user has approved, by path and content.

Each approval is one small file in the user's folder of settings, so two programs can approve at once. It
holds for one path and one content: a copy in another folder, where relative paths lead elsewhere, and a
changed file need a new approval.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from ocrkit.errors import ConfigError
from ocrkit.files import atomic_write

_FOLDER = "trusted"


@dataclass(frozen=True)
class Approval:
    """An approved file.

    Attributes:
        path: the file, with links resolved.
        sha256: the hash of its content when it was approved.
        approved: when it was approved.
    """

    path: Path
    sha256: str
    approved: datetime

    @property
    def state(self) -> str:
        """`valid`, `changed` or `missing`."""
        try:
            return "valid" if content_hash(self.path.read_bytes()) == self.sha256 else "changed"
        except OSError:
            return "missing"


def user_folder(environ: Mapping[str, str]) -> Path | None:
    """The user's folder of ocrkit's settings, or None if the environment names no home folder.

    It is `ocrkit` in `XDG_CONFIG_HOME`, in `APPDATA` on Windows, or in `~/.config`. A relative folder is
    ignored: it would lie in whatever folder the program was started in.
    """
    home = environ.get("HOME") or environ.get("USERPROFILE")
    bases = (
        environ.get("XDG_CONFIG_HOME"),
        environ.get("APPDATA") if os.name == "nt" else None,
        str(Path(home) / ".config") if home else None,
    )
    return next((Path(base) / "ocrkit" for base in bases if base and Path(base).is_absolute()), None)


def content_hash(data: bytes) -> str:
    """The SHA-256 of a file's content."""
    return hashlib.sha256(data).hexdigest()


def approve(path: Path, environ: Mapping[str, str] | None = None) -> Approval:
    """Approve a file as it is now, as `ocrkit config trust` does."""
    environ = os.environ if environ is None else environ
    return Approvals(user_folder(environ)).add(path, path.read_bytes())


class Approvals:
    """The approvals in one folder. The folder is created with the first of them."""

    def __init__(self, folder: Path | None) -> None:
        """Set the folder. Nothing is read yet.

        Args:
            folder: the user's folder of settings; None: there is none, and nothing is approved.
        """
        self._folder = folder and folder / _FOLDER

    def covers(self, path: Path, data: bytes) -> bool:
        """Whether this file with this content is approved."""
        found = self._read(self._entry(path)) if self._folder else None
        return found is not None and (found.path, found.sha256) == (path.resolve(), content_hash(data))

    def add(self, path: Path, data: bytes) -> Approval:
        """Approve a file with this content; an earlier approval of the file is replaced."""
        if self._folder is None:
            raise ConfigError("there is no folder for approvals; set HOME or XDG_CONFIG_HOME")
        approval = Approval(path.resolve(), content_hash(data), datetime.now(timezone.utc))
        entry = {
            "path": str(approval.path),
            "sha256": approval.sha256,
            "approved": approval.approved.isoformat(timespec="seconds"),
        }
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise ConfigError(f"{self._folder}: cannot be created: {error.strerror}") from error
        with atomic_write(self._entry(path)) as file:
            file.write(json.dumps(entry, indent=2).encode())
        return approval

    def remove(self, path: Path) -> bool:
        """Withdraw the approval of a file; False if there was none."""
        if self._folder is None or not self._entry(path).exists():
            return False
        self._entry(path).unlink()
        return True

    def all(self) -> list[Approval]:
        """All approvals, sorted by path. A damaged one counts as none."""
        entries = sorted(self._folder.glob("*.json")) if self._folder else []
        found = (self._read(entry) for entry in entries)
        return sorted((each for each in found if each), key=lambda each: each.path)

    def _entry(self, path: Path) -> Path:
        name = hashlib.sha256(os.fsencode(path.resolve())).hexdigest()
        return (self._folder or Path()) / f"{name}.json"

    @staticmethod
    def _read(entry: Path) -> Approval | None:
        try:
            stored = json.loads(entry.read_text(encoding="utf-8"))
            approved = datetime.fromisoformat(stored["approved"])
            return Approval(Path(stored["path"]), str(stored["sha256"]), approved)
        except (OSError, ValueError, KeyError, TypeError):
            return None
