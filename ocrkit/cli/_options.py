"""The options that commands which read share, and how they become settings."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import typer

from ocrkit.errors import ConfigError
from ocrkit.request import Mode, Scene

STDIN = "-"

Backend: TypeAlias = Annotated[
    str | None, typer.Option("--backend", "-b", help="What reads: see `ocrkit backends`.", metavar="NAME")
]
Languages: TypeAlias = Annotated[
    str | None, typer.Option("--lang", "-l", help="Languages, the likeliest first: en,de.", metavar="TAGS")
]
TextMode: TypeAlias = Annotated[Mode | None, typer.Option("--mode", help="How the text was written.")]
PageScene: TypeAlias = Annotated[Scene | None, typer.Option("--scene", help="What is on the picture.")]
Preprocess: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--preprocess", help="auto, none, document, …, or steps: grayscale,deskew.", metavar="STEPS"
    ),
]
Postprocess: TypeAlias = Annotated[
    str | None,
    typer.Option("--postprocess", help="none, or steps: language,spelling,….", metavar="STEPS"),
]
Pages: TypeAlias = Annotated[str | None, typer.Option("--pages", help="Pages: 1-3,7.", metavar="RANGES")]
Dpi: TypeAlias = Annotated[
    int | None, typer.Option("--dpi", help="Resolution at which PDF pages are rendered.", metavar="N")
]
PasswordFile: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--password-file",
        help="A file whose first line opens encrypted PDFs; - is standard input.",
        metavar="FILE",
    ),
]
Workers: TypeAlias = Annotated[
    int | None, typer.Option("--workers", "-j", help="How many pages are read at once.", metavar="N")
]
Threads: TypeAlias = Annotated[
    int | None, typer.Option("--threads", help="CPU threads for the engine of each process.", metavar="N")
]
Isolate: TypeAlias = Annotated[
    bool | None,
    typer.Option("--isolate/--no-isolate", help="Read in processes of their own, or in this one."),
]
AllowRemote: TypeAlias = Annotated[
    bool | None,
    typer.Option("--remote/--no-remote", help="Whether pages may leave this machine."),
]


def overrides(given: dict[str, tuple[Any, str]]) -> tuple[dict[str, Any], dict[str, str]]:
    """The options that were given, as nested tables, and what each is called in a message."""
    tables: dict[str, Any] = {}
    names = {}
    for key, (value, option) in given.items():
        if value is not None:
            *path, last = key.split(".")
            table = tables
            for part in path:
                table = table.setdefault(part, {})
            table[last] = value
            names[key] = option
    return tables, names


def formats(given: Sequence[str] | None) -> list[str]:
    """The names in `-f text,json -f csv`; none where the option was not given."""
    names = [name.strip() for each in given or () for name in each.split(",") if name.strip()]
    if given and not names:
        raise ConfigError("--format is empty")
    return names


def refuse_empty(**given: str | None) -> None:
    """An empty text is a variable of a script that was not set, and means nothing."""
    for name, value in given.items():
        if value == "":
            raise ConfigError(f"--{name.replace('_', '-')} is empty")


def password(path: str | None, files: Sequence[str]) -> str | None:
    """The first line of a file: an option would show the password to everybody who lists processes."""
    if path is None:
        return None
    if path == STDIN:
        if STDIN in files:
            raise ConfigError("standard input cannot be both the document and the password")
        return sys.stdin.readline().rstrip("\r\n")
    try:
        with Path(path).open(encoding="utf-8") as file:
            return file.readline().rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise ConfigError(f"--password-file {path}: cannot be read: {reason}") from None
