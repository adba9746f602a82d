"""`ocrkit tune`: find the settings that read your documents best."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ocrkit.cli import _options
from ocrkit.cli._curves import show_curves
from ocrkit.cli._terminal import show, show_json
from ocrkit.errors import ConfigError

if TYPE_CHECKING:
    from ocrkit.evaluate.cascade_tuning import CascadeTuning
    from ocrkit.evaluate.tuning import Tuning

_SHOWN = 10


@_options.reading_options("workers", "threads", "remote", "allow_download", "profile", "config")
def tune(
    folder: Annotated[
        str,
        typer.Argument(help="Pages with their ground truth, as for `ocrkit evaluate`.", metavar="FOLDER"),
    ],
    *,
    backend: Annotated[
        list[str] | None,
        typer.Option("--backend", "-b", help="A backend to try; repeat it for several.", metavar="NAME"),
    ] = None,
    tried: Annotated[
        list[str] | None,
        typer.Option(
            "--try",
            help="Values of a setting to try, instead of the default ones: preprocess=none,auto or "
            "backends.tesseract.page_segmentation=4,6.",
            metavar="KEY=VALUES",
        ),
    ] = None,
    lang: _options.PageLanguages = None,
    agree_with: Annotated[
        str | None,
        typer.Option(
            "--agree-with",
            help="For pages without ground truth: compare with the text of this backend.",
            metavar="NAME",
        ),
    ] = None,
    cascade: Annotated[
        bool,
        typer.Option(
            "--cascade",
            help="Find the order and the bar of a cascade of the backends, and print the curve.",
        ),
    ] = False,
    write: Annotated[
        bool, typer.Option("--write", help="Add the result to the configuration file, as a profile.")
    ] = False,
    name: Annotated[str, typer.Option("--as", help="The name of the profile.", metavar="NAME")] = "tuned",
    readings: _options.Readings = None,
    reading: _options.ReadingOptions,
    quiet: _options.Quiet = False,
    as_json: _options.AsJson = False,
) -> None:
    """Find the settings that read your documents best.

    Candidates are tried on half of the pages, the better ones on more and more pages. The best candidate is
    compared with the settings in force on the other half. If it is not significantly better, the command
    says so and writes nothing.
    """
    from ocrkit.cli._progress import PagesProgress
    from ocrkit.evaluate import find_samples, tuning
    from ocrkit.evaluate.ground_truth import scan_folder

    _options.refuse_empty(readings=readings, agree_with=agree_with)
    if not name.isidentifier():
        raise ConfigError(f"--as {name}: the name of a profile may contain only letters, digits and _")
    loaded = reading.load(lang=lang)
    if write and name in loaded.profiles:
        raise ConfigError(
            f"{loaded.file} already has a profile '{name}'; remove it, or choose another --as NAME"
        )
    settings = loaded.settings
    if cascade:
        if agree_with or tried:
            raise ConfigError("--cascade cannot be combined with --try and --agree-with")
        curves = _tune_cascade(
            folder, backend or (), settings, readings, PagesProgress(quiet=quiet or as_json)
        )
        show_curves(curves, as_json=as_json)
        if write and curves.is_better:
            _write(loaded, curves.changes, name, as_json=as_json)
        return
    changes = tuning.candidates(backend or (), settings, _values(tried or ()))
    where = Path(readings) if readings else None
    progress = PagesProgress(quiet=quiet or as_json)
    try:
        if agree_with:
            found = tuning.samples_from_backend(
                agree_with, scan_folder(folder), settings,
                languages=settings.languages, readings=where, progress=progress,
            )  # fmt: skip
        else:
            found = find_samples(folder)
        result = tuning.tune(
            found, changes, settings,
            languages=settings.languages, readings=where, progress=progress, proxy=agree_with,
        )  # fmt: skip
    finally:
        progress.clear()
    if as_json:
        show_json(result.model_dump_json(indent=2))
    else:
        _show(result, settings)
    if write and result.is_better:
        _write(loaded, result.changes, name, as_json=as_json)


def _tune_cascade(
    folder: str, backends: Sequence[str], settings: Any, readings: str | None, progress: Any
) -> CascadeTuning:
    from ocrkit.evaluate import find_samples, tune_cascade

    try:
        return tune_cascade(
            find_samples(folder), backends, settings,
            languages=settings.languages, readings=Path(readings) if readings else None, progress=progress,
        )  # fmt: skip
    finally:
        progress.clear()


def _write(loaded: Any, changes: Mapping[str, Any], name: str, *, as_json: bool) -> None:
    """Add the settings to the configuration file as a profile."""
    from ocrkit.config.approvals import approve
    from ocrkit.evaluate.tuning import format_profile

    file = loaded.file or Path("ocrkit.toml")
    show(_written(file, format_profile(changes, name, in_pyproject=file.name == "pyproject.toml")))
    if loaded.trust == "approved":
        approve(file)  # what was added is what this command has just shown
    if not as_json:
        show(f"use it with --profile {name}, or OCRKIT_PROFILE={name}")


def _values(given: Sequence[str]) -> dict[str, list[Any]]:
    """The values of `key=a,b`: numbers and booleans where they look so, else text."""
    tried = {}
    for each in given:
        key, _, values = each.partition("=")
        if not key or not values:
            raise ConfigError(f"--try {each}: write a setting and its values, such as preprocess=none,auto")
        tried[key] = [_value(part.strip()) for part in values.split(",")]
    return tried


def _value(text: str) -> Any:
    try:
        value = json.loads(text)
    except ValueError:
        return text.split("+") if "+" in text else text
    return value if isinstance(value, (bool, int, float)) else text


def _written(file: Path, text: str) -> str:
    """Append the profile to the file, where TOML always allows a table."""
    from ocrkit.files import atomic_write

    before = file.read_bytes() if file.exists() else b""
    gap = b"" if not before else b"\n" if before.endswith(b"\n") else b"\n\n"
    with atomic_write(file) as out:
        out.write(before + gap + text.encode())
    return str(file)


# ── output ──


def _show(result: Tuning, settings: Any) -> None:
    from ocrkit.cli._console import table
    from ocrkit.evaluate.phrases import percent

    rows = [["tried", "pages", "wrong"]]
    rows += [[each.title, str(each.pages), percent(each.error)] for each in result.trials[:_SHOWN]]
    show(table(rows))
    if len(result.trials) > _SHOWN:
        show(f"… and {len(result.trials) - _SHOWN} more")
    show()
    for text in _verdict(result):
        show(text)
    for key, value in result.changes.items() if result.is_better else ():
        show(f"- {key} = {json.dumps(_current(settings, key), default=list)}")
        show(f"+ {key} = {json.dumps(value)}")


def _verdict(result: Tuning) -> list[str]:
    from ocrkit.evaluate.phrases import percent

    texts = []
    if result.proxy:
        texts.append(
            f"The text of {result.proxy} stands in for the ground truth: fewer errors mean more agreement."
        )
    where = f"on the {result.before.samples} held-out pages"
    before, after = percent(result.before.error), percent(result.after.error)
    if result.difference is None:
        return [
            *texts,
            f"No candidate reads better than the settings in force: {before} wrong {where}.",
        ]
    figures = f"{before} → {after} wrong, p = {result.difference.p:.2g}"
    if not result.is_better:
        return [
            *texts,
            f"No candidate is significantly better. The best one {where}: {figures}",
        ]
    span = result.difference.interval
    if span is not None:
        low, high = sorted((abs(100 * span.low), abs(100 * span.high)))
        figures += f", {low:.1f} to {high:.1f} points better (95 %)"
    return [*texts, f"Better {where}: {figures}"]


def _current(settings: Any, key: str) -> Any:
    value: Any = settings.model_dump(mode="json")
    for part in key.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value
