"""The input files of a batch, and the names of their outputs."""

from __future__ import annotations

import fnmatch
import hashlib
import os
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import IO

from ocrkit.errors import ConfigError
from ocrkit.sources.kinds import HEAD_BYTES, kind_of

_WILDCARDS = re.compile(r"[*?\[]")
_MAX_NAME_BYTES = 200  # of one part of a path: file systems allow 255, and a suffix is added
DOCUMENT_SUFFIXES = frozenset(
    ".pdf .png .jpg .jpeg .jpe .tif .tiff .gif .bmp .webp .avif .jp2 .j2k .ppm .pgm .pbm .pnm".split()
)


@dataclass(frozen=True, slots=True)
class Input:
    """A file to read."""

    path: Path
    name: str
    """The path of its outputs below the output folder, without their suffix: `2024/letter.png`."""
    size: int
    """In bytes; 0 for a file that does not exist."""


@dataclass(frozen=True)
class FoundInputs:
    """The files behind some paths and patterns."""

    inputs: tuple[Input, ...]
    ignored: int
    """How many files in folders have an unsupported type."""


@dataclass(frozen=True, slots=True)
class NamedInput:
    """A path that is not a pattern, and whose outputs keep its folders: `scans/a.png` → `scans/a.png.txt`."""

    path: str
    output_name: str | None = None
    """Another name for its outputs, without their suffix."""


def find_inputs(
    arguments: Sequence[str | os.PathLike[str] | NamedInput],
    *,
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
    leave_out: Path | None = None,
) -> FoundInputs:
    """The files behind some paths and patterns.

    The path of a file includes this file, whatever its type. A folder is searched with its subfolders. A path
    that does not exist and has wildcards is a pattern. Folders and patterns include files of supported types.

    Args:
        arguments: paths of files and folders, and patterns. A `Path` or `NamedInput` is never a pattern.
        include: patterns of file names, or of paths if they have a slash; only matching files in folders are
            included.
        exclude: patterns of the same form; matching files in folders are left out.
        leave_out: a folder that is not searched: that of the results.

    Raises:
        ConfigError: no file was found, or two files would be written to the same output.
    """
    if isinstance(arguments, str | os.PathLike):
        raise ConfigError(f"inputs must be a list of paths, not {arguments!r}")
    named = [each.path if isinstance(each, NamedInput) else os.fspath(each) for each in arguments]
    # `os.path.isdir` is false where `Path.is_dir` raises: for a name that is too long, or a locked folder.
    folders = {each for each in named if os.path.isdir(each)}  # noqa: PTH112
    several = len({Path(each).resolve() for each in folders}) > 1
    search = _Search(include, exclude, leave_out)
    for each, name in zip(arguments, named, strict=True):
        path = Path(name)
        if name in folders:
            search.folder(path, path.resolve().name if several else "")
        elif isinstance(each, NamedInput):
            search.file(path, each.output_name or path.relative_to(path.anchor).as_posix())
        elif isinstance(each, str) and _WILDCARDS.search(each) and not os.path.exists(each):  # noqa: PTH110
            search.pattern(each)
        else:
            search.file(path, path.name)
    return search.found(named)


def read_list(file: IO[bytes], *, null_separated: bool = False) -> list[NamedInput]:
    """Paths of files, one per line, or each followed by a NUL as `find -print0` writes them."""
    data = file.read()
    if not null_separated and b"\0" in data:
        raise ConfigError(
            "the names on standard input end with NUL, as find -print0 writes them; add --null (-0)"
        )
    parts = data.split(b"\0") if null_separated else data.splitlines()
    return [NamedInput(os.fsdecode(part)) for part in parts if part.strip()]


def check_case(inputs: Iterable[Input]) -> None:
    """Refuse inputs whose outputs have one name on a disk that does not distinguish case."""
    seen: dict[str, Input] = {}
    for each in inputs:
        other = seen.setdefault(unicodedata.normalize("NFC", each.name).casefold(), each)
        if other is not each:
            raise ConfigError(
                f"{other.path} and {each.path} would be written to one file, because the disk of the output "
                "folder does not distinguish upper and lower case; write them to two folders"
            )


class _Search:
    """Collects input files, each once."""

    def __init__(self, include: Sequence[str], exclude: Sequence[str], leave_out: Path | None) -> None:
        self._include, self._exclude = include, exclude
        self._leave_out = leave_out.resolve() if leave_out is not None else None
        self._inputs: dict[str, Input] = {}
        self._seen: set[str] = set()
        self._ignored = 0

    def file(self, path: Path, name: str) -> None:
        """Add a file that was named."""
        try:
            size = path.stat().st_size
        except (OSError, ValueError):
            size = 0  # reading the file reports the error
        self._add(path, name or "input", size)

    def folder(self, folder: Path, prefix: str) -> None:
        for path, name in _walk(folder, PurePath(prefix), self._leave_out):
            self._add_if_supported(path, name)

    def pattern(self, pattern: str) -> None:
        fixed = Path(*_fixed_parts(pattern))
        parts = Path(pattern).parts[len(fixed.parts) :]
        if parts[-1] == "**":
            parts += ("*",)  # a final `**` matches files only in newer versions of Python
        with_hidden = any(part.startswith(".") for part in parts)
        leave_out = self._leave_out
        if leave_out is not None and not leave_out.is_relative_to(fixed.resolve()):
            leave_out = None  # a pattern inside the results is meant for them
        # Not the module `glob`, whose `**` follows links and loops where one leads upwards.
        for path in fixed.glob("/".join(parts)):
            name = path.relative_to(fixed)
            if not with_hidden and any(part.startswith(".") for part in name.parts):
                continue
            if leave_out is not None and path.parent.resolve().is_relative_to(leave_out):
                continue
            if _is_file(path):
                self._add_if_supported(path, name)

    def found(self, named: Sequence[str]) -> FoundInputs:
        if not self._inputs:
            why = f" ({self._ignored} files of unsupported types)" if self._ignored else ""
            shown = ", ".join(named[:3]) + (", …" if len(named) > 3 else "") if named else "an empty list"
            raise ConfigError(f"there is nothing to read in {shown}{why}")
        inputs = sorted(self._inputs.values(), key=lambda each: each.name)
        return FoundInputs(tuple(inputs), self._ignored)

    def _add_if_supported(self, path: Path, name: PurePath) -> None:
        if not self._is_selected(name):
            return
        # A file with the suffix of a document that is not one becomes a failure in the report.
        is_supported = path.suffix.lower() in DOCUMENT_SUFFIXES
        size = 0
        try:
            size = path.stat().st_size
            with path.open("rb") as file:
                is_supported = is_supported or kind_of(file.read(HEAD_BYTES)) is not None
        except FileNotFoundError:
            pass  # a broken link
        except OSError:
            is_supported = True  # reading it reports the error
        if is_supported:
            self._add(path, name.as_posix(), size)
        else:
            self._ignored += 1

    def _is_selected(self, name: PurePath) -> bool:
        def matches(patterns: Sequence[str]) -> bool:
            return any(
                fnmatch.fnmatch(name.as_posix() if "/" in pattern else name.name, pattern)
                for pattern in patterns
            )

        return (not self._include or matches(self._include)) and not matches(self._exclude)

    def _add(self, path: Path, name: str, size: int) -> None:
        absolute = os.path.abspath(path)  # noqa: PTH100 – without resolving links
        if absolute in self._seen:
            return
        name = _safe(name)
        if name in self._inputs:
            raise ConfigError(
                f"{self._inputs[name].path} and {path} would both be written to '{name}'; pass the folder "
                "above them, or write them to two folders"
            )
        self._seen.add(absolute)
        self._inputs[name] = Input(path, name, size)


def _walk(folder: Path, prefix: PurePath, leave_out: Path | None) -> Iterator[tuple[Path, PurePath]]:
    """The files below a folder with their names; for a locked folder, the folder itself.

    Hidden files and folders, and links to folders, are left out.
    """
    pending = [(os.fspath(folder), prefix)]
    while pending:
        current, name = pending.pop()
        if leave_out is not None and Path(current).resolve() == leave_out:
            continue
        try:
            entries = sorted(os.scandir(current), key=lambda entry: entry.name)
        except OSError:
            yield Path(current), name if name.parts else PurePath(Path(current).name)
            continue
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if entry.is_dir(follow_symlinks=False):
                pending.append((entry.path, name / entry.name))
            elif _is_file(entry.path):
                yield Path(entry.path), name / entry.name


def _is_file(path: str | Path) -> bool:
    """Whether this is a file, or a link whose target cannot be reached, which reading then reports."""
    return os.path.isfile(path) or (os.path.islink(path) and not os.path.exists(path))  # noqa: PTH110, PTH113, PTH114


def _fixed_parts(pattern: str) -> Iterator[str]:
    """The folders before the first wildcard."""
    for part in Path(pattern).parent.parts:
        if _WILDCARDS.search(part):
            return
        yield part


def _safe(name: str) -> str:
    """A name that stays below the output folder and is valid on every file system."""
    return "/".join(_safe_part(part) for part in name.split("/") if part not in ("", ".", ".."))


def _safe_part(part: str) -> str:
    if len(os.fsencode(part)) <= _MAX_NAME_BYTES:
        return part
    digest = hashlib.sha256(os.fsencode(part)).hexdigest()[:12]
    kept = os.fsencode(part)[: _MAX_NAME_BYTES - 20].decode(errors="ignore")
    return f"{kept}~{digest}{PurePath(part).suffix[:8]}"
