"""Finds the Tesseract program and its language packs, and says how to install what is missing."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from ocrkit.errors import MissingDependencyError

_QUERY_TIMEOUT_SECONDS = 20.0
_TESSDATA_FOLDERS = (
    "/usr/share/tesseract-ocr/5/tessdata",
    "/usr/share/tesseract-ocr/4.00/tessdata",
    "/usr/share/tessdata",
    "/usr/share/tesseract/tessdata",
    "/usr/local/share/tessdata",
    "/opt/homebrew/share/tessdata",
    "/opt/local/share/tessdata",
    r"C:\Program Files\Tesseract-OCR\tessdata",
)


def program_environment() -> dict[str, str]:
    """The environment of the program: that of this process, with one thread.

    Tesseract's OpenMP threads spin while they wait: they multiply the CPU time of a page and make even a
    single page slower. The variable is set for the child process only.
    """
    return {**os.environ, "OMP_THREAD_LIMIT": "1"}


def find_program(program: str | None) -> str | None:
    """Full path of the program, or None if it is not installed."""
    return shutil.which(program or "tesseract")


def query_program(program: str, *arguments: str) -> str:
    """Standard output of the program; empty if it fails."""
    try:
        completed = subprocess.run(  # noqa: S603 - the program is the one in the options, no shell is involved
            [program, *arguments],
            capture_output=True,
            check=False,
            env=program_environment(),
            stdin=subprocess.DEVNULL,
            timeout=_QUERY_TIMEOUT_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    output = completed.stdout if completed.returncode == 0 else b""
    return output.decode("utf-8", "replace")


def program_packs(program: str, tessdata: Path | None = None) -> tuple[Path | None, frozenset[str]]:
    """The tessdata folder of the program, if it prints one, and the names of the packs in it."""
    folder_arguments = ("--tessdata-dir", str(tessdata)) if tessdata else ()
    headline, *names = query_program(program, *folder_arguments, "--list-langs").splitlines() or [""]
    folder = re.search(r'"(.+)"', headline)
    return Path(folder[1]) if folder else tessdata, frozenset(name.strip() for name in names if name.strip())


def packs_in(folder: Path) -> frozenset[str]:
    """Names of the packs in a folder; script packs are in a subfolder (`script/Latin`)."""
    files = [*folder.glob("*.traineddata"), *folder.glob("*/*.traineddata")]
    return frozenset(file.relative_to(folder).with_suffix("").as_posix() for file in files)


def find_tessdata(tessdata: Path | None, program: str | None) -> Path | None:
    """The folder with the language packs: the given one, that of the program, or a standard location."""
    if tessdata:
        return tessdata if packs_in(tessdata) else None
    found = find_program(program)
    reported = program_packs(found)[0] if found else None
    folders = ([reported] if reported else []) + [Path(folder) for folder in _TESSDATA_FOLDERS]
    return next((folder for folder in folders if packs_in(folder)), None)


def fingerprint(program: str | None, folders: Sequence[Path]) -> str:
    """Path, size and modification time of the program and of each pack."""
    found = find_program(program)
    packs = [folder / f"{name}.traineddata" for folder in folders for name in sorted(packs_in(folder))]
    entries = []
    for file in [Path(found).resolve(), *packs] if found else packs:
        with contextlib.suppress(OSError):
            entries.append(f"{file} {file.stat().st_size} {file.stat().st_mtime_ns}")
    return "\n".join(entries)


def install_command(packs: Sequence[str] = (), *, platform: str = sys.platform) -> str:
    """The command that installs Tesseract, or language packs for it."""
    if platform == "darwin":
        return "brew install tesseract-lang" if packs else "brew install tesseract"
    if platform == "win32":
        return "winget install --id UB-Mannheim.TesseractOCR"
    names = [_debian_package(pack.removeprefix("~")) for pack in packs]
    return "sudo apt install " + " ".join(names or ["tesseract-ocr"])


def _debian_package(pack: str) -> str:
    if "/" in pack:  # Debian names script packs by ISO 15924 codes, which are not listed here
        return "tesseract-ocr-script-frak" if pack == "script/Fraktur" else "tesseract-ocr-all"
    return "tesseract-ocr-" + pack.replace("_", "-")


def fetch_command(packs: Sequence[str]) -> str:
    """The command that fetches language packs into the folder of models."""
    return "ocrkit models fetch " + " ".join(f"tesseract/{pack.removeprefix('~')}" for pack in packs)


def missing_packs_error(packs: Sequence[str]) -> MissingDependencyError:
    many = len(packs) > 1
    named = ", ".join(f"'{pack}'" for pack in packs)
    install = install_command(packs)
    return MissingDependencyError(
        f"tesseract: the language pack{'s' if many else ''} {named} {'are' if many else 'is'} not installed; "
        f"install {'them' if many else 'it'} with: {install}{_homebrew_hint('tesseract-lang')}, or fetch "
        f"{'them' if many else 'it'} with: {fetch_command(packs)}",
        install=install,
    )


def missing_program_error(program: str | None) -> MissingDependencyError:
    install = install_command()
    return MissingDependencyError(
        f"tesseract: the program '{program or 'tesseract'}' was not found; install it with: {install}"
        f"{_homebrew_hint('tesseract')}, or set the option 'program' to its path",
        install=install,
    )


def missing_tessdata_error(tessdata: Path | None) -> MissingDependencyError:
    install = install_command(["eng"])
    where = f"in '{tessdata}'" if tessdata else "in the standard locations"
    return MissingDependencyError(
        f"tesseract: no language packs were found {where}; install one with: {install}, fetch one with: "
        f"{fetch_command(['eng'])}, or set the option 'tessdata' to their folder",
        install=install,
    )


def _homebrew_hint(formula: str) -> str:
    return "" if sys.platform in ("darwin", "win32") else f" (with Homebrew: brew install {formula})"
