"""`ocrkit read`: print the text of files."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO, NamedTuple

import typer

from ocrkit.cli import _console, _corrections, _options, _terminal, _writing
from ocrkit.cli._estimate import show_estimate
from ocrkit.errors import AuthenticationError, OcrkitError, QuotaError

if TYPE_CHECKING:
    from ocrkit.exporters.base import Export

_ENDS_RUN = (AuthenticationError, QuotaError)
"""Errors of one file that every further file would share."""


class _Remarks(NamedTuple):
    """The notices that go to stderr beside the result."""

    explain: bool
    corrections: bool


@_options.reading_options()
def read(
    files: Annotated[list[str], typer.Argument(help="Images or PDFs; - is standard input.", metavar="FILE")],
    *,
    reading: _options.ReadingOptions,
    formats: Annotated[
        list[str] | None,
        typer.Option(
            "--format",
            "-f",
            help="text, markdown, json, …; several with commas. Default: the suffix of OUT, or text.",
            metavar="NAME",
        ),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            help="A file (letter.md), or a folder, with a slash at the end.",
            metavar="OUT",
        ),
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Print to stderr how each page was read and why.")
    ] = False,
    show_corrections: Annotated[
        bool,
        typer.Option("--show-corrections", help="Print to stderr what post-processing changed, and why."),
    ] = False,
    dry_run: _options.DryRun = False,
) -> None:
    """Print the text of images and PDFs.

    With several files, text has a header line before each and JSON has one result per line. With -o DIR/ each
    file gets its own output, one for each format. A file that cannot be read does not stop the others; the
    exit code is that of the first error.
    """
    from ocrkit.pipeline import EstimatingOcr, Ocr

    _options.refuse_stdin_twice(files)
    _options.refuse_empty(output=output)
    exports = _writing.formats(_options.formats(formats), output)
    settings = _options.with_table_scene(reading.load().settings, reading.scene, exports)
    password = reading.password(files)
    if dry_run:
        with EstimatingOcr(settings=settings) as ocr:
            named = [Path(name) if name != _options.STDIN else sys.stdin.buffer.read() for name in files]
            show_estimate(ocr.estimate(named, pages=reading.pages, password=password))
        return
    with _writing.opened(output, files, exports) as sink, Ocr(settings=settings) as ocr:
        sources = [(name, _source(name, exports.values())) for name in files]
        remarks = _Remarks(explain=explain, corrections=show_corrections)
        first_error = _read_all(sources, ocr, sink, remarks, pages=reading.pages, password=password)
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
    """Read the files in order. Returns the first error."""
    from ocrkit.formats import export_from

    first_error = None
    progress = _console.Progress()
    for number, (name, source) in enumerate(sources, start=1):
        title = _options.title_of(name)
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
            if isinstance(error, _ENDS_RUN):
                break
            continue
        finally:
            progress.clear()
        for warning in document.warnings:
            _console.warn(f"{title}: {warning}")
        if remarks.explain:
            print(_terminal.printable(document.explain()), file=sys.stderr)
        if remarks.corrections:
            _corrections.show(title, document)
        sink.write(name, document, partial(export_from, document=document, source=source, password=password))
    return first_error


def _source(name: str, exports: Iterable[Export]) -> Path | BinaryIO | bytes:
    """The source to read. Standard input is kept in memory for formats that read the source again."""
    from ocrkit.exporters.base import SupportsSource

    if name != _options.STDIN:
        return Path(name)
    reads_twice = any(isinstance(export, SupportsSource) for export in exports)
    return sys.stdin.buffer.read() if reads_twice else sys.stdin.buffer
