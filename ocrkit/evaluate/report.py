"""The report: one HTML file with tables, plots, and pages with their differences; it fetches nothing."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import html
import re
from collections.abc import Iterable, Iterator, Sequence
from importlib import resources

from ocrkit.config.settings import SourceOptions
from ocrkit.errors import SourceError
from ocrkit.evaluate import differences, phrases, plots
from ocrkit.evaluate.correctness import JudgedWord, judged
from ocrkit.evaluate.ground_truth import Sample, Samples
from ocrkit.evaluate.model import Evaluation, Score
from ocrkit.evaluate.readings import Outcome, Readings
from ocrkit.page import Page
from ocrkit.sources import open_source
from ocrkit.viewer import images

_LONGEST_SIDE = 1100
_MOST_PICTURES = 15_000_000  # bytes of the file: mail and browsers take it
_MOST_SHEETS = 3  # pages of one document
_MOST_ROWS = 300
_MARK = re.compile(r"\{\{(\w+)\}\}")
_OPTIONS = SourceOptions()


def report(
    result: Evaluation, found: Samples, readings: Readings, *, pages: int = 30,
    options: SourceOptions = _OPTIONS,
) -> str:  # fmt: skip
    """The evaluation as a page.

    Args:
        result: the numbers.
        found: the pages and their truth.
        readings: what was read.
        pages: how many are shown with their pictures and differences, the worst first.
        options: how files become pages.
    """
    samples = {sample.id: sample for sample in found.samples}
    style = _asset("report.css") + _choices(len(result.systems))
    parts = {
        "title": html.escape(
            f"How well {_listed([each.name for each in result.systems])} read {result.folder.name}"
        ),
        "policy": html.escape(_policy(style), quote=False),
        "style": style,
        "overall": _overall(result),
        "verdicts": _paragraphs((*phrases.verdicts(result), *phrases.remarks(result))),
        "categories": _bars(result),
        "plots": "".join(_plots(result)),
        "trust": _paragraphs(phrases.trust(result)),
        "shown": str(min(pages, len(samples))),
        "all": str(len(samples)),
        "pages": "".join(_pages(result, [samples[name] for name in result.worst[:pages]], readings, options)),
        "method": html.escape(phrases.method(result)),
    }
    # In one go, so that text of a page that looks like a mark is not taken for one.
    return _MARK.sub(lambda match: parts[match[1]], _asset("report.html"))


def _asset(name: str) -> str:
    return (resources.files("ocrkit.evaluate") / "assets" / name).read_text(encoding="utf-8")


def _policy(style: str) -> str:
    """Nothing is fetched or sent, and no script runs."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return (
        f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )


def _choices(count: int) -> str:
    """Of each page one system is shown: that whose button is pressed. So no script is needed."""
    return "".join(
        f".page input:nth-of-type({number + 1}):checked ~ .body .of-{number} {{ display: block; }}\n"
        f".page input:nth-of-type({number + 1}):checked ~ .body g.of-{number} {{ display: inline; }}\n"
        f".page input:nth-of-type({number + 1}):checked ~ .systems label:nth-of-type({number + 1}) "
        "{ border-color: var(--accent); box-shadow: inset 0 0 0 1px var(--accent); }\n"
        f".page input:nth-of-type({number + 1}):focus-visible ~ .systems label:nth-of-type({number + 1}) "
        "{ outline: 3px solid var(--accent); outline-offset: 2px; }\n"
        for number in range(count)
    )


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _paragraphs(texts: Iterable[str]) -> str:
    return "".join(f"<li>{html.escape(text)}</li>" for text in texts)


def _order(result: Evaluation) -> list[str]:
    """Systems, the best first: so they are numbered and coloured."""
    return [each.system for each in result.summaries]


# ── numbers ──


def _overall(result: Evaluation) -> str:
    titles, rows = phrases.overall(result)
    head = "".join(f"<th scope=col>{html.escape(title)}</th>" for title in titles)
    body = "".join(
        f"<tr><th scope=row>{plots.legend(number)} {html.escape(row[0])}</th>"
        + "".join(f"<td>{html.escape(cell)}</td>" for cell in row[1:])
        + "</tr>"
        for number, row in enumerate(rows)
    )
    return f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody>"


def _bars(result: Evaluation) -> str:
    groups = list(phrases.by_group(result.by_category, result))
    if len(groups) > 1:
        groups.append(("all pages", len({each.sample for each in result.scores}), list(result.summaries)))
    longest = (
        max(each.interval.high if each.interval else each.error for *_, own in groups for each in own) or 1
    )
    parts = []
    for name, count, systems in groups:
        parts.append(f"<h3>{html.escape(name)} <small>{count} page{'' if count == 1 else 's'}</small></h3>")
        for number, each in enumerate(systems):
            ends = (
                (each.interval.low / longest, each.interval.high / longest) if each.interval else (None, None)
            )
            bar = plots.bar(each.error / longest, number, *ends)
            parts.append(
                f'<span class="name">{plots.legend(number)} {html.escape(each.system)}</span>{bar}'
                f"<b>{phrases.percent(each.error)}</b>"
            )
    return "".join(parts)


def _plots(result: Evaluation) -> Iterator[str]:
    order = _order(result)
    timed = plots.time_and_errors(result.summaries, order)
    if timed:
        yield f"<figure>{timed}<figcaption>Time and errors: lower left is better</figcaption></figure>"
    for each in sorted(result.reliability, key=lambda each: order.index(each.system)):
        number = order.index(each.system)
        drawn = plots.reliability(each, number)
        coloured = ", coloured the probability" if each.calibrated_bins else ""
        if drawn:
            yield (
                f"<figure>{drawn}<figcaption>{plots.legend(number)} {html.escape(each.system)}: gray is the "
                f"confidence{coloured}</figcaption></figure>"
            )


# ── pages ──


def _pages(
    result: Evaluation, samples: Sequence[Sample], readings: Readings, options: SourceOptions
) -> Iterator[str]:
    spent = 0
    for number, sample in enumerate(samples):
        sheets = _sheets(sample, options) if spent < _MOST_PICTURES else None
        spent += sum(len(address) for _, address in sheets or ())
        yield _page(result, number, sample, readings, sheets)


def _sheets(sample: Sample, options: SourceOptions) -> list[tuple[Page, str]]:
    """The first pages of a file as pictures; none where it cannot be read, which the scores say already."""
    with (
        contextlib.suppress(SourceError),
        contextlib.closing(open_source(sample.file, options)) as source,
    ):
        count = min(_MOST_SHEETS, source.page_count)
        pages = map(source.page, range(count))
        return [(page, images.data_uri(page, longest_side=_LONGEST_SIDE)) for page in pages]
    return []


def _page(
    result: Evaluation, number: int, sample: Sample, readings: Readings, sheets: list[tuple[Page, str]] | None
) -> str:
    systems = _order(result)
    outcomes = [readings.outcome(system, sample) for system in systems]
    scores = [result.of(system, sample.id) for system in systems]
    words = [
        judged(each.document, sample, result.rules) if each.document and each.failure is None else []
        for each in outcomes
    ]
    buttons = "".join(
        f'<input type="radio" name="p{number}" id="p{number}s{at}"{" checked" if at == 0 else ""} '
        f'aria-label="{html.escape(system)}">'
        for at, system in enumerate(systems)
    )
    labels = "".join(
        f'<label for="p{number}s{at}">{plots.legend(at)} {html.escape(score.system)} '
        f"<b>{phrases.percent(score.error)}</b></label>"
        for at, score in enumerate(scores)
    )
    if sheets is None:
        shown = "<p>No more pictures: the file would grow too large.</p>"
    else:
        shown = "".join(_sheet(page, address, words) for page, address in sheets) or "<p>No picture.</p>"
    texts = "".join(
        _reading(at, score, outcome, sample, result)
        for at, (score, outcome) in enumerate(zip(scores, outcomes, strict=True))
    )
    facts = " · ".join(
        filter(None, (sample.category, sample.language, "order free" if "order_free" in sample.hints else ""))
    )
    return (
        f"<details{' open' if number == 0 else ''}><summary><span>{html.escape(sample.id)}</span> "
        f"<small>{html.escape(facts)}</small> <b>{phrases.percent(scores[0].error)}</b></summary>"
        f'<div class="page">{buttons}<div class="systems">{labels}</div><div class="body">'
        f'<div class="sheets">{shown}</div><div class="texts">{texts}</div></div></div></details>'
    )


def _sheet(page: Page, address: str, words: Sequence[Sequence[JudgedWord]]) -> str:
    groups = []
    for at, judgements in enumerate(words):
        boxes = "".join(
            f'<rect class="{_judgement(word)}" x="{word.box.left:.0f}" y="{word.box.top:.0f}" '
            f'width="{word.box.width:.0f}" height="{word.box.height:.0f}">'
            f"<title>{html.escape(_said(word))}</title></rect>"
            for word in judgements
            if word.box is not None and word.page == page.index
        )
        groups.append(f'<g class="of-{at}">{boxes}</g>')
    return (
        f'<div class="sheet"><img src="{address}" alt="page {page.number}">'
        f'<svg viewBox="0 0 {page.width} {page.height}" preserveAspectRatio="none">'
        f"{''.join(groups)}</svg></div>"
    )


def _judgement(word: JudgedWord) -> str:
    return "right" if word.right else "wrong"


def _said(word: JudgedWord) -> str:
    sure = "" if word.confidence is None else f", confidence {word.confidence:.2f}"
    return f"{word.text}{sure}, {'right' if word.right else 'not on the page'}"


def _reading(at: int, score: Score, outcome: Outcome, sample: Sample, result: Evaluation) -> str:
    if score.failure is not None:
        failure = html.escape(score.failure)
        return f'<div class="reading of-{at}"><p class="failure">not read: {failure}</p></div>'
    rules = result.rules.hinted(sample.hints)
    rows = differences.rows(outcome.document.text if outcome.document else "", sample.text, rules)
    figures = (
        f"CER {phrases.percent(score.cer)} · WER {phrases.percent(score.wer)} · "
        f"words lost {phrases.percent(score.bag_of_words)}"
    )
    if score.seconds is not None:
        figures += f" · {score.seconds:.2f} s"
    body = "".join(map(_row, rows[:_MOST_ROWS]))
    more = f"<p>… and {len(rows) - _MOST_ROWS} lines more</p>" if len(rows) > _MOST_ROWS else ""
    return f'<div class="reading of-{at}"><p class="figures">{html.escape(figures)}</p>{body}{more}</div>'


def _row(row: differences.Row) -> str:
    if not row.differs:
        return f'<p class="same" dir="auto">{_runs(row.truth, "i")}</p>'
    there = f'<p class="truth" dir="auto">{_runs(row.truth, "del")}</p>' if row.truth else ""
    read = f'<p class="found" dir="auto">{_runs(row.found, "ins")}</p>' if row.found else ""
    return f'<div class="pair">{there}{read}</div>'


def _runs(runs: Iterable[differences.Run], mark: str) -> str:
    return "".join(
        f"<{mark}>{html.escape(run.text)}</{mark}>" if run.differs else html.escape(run.text) for run in runs
    )
