"""`ocrkit evaluate`: how well engines read one's own documents."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ocrkit.cli import _options, _writing
from ocrkit.cli._console import AsJson, ConfigFile, Profile
from ocrkit.errors import ConfigError

if TYPE_CHECKING:
    from rich.console import RenderableType

    from ocrkit.config.settings import Settings
    from ocrkit.evaluate import Evaluation


def evaluate(
    folder: Annotated[
        str,
        typer.Argument(
            help="Pages with their truth beside them: x.png and x.gt.txt, PAGE XML, ALTO or hOCR; or listed "
            "in its manifest.jsonl.",
            metavar="FOLDER",
        ),
    ],
    *,
    backend: Annotated[
        list[str] | None,
        typer.Option("--backend", "-b", help="What reads; several to compare.", metavar="NAME"),
    ] = None,
    preprocess: Annotated[
        str | None,
        typer.Option(
            "--preprocess",
            help="Profiles to compare: none,auto. Steps are joined by +: grayscale+deskew.",
            metavar="NAMES",
        ),
    ] = None,
    lang: Annotated[
        str | None,
        typer.Option(
            "--lang",
            "-l",
            help="Languages for all pages; else each page's own, as its truth says.",
            metavar="TAGS",
        ),
    ] = None,
    mode: _options.TextMode = None,
    scene: _options.PageScene = None,
    report: Annotated[
        str | None,
        typer.Option("--report", help="Write a web page with plots and every difference.", metavar="FILE"),
    ] = None,
    report_pages: Annotated[
        int,
        typer.Option("--report-pages", help="How many pages it shows, the worst first.", min=0, metavar="N"),
    ] = 30,
    nfkc: Annotated[bool, typer.Option("--nfkc", help="ﬁ is fi, Ａ is A, ² is 2.")] = False,
    ignore_case: Annotated[bool, typer.Option("--ignore-case", help="A is a.")] = False,
    ignore_spaces: Annotated[
        bool, typer.Option("--ignore-spaces", help="White space does not count.")
    ] = False,
    exact_marks: Annotated[
        bool, typer.Option("--exact-marks", help='All quotes and dashes count; else “ is " and – is -.')
    ] = False,
    price: Annotated[
        list[str] | None,
        typer.Option("--price", help="What a page costs: baidu=0.0015.", metavar="NAME=AMOUNT"),
    ] = None,
    fit_calibration: Annotated[
        str | None,
        typer.Option(
            "--fit-calibration",
            help="Write a table that makes probabilities of the backend's confidences.",
            metavar="FILE",
        ),
    ] = None,
    ground_truth_from: Annotated[
        str | None,
        typer.Option(
            "--ground-truth-from",
            help="Write drafts with this backend for pages without a truth, to be checked, and end.",
            metavar="NAME",
        ),
    ] = None,
    readings: Annotated[
        str | None,
        typer.Option(
            "--readings", help="Where what was read is kept; else in FOLDER, hidden.", metavar="DIR"
        ),
    ] = None,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Read again what failed before.")
    ] = False,
    dpi: _options.Dpi = None,
    workers: _options.Workers = None,
    threads: _options.Threads = None,
    remote: _options.AllowRemote = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
    as_json: AsJson = False,
    profile: Profile = None,
    config: ConfigFile = None,
) -> None:
    """Compare engines on pages whose text is known.

    Every engine reads every page with every preprocessing. What was read is kept, so that the same command
    again, or with one engine more, reads only what is new. A page that cannot be read counts as wrong from
    its first letter to its last, and is listed.
    """
    from ocrkit.cli._progress import PagesProgress
    from ocrkit.config.loading import load_settings
    from ocrkit.evaluate import Rules, find_samples
    from ocrkit.evaluate.evaluation import fit_calibrations, run_evaluation, system_configs
    from ocrkit.files import atomic_write

    _options.refuse_empty(report=report, readings=readings, fit_calibration=fit_calibration)
    overrides, names = _options.overrides(
        {
            "languages": (lang, "--lang"),
            "mode": (mode, "--mode"),
            "scene": (scene, "--scene"),
            "source.dpi": (dpi, "--dpi"),
            "workers": (workers, "--workers"),
            "threads": (threads, "--threads"),
            "allow_remote": (remote, "--remote"),
        }
    )
    settings = load_settings(
        overrides=overrides, override_names=names, profile=profile, config_file=config
    ).settings
    progress = PagesProgress(quiet=quiet or as_json)
    if ground_truth_from:
        _draft(ground_truth_from, folder, settings, readings, progress)
        return
    profiles = [each.strip() for each in (preprocess or "").split(",") if each.strip()]
    configs = system_configs(backend or (), profiles, settings)
    backends = {each.system.backend for each in configs}
    if fit_calibration and len(backends) > 1:
        raise ConfigError(
            "--fit-calibration is for one backend: confidences of two mean different things. Run it once for "
            "each; nothing is read again"
        )
    found = find_samples(folder)
    try:
        result, kept, words = run_evaluation(
            found, configs,
            languages=settings.languages,
            rules=Rules(
                form="NFKC" if nfkc else "NFC", fold_case=ignore_case, fold_marks=not exact_marks,
                spaces=not ignore_spaces,
            ),
            prices=_prices(price or ()),
            readings=readings,
            retry_failed=retry_failed,
            progress=progress,
            calibrations=settings.calibration,
        )  # fmt: skip
    finally:
        progress.clear()
    if fit_calibration:
        path = Path(fit_calibration)
        note = ", ".join(each.system.name for each in configs)
        (table,) = fit_calibrations(configs, words, note=note).values()
        with atomic_write(path) as file:
            file.write(table.model_dump_json(indent=1).encode() + b"\n")
    if report:
        from ocrkit.evaluate.report import render_report

        path = Path(report)
        _writing.check_not_an_input(path, [str(sample.file) for sample in found.samples])
        text = render_report(result, found, kept, pages=report_pages, options=settings.source)
        with atomic_write(path) as file:
            file.write(text.encode())
    if as_json:
        print(result.model_dump_json(indent=2))
    else:
        _show(result)
        for made in (report, fit_calibration):
            if made:
                print(made)


def _draft(backend: str, folder: str, settings: Settings, readings: str | None, progress: Any) -> None:
    from ocrkit.cli import _console
    from ocrkit.evaluate.drafts import write_drafts
    from ocrkit.evaluate.ground_truth import scan_folder

    try:
        written, failures = write_drafts(
            backend, scan_folder(folder), settings,
            languages=settings.languages, readings=Path(readings) if readings else None, progress=progress,
        )  # fmt: skip
    finally:
        progress.clear()
    for path in written:
        print(path)
    for name, why in failures.items():
        _console.warn(f"{name}: {why}")
    if written:
        first = written[0].name
        _console.note(
            f"check each against its page, and rename it: {first} to "
            f"{first.replace('.draft.txt', '.gt.txt')}. Until then it counts for nothing"
        )


def _prices(given: Sequence[str]) -> dict[str, float]:
    prices = {}
    for each in given:
        name, _, amount = each.rpartition("=")
        try:
            value = float(amount)
        except ValueError:
            value = -1
        if not name or not 0 <= value < float("inf"):
            raise ConfigError(
                f"--price {each}: write the backend and what a page costs, such as baidu=0.0015"
            )
        prices[name] = value
    return prices


# ── what is shown ──


def _show(result: Evaluation) -> None:
    from rich.console import Console

    from ocrkit.evaluate import phrases

    console = Console(highlight=False)
    titles, rows = phrases.overall(result)
    console.print(_table(titles, rows))
    for what, summaries in (("category", result.by_category), ("language", result.by_language)):
        groups = list(phrases.by_group(summaries, result))
        if len(groups) > 1:
            console.print()
            console.print(
                _table(
                    [f"wrong, by {what}", "pages", *(each.system for each in result.summaries)],
                    [
                        [name, str(count), *(phrases.percent(each.error) for each in systems)]
                        for name, count, systems in groups
                    ],
                )
            )
    console.print()
    for text in (
        *phrases.verdicts(result),
        *phrases.trust(result),
        phrases.worst(result),
        *phrases.remarks(result),
    ):
        console.print(text, markup=False)


def _table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> RenderableType:
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for number, title in enumerate(titles):
        # Names in one piece: titles are broken into lines before them.
        table.add_column(escape(title), justify="right" if number else "left", no_wrap=not number)
    for row in rows:
        table.add_row(*map(escape, row))  # a name is no markup, whatever brackets it has
    return table
