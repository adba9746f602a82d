"""The command line: the only package that prints, shows progress and exits.

Each command is a module. It imports what it needs when it runs, so that `ocrkit --help` is fast.
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
from ocrkit.cli.models import models
from ocrkit.cli.read import read
from ocrkit.cli.tune import tune
from ocrkit.cli.view import view

app = typer.Typer(
    cls=_console.Commands,
    no_args_is_help=True,
    rich_markup_mode=None,  # plain help is 60 ms faster
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
    version: Annotated[  # handled by its callback
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
    debug: Annotated[  # handled by `Commands`
        bool, typer.Option("--debug", help="Show the Python traceback of an error.")
    ] = False,
) -> None:
    """Turn any scan, photo or PDF into text.

    Settings come from ocrkit.toml (or [tool.ocrkit] in pyproject.toml), OCRKIT_… environment variables and
    options, the later overriding the earlier; `ocrkit config` shows the settings in force.

    Exit codes: 1 unexpected error, 2 wrong setting or usage, 3 missing package or program, 4 file cannot be
    read, 5 backend failed, 6 result cannot be written, 7 preprocessing step failed, 8 post-processing step
    failed, 9 model cannot be fetched.
    """


for _command in (read, batch, view, inspect, evaluate, tune, backends, doctor):
    app.command()(_command)
app.add_typer(config, name="config")
app.add_typer(cache, name="cache")
app.add_typer(models, name="models")


def main() -> None:
    """The program `ocrkit`."""
    _console.open_missing_streams()
    _console.use_utf8()
    _console.show_log()
    _console.end_on_signals()
    _console.answer_interrupts()
    try:
        app(prog_name="ocrkit")
    except Exception as error:  # a bug: still one line, and how to see more
        if "--debug" in sys.argv:
            raise
        _console.fail(
            f"unexpected {type(error).__name__}: {error}. This is a bug of ocrkit; run `ocrkit --debug …` "
            "for the traceback."
        )
        sys.exit(1)
