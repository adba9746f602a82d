"""`ocrkit models`: list, fetch, verify, locate and remove model files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

from ocrkit.cli import _console
from ocrkit.cli._options import AsJson, ConfigFile, Profile
from ocrkit.cli._terminal import show, show_json
from ocrkit.errors import ConfigError, DownloadError

if TYPE_CHECKING:
    from ocrkit.config.settings import Settings
    from ocrkit.models import Engine, Model, ModelFile, Store

models = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="List, fetch, verify, locate and remove model files for more languages, speed or accuracy.",
)

Wanted: TypeAlias = Annotated[
    list[str],
    typer.Argument(help="Language tags (el) and names of models (tesseract/ell).", metavar="LANG|MODEL"),
]
Names: TypeAlias = Annotated[
    list[str] | None, typer.Argument(help="Names of models.", metavar="MODEL", show_default=False)
]
EngineOption: TypeAlias = Annotated[
    str | None, typer.Option("--engine", help="Only models of ppocr or tesseract.", metavar="NAME")
]


@models.command("list")
def list_models(  # noqa: PLR0917 - typer passes keywords
    languages: Annotated[
        list[str] | None,
        typer.Argument(help="Only models for these languages.", metavar="LANG", show_default=False),
    ] = None,
    engine: EngineOption = None,
    every: Annotated[bool, typer.Option("--all", help="Also all language packs of Tesseract.")] = False,
    profile: Profile = None,
    config_file: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """List the models: those of the embedded engine and those that are here, or all for some languages."""
    store = _store(_settings(profile, config_file))
    found = list(_listed(languages or (), _engine(engine), store, every=every))
    if languages and not found:
        raise _no_model(languages, _engine(engine))
    if as_json:
        show_json([_facts(model, store) for model in found])
        return
    rows = [["MODEL", "STATE", "SIZE", "LICENSE", "LANGUAGES"]]
    rows += [
        [model.name, _state(model, store), _size(model.size), model.license, _reads(model)] for model in found
    ]
    show(_console.table(rows))
    if not (every or languages):
        show("\nTesseract has packs for more than 120 languages: `ocrkit models list --all`")


@models.command()
def fetch(  # noqa: PLR0917 - typer passes keywords
    wanted: Wanted,
    engine: EngineOption = None,
    folder: Annotated[
        Path | None,
        typer.Option("--from", help="Copy from this folder instead of downloading.", metavar="DIR"),
    ] = None,
    mirror: Annotated[
        str | None, typer.Option("--mirror", help="Download from this mirror.", metavar="URL")
    ] = None,
    profile: Profile = None,
    config_file: ConfigFile = None,
) -> None:
    """Download models and check their content. What is here already is not downloaded again.

    For a language, this is the recognizer of the embedded engine, or Tesseract's pack if there is none.
    """
    from ocrkit.models import Fetcher

    settings = _settings(profile, config_file)
    store = _store(settings)
    progress = _Progress()
    fetcher = Fetcher(store, mirror=mirror or settings.models_mirror, folder=folder, progress=progress.show)
    for model in _chosen(wanted, _engine(engine)):
        if "package" in (state := _state(model, store)):
            show(f"{model.name}: is here already, in the {state}")
            continue
        if store.state(model) == "fetched":
            show(f"{model.name}: is here already")
            continue
        try:
            paths = fetcher.fetch(model)
        finally:
            progress.clear()
        size = _size(sum(path.stat().st_size for path in paths))
        show(f"{model.name}: {size}, license {model.license}, in {paths[0].parent}")


@models.command()
def verify(names: Names = None, profile: Profile = None, config_file: ConfigFile = None) -> None:
    """Compare the content of fetched models with the catalog. Without names: of all."""
    store = _store(_settings(profile, config_file))
    damaged: list[Path] = []
    for model in _named(names, store):
        found = store.damaged(model)
        damaged += found
        state = "damaged" if found else "ok" if store.state(model) == "fetched" else store.state(model)
        show(f"{model.name}: {state}")
    if damaged:
        raise DownloadError(
            f"the content of {', '.join(map(str, damaged))} is not that of the catalog; remove the model "
            "with `ocrkit models remove`, and fetch it again"
        )


@models.command()
def path(
    name: Annotated[
        str | None, typer.Argument(help="The name of a model.", metavar="MODEL", show_default=False)
    ] = None,
    profile: Profile = None,
    config_file: ConfigFile = None,
) -> None:
    """Print the folder of fetched models, or the files of one model."""
    from ocrkit.models import find_model, local_file

    store = _store(_settings(profile, config_file))
    if name is None:
        show(store.folder)
        return
    model = find_model(name)
    for file in model.files:
        found = local_file(file, store)
        if found is None:
            raise ConfigError(f"{file.path} is not here; `ocrkit models fetch {name}` fetches it")
        show(found.path)


@models.command()
def remove(
    names: Names = None,
    every: Annotated[bool, typer.Option("--all", help="Remove all fetched models.")] = False,
    profile: Profile = None,
    config_file: ConfigFile = None,
) -> None:
    """Delete fetched models. Models in packages stay."""
    if bool(names) == every:
        raise ConfigError("name the models to remove, or use --all")
    store = _store(_settings(profile, config_file))
    for model in _named(names, store):
        freed = store.remove(model)
        show(f"{model.name}: removed, {_size(freed)}" if freed else f"{model.name}: was not fetched")


class _Progress:
    """The progress of the file that arrives, on a terminal."""

    def __init__(self) -> None:
        self._line = _console.Progress()

    def show(self, file: ModelFile, there: int, total: int | None) -> None:
        self._line.show(f"{file.name}: {_size(there)} of {_size(total)}")

    def clear(self) -> None:
        self._line.clear()


def _settings(profile: str | None, config_file: Any) -> Settings:
    from ocrkit.config.loading import load_settings

    return load_settings(profile=profile, config_file=config_file).settings


def _store(settings: Settings) -> Store:
    from ocrkit.models import Store

    return Store.of(settings.models)


def _engine(name: str | None) -> Engine | None:
    engines: dict[str, Engine] = {"ppocr": "ppocr", "tesseract": "tesseract"}
    if name is None or name in engines:
        return engines.get(name or "")
    raise ConfigError(f"--engine must be ppocr or tesseract, not '{name}'")


def _listed(languages: Sequence[str], engine: Engine | None, store: Store, *, every: bool) -> Iterator[Model]:
    from ocrkit.models import models as all_models

    for model in all_models():
        if engine not in (None, model.engine):
            continue
        if languages:
            if any(model.reads([language]) for language in languages):
                yield model
        elif every or model.engine == "ppocr" or store.state(model) != "absent":
            yield model


def _chosen(wanted: Sequence[str], engine: Engine | None) -> Iterator[Model]:
    """The models of names and of languages."""
    from ocrkit.models import find_model, models_for

    for each in wanted:
        if "/" in each:
            yield find_model(each)
            continue
        found = models_for(each, engine)
        if not found:
            raise _no_model([each], engine)
        yield found[0]


def _no_model(languages: Sequence[str], engine: Engine | None) -> ConfigError:
    named = " or ".join(f"'{each}'" for each in languages)
    return ConfigError(
        f"no model{f' of {engine}' if engine else ''} reads {named}; `ocrkit models list --all` lists the "
        "models and their languages"
    )


def _named(names: Sequence[str] | None, store: Store) -> Iterator[Model]:
    from ocrkit.models import find_model
    from ocrkit.models import models as all_models

    if names:
        yield from (find_model(name) for name in names)
    else:
        yield from (model for model in all_models() if store.state(model) != "absent")


def _state(model: Model, store: Store) -> str:
    from ocrkit.models import local_files

    files = local_files(model, store)
    if files is None:
        return store.state(model) if store.state(model) != "absent" else "-"
    return ", ".join(dict.fromkeys(file.origin for file in files.values()))


def _reads(model: Model) -> str:
    if len(model.languages) > 8 or not model.languages:
        count = f" ({len(model.languages)} languages)" if model.languages else ""
        return f"{model.title}{count}" if model.title else model.name.rpartition("/")[2]
    return ",".join(model.languages)


def _facts(model: Model, store: Store) -> dict[str, Any]:
    return {
        "name": model.name,
        "engine": model.engine,
        "state": _state(model, store),
        "title": model.title,
        "languages": list(model.languages),
        "license": model.license,
        "origin": model.origin,
        "files": [
            {
                "path": str(store.path(file)),
                "address": file.address,
                "size": file.size,
                "sha256": file.sha256,
                "packages": [each.module for each in file.packages],
            }
            for file in model.files
        ],
    }


def _size(count: int | None) -> str:
    return "?" if count is None else f"{count / 1e6:.1f} MB"
