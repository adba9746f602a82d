"""What all commands share of the terminal: errors in one line, quiet ends, progress, tables."""

from __future__ import annotations

import contextlib
import errno
import io
import logging
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import typer
from typer.core import TyperGroup

from ocrkit.errors import ExportError, OcrkitError

INTERRUPTED = 130  # what a shell reports for Ctrl-C
TERMINATED = 143
BROKEN_PIPE = 141  # and for a program whose reader went away

Profile: TypeAlias = Annotated[
    str | None,
    typer.Option("--profile", help="A [profiles.NAME] section of the configuration file.", metavar="NAME"),
]
ConfigFile: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--config", help="The configuration file, instead of the nearest ocrkit.toml.", metavar="FILE"
    ),
]
AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


class Commands(TyperGroup):
    """Turns errors into one line on stderr and the exit code of their kind."""

    def invoke(self, ctx: Any) -> Any:
        try:
            with _stdout_that_may_be_full():
                result = super().invoke(ctx)
                sys.stdout.flush()
        except OcrkitError as error:
            if ctx.params.get("debug"):
                raise
            fail(error)
            raise typer.Exit(error.exit_code) from error
        except KeyboardInterrupt as error:
            raise typer.Exit(INTERRUPTED) from error
        except BrokenPipeError as error:
            _forget_stdout()
            raise typer.Exit(BROKEN_PIPE) from error
        return result


@contextlib.contextmanager
def _stdout_that_may_be_full() -> Iterator[None]:
    """A full disk behind stdout shows with the first flush, and is nobody's defect."""
    try:
        yield
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        _forget_stdout()
        raise ExportError(f"standard output cannot be written: {error.strerror}") from error


def open_missing_streams() -> None:
    """A program may be started without some of its streams (`2>&-`, a service); they are then None."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            stream = Path(os.devnull).open(mode, encoding="utf-8")  # noqa: SIM115 – open until the end
            setattr(sys, name, stream)


def show_log() -> None:
    """What the library warns of in its log, in the words of a program."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("ocrkit: warning: %(message)s"))
    handler.setLevel(logging.WARNING)
    logging.getLogger("ocrkit").addHandler(handler)


def end_on_sigterm() -> None:
    """End as on Ctrl-C, cleaning up: a draft of a result is not left beside it."""
    with contextlib.suppress(ValueError):  # not in the main thread, as in some tests: nothing to take over
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(TERMINATED))


def use_utf8() -> None:
    """Text is UTF-8 under every locale, and file names that are not come out as the bytes they are."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="surrogateescape")


def _forget_stdout() -> None:
    """Nobody reads any more; without this the interpreter complains when it flushes at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def fail(error: OcrkitError | str) -> None:
    print(f"ocrkit: error: {_one_line(str(error))}", file=sys.stderr)


def warn(text: str) -> None:
    print(f"ocrkit: warning: {_one_line(text)}", file=sys.stderr)


def note(text: str) -> None:
    print(f"ocrkit: {_one_line(text)}", file=sys.stderr)


def _one_line(text: str) -> str:
    return " ".join(text.split())


class Progress:
    """A line that is written over, on stderr, and only where somebody watches it."""

    def __init__(self) -> None:
        self._watched = sys.stderr.isatty()
        self._width = 0

    def show(self, text: str) -> None:
        if self._watched:
            print(f"\r{text:<{self._width}}", end="", file=sys.stderr, flush=True)
            self._width = max(self._width, len(text))

    def clear(self) -> None:
        if self._width:
            print(f"\r{'':<{self._width}}\r", end="", file=sys.stderr, flush=True)
            self._width = 0


def table(rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as they need to be."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )
