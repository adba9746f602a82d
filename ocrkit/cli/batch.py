"""`ocrkit batch`: read folders of files into a folder of results."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from ocrkit.cli import _console, _options
from ocrkit.cli._estimate import show_estimate
from ocrkit.errors import ConfigError

_SHOWN = 20


@_options.reading_options()
def batch(
    inputs: Annotated[
        list[str],
        typer.Argument(
            help="Files, folders, patterns such as 'scans/**/*.pdf'; - reads names from standard input.",
            metavar="IN",
        ),
    ],
    *,
    out: Annotated[str, typer.Option("--out", "-o", help="The folder for the results.", metavar="DIR")],
    formats: Annotated[
        list[str] | None,
        typer.Option("--format", "-f", help="text, json, …; several with commas.", metavar="NAME"),
    ] = None,
    include: Annotated[
        list[str] | None,
        typer.Option("--include", help="In folders, read only these files: '*.pdf'.", metavar="PATTERN"),
    ] = None,
    exclude: Annotated[
        list[str] | None, typer.Option("--exclude", help="In folders, skip these files.", metavar="PATTERN")
    ] = None,
    null_separated: Annotated[
        bool, typer.Option("--null", "-0", help="Names on standard input end with NUL (find -print0).")
    ] = False,
    reading: _options.ReadingOptions,
    max_failure_rate: Annotated[
        float | None,
        typer.Option(
            "--max-failure-rate", help="Stop if a larger share of pages fails: 0.1 is 10 %.", metavar="SHARE"
        ),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Resume only: fail if DIR holds no earlier run.")
    ] = False,
    restart: Annotated[
        bool, typer.Option("--restart", help="Discard earlier results and start over.")
    ] = False,
    retry_failed: _options.RetryFailed = False,
    dry_run: _options.DryRun = False,
    ray: Annotated[
        str | None,
        typer.Option(
            "--ray",
            help="Read on a Ray cluster: auto (this machine's), HOST:PORT, or local to start one here.",
            metavar="ADDRESS",
        ),
    ] = None,
    gpus: Annotated[
        float | None, typer.Option("--gpus", help="With --ray: GPUs for each worker: 0.25.", metavar="SHARE")
    ] = None,
    quiet: _options.Quiet = False,
    as_json: _options.AsJson = False,
) -> None:
    """Read files and folders into a folder of results.

    `scans/2024/letter.png` becomes `DIR/2024/letter.png.txt`. Run the same command again to resume after an
    interruption: only what is missing is read. Ctrl-C once finishes the pages in progress, twice stops at
    once. A file that cannot be read does not stop the run; failures are listed at the end and in
    DIR/failures.jsonl, and the exit code is that of the first failure.
    """
    from ocrkit.batch import Batch, has_journal, remove_journal
    from ocrkit.batch.inputs import find_inputs
    from ocrkit.pipeline import Ocr

    _options.refuse_empty(out=out, ray=ray)
    _refuse_same_folder(inputs, out)
    if resume and restart:
        raise ConfigError("--resume and --restart exclude each other")
    if resume and not has_journal(out):
        raise ConfigError(f"--resume: {out} holds no earlier run; check the name, or leave --resume out")
    names = _options.formats(formats) or ["text"]
    settings = reading.load(max_failure_rate=max_failure_rate).settings
    settings = _options.with_table_scene(settings, reading.scene, names)
    password = reading.password(inputs)
    _check_cluster(ray, gpus, isolate=settings.isolate)
    if dry_run:
        with Ocr(settings=settings) as ocr:
            planned = Batch(ocr, out, pages=reading.pages, password=password, retry_failed=retry_failed)
            sources = _sources(inputs, null_separated=null_separated)
            expected = planned.estimate(sources, include=include or (), exclude=exclude or ())
        show_estimate(expected, as_json=as_json)
        return
    with Ocr(settings=settings, scene=reading.scene) as ocr, _cluster(ray, gpus, settings) as reader:
        run = Batch(
            ocr,
            out,
            formats=names,
            pages=reading.pages,
            password=password,
            retry_failed=retry_failed,
            reader=reader,
        )
        sources = _sources(inputs, null_separated=null_separated)
        if restart and has_journal(out):
            # A wrong name is an error before anything is discarded.
            find_inputs(sources, include=include or (), exclude=exclude or (), leave_out=Path(out))
            remove_journal(out)
        with _stop_on_signals(run) as ending, _display(quiet=quiet or as_json) as shown:
            report = run.run(sources, include=include or (), exclude=exclude or (), progress=shown)
        _show(report, Path(out), as_json=as_json)
        if ending.code is not None:
            _exit(ending.code, at_once=ending.now)
    if report.exit_code:
        raise typer.Exit(report.exit_code)


def _check_cluster(ray: str | None, gpus: float | None, *, isolate: bool | Literal["strict"] | None) -> None:
    if ray is None and gpus is not None:
        raise ConfigError("--gpus needs --ray; without a cluster, set the device in [backends.NAME]")
    if ray is not None and isolate is False:
        raise ConfigError("--ray always reads in worker processes and cannot be combined with --no-isolate")


@contextlib.contextmanager
def _cluster(address: str | None, gpus: float | None, settings: Any) -> Iterator[Any]:
    """The reader of a cluster, or None without one."""
    if address is None:
        yield None
        return
    from ocrkit.distributed import ClusterReader, connected

    with connected(address):
        reader = ClusterReader(settings, workers=settings.workers, gpus=gpus or 0)
        with contextlib.closing(reader):
            yield reader


def _display(*, quiet: bool) -> Any:
    from ocrkit.cli._progress import display

    return display(quiet=quiet)


def _refuse_same_folder(inputs: list[str], out: str) -> None:
    """Refuse an input folder that is the output folder: its files would all be skipped silently."""
    for each in inputs:
        with contextlib.suppress(OSError):
            if Path(each).is_dir() and Path(each).samefile(out):
                raise ConfigError(
                    f"{each} is both an input and the folder for the results; choose another folder, for "
                    f"example --out {Path(each) / 'results'}"
                )


def _sources(inputs: list[str], *, null_separated: bool) -> list[Any]:
    from ocrkit.batch.inputs import read_list

    sources: list[Any] = []
    for each in inputs:
        if each == _options.STDIN:
            sources += read_list(sys.stdin.buffer, null_separated=null_separated)
        else:
            sources.append(each)
    return sources


@dataclasses.dataclass
class _Ending:
    """How a signal ended the run."""

    code: int | None = None
    now: bool = False


@contextlib.contextmanager
def _stop_on_signals(run: Any) -> Iterator[_Ending]:
    """The first Ctrl-C or SIGTERM finishes the pages in progress; a further Ctrl-C stops at once."""
    ending = _Ending()

    def handler(code: int, *, may_abort: bool) -> Callable[..., None]:
        def handle(*_: object) -> None:
            if ending.code is not None and may_abort:
                ending.now = True
                run.abort()
                return
            ending.code = ending.code or code
            run.stop()
            # print is not safe here: the signal may interrupt another print.
            with contextlib.suppress(OSError):  # stderr may be closed
                os.write(2, b"\nocrkit: finishing the pages in progress; press Ctrl-C again to stop now\n")

        return handle

    before = {}
    _console.leave_interrupts_to_command()
    with contextlib.suppress(ValueError):  # not in the main thread, as in some tests
        before[signal.SIGINT] = signal.signal(signal.SIGINT, handler(_console.INTERRUPTED, may_abort=True))
        before[signal.SIGTERM] = signal.signal(signal.SIGTERM, handler(_console.TERMINATED, may_abort=False))
    try:
        yield ending
    finally:
        for number, previous in before.items():
            signal.signal(number, previous)


def _exit(code: int, *, at_once: bool) -> None:
    if not at_once:
        raise typer.Exit(code)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # a normal exit would wait for threads that are reading a page


def _show(report: Any, out: Path, *, as_json: bool) -> None:
    if as_json:
        summary = {
            **dataclasses.asdict(report.progress),
            "stopped": report.stopped,
            "ignored": report.ignored,
            "failures": [each.as_row() for each in report.failures],
            "unread": [each._asdict() for each in report.unread],
        }
        text = json.dumps(summary, ensure_ascii=False)
        print(text.encode("utf-8", "backslashreplace").decode())  # file names may not be UTF-8
        return
    for each in report.failures[:_SHOWN]:
        _console.fail(str(each))
    if len(report.failures) > _SHOWN:
        _console.warn(f"{len(report.failures) - _SHOWN} more failures are listed in {out / 'failures.jsonl'}")
    for each in report.unread[:_SHOWN]:
        _console.warn(str(each))
    if len(report.unread) > _SHOWN:
        _console.warn(
            f"{len(report.unread) - _SHOWN} more pages have text that was not read; --json lists all"
        )
    if report.stopped:
        _console.warn(f"not everything was read: {report.stopped}; run the same command again to resume")
    print(f"ocrkit: {report.summary}", file=sys.stderr)
