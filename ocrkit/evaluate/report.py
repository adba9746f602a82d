"""The report: one self-contained HTML file with tables, plots, and the differences on each page."""

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
from ocrkit.evaluate import phrases, plots
from ocrkit.evaluate.correctness import JudgedWord, judge_words
from ocrkit.evaluate.differences import DiffSpan, LineDiff, diff_lines
from ocrkit.evaluate.ground_truth import Sample, Samples
from ocrkit.evaluate.model import Evaluation, Score
from ocrkit.evaluate.readings import Outcome, Readings
from ocrkit.page import Page
from ocrkit.sources import open_source
from ocrkit.viewer import page_images

_MAX_SIDE = 1100  # pixels of an image
_MAX_IMAGE_BYTES = 15_000_000  # in total, so that the report can be mailed and opened in any browser
_MAX_IMAGES = 3  # of one document
_MAX_LINES = 300  # of one text
_PLACEHOLDER = re.compile(r"\{\{(\w+)\}\}")
_OPTIONS = SourceOptions()


def render_report(
    result: Evaluation, found: Samples, readings: Readings, *, pages: int = 30,
    options: SourceOptions = _OPTIONS,
) -> str:  # fmt: skip
    """Render the evaluation as HTML.

    Args:
        result: the evaluation.
        found: the samples.
        readings: the recognition results.
        pages: the number of pages to show with their images and differences, the worst first.
        options: how to open the files.
    """
    samples = {sample.id: sample for sample in found.samples}
    style = _asset("report.css") + _selection_rules(len(result.systems))
    parts = {
        "title": html.escape(
            f"How well {_join_names([each.name for each in result.systems])} read {result.folder.name}"
        ),
        "policy": html.escape(_policy(style), quote=False),
        "style": style,
        "overall": _overall(result),
        "verdicts": _list_items((*phrases.verdicts(result), *phrases.remarks(result))),
        "categories": _bars(result),
        "plots": "".join(_plots(result)),
        "trust": _list_items((*phrases.trust(result), *phrases.corrections(result))),
        "shown": str(min(pages, len(samples))),
        "all": str(len(samples)),
        "pages": "".join(_pages(result, [samples[name] for name in result.worst[:pages]], readings, options)),
        "method": html.escape(phrases.method(result)),
    }
    # All at once, so that a placeholder in the text of a page is not replaced.
    return _PLACEHOLDER.sub(lambda match: parts[match[1]], _asset("report.html"))


def _asset(name: str) -> str:
    return (resources.files("ocrkit.evaluate") / "assets" / name).read_text(encoding="utf-8")


def _policy(style: str) -> str:
    """A content security policy that allows no requests and no scripts."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return (
        f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )


def _selection_rules(count: int) -> str:
    """CSS rules that show the system whose radio button is checked, so that no script is needed."""
    return "".join(
        f".page input:nth-of-type({number + 1}):checked ~ .body .of-{number} {{ display: block; }}\n"
        f".page input:nth-of-type({number + 1}):checked ~ .body g.of-{number} {{ display: inline; }}\n"
        f".page input:nth-of-type({number + 1}):checked ~ .systems label:nth-of-type({number + 1}) "
        "{ border-color: var(--accent); box-shadow: inset 0 0 0 1px var(--accent); }\n"
        f".page input:nth-of-type({number + 1}):focus-visible ~ .systems label:nth-of-type({number + 1}) "
        "{ outline: 3px solid var(--accent); outline-offset: 2px; }\n"
        for number in range(count)
    )


def _join_names(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _list_items(texts: Iterable[str]) -> str:
    return "".join(f"<li>{html.escape(text)}</li>" for text in texts)


def _ranking(result: Evaluation) -> list[str]:
    """The systems, the best first. The index of a system decides its color and marker."""
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
    order = _ranking(result)
    timed = plots.time_and_errors(result.summaries, order)
    if timed:
        yield f"<figure>{timed}<figcaption>Time and errors; lower left is better</figcaption></figure>"
    for each in sorted(result.reliability, key=lambda each: order.index(each.system)):
        number = order.index(each.system)
        plot = plots.reliability(each, number)
        probability = ", the probability in color" if each.calibrated_bins else ""
        if plot:
            yield (
                f"<figure>{plot}<figcaption>{plots.legend(number)} {html.escape(each.system)}: confidence in "
                f"gray{probability}</figcaption></figure>"
            )


# ── pages ──


def _pages(
    result: Evaluation, samples: Sequence[Sample], readings: Readings, options: SourceOptions
) -> Iterator[str]:
    image_bytes = 0
    for number, sample in enumerate(samples):
        pictures = _images(sample, options) if image_bytes < _MAX_IMAGE_BYTES else None
        image_bytes += sum(len(uri) for _, uri in pictures or ())
        yield _page(result, number, sample, readings, pictures)


def _images(sample: Sample, options: SourceOptions) -> list[tuple[Page, str]]:
    """The first pages of a file with their images as data URIs; empty if the file cannot be read."""
    with (
        contextlib.suppress(SourceError),
        contextlib.closing(open_source(sample.file, options)) as source,
    ):
        pages = map(source.page, range(min(_MAX_IMAGES, source.page_count)))
        return [(page, page_images.data_uri(page, longest_side=_MAX_SIDE)) for page in pages]
    return []


def _page(
    result: Evaluation,
    number: int,
    sample: Sample,
    readings: Readings,
    pictures: list[tuple[Page, str]] | None,
) -> str:
    scores = [result.of(system, sample.id) for system in _ranking(result)]
    outcomes = [readings.outcome(score.system, sample) for score in scores]
    words = [
        judge_words(each.document, sample, result.rules) if each.document and each.failure is None else []
        for each in outcomes
    ]
    if pictures is None:
        shown = "<p>No image: the report would become too large.</p>"
    else:
        shown = "".join(_picture(page, uri, words) for page, uri in pictures) or "<p>No image.</p>"
    texts = "".join(
        _reading(index, score, outcome, sample, result)
        for index, (score, outcome) in enumerate(zip(scores, outcomes, strict=True))
    )
    facts = " · ".join(
        filter(None, (sample.category, sample.language, "free order" if "order_free" in sample.hints else ""))
    )
    return (
        f"<details{' open' if number == 0 else ''}><summary><span>{html.escape(sample.id)}</span> "
        f"<small>{html.escape(facts)}</small> <b>{phrases.percent(scores[0].error)}</b></summary>"
        f'<div class="page">{_system_choice(number, scores)}<div class="body">'
        f'<div class="sheets">{shown}</div><div class="texts">{texts}</div></div></div></details>'
    )


def _system_choice(number: int, scores: Sequence[Score]) -> str:
    """A radio button for each system, with its error as the label."""
    buttons = "".join(
        f'<input type="radio" name="p{number}" id="p{number}s{index}"{" checked" if index == 0 else ""} '
        f'aria-label="{html.escape(score.system)}">'
        for index, score in enumerate(scores)
    )
    labels = "".join(
        f'<label for="p{number}s{index}">{plots.legend(index)} {html.escape(score.system)} '
        f"<b>{phrases.percent(score.error)}</b></label>"
        for index, score in enumerate(scores)
    )
    return f'{buttons}<div class="systems">{labels}</div>'


def _picture(page: Page, uri: str, words: Sequence[Sequence[JudgedWord]]) -> str:
    groups = []
    for number, judged in enumerate(words):
        boxes = "".join(
            f'<rect class="{"right" if word.right else "wrong"}" '
            f'x="{word.box.left:.0f}" y="{word.box.top:.0f}" '
            f'width="{word.box.width:.0f}" height="{word.box.height:.0f}">'
            f"<title>{html.escape(_tooltip(word))}</title></rect>"
            for word in judged
            if word.box is not None and word.page == page.index
        )
        groups.append(f'<g class="of-{number}">{boxes}</g>')
    return (
        f'<div class="sheet"><img src="{uri}" alt="page {page.number}">'
        f'<svg viewBox="0 0 {page.width} {page.height}" preserveAspectRatio="none">'
        f"{''.join(groups)}</svg></div>"
    )


def _tooltip(word: JudgedWord) -> str:
    confidence = "" if word.confidence is None else f", confidence {word.confidence:.2f}"
    return f"{word.text}{confidence}, {'right' if word.right else 'wrong'}"


def _reading(number: int, score: Score, outcome: Outcome, sample: Sample, result: Evaluation) -> str:
    if score.failure is not None:
        failure = html.escape(score.failure)
        return f'<div class="reading of-{number}"><p class="failure">not read: {failure}</p></div>'
    rules = result.rules.with_hints(sample.hints)
    lines = diff_lines(outcome.document.text if outcome.document else "", sample.text, rules)
    figures = (
        f"CER {phrases.percent(score.cer)} · WER {phrases.percent(score.wer)} · "
        f"words lost {phrases.percent(score.bag_of_words)}"
    )
    if score.seconds is not None:
        figures += f" · {score.seconds:.2f} s"
    body = "".join(map(_line, lines[:_MAX_LINES]))
    more = f"<p>… and {len(lines) - _MAX_LINES} more lines</p>" if len(lines) > _MAX_LINES else ""
    return f'<div class="reading of-{number}"><p class="figures">{html.escape(figures)}</p>{body}{more}</div>'


def _line(line: LineDiff) -> str:
    if not line.differs:
        return f'<p class="same" dir="auto">{_spans(line.truth, "i")}</p>'
    truth = f'<p class="truth" dir="auto">{_spans(line.truth, "del")}</p>' if line.truth else ""
    found = f'<p class="found" dir="auto">{_spans(line.found, "ins")}</p>' if line.found else ""
    return f'<div class="pair">{truth}{found}</div>'


def _spans(spans: Iterable[DiffSpan], tag: str) -> str:
    return "".join(
        f"<{tag}>{html.escape(span.text)}</{tag}>" if span.differs else html.escape(span.text)
        for span in spans
    )
