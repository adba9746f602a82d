"""The command line: the only place that prints, draws progress and exits.

One file per command; what a command needs beyond that is imported when it runs, so that `ocrkit --help` stays
light.
"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from ocrkit.cli import _console
from ocrkit.cli.backends import backends
from ocrkit.cli.batch import batch
from ocrkit.cli.cache import cache
from ocrkit.cli.config import config
from ocrkit.cli.doctor import doctor
from ocrkit.cli.evaluate import evaluate
from ocrkit.cli.inspect import inspect
from ocrkit.cli.read import read
from ocrkit.cli.tune import tune
from ocrkit.cli.view import view

app = typer.Typer(
    cls=_console.Commands,
    no_args_is_help=True,
    rich_markup_mode=None,  # plain help is 60 ms faster and reads the same in a pipe
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(f"ocrkit {version('ocrkit')}")
        raise typer.Exit


@app.callback()
def _ocrkit(
    version: Annotated[  # its callback has done the work
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
    debug: Annotated[  # read by `Commands`
        bool, typer.Option("--debug", help="Show where an error came from, as a Python traceback.")
    ] = False,
) -> None:
    """Any scan, photo or PDF in, trustworthy text out.

    Settings come from ocrkit.toml (or [tool.ocrkit] in pyproject.toml), then from OCRKIT_… variables, then
    from options; `ocrkit config` shows which are in force.

    Exit codes: 1 unexpected, 2 wrong setting or usage, 3 something is not installed, 4 a file cannot be
    read, 5 the backend failed, 6 a result cannot be written, 7 a preprocessing step failed, 8 a
    post-processing step failed.
    """


for _command in (read, batch, view, inspect, evaluate, tune, backends, doctor, config):
    app.command()(_command)
app.add_typer(cache, name="cache")


def main() -> None:
    """The program `ocrkit`."""
    _console.open_missing_streams()
    _console.use_utf8()
    _console.show_log()
    _console.end_on_sigterm()
    try:
        app(prog_name="ocrkit")
    except Exception as error:  # a defect of ours: still one line, and how to see more
        if "--debug" in sys.argv:
            raise
        _console.fail(
            f"unexpected {type(error).__name__}: {error}. This is a defect of ocrkit; "
            "`ocrkit --debug …` shows where it came from."
        )
        sys.exit(1)
