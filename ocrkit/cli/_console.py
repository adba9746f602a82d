"""The terminal: errors on one line, exit codes, signals, progress, tables."""

from __future__ import annotations

import contextlib
import errno
import io
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperGroup

from ocrkit.cli._terminal import one_line
from ocrkit.errors import ExportError, OcrkitError

INTERRUPTED = 130  # as a shell reports SIGINT
TERMINATED = 143  # SIGTERM
HUNG_UP = 129  # SIGHUP
BROKEN_PIPE = 141  # SIGPIPE

_PATIENCE_SECONDS = 0.5


class Commands(TyperGroup):
    """The group of all commands: turns errors into one line on stderr and an exit code."""

    def invoke(self, ctx: Any) -> Any:
        try:
            with _full_disk_as_error():
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
            _discard_stdout()
            raise typer.Exit(BROKEN_PIPE) from error
        return result


@contextlib.contextmanager
def _full_disk_as_error() -> Iterator[None]:
    """Report a full disk behind stdout, which shows at a flush, as an `ExportError`."""
    try:
        yield
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        _discard_stdout()
        raise ExportError(f"standard output cannot be written: {error.strerror}") from error


def open_missing_streams() -> None:
    """Open streams that were closed at the start (`2>&-`, a service) on the null device."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            stream = Path(os.devnull).open(mode, encoding="utf-8")  # noqa: SIM115 – open until exit
            setattr(sys, name, stream)


class _OneLine(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return one_line(super().format(record))


def show_log() -> None:
    """Print warnings of the library's log to stderr."""
    handler = logging.StreamHandler()
    handler.setFormatter(_OneLine("ocrkit: warning: %(message)s"))
    handler.setLevel(logging.WARNING)
    logging.getLogger("ocrkit").addHandler(handler)


def end_on_signals() -> None:
    """Exit on SIGTERM, and when the terminal is closed, as on Ctrl-C: temporary files are removed."""
    with contextlib.suppress(ValueError):  # not in the main thread, as in some tests
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(TERMINATED))
        hangup = getattr(signal, "SIGHUP", None)  # not on Windows
        if hangup is not None and signal.getsignal(hangup) is not signal.SIG_IGN:  # `nohup` ignores it
            signal.signal(hangup, lambda *_: sys.exit(HUNG_UP))


def answer_interrupts() -> None:
    """Answer Ctrl-C while native code runs, in which Python cannot raise `KeyboardInterrupt`.

    A thread says so if the program has not ended soon, and ends it at the next Ctrl-C.
    """
    if sys.platform == "win32":  # its wakeup descriptor must be a socket
        return
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    try:
        signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    except ValueError:  # not in the main thread, as in some tests
        return

    def watch() -> None:
        asked = False
        while received := os.read(reader, 1):
            if received[0] != signal.SIGINT:
                continue
            if asked:
                os._exit(INTERRUPTED)
            asked = True
            time.sleep(_PATIENCE_SECONDS)
            with contextlib.suppress(OSError):  # stderr may be closed
                os.write(2, b"ocrkit: stopping when the engine returns; press Ctrl-C again to stop now\n")

    threading.Thread(target=watch, daemon=True, name="ocrkit-interrupts").start()


def leave_interrupts_to_command() -> None:
    """Undo `answer_interrupts`, for a command with handlers of its own."""
    if sys.platform != "win32":
        with contextlib.suppress(ValueError):
            signal.set_wakeup_fd(-1)


def use_utf8() -> None:
    """Use UTF-8 under every locale; file names that are not UTF-8 keep their bytes."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="surrogateescape")


def _discard_stdout() -> None:
    """Redirect stdout to the null device, or the interpreter would report an error at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def fail(error: OcrkitError | str) -> None:
    print(f"ocrkit: error: {one_line(str(error))}", file=sys.stderr)


def warn(text: str) -> None:
    print(f"ocrkit: warning: {one_line(text)}", file=sys.stderr)


def note(text: str) -> None:
    print(f"ocrkit: {one_line(text)}", file=sys.stderr)


class Progress:
    """A progress line on stderr, overwritten in place, if stderr is a terminal."""

    def __init__(self) -> None:
        self._is_terminal = sys.stderr.isatty()
        self._width = 0

    def show(self, text: str) -> None:
        text = one_line(text)
        if self._is_terminal:
            print(f"\r{text:<{self._width}}", end="", file=sys.stderr, flush=True)
            self._width = max(self._width, len(text))

    def clear(self) -> None:
        if self._width:
            print(f"\r{'':<{self._width}}\r", end="", file=sys.stderr, flush=True)
            self._width = 0


def table(rows: Sequence[Sequence[str]]) -> str:
    """Rows in aligned columns."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )
