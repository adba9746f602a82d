"""`ocrkit read`: the text of files."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import typer

from ocrkit.cli import _console, _writing
from ocrkit.cli._console import ConfigFile, Profile
from ocrkit.errors import (
    AuthenticationError,
    ConfigError,
    OcrkitError,
    QuotaError,
)
from ocrkit.request import Mode, Scene

_HOPELESS = (AuthenticationError, QuotaError)
"""What fails for one file for these reasons fails for all of them. Wrong settings have failed before."""


def read(
    files: Annotated[list[str], typer.Argument(help="Images or PDFs; - is standard input.", metavar="FILE")],
    *,
    backend: Annotated[
        str | None,
        typer.Option("--backend", "-b", help="What reads: see `ocrkit backends`.", metavar="NAME"),
    ] = None,
    lang: Annotated[
        str | None,
        typer.Option("--lang", "-l", help="Languages, the likeliest first: en,de.", metavar="TAGS"),
    ] = None,
    mode: Annotated[Mode | None, typer.Option("--mode", help="How the text was written.")] = None,
    scene: Annotated[Scene | None, typer.Option("--scene", help="What is on the picture.")] = None,
    preprocess: Annotated[
        str | None,
        typer.Option("--preprocess", help="none, basic, auto, or steps: grayscale,denoise.", metavar="STEPS"),
    ] = None,
    pages: Annotated[str | None, typer.Option("--pages", help="Pages: 1-3,7.", metavar="RANGES")] = None,
    format_name: Annotated[
        str, typer.Option("--format", "-f", help="text, json, or what a plug-in brings.", metavar="NAME")
    ] = "text",
    output: Annotated[
        str | None,
        typer.Option("--output", "-o", help="A file, or with a slash at its end a folder.", metavar="OUT"),
    ] = None,
    dpi: Annotated[
        int | None, typer.Option("--dpi", help="Resolution at which PDF pages are rendered.", metavar="N")
    ] = None,
    password_file: Annotated[
        str | None,
        typer.Option(
            "--password-file",
            help="A file whose first line opens encrypted PDFs; - is standard input.",
            metavar="FILE",
        ),
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Say on stderr how each page was read and why.")
    ] = False,
    profile: Profile = None,
    config: ConfigFile = None,
) -> None:
    """Print the text of images and PDFs.

    Several files: text has a header line before each, JSON is one result a line, and with -o DIR/ each gets
    a file of its own. A file that cannot be read does not stop the others; the exit code is that of the
    first error.
    """
    from ocrkit import registry
    from ocrkit.config.loading import load_settings
    from ocrkit.pipeline import Ocr

    overrides, names = _overrides(
        {
            "backend": (backend, "--backend"),
            "languages": (lang, "--lang"),
            "mode": (mode, "--mode"),
            "scene": (scene, "--scene"),
            "preprocess": (preprocess, "--preprocess"),
            "source.dpi": (dpi, "--dpi"),
        }
    )
    if files.count(_writing.STDIN) > 1:
        raise ConfigError("standard input can be read once: name - once")
    for option, value in (("--output", output), ("--pages", pages)):
        if value == "":
            raise ConfigError(f"{option} is empty")
    loaded = load_settings(overrides=overrides, override_names=names, profile=profile, config_file=config)
    export = registry.exporter(format_name)
    password = _password(password_file, files)
    with (
        _writing.opened(output, files, format_name, export) as sink,
        Ocr(settings=loaded.settings) as ocr,
    ):
        first_error = _read_all(files, ocr, sink, pages=pages, password=password, explain=explain)
    if first_error is not None:
        raise typer.Exit(first_error.exit_code)


def _read_all(
    files: Sequence[str],
    ocr: Any,
    sink: _writing.Sink,
    *,
    pages: str | None,
    password: str | None,
    explain: bool,
) -> OcrkitError | None:
    """Read one after the other; the first error, if there was one."""
    first_error = None
    progress = _console.Progress()
    for number, name in enumerate(files, start=1):
        title = "standard input" if name == _writing.STDIN else name
        lead = f"{title} ({number} of {len(files)})" if len(files) > 1 else title
        progress.show(f"{lead} …")
        try:
            document = ocr.recognize(
                _source(name),
                pages=pages,
                password=password,
                progress=lambda done, total, lead=lead: progress.show(f"{lead}: page {done} of {total}"),
            )
        except OcrkitError as error:
            text = str(error)
            _console.fail(text if text.startswith(title) else f"{title}: {text}")
            first_error = first_error or error
            if isinstance(error, _HOPELESS):
                break
            continue
        finally:
            progress.clear()
        for warning in document.warnings:
            _console.warn(f"{title}: {warning}")
        if explain:
            print(document.explain(), file=sys.stderr)
        sink.write(name, document)
    return first_error


def _overrides(given: dict[str, tuple[Any, str]]) -> tuple[dict[str, Any], dict[str, str]]:
    """The options that were given, as nested tables, and what each is called in a message."""
    overrides: dict[str, Any] = {}
    names = {}
    for key, (value, option) in given.items():
        if value is not None:
            *tables, last = key.split(".")
            table = overrides
            for part in tables:
                table = table.setdefault(part, {})
            table[last] = value
            names[key] = option
    return overrides, names


def _source(name: str) -> Path | BinaryIO:
    return sys.stdin.buffer if name == _writing.STDIN else Path(name)


def _password(path: str | None, files: Sequence[str]) -> str | None:
    """The first line of a file: an option would show the password to everybody who lists processes."""
    if path is None:
        return None
    if path == _writing.STDIN:
        if _writing.STDIN in files:
            raise ConfigError("standard input cannot be both the document and the password")
        return sys.stdin.readline().rstrip("\r\n")
    try:
        with Path(path).open(encoding="utf-8") as file:
            return file.readline().rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise ConfigError(f"--password-file {path}: cannot be read: {reason}") from None
