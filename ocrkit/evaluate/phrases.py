"""Tables and sentences that present an evaluation, shared by the terminal and the report."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from ocrkit.evaluate.model import CorrectedWord, Evaluation, StepCorrections, Summary
from ocrkit.evaluate.statistics import Difference

_WORST = 5


def percent(value: float) -> str:
    return f"{100 * value:.1f}%"


def _interval(each: Summary) -> str | None:
    return f"{100 * each.interval.low:.1f}–{percent(each.interval.high)}" if each.interval else None


def _known(value: float | None) -> str | None:
    return None if value is None else percent(value)


_COLUMNS: tuple[tuple[str, Callable[[Summary], str | None]], ...] = (
    ("wrong", lambda each: percent(each.error)),
    ("95 %", _interval),
    ("CER", lambda each: percent(each.cer)),
    ("WER", lambda each: percent(each.wer)),
    ("words lost", lambda each: percent(each.bag_of_words)),
    ("lines missing", lambda each: _known(each.missing_lines)),
    ("lines extra", lambda each: _known(each.extra_lines)),
    ("boxes F1", lambda each: _known(each.word_boxes)),
    ("cells F1", lambda each: _known(each.cells)),
    ("s/page", lambda each: None if each.seconds_per_page is None else f"{each.seconds_per_page:.2f}"),
    ("cost/page", lambda each: None if each.cost_per_page is None else f"{each.cost_per_page:g}"),
    (
        "all paid/page",
        lambda each: None if each.full_cost_per_page is None else f"{each.full_cost_per_page:g}",
    ),
    ("failed", lambda each: str(each.failures) if each.failures else None),
)


def overall(result: Evaluation) -> tuple[list[str], list[list[str]]]:
    """The titles and rows of the main table, the best system first, without empty columns."""
    columns = [(title, [value(each) for each in result.summaries]) for title, value in _COLUMNS]
    filled = [(title, values) for title, values in columns if any(values)]
    rows = [
        [each.system, *(values[number] or "–" for _, values in filled)]
        for number, each in enumerate(result.summaries)
    ]
    return ["system", *(title for title, _ in filled)], rows


def by_group(summaries: Sequence[Summary], result: Evaluation) -> Iterator[tuple[str, int, list[Summary]]]:
    """Each category or language, its number of pages, and its summaries in the order of the main table."""
    for group in dict.fromkeys(each.group or "" for each in summaries):
        own = {each.system: each for each in summaries if (each.group or "") == group}
        ordered = [own[each.system] for each in result.summaries]
        yield group, ordered[0].samples, ordered


def verdicts(result: Evaluation) -> list[str]:
    """Which differences between systems are significant."""
    return compared(result.differences)


def compared(differences: Sequence[Difference]) -> list[str]:
    """Sentences about differences between systems."""
    texts = []
    for each in differences:
        if each.mean == 0 and each.p == 1:
            texts.append(f"{each.first} and {each.second}: the same errors")
            continue
        if not each.is_significant:
            texts.append(f"{each.first} and {each.second}: no significant difference (p = {each.p:.2f})")
            continue
        interval = each.interval
        span = f" (95 %: {-100 * interval.high:.1f} to {-100 * interval.low:.1f})" if interval else ""
        texts.append(
            f"{each.first} is better than {each.second} by {-100 * each.mean:.1f} points{span}, "
            f"p = {each.p:.2g}"
        )
    return texts


def trust(result: Evaluation) -> list[str]:
    """How well confidences predict which words are right."""
    return [
        f"{each.system}: confidences are off by {each.expected_error:.3f} on average"
        + ("" if each.calibrated_error is None else f", probabilities by {each.calibrated_error:.3f}")
        for each in result.reliability
        if each.expected_error is not None
    ]


def corrections(result: Evaluation) -> list[str]:
    """What each post-processing step corrected, with examples."""
    texts = []
    for each in result.corrections:
        counts = ", ".join(
            f"{name} {count} ({each.per_thousand(count):.1f})"
            for name, count in (
                ("right", each.right),
                ("wrong", each.wrong),
                ("still wrong", each.still_wrong),
                ("missed", each.missed),
            )
        )
        texts.append(f"{each.step} after {each.system}, in words (per 1000): {counts}")
        texts += [
            f"  {verdict}: {', '.join(f'{word.before} → {word.after}' for word in words)}"
            for verdict, words in _examples(each).items()
        ]
    return texts


def _examples(step: StepCorrections) -> dict[str, list[CorrectedWord]]:
    """The examples of a step by verdict."""
    found: dict[str, list[CorrectedWord]] = {}
    for word in step.examples:
        verdict = "right" if word.is_right else "wrong" if word.was_right else "still wrong"
        found.setdefault(verdict, []).append(word)
    return found


def remarks(result: Evaluation) -> list[str]:
    """Failures, notes, and pages that were left out."""
    texts = [
        f"not read by {each.system}, counts as wrong: {each.sample}: {each.failure}"
        for each in result.failures
    ]
    texts += result.notes
    if result.without_truth:
        texts.append(f"left out, without ground truth: {result.without_truth}")
    if result.drafts:
        texts.append(f"left out, drafts not checked yet: {result.drafts}")
    return texts


def worst(result: Evaluation) -> str:
    """The pages that the best system reads worst."""
    best = result.summaries[0].system
    pages = (f"{name} {percent(result.of(best, name).error)}" for name in result.worst[:_WORST])
    return f"worst pages of {best}: {', '.join(pages)}"


def method(result: Evaluation) -> str:
    """Which differences counted, and which languages were requested."""
    rules = result.rules
    parts = [
        f"texts compared as {rules.form}",
        "case ignored" if rules.fold_case else "case counted",
        "white space ignored" if not rules.spaces else "white space counted as one space",
        "quotes and dashes folded" if rules.fold_marks else "quotes and dashes as they are",
    ]
    languages = ", ".join(result.languages) or "each page's own"
    return f"{'; '.join(parts)}; languages: {languages}"
