"""`ocrkit tune`: which settings read one's own documents best."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ocrkit.cli import _options
from ocrkit.cli._console import AsJson, ConfigFile, Profile
from ocrkit.errors import ConfigError

if TYPE_CHECKING:
    from ocrkit.evaluate.tuning import Tuning

_SHOWN = 10


def tune(
    folder: Annotated[
        str, typer.Argument(help="Pages with their truth, as for `ocrkit evaluate`.", metavar="FOLDER")
    ],
    *,
    backend: Annotated[
        list[str] | None,
        typer.Option("--backend", "-b", help="What may read; several to choose from.", metavar="NAME"),
    ] = None,
    tried: Annotated[
        list[str] | None,
        typer.Option(
            "--try",
            help="Values of a setting to try, instead of the usual ones: preprocess=none,auto or "
            "backends.tesseract.page_segmentation=4,6.",
            metavar="KEY=VALUES",
        ),
    ] = None,
    lang: Annotated[
        str | None,
        typer.Option("--lang", "-l", help="Languages for all pages; else each page's own.", metavar="TAGS"),
    ] = None,
    agree_with: Annotated[
        str | None,
        typer.Option(
            "--agree-with",
            help="Where nobody knows what stands on the pages: hold the text of this backend for it.",
            metavar="NAME",
        ),
    ] = None,
    write: Annotated[
        bool, typer.Option("--write", help="Add the result to the configuration file, as a profile.")
    ] = False,
    name: Annotated[str, typer.Option("--as", help="What the profile is called.", metavar="NAME")] = "tuned",
    readings: Annotated[
        str | None,
        typer.Option(
            "--readings", help="Where what was read is kept; else in FOLDER, hidden.", metavar="DIR"
        ),
    ] = None,
    workers: _options.Workers = None,
    threads: _options.Threads = None,
    remote: _options.AllowRemote = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
    as_json: AsJson = False,
    profile: Profile = None,
    config: ConfigFile = None,
) -> None:
    """Find the settings that read your documents best.

    Candidates are tried on half of the pages, the better ones on more and more of them. The last one left is
    held against the settings in force on the other half, which nobody has looked at. Where it is not better
    by more than chance, that is what is said, and nothing is written.
    """
    from ocrkit.cli._progress import PagesProgress
    from ocrkit.config.loading import load_settings
    from ocrkit.evaluate import find_samples, tuning
    from ocrkit.evaluate.ground_truth import scan_folder

    _options.refuse_empty(readings=readings, agree_with=agree_with)
    if not name.isidentifier():
        raise ConfigError(f"--as {name}: a profile is called by letters, digits and _")
    overrides, names = _options.overrides(
        {
            "languages": (lang, "--lang"),
            "workers": (workers, "--workers"),
            "threads": (threads, "--threads"),
            "allow_remote": (remote, "--remote"),
        }
    )
    loaded = load_settings(overrides=overrides, override_names=names, profile=profile, config_file=config)
    if write and name in loaded.profiles:
        raise ConfigError(
            f"{loaded.file} has a profile '{name}' already: remove it, or choose another --as NAME"
        )
    settings = loaded.settings
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
        print(result.model_dump_json(indent=2))
    else:
        _show(result, settings)
    if write and result.is_better:
        file = loaded.file or Path("ocrkit.toml")
        text = tuning.format_profile(result.changes, name, in_pyproject=file.name == "pyproject.toml")
        print(_written(file, text))
        if not as_json:
            print(f"use it with --profile {name}, or OCRKIT_PROFILE={name}")


def _values(given: Sequence[str]) -> dict[str, list[Any]]:
    """`key=a,b` as values: numbers and truths where they look like some, else text."""
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
    """Added at the end, where a table is always allowed; what stands there stays as it is."""
    from ocrkit.files import atomic_write

    before = file.read_bytes() if file.exists() else b""
    gap = b"" if not before else b"\n" if before.endswith(b"\n") else b"\n\n"
    with atomic_write(file) as out:
        out.write(before + gap + text.encode())
    return str(file)


# ── what is shown ──


def _show(result: Tuning, settings: Any) -> None:
    from ocrkit.cli._console import table
    from ocrkit.evaluate.phrases import percent

    rows = [["tried", "pages", "wrong"]]
    rows += [[each.title, str(each.pages), percent(each.error)] for each in result.trials[:_SHOWN]]
    print(table(rows))
    if len(result.trials) > _SHOWN:
        print(f"… and {len(result.trials) - _SHOWN} more")
    print()
    for text in _verdict(result):
        print(text)
    for key, value in result.changes.items() if result.is_better else ():
        print(f"- {key} = {json.dumps(_current(settings, key), default=list)}")
        print(f"+ {key} = {json.dumps(value)}")


def _verdict(result: Tuning) -> list[str]:
    from ocrkit.evaluate.phrases import percent

    texts = []
    if result.proxy:
        texts.append(
            f"Held for the truth: what {result.proxy} reads. Fewer errors are more agreement with it."
        )
    there = f"on the {result.before.samples} pages that were kept back"
    before, after = percent(result.before.error), percent(result.after.error)
    if result.difference is None:
        return [
            *texts,
            f"Nothing that was tried reads better than the settings in force: {before} wrong {there}.",
        ]
    figures = f"{before} → {after} wrong, p = {result.difference.p:.2g}"
    if not result.is_better:
        return [
            *texts,
            f"Nothing is better by more than chance. The best of what was tried, {there}: {figures}",
        ]
    span = result.difference.interval
    if span is not None:
        low, high = sorted((abs(100 * span.low), abs(100 * span.high)))
        figures += f", {low:.1f} to {high:.1f} points better (95 %)"
    return [*texts, f"Better {there}: {figures}"]


def _current(settings: Any, key: str) -> Any:
    value: Any = settings.model_dump(mode="json")
    for part in key.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value
