"""`ocrkit read`: the text of files."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO, NamedTuple

import typer

from ocrkit.cli import _console, _corrections, _options, _writing
from ocrkit.cli._console import ConfigFile, Profile
from ocrkit.errors import (
    AuthenticationError,
    ConfigError,
    OcrkitError,
    QuotaError,
)

if TYPE_CHECKING:
    from ocrkit.exporters.base import Export

_HOPELESS = (AuthenticationError, QuotaError)
"""What fails for one file for these reasons fails for all of them. Wrong settings have failed before."""


class _Remarks(NamedTuple):
    """What is said on stderr beside the result."""

    explain: bool
    corrections: bool


def read(
    files: Annotated[list[str], typer.Argument(help="Images or PDFs; - is standard input.", metavar="FILE")],
    *,
    backend: _options.Backend = None,
    lang: _options.Languages = None,
    mode: _options.TextMode = None,
    scene: _options.PageScene = None,
    preprocess: _options.Preprocess = None,
    postprocess: _options.Postprocess = None,
    pages: _options.Pages = None,
    formats: Annotated[
        list[str] | None,
        typer.Option(
            "--format",
            "-f",
            help="text, markdown, json, …; several with commas. Default: as OUT ends, else text.",
            metavar="NAME",
        ),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            help="A file (letter.md), or with a slash at its end a folder.",
            metavar="OUT",
        ),
    ] = None,
    dpi: _options.Dpi = None,
    password_file: _options.PasswordFile = None,
    workers: _options.Workers = None,
    threads: _options.Threads = None,
    isolate: _options.Isolate = None,
    remote: _options.AllowRemote = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Say on stderr how each page was read and why.")
    ] = False,
    show_corrections: Annotated[
        bool,
        typer.Option("--show-corrections", help="Show on stderr what was changed after reading, and why."),
    ] = False,
    profile: Profile = None,
    config: ConfigFile = None,
) -> None:
    """Print the text of images and PDFs.

    Several files: text has a header line before each, JSON is one result a line, and with -o DIR/ each gets
    a file of its own, or one in each format. A file that cannot be read does not stop the others; the exit
    code is that of the first error.
    """
    from ocrkit.config.loading import load_settings
    from ocrkit.pipeline import Ocr

    overrides, names = _options.overrides(
        {
            "backend": (backend, "--backend"),
            "languages": (lang, "--lang"),
            "mode": (mode, "--mode"),
            "scene": (scene, "--scene"),
            "preprocess": (preprocess, "--preprocess"),
            "postprocess": (postprocess, "--postprocess"),
            "source.dpi": (dpi, "--dpi"),
            "workers": (workers, "--workers"),
            "threads": (threads, "--threads"),
            "isolate": (isolate, "--isolate"),
            "allow_remote": (remote, "--remote"),
        }
    )
    if files.count(_options.STDIN) > 1:
        raise ConfigError("standard input can be read once: name - once")
    _options.refuse_empty(output=output, pages=pages)
    loaded = load_settings(overrides=overrides, override_names=names, profile=profile, config_file=config)
    exports = _writing.formats(_options.formats(formats), output)
    password = _options.password(password_file, files)
    with (
        _writing.opened(output, files, exports) as sink,
        Ocr(settings=loaded.settings) as ocr,
    ):
        sources = [(name, _source(name, exports.values())) for name in files]
        remarks = _Remarks(explain=explain, corrections=show_corrections)
        first_error = _read_all(sources, ocr, sink, remarks, pages=pages, password=password)
    if first_error is not None:
        raise typer.Exit(first_error.exit_code)


def _read_all(
    sources: Sequence[tuple[str, Any]],
    ocr: Any,
    sink: _writing.Sink,
    remarks: _Remarks,
    *,
    pages: str | None,
    password: str | None,
) -> OcrkitError | None:
    """Read one after the other; the first error, if there was one."""
    from ocrkit.formats import export_from

    first_error = None
    progress = _console.Progress()
    for number, (name, source) in enumerate(sources, start=1):
        title = "standard input" if name == _options.STDIN else name
        lead = f"{title} ({number} of {len(sources)})" if len(sources) > 1 else title
        progress.show(f"{lead} …")
        try:
            document = ocr.recognize(
                source,
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
        if remarks.explain:
            print(document.explain(), file=sys.stderr)
        if remarks.corrections:
            _corrections.show(title, document)
        made = partial(export_from, document=document, source=source, password=password)
        sink.write(name, document, made)
    return first_error


def _source(name: str, exports: Iterable[Export]) -> Path | BinaryIO | bytes:
    """What is to be read. Standard input can be read once, and some formats look at it a second time."""
    from ocrkit.exporters.base import SupportsSource

    if name != _options.STDIN:
        return Path(name)
    wants_it_again = any(isinstance(export, SupportsSource) for export in exports)
    return sys.stdin.buffer.read() if wants_it_again else sys.stdin.buffer
