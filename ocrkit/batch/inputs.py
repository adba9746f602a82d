"""Which files a batch reads, and what their outputs are called."""

from __future__ import annotations

import fnmatch
import hashlib
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import IO

from ocrkit.errors import ConfigError
from ocrkit.sources.kinds import HEAD_BYTES, kind_of

_WILDCARDS = re.compile(r"[*?\[]")
_LONGEST_NAME = 200  # bytes of one part of a name: file systems take 255, and a suffix comes on top
PROMISING = frozenset(
    ".pdf .png .jpg .jpeg .jpe .tif .tiff .gif .bmp .webp .avif .jp2 .j2k .ppm .pgm .pbm .pnm".split()
)


@dataclass(frozen=True, slots=True)
class Input:
    """A file to read."""

    path: Path
    name: str
    """Where its outputs go below the output folder, without their suffix: `2024/letter.png`."""
    size: int
    """In bytes; 0 where there is no such file."""


@dataclass(frozen=True)
class Found:
    """What was found."""

    inputs: tuple[Input, ...]
    ignored: int
    """Files in folders that are of no kind that can be read."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A name from a list: no pattern, and its outputs keep the folders that stand in it."""

    name: str
    called: str | None = None
    """What its outputs are called instead."""


def find_inputs(
    arguments: Sequence[str | os.PathLike[str] | Listed],
    *,
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
    leave_out: Path | None = None,
) -> Found:
    """The files behind some names.

    A file that is named is taken, whatever it is. A folder is searched with all that is in it, and a name
    that is none but has wildcards is a pattern; of what they hold, those files are taken that can be read.

    Args:
        arguments: names of files and folders, and patterns. A `Path` is never a pattern, and neither is a
            name from a list.
        include: patterns of file names, or of whole names where they have a slash; of what is found in
            folders, only these are taken.
        exclude: likewise, these are left out.
        leave_out: a folder that is not searched: that of the results.

    Raises:
        ConfigError: nothing was found, or two files would be written to the same place.
    """
    if isinstance(arguments, str | os.PathLike):
        raise ConfigError(f"inputs are a list of names, not {arguments!r}")
    named = [each.name if isinstance(each, Listed) else os.fspath(each) for each in arguments]
    # By `os.path`: it says no where a `Path` raises, when a name is too long or a folder on the way locked.
    folders = {each for each in named if os.path.isdir(each)}  # noqa: PTH112
    several = len({Path(each).resolve() for each in folders}) > 1
    search = _Search(include, exclude, leave_out)
    for each, name in zip(arguments, named, strict=True):
        path = Path(name)
        if name in folders:
            search.folder(path, path.resolve().name if several else "")
        elif isinstance(each, Listed):
            search.file(path, each.called or path.relative_to(path.anchor).as_posix())
        elif isinstance(each, str) and _WILDCARDS.search(each) and not os.path.exists(each):  # noqa: PTH110
            search.pattern(each)
        else:
            search.file(path, path.name)
    return search.found(named)


def read_list(file: IO[bytes], *, null_separated: bool = False) -> list[Listed]:
    """Names of files, one a line, or ending in a NUL as `find -print0` writes them."""
    data = file.read()
    if not null_separated and b"\0" in data:
        raise ConfigError("the names on standard input end with a NUL, as of find -print0: add --null (-0)")
    parts = data.split(b"\0") if null_separated else data.splitlines()
    return [Listed(os.fsdecode(part)) for part in parts if part.strip()]


class _Search:
    """Collects files, each once."""

    def __init__(self, include: Sequence[str], exclude: Sequence[str], leave_out: Path | None) -> None:
        self._include, self._exclude = include, exclude
        self._leave_out = leave_out.resolve() if leave_out is not None else None
        self._inputs: dict[str, Input] = {}
        self._places: dict[str, str] = {}
        self._ignored = 0

    def file(self, path: Path, name: str) -> None:
        """One that was named."""
        try:
            size = path.stat().st_size
        except (OSError, ValueError):
            size = 0  # reading it will say what is wrong
        self._add(path, name or "input", size)

    def folder(self, folder: Path, prefix: str) -> None:
        for path, name in _walk(folder, PurePath(prefix), self._leave_out):
            self._consider(path, name)

    def pattern(self, pattern: str) -> None:
        fixed = Path(*_fixed_parts(pattern))
        parts = Path(pattern).parts[len(fixed.parts) :]
        if parts[-1] == "**":
            parts += ("*",)  # by itself it matches folders, or files as well, depending on Python's version
        with_hidden = any(part.startswith(".") for part in parts)
        leave_out = self._leave_out
        if leave_out is not None and not leave_out.is_relative_to(fixed.resolve()):
            leave_out = None  # one that begins inside of the results means them
        # Not by the module `glob`: its `**` goes behind links, round and round where one leads upwards.
        for path in fixed.glob("/".join(parts)):
            name = path.relative_to(fixed)
            if not with_hidden and any(part.startswith(".") for part in name.parts):
                continue
            if leave_out is not None and path.parent.resolve().is_relative_to(leave_out):
                continue
            if _is_file(path):
                self._consider(path, name)

    def found(self, named: Sequence[str]) -> Found:
        if not self._inputs:
            why = f"; {self._ignored} files are of other kinds" if self._ignored else ""
            shown = ", ".join(named[:3]) + (", …" if len(named) > 3 else "") if named else "an empty list"
            raise ConfigError(f"there is nothing to read in {shown}{why}")
        inputs = sorted(self._inputs.values(), key=lambda each: each.name)
        return Found(tuple(inputs), self._ignored)

    def _consider(self, path: Path, name: PurePath) -> None:
        if not self._is_wanted(name):
            return
        # What is called like a document and is none is a failure, and not passed over in silence.
        is_wanted = path.suffix.lower() in PROMISING
        size = 0
        try:
            size = path.stat().st_size
            with path.open("rb") as file:
                is_wanted = is_wanted or kind_of(file.read(HEAD_BYTES)) is not None
        except FileNotFoundError:
            pass  # a link that leads nowhere
        except OSError:
            is_wanted = True
        if is_wanted:
            self._add(path, name.as_posix(), size)
        else:
            self._ignored += 1

    def _is_wanted(self, name: PurePath) -> bool:
        def matches(patterns: Sequence[str]) -> bool:
            return any(
                fnmatch.fnmatch(name.as_posix() if "/" in pattern else name.name, pattern)
                for pattern in patterns
            )

        return (not self._include or matches(self._include)) and not matches(self._exclude)

    def _add(self, path: Path, name: str, size: int) -> None:
        place = os.path.abspath(path)  # noqa: PTH100 – as it is named, links and all
        if place in self._places:
            return
        name = _safe(name)
        if name in self._inputs:
            raise ConfigError(
                f"{self._inputs[name].path} and {path} would both be written to '{name}'; name the folder "
                "above them, or read them into two folders"
            )
        self._places[place] = name
        self._inputs[name] = Input(path, name, size)


def _walk(folder: Path, prefix: PurePath, leave_out: Path | None) -> Iterator[tuple[Path, PurePath]]:
    """The files below a folder and their names; of a folder that is locked, its own.

    Hidden ones, and folders behind links, are left out.
    """
    waiting = [(os.fspath(folder), prefix)]
    while waiting:
        here, name = waiting.pop()
        if leave_out is not None and Path(here).resolve() == leave_out:
            continue
        try:
            entries = sorted(os.scandir(here), key=lambda entry: entry.name)
        except OSError:
            yield Path(here), name if name.parts else PurePath(Path(here).name)
            continue
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if entry.is_dir(follow_symlinks=False):
                waiting.append((entry.path, name / entry.name))
            elif _is_file(entry.path):
                yield Path(entry.path), name / entry.name


def _is_file(path: str | Path) -> bool:
    """A file, or a link that leads nowhere, in a circle, or into a locked folder: reading it will say so."""
    return os.path.isfile(path) or (os.path.islink(path) and not os.path.exists(path))  # noqa: PTH110, PTH113, PTH114


def _fixed_parts(pattern: str) -> Iterator[str]:
    """The folders before the first wildcard."""
    for part in Path(pattern).parent.parts:
        if _WILDCARDS.search(part):
            return
        yield part


def _safe(name: str) -> str:
    """A name that stays below the output folder and that every file system takes."""
    return "/".join(_safe_part(part) for part in name.split("/") if part not in ("", ".", ".."))


def _safe_part(part: str) -> str:
    if len(os.fsencode(part)) <= _LONGEST_NAME:
        return part
    digest = hashlib.sha256(os.fsencode(part)).hexdigest()[:12]
    kept = os.fsencode(part)[: _LONGEST_NAME - 20].decode(errors="ignore")
    return f"{kept}~{digest}{PurePath(part).suffix[:8]}"
