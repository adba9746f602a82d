"""Evaluate systems on the pages of a folder."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

from ocrkit import registry
from ocrkit.calibration import Calibration, calibration_of, is_unspaced
from ocrkit.config.loading import load_settings
from ocrkit.config.settings import PreprocessSpec, Settings
from ocrkit.errors import ConfigError
from ocrkit.evaluate.corrections import PageCorrections, page_corrections, summarize_corrections
from ocrkit.evaluate.correctness import judge_words
from ocrkit.evaluate.ground_truth import READINGS, Sample, Samples, find_samples
from ocrkit.evaluate.model import Evaluation, Score, System
from ocrkit.evaluate.normalization import Rules
from ocrkit.evaluate.page_scoring import score_page, summarize, summarize_by
from ocrkit.evaluate.readings import Outcome, ProgressCallback, Readings, SystemConfig, read_all
from ocrkit.evaluate.reliability import WordConfidence, WordConfidences, fit_calibration
from ocrkit.evaluate.statistics import compare_pairwise
from ocrkit.pipeline import Ocr

_RULES = Rules()
_CORRECTING_STEPS = frozenset(("spelling", "llm"))


def evaluate(
    folder: str | os.PathLike[str],
    backends: Sequence[str] = (),
    *,
    preprocess: Sequence[str] = (),
    languages: Sequence[str] | None = None,
    settings: Settings | Mapping[str, Any] | None = None,
    rules: Rules = _RULES,
    prices: Mapping[str, float] | None = None,
    readings: str | os.PathLike[str] | None = None,
    retry_failed: bool = False,
    progress: ProgressCallback | None = None,
) -> Evaluation:
    """Read pages with several engines and score the results against the ground truth.

    ```python
    result = evaluate("pages", ["ppocr", "tesseract"], preprocess=["none", "auto"])
    for each in result.summaries:
        print(f"{each.system}: {each.error:.1%} of the characters wrong")
    ```

    Every engine reads every page with every preprocessing profile. The results are kept: the same call again
    reads nothing, and another engine or page reads only what is new.

    Args:
        folder: pages with their ground truth beside them, or with a `manifest.jsonl`.
        backends: names or dotted paths; the backend of the settings if empty.
        preprocess: profiles, or steps joined by `+` (`grayscale+deskew`); as in the settings if empty.
        languages: requested for every page. If None, and the settings have none, each page is read in its own
            language, if the ground truth names it and the backend supports it.
        settings: as for `Ocr`.
        rules: which differences between texts count.
        prices: the price of a page, by backend, in any currency.
        readings: the folder for recognition results; by default a hidden folder beside the pages.
        retry_failed: read failed pages again.
        progress: called while pages are read.

    Raises:
        ConfigError: no page has ground truth, or a name is wrong.
        SourceError: a file with ground truth is invalid.
        OcrkitError: a problem that affects every page: a wrong key, a missing package, a full disk.
    """
    base = settings if isinstance(settings, Settings) else load_settings(overrides=settings).settings
    return run_evaluation(
        find_samples(Path(folder)),
        system_configs(backends, preprocess, base),
        languages=base.languages if languages is None else languages,
        rules=rules,
        prices=prices,
        readings=readings,
        retry_failed=retry_failed,
        progress=progress,
    ).evaluation


def system_configs(
    backends: Sequence[str], preprocess: Sequence[PreprocessSpec], settings: Settings
) -> list[SystemConfig]:
    """Combine every backend with every preprocessing; those of the settings if none is given."""
    return [
        system_config(backend, each, settings)
        for backend in backends or (settings.backend,)
        for each in preprocess or (settings.preprocess,)
    ]


def system_config(
    backend: str, preprocess: PreprocessSpec, settings: Settings, name: str | None = None
) -> SystemConfig:
    """A backend combined with a profile, or with steps joined by `+` (`grayscale+deskew`)."""
    steps: PreprocessSpec = preprocess
    if isinstance(preprocess, str):
        preprocess_name = preprocess
        steps = tuple(preprocess.split("+")) if "+" in preprocess else preprocess
    else:
        preprocess_name = "+".join(each if isinstance(each, str) else next(iter(each)) for each in preprocess)
    table = registry.table_name(backend)
    system = System(name=name or f"{table} {preprocess_name}", backend=backend, preprocess=preprocess_name)
    changes: dict[str, Any] = {"max_failure_rate": None}
    if not _corrects(settings):
        # The evaluation applies calibrations itself: a new one must not cause pages to be read again.
        changes["calibration"] = {table: False}
    return SystemConfig(system, steps, settings.model_copy(update=changes))


def _corrects(settings: Settings) -> bool:
    """Whether a step corrects words by their probabilities, which come from the calibration."""
    chain = settings.postprocess if not isinstance(settings.postprocess, str) else ()
    names = [each if isinstance(each, str) else next(iter(each), "") for each in chain]
    return not _CORRECTING_STEPS.isdisjoint(names)


class EvaluationRun(NamedTuple):
    """An evaluation, with the data that reports and calibrations need."""

    evaluation: Evaluation
    readings: Readings
    words: dict[str, WordConfidences]
    """By system."""


def run_evaluation(
    found: Samples, configs: Sequence[SystemConfig], *, languages: Sequence[str], rules: Rules,
    prices: Mapping[str, float] | None = None, readings: str | os.PathLike[str] | None = None,
    retry_failed: bool = False, progress: ProgressCallback | None = None,
    calibrations: Mapping[str, Path | Literal[False]] | None = None,
) -> EvaluationRun:  # fmt: skip
    """Read all samples with all systems, and score them."""
    prices = prices or {}
    _check(configs, prices)
    folder = Path(readings) if readings is not None else found.folder / READINGS
    kept = read_all(
        configs, found.samples, folder, languages=languages, progress=progress, retry_failed=retry_failed
    )
    scores: list[Score] = []
    words = {config.system.name: WordConfidences() for config in configs}
    corrections: dict[str, list[PageCorrections]] = {name: [] for name in words}
    for config in configs:
        system = config.system
        for sample in found.samples:
            outcome = kept.outcome(system.name, sample)
            scores.append(score_page(system.name, sample, outcome, rules, prices.get(system.backend)))
            if outcome.document is not None and outcome.failure is None:
                words[system.name].add_page(word_confidences(outcome, sample, rules))
                corrections[system.name].append(page_corrections(outcome.document, sample, rules))
    by_system = {name: [each for each in scores if each.system == name] for name in words}
    tables = {
        config.system.name: calibration_of(registry.table_name(config.system.backend), calibrations or {})
        for config in configs
    }
    evaluation = Evaluation(
        folder=found.folder,
        readings=folder,
        systems=tuple(config.system for config in configs),
        scores=tuple(scores),
        summaries=tuple(sorted(map(summarize, by_system.values()), key=lambda each: each.error)),
        by_category=summarize_by(scores, "category"),
        by_language=summarize_by(scores, "language"),
        differences=compare_pairwise({name: [each.error for each in own] for name, own in by_system.items()}),
        reliability=tuple(each.reliability(name, tables[name]) for name, each in words.items()),
        corrections=tuple(
            each for name, pages in corrections.items() for each in summarize_corrections(name, pages)
        ),
        rules=rules,
        languages=tuple(languages),
        notes=kept.notes,
        without_truth=len(found.without_truth),
        drafts=len(found.drafts),
    )
    return EvaluationRun(evaluation, kept, words)


def word_confidences(outcome: Outcome, sample: Sample, rules: Rules) -> list[WordConfidence]:
    """The confidences of the words of one page, and which words are right."""
    if outcome.document is None:
        return []
    words = judge_words(outcome.document, sample, rules)
    return [WordConfidence(word.confidence, word.right, is_unspaced(word.text)) for word in words]


def fit_calibrations(
    configs: Sequence[SystemConfig], words: Mapping[str, WordConfidences], note: str
) -> dict[str, Calibration]:
    """Fit a calibration for each backend to all its words, whatever the preprocessing."""
    by_backend: dict[str, WordConfidences] = {}
    for config in configs:
        backend = registry.table_name(config.system.backend)
        by_backend.setdefault(backend, WordConfidences()).pages += words[config.system.name].pages
    return {backend: fit_calibration(backend, each, note) for backend, each in by_backend.items()}


def _check(configs: Sequence[SystemConfig], prices: Mapping[str, float]) -> None:
    """Check all systems before the first page: reading may take hours."""
    names = [config.system.name for config in configs]
    duplicate = next((name for name in names if names.count(name) > 1), None)
    if duplicate is not None:
        raise ConfigError(f"'{duplicate}' is named twice; name each backend and each preprocessing once")
    backends = {config.system.backend for config in configs}
    for backend in prices:
        if backend not in backends:
            raise ConfigError(
                f"a price is set for '{backend}', which is not evaluated; set prices only for "
                f"{', '.join(sorted(backends))}"
            )
    for config in configs:
        Ocr(
            config.system.backend, settings=config.settings, preprocess=config.preprocess, languages=[]
        ).close()
