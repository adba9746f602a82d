"""`ocrkit batch`: folders of files into a folder of results."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from ocrkit.cli import _console, _options
from ocrkit.cli._console import AsJson, ConfigFile, Profile
from ocrkit.errors import ConfigError

_SHOWN = 20


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
        typer.Option("--include", help="Of what is in folders, only these: '*.pdf'.", metavar="PATTERN"),
    ] = None,
    exclude: Annotated[
        list[str] | None, typer.Option("--exclude", help="And not these.", metavar="PATTERN")
    ] = None,
    null_separated: Annotated[
        bool, typer.Option("--null", "-0", help="Names on standard input end with a NUL, as of find -print0.")
    ] = False,
    backend: _options.Backend = None,
    lang: _options.Languages = None,
    mode: _options.TextMode = None,
    scene: _options.PageScene = None,
    preprocess: _options.Preprocess = None,
    postprocess: _options.Postprocess = None,
    pages: _options.Pages = None,
    dpi: _options.Dpi = None,
    password_file: _options.PasswordFile = None,
    workers: _options.Workers = None,
    threads: _options.Threads = None,
    isolate: _options.Isolate = None,
    remote: _options.AllowRemote = None,
    max_failure_rate: Annotated[
        float | None,
        typer.Option("--max-failure-rate", help="Stop when more pages fail: 0.1 is 10 %.", metavar="SHARE"),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Only go on: it is an error if DIR holds no earlier run.")
    ] = False,
    restart: Annotated[bool, typer.Option("--restart", help="Forget what was read before.")] = False,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Read again what failed before.")
    ] = False,
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
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
    as_json: AsJson = False,
    profile: Profile = None,
    config: ConfigFile = None,
) -> None:
    """Read files and folders into a folder of results.

    `scans/2024/letter.png` becomes `DIR/2024/letter.png.txt`. The same command again, after Ctrl-C or
    whatever else ended it, reads only what is missing. Ctrl-C once finishes the pages in hand, twice stops
    now. A file that cannot be read stops nothing; it is listed at the end and in DIR/failures.jsonl, and the
    exit code is that of the first failure.
    """
    from ocrkit.batch import Batch, forget, has_journal
    from ocrkit.batch.inputs import find_inputs
    from ocrkit.config.loading import load_settings
    from ocrkit.pipeline import Ocr

    _options.refuse_empty(out=out, pages=pages, ray=ray)
    _refuse_same_folder(inputs, out)
    if resume and restart:
        raise ConfigError("--resume and --restart exclude one another")
    if resume and not has_journal(out):
        raise ConfigError(
            f"--resume: there was no run in {out} before; check the name, or leave --resume out"
        )
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
            "max_failure_rate": (max_failure_rate, "--max-failure-rate"),
        }
    )
    loaded = load_settings(overrides=overrides, override_names=names, profile=profile, config_file=config)
    password = _options.password(password_file, inputs)
    _check_cluster(ray, gpus, isolate=loaded.settings.isolate)
    with Ocr(settings=loaded.settings) as ocr, _cluster(ray, gpus, loaded.settings) as reader:
        work = Batch(
            ocr,
            out,
            formats=_options.formats(formats) or ["text"],
            pages=pages,
            password=password,
            retry_failed=retry_failed,
            reader=reader,
        )
        sources = _sources(inputs, null_separated=null_separated)
        if restart and has_journal(out):
            # A slip in the names is said before anything is lost.
            find_inputs(sources, include=include or (), exclude=exclude or (), leave_out=Path(out))
            forget(out)
        with _stoppable(work) as ended, _display(quiet=quiet or as_json) as shown:
            report = work.run(sources, include=include or (), exclude=exclude or (), progress=shown)
        _show(report, Path(out), as_json=as_json)
        if ended.code is not None:
            _leave(ended.code, at_once=ended.now)
    if report.exit_code:
        raise typer.Exit(report.exit_code)


def _check_cluster(ray: str | None, gpus: float | None, *, isolate: bool | None) -> None:
    if ray is None and gpus is not None:
        raise ConfigError("--gpus belongs to --ray; without, [backends.NAME] says which device is used")
    if ray is not None and isolate is False:
        raise ConfigError("--ray reads in processes of their own: it cannot be combined with --no-isolate")


@contextlib.contextmanager
def _cluster(address: str | None, gpus: float | None, settings: Any) -> Iterator[Any]:
    """What reads the pages, where that is a cluster."""
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
    """What is in the folder of the results is not read: it would all be passed over in silence."""
    for each in inputs:
        with contextlib.suppress(OSError):
            if Path(each).is_dir() and Path(each).samefile(out):
                raise ConfigError(
                    f"{each} is to be read and is also the folder for the results; choose another one, for "
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
class _Ended:
    """How a run was ended from outside."""

    code: int | None = None
    now: bool = False


@contextlib.contextmanager
def _stoppable(work: Any) -> Iterator[_Ended]:
    """Ctrl-C: first finish the pages in hand, then stop now. A polite kill is the first of these."""
    ended = _Ended()

    def handler(code: int, *, may_abort: bool) -> Callable[..., None]:
        def handle(*_: object) -> None:
            if ended.code is not None and may_abort:
                ended.now = True
                work.abort()
                return
            ended.code = ended.code or code
            work.stop()
            # Not by print: the signal may arrive in the middle of one.
            with contextlib.suppress(OSError):  # nobody may be listening any more
                os.write(2, b"\nocrkit: finishing the pages in hand; Ctrl-C again stops now\n")

        return handle

    before = {}
    with contextlib.suppress(ValueError):  # not in the main thread, as in some tests
        before[signal.SIGINT] = signal.signal(signal.SIGINT, handler(_console.INTERRUPTED, may_abort=True))
        before[signal.SIGTERM] = signal.signal(signal.SIGTERM, handler(_console.TERMINATED, may_abort=False))
    try:
        yield ended
    finally:
        for number, previous in before.items():
            signal.signal(number, previous)


def _leave(code: int, *, at_once: bool) -> None:
    if not at_once:
        raise typer.Exit(code)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # a thread in the middle of a page would be waited for


def _show(report: Any, out: Path, *, as_json: bool) -> None:
    if as_json:
        summary = {
            **dataclasses.asdict(report.progress),
            "stopped": report.stopped,
            "ignored": report.ignored,
            "failures": [dataclasses.asdict(each) for each in report.failures],
        }
        text = json.dumps(summary, ensure_ascii=False)
        print(text.encode("utf-8", "backslashreplace").decode())  # file names may be any bytes
        return
    for each in report.failures[:_SHOWN]:
        _console.fail(str(each))
    if len(report.failures) > _SHOWN:
        _console.warn(f"{len(report.failures) - _SHOWN} more failures are listed in {out / 'failures.jsonl'}")
    if report.stopped:
        _console.warn(f"not everything was read: {report.stopped}; run the same again to go on")
    print(f"ocrkit: {report.summary}", file=sys.stderr)
