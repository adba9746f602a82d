"""`ocrkit evaluate`: compare engines on pages whose text is known."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ocrkit.cli import _options, _writing
from ocrkit.cli._terminal import printable, show, show_json
from ocrkit.errors import ConfigError

if TYPE_CHECKING:
    from rich.console import RenderableType

    from ocrkit.config.settings import Settings
    from ocrkit.evaluate import Evaluation


@_options.reading_options(
    "mode",
    "scene",
    "postprocess",
    "dpi",
    "workers",
    "threads",
    "remote",
    "allow_download",
    "profile",
    "config",
)
def evaluate(
    folder: Annotated[
        str,
        typer.Argument(
            help="Pages with their ground truth: x.png and x.gt.txt, PAGE XML, ALTO or hOCR; or listed in a "
            "manifest.jsonl.",
            metavar="FOLDER",
        ),
    ],
    *,
    backend: _options.Backends = None,
    preprocess: Annotated[
        str | None,
        typer.Option(
            "--preprocess",
            help="Profiles to compare: none,auto. Join steps with +: grayscale+deskew.",
            metavar="NAMES",
        ),
    ] = None,
    lang: _options.PageLanguages = None,
    reading: _options.ReadingOptions,
    report: Annotated[
        str | None,
        typer.Option("--report", help="Write a web page with plots and every difference.", metavar="FILE"),
    ] = None,
    report_pages: Annotated[
        int,
        typer.Option(
            "--report-pages", help="How many pages the report shows, the worst first.", min=0, metavar="N"
        ),
    ] = 30,
    nfkc: Annotated[
        bool, typer.Option("--nfkc", help="Compare in Unicode form NFKC: ﬁ is fi, ² is 2.")
    ] = False,
    ignore_case: Annotated[bool, typer.Option("--ignore-case", help="Ignore case.")] = False,
    ignore_spaces: Annotated[bool, typer.Option("--ignore-spaces", help="Ignore white space.")] = False,
    exact_marks: Annotated[
        bool, typer.Option("--exact-marks", help='Distinguish all quotes and dashes: “ is not ", – is not -.')
    ] = False,
    price: Annotated[
        list[str] | None,
        typer.Option("--price", help="The price of a page: baidu=0.0015.", metavar="NAME=AMOUNT"),
    ] = None,
    fit_calibration: Annotated[
        str | None,
        typer.Option(
            "--fit-calibration",
            help="Write a table that turns the backend's confidences into probabilities.",
            metavar="FILE",
        ),
    ] = None,
    ground_truth_from: Annotated[
        str | None,
        typer.Option(
            "--ground-truth-from",
            help="Only write drafts of the missing ground truth with this backend, for you to correct.",
            metavar="NAME",
        ),
    ] = None,
    facts: Annotated[
        list[str] | None,
        typer.Option(
            "--facts",
            help="Check statements about the pages in FOLDER instead: JSON lines, also of olmOCR-bench.",
            metavar="FILE",
        ),
    ] = None,
    without: _options.Without = None,
    readings: _options.Readings = None,
    retry_failed: _options.RetryFailed = False,
    quiet: _options.Quiet = False,
    as_json: _options.AsJson = False,
) -> None:
    """Compare engines on pages whose text is known.

    Every engine reads every page with every preprocessing. The results are kept: a repeated command, or one
    with a further engine, reads only what is new. A page that cannot be read counts as entirely wrong, and
    is listed.
    """
    from ocrkit.cli._facts import evaluate_facts
    from ocrkit.cli._progress import PagesProgress
    from ocrkit.evaluate import Rules, find_samples
    from ocrkit.evaluate.evaluation import fit_calibrations, run_evaluation, system_configs
    from ocrkit.files import atomic_write
    from ocrkit.result import check_kinds

    _options.refuse_empty(report=report, readings=readings, fit_calibration=fit_calibration)
    settings = reading.load(lang=lang).settings
    progress = PagesProgress(quiet=quiet or as_json)
    if ground_truth_from:
        _draft(ground_truth_from, folder, settings, readings, progress)
        return
    left_out = check_kinds(without.split(",")) if without else ()
    if without is not None and not facts:
        raise ConfigError("--without takes effect only with --facts: ground truth holds the whole page")
    profiles = [each.strip() for each in (preprocess or "").split(",") if each.strip()]
    configs = system_configs(backend or (), profiles, settings)
    if facts:
        evaluate_facts(
            facts, folder, configs, report=report, as_json=as_json, progress=progress,
            languages=settings.languages, without=left_out, readings=readings, retry_failed=retry_failed,
        )  # fmt: skip
        return
    backends = {each.system.backend for each in configs}
    if fit_calibration and len(backends) > 1:
        raise ConfigError(
            "--fit-calibration takes one backend: confidences of two backends cannot be compared. Run it "
            "once for each; no page is read again"
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
        show_json(result.model_dump_json(indent=2))
    else:
        _show(result)
        for made in (report, fit_calibration):
            if made:
                show(made)


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
        show(path)
    for name, why in failures.items():
        _console.warn(f"{name}: {why}")
    if written:
        first = written[0].name
        _console.note(
            f"correct each draft and rename it ({first} to {first.replace('.draft.txt', '.gt.txt')}); "
            "drafts are not used as ground truth"
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
                f"--price {each}: write the backend and the price of a page, such as baidu=0.0015"
            )
        prices[name] = value
    return prices


# ── output ──


def _show(result: Evaluation) -> None:
    from rich.console import Console

    from ocrkit.evaluate import phrases

    console = Console(highlight=False)
    titles, rows = phrases.overall(result)
    console.print(text_table(titles, rows))
    for what, summaries in (("category", result.by_category), ("language", result.by_language)):
        groups = list(phrases.by_group(summaries, result))
        if len(groups) > 1:
            console.print()
            console.print(
                text_table(
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
        *phrases.corrections(result),
        phrases.worst(result),
        *phrases.remarks(result),
    ):
        console.print(printable(text), markup=False)


def text_table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> RenderableType:
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for number, title in enumerate(titles):
        # Names are not wrapped; titles are.
        table.add_column(escape(printable(title)), justify="right" if number else "left", no_wrap=not number)
    for row in rows:
        table.add_row(*(escape(printable(cell)) for cell in row))  # brackets in a name are not markup
    return table
