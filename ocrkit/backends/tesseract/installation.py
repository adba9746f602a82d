"""What of Tesseract is on this machine, and how to get what is not."""

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

_ANSWER_SECONDS = 20.0
_PLACES = (
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
    """Our environment, as the program gets it: one thread.

    Tesseract's OpenMP threads spin while they wait: with them a page costs several times the processor time,
    and is slower even alone. Set for the child only; the environment of this process is not ours to change.
    """
    return {**os.environ, "OMP_THREAD_LIMIT": "1"}


def find_program(program: str | None) -> str | None:
    """The full path of the program, or None."""
    return shutil.which(program or "tesseract")


def ask_program(program: str, *arguments: str) -> str:
    """What the program prints about itself; empty when it fails."""
    try:
        done = subprocess.run(  # noqa: S603 - the program is the one in the options, no shell is involved
            [program, *arguments],
            capture_output=True,
            check=False,
            env=program_environment(),
            stdin=subprocess.DEVNULL,
            timeout=_ANSWER_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    answer = done.stdout if done.returncode == 0 else b""
    return answer.decode("utf-8", "replace")


def program_packs(program: str, tessdata: Path | None = None) -> tuple[Path | None, frozenset[str]]:
    """The folder the program takes its packs from, as far as it says so, and their names."""
    where = ("--tessdata-dir", str(tessdata)) if tessdata else ()
    headline, *names = ask_program(program, *where, "--list-langs").splitlines() or [""]
    folder = re.search(r'"(.+)"', headline)
    return Path(folder[1]) if folder else tessdata, frozenset(name.strip() for name in names if name.strip())


def packs_in(folder: Path) -> frozenset[str]:
    """The names of the packs in a folder; those of whole scripts are one level down (`script/Latin`)."""
    files = [*folder.glob("*.traineddata"), *folder.glob("*/*.traineddata")]
    return frozenset(file.relative_to(folder).with_suffix("").as_posix() for file in files)


def find_tessdata(tessdata: Path | None, program: str | None) -> Path | None:
    """The folder with the language packs: the given one, the program's own, or a well-known place."""
    if tessdata:
        return tessdata if packs_in(tessdata) else None
    found = find_program(program)
    said = program_packs(found)[0] if found else None
    places = ([said] if said else []) + [Path(place) for place in _PLACES]
    return next((place for place in places if packs_in(place)), None)


def state(program: str | None, tessdata: Path | None) -> str:
    """The program and the packs with their sizes and dates: what a reading depends on."""
    found = find_program(program)
    folder = find_tessdata(tessdata, program)
    packs = [folder / f"{name}.traineddata" for name in sorted(packs_in(folder))] if folder else []
    facts = []
    for file in [Path(found).resolve(), *packs] if found else packs:
        with contextlib.suppress(OSError):
            facts.append(f"{file} {file.stat().st_size} {file.stat().st_mtime_ns}")
    return "\n".join(facts)


def install_command(packs: Sequence[str] = (), *, platform: str = sys.platform) -> str:
    """The command that installs Tesseract, or language packs for it."""
    if platform == "darwin":
        return "brew install tesseract-lang" if packs else "brew install tesseract"
    if platform == "win32":
        return "winget install --id UB-Mannheim.TesseractOCR"
    names = [_debian_package(pack.removeprefix("~")) for pack in packs]
    return "sudo apt install " + " ".join(names or ["tesseract-ocr"])


def _debian_package(pack: str) -> str:
    if "/" in pack:  # Debian names the packs of whole scripts by four letters we hold no table of
        return "tesseract-ocr-script-frak" if pack == "script/Fraktur" else "tesseract-ocr-all"
    return "tesseract-ocr-" + pack.replace("_", "-")


def missing_packs(packs: Sequence[str]) -> MissingDependencyError:
    many = len(packs) > 1
    named = ", ".join(f"'{pack}'" for pack in packs)
    install = install_command(packs)
    other = "" if sys.platform in ("darwin", "win32") else " (with Homebrew: brew install tesseract-lang)"
    return MissingDependencyError(
        f"tesseract: the language pack{'s' if many else ''} {named} {'are' if many else 'is'} not installed. "
        f"Install with: {install}{other}",
        install=install,
    )


def missing_program(program: str | None) -> MissingDependencyError:
    install = install_command()
    other = "" if sys.platform in ("darwin", "win32") else " (with Homebrew: brew install tesseract)"
    return MissingDependencyError(
        f"tesseract: the program '{program or 'tesseract'}' was not found. Install with: {install}{other}, "
        "or name it in the option 'program'",
        install=install,
    )


def missing_tessdata(tessdata: Path | None) -> MissingDependencyError:
    install = install_command(["eng"])
    where = f"there is none in '{tessdata}'" if tessdata else "none was found in the usual places"
    return MissingDependencyError(
        f"tesseract: no language packs: {where}. Install with: {install}, or name their folder in the option "
        "'tessdata'",
        install=install,
    )
