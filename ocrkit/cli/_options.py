"""Options that several commands share, and how they become settings."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias, get_type_hints

import typer

from ocrkit.errors import ConfigError
from ocrkit.request import HiddenText, Mode, Scene, TextLayerPolicy

if TYPE_CHECKING:
    from ocrkit.config.loading import LoadedSettings
    from ocrkit.config.settings import Settings

STDIN = "-"

Backend: TypeAlias = Annotated[
    str | None, typer.Option("--backend", "-b", help="The backend; see `ocrkit backends`.", metavar="NAME")
]
Backends: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--backend", "-b", help="The backend; repeat it to compare several.", metavar="NAME"),
]
Languages: TypeAlias = Annotated[
    str | None,
    typer.Option("--lang", "-l", help="Languages, the most likely first: en,de.", metavar="TAGS"),
]
PageLanguages: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--lang", "-l", help="Languages of all pages. Default: each page's own language.", metavar="TAGS"
    ),
]
TextMode: TypeAlias = Annotated[Mode | None, typer.Option("--mode", help="How the text was written.")]
PageScene: TypeAlias = Annotated[Scene | None, typer.Option("--scene", help="What the page shows.")]
Preprocess: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--preprocess",
        help="A profile (auto, none, document, …) or steps: grayscale,deskew.",
        metavar="STEPS",
    ),
]
Postprocess: TypeAlias = Annotated[
    str | None, typer.Option("--postprocess", help="none, or steps: language,spelling.", metavar="STEPS")
]
Tables: TypeAlias = Annotated[
    bool | None, typer.Option("--tables/--no-tables", help="Look for tables on every page.")
]
Marks: TypeAlias = Annotated[
    bool | None,
    typer.Option("--marks/--no-marks", help="Look for check boxes, radio buttons and bar codes."),
]
Without: TypeAlias = Annotated[
    str | None,
    typer.Option("--without", help="Blocks to leave out: header,footer,page_number.", metavar="KINDS"),
]
Strict: TypeAlias = Annotated[
    bool | None,
    typer.Option("--strict/--no-strict", help="Fail on pages with text in a script that is not read."),
]
TextLayer: TypeAlias = Annotated[
    TextLayerPolicy | None,
    typer.Option(
        "--text-layer", help="Use the text layer of a PDF: where it can be trusted, never, or exclusively."
    ),
]
Hidden: TypeAlias = Annotated[
    HiddenText | None, typer.Option("--hidden-text", help="Drop or keep the hidden text of a PDF.")
]
Pages: TypeAlias = Annotated[str | None, typer.Option("--pages", help="Pages: 1-3,7.", metavar="RANGES")]
Dpi: TypeAlias = Annotated[
    int | None, typer.Option("--dpi", help="Resolution at which PDF pages are rendered.", metavar="N")
]
PasswordFile: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--password-file",
        help="A file whose first line is the password of PDFs; - is standard input.",
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
    typer.Option("--isolate/--no-isolate", help="Read in worker processes, or in this process."),
]
AllowRemote: TypeAlias = Annotated[
    bool | None, typer.Option("--remote/--no-remote", help="Whether pages may leave this machine.")
]
AllowDownload: TypeAlias = Annotated[
    bool | None,
    typer.Option(
        "--allow-download/--no-download",
        help="Whether missing models for these languages and options may be downloaded.",
    ),
]
Profile: TypeAlias = Annotated[
    str | None,
    typer.Option("--profile", help="A [profiles.NAME] section of the configuration file.", metavar="NAME"),
]
ConfigFile: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--config", help="The configuration file. Default: the nearest ocrkit.toml.", metavar="FILE"
    ),
]
AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
Quiet: TypeAlias = Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")]
Readings: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--readings", help="Folder for the results. Default: a hidden folder in FOLDER.", metavar="DIR"
    ),
]
DryRun: TypeAlias = Annotated[
    bool,
    typer.Option("--dry-run", help="Print the expected calls and costs; send, download and write nothing."),
]
RetryFailed: TypeAlias = Annotated[bool, typer.Option("--retry-failed", help="Read failed pages again.")]

_SETTING_OF = {"lang": "languages", "dpi": "source.dpi", "remote": "allow_remote"}
"""The setting of an option, where its name differs."""
_NO_SETTING = frozenset({"pages", "password_file", "profile", "config"})


@dataclass(frozen=True)
class ReadingOptions:
    """The options of commands that read pages, in the order of their help."""

    backend: Backend = None
    lang: Languages = None
    mode: TextMode = None
    scene: PageScene = None
    preprocess: Preprocess = None
    postprocess: Postprocess = None
    tables: Tables = None
    marks: Marks = None
    without: Without = None
    strict: Strict = None
    text_layer: TextLayer = None
    hidden_text: Hidden = None
    pages: Pages = None
    dpi: Dpi = None
    password_file: PasswordFile = None
    workers: Workers = None
    threads: Threads = None
    isolate: Isolate = None
    remote: AllowRemote = None
    allow_download: AllowDownload = None
    profile: Profile = None
    config: ConfigFile = None

    def load(self, **more: Any) -> LoadedSettings:
        """The settings in force. `more` holds further options that are settings, by name."""
        from ocrkit.config.loading import load_settings

        refuse_empty(pages=self.pages)
        given = {field.name: getattr(self, field.name) for field in fields(self)}
        options = {name: value for name, value in (given | more).items() if name not in _NO_SETTING}
        overrides, names = _overrides(options)
        return load_settings(
            overrides=overrides, override_names=names, profile=self.profile, config_file=self.config
        )

    def password(self, files: Sequence[str]) -> str | None:
        """The first line of the password file: an option would show the password to every local user."""
        if self.password_file is None:
            return None
        if self.password_file == STDIN:
            if STDIN in files:
                raise ConfigError("standard input cannot be both the document and the password")
            return sys.stdin.readline().rstrip("\r\n")
        try:
            with Path(self.password_file).open(encoding="utf-8") as file:
                return file.readline().rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
            raise ConfigError(f"--password-file {self.password_file}: cannot be read: {reason}") from None


def reading_options(*names: str, without: Sequence[str] = ()) -> Callable[..., Callable[..., None]]:
    """Replace a command's parameter `reading: ReadingOptions` with the options that it represents.

    Args:
        names: the options. All of them if not given.
        without: options to leave out, because the command has its own of the same name.
    """
    chosen = [field.name for field in fields(ReadingOptions)]
    chosen = [name for name in chosen if name in (names or chosen) and name not in without]

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        hints = get_type_hints(ReadingOptions, include_extras=True)
        own = inspect.signature(command, eval_str=True)
        parameters: list[inspect.Parameter] = []
        for parameter in own.parameters.values():
            if parameter.name == "reading":
                parameters += [
                    parameter.replace(name=name, annotation=hints[name], default=None) for name in chosen
                ]
            else:
                parameters.append(parameter)

        @functools.wraps(command)
        def run(**given: Any) -> None:
            command(reading=ReadingOptions(**{name: given.pop(name) for name in chosen}), **given)

        run.__signature__ = own.replace(parameters=parameters)  # type: ignore[attr-defined]
        run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        return run

    return decorate


def _overrides(options: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """The options that were given, as nested tables, and the name of each in messages."""
    tables: dict[str, Any] = {}
    names = {}
    for name, value in options.items():
        if value is not None:
            key = _SETTING_OF.get(name, name)
            *path, last = key.split(".")
            table = tables
            for part in path:
                table = table.setdefault(part, {})
            table[last] = value
            names[key] = f"--{name.replace('_', '-')}"
    return tables, names


def formats(given: Sequence[str] | None) -> list[str]:
    """The names in `-f text,json -f csv`; an empty list without the option."""
    names = [name.strip() for each in given or () for name in each.split(",") if name.strip()]
    if given and not names:
        raise ConfigError("--format is empty")
    return names


def with_table_scene(settings: Settings, scene: Scene | None, names: Iterable[str]) -> Settings:
    """The settings for these formats: those that hold tables alone ask for the scene `table`.

    Args:
        settings: the settings in force.
        scene: the scene that the user has chosen, which is kept.
        names: the names of the formats.
    """
    from ocrkit.formats import ask_for_tables
    from ocrkit.registry import backend_class

    if scene is not None or not ask_for_tables(names, settings):
        return settings
    if backend_class(settings.backend).capabilities.tables == "none":
        return settings
    return settings.model_copy(update={"scene": "table"})


def refuse_empty(**given: str | None) -> None:
    """Refuse an empty text: it comes from an unset variable of a script."""
    for name, value in given.items():
        if value == "":
            raise ConfigError(f"--{name.replace('_', '-')} is empty")


def refuse_stdin_twice(files: Sequence[str]) -> None:
    if files.count(STDIN) > 1:
        raise ConfigError("standard input can be read only once; give - once")


def title_of(name: str) -> str:
    """The name of an input in messages."""
    return "standard input" if name == STDIN else name
