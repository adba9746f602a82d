"""Many systems on many pages."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from ocrkit import registry
from ocrkit.calibration import Calibration, calibration_of, is_unspaced
from ocrkit.config.loading import load_settings
from ocrkit.config.settings import PreprocessSpec, Settings
from ocrkit.errors import ConfigError
from ocrkit.evaluate.correctness import judged
from ocrkit.evaluate.ground_truth import READINGS, Samples, find_samples
from ocrkit.evaluate.model import Evaluation, Score, System
from ocrkit.evaluate.rates import levenshtein
from ocrkit.evaluate.readings import Listener, Readings, Way, read_all
from ocrkit.evaluate.reliability import Read, Words, fitted
from ocrkit.evaluate.scoring import grouped, scored, summary
from ocrkit.evaluate.statistics import compared
from ocrkit.evaluate.text import Rules
from ocrkit.pipeline import Ocr

_RULES = Rules()


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
    progress: Listener | None = None,
) -> Evaluation:
    """Read pages whose text is known with several engines, and say how well each has read them.

    ```python
    result = evaluate("pages", ["ppocr", "tesseract"], preprocess=["none", "auto"])
    for each in result.summaries:
        print(f"{each.system}: {each.error:.1%} of the characters wrong")
    ```

    Every engine reads every page with every preprocessing. What was read is kept: the same again reads
    nothing, and one more engine or page reads only what is new.

    Args:
        folder: pages with their truth beside them, or with a `manifest.jsonl`.
        backends: names or dotted paths; that of the settings if none is given.
        preprocess: profiles, or steps joined by `+` (`grayscale+deskew`); that of the settings if none.
        languages: what is asked for every page. If not given, and the settings have none, each page is read
            in its own language, where the truth says it and the backend reads it.
        settings: as for `Ocr`.
        rules: which differences count.
        prices: what a page costs, by backend, in whatever currency.
        readings: where what was read is kept; a hidden folder in that of the pages if not given.
        retry_failed: read again what failed before.
        progress: called while pages are read.

    Raises:
        ConfigError: nothing there has a truth, or a name is wrong.
        SourceError: a truth cannot be understood.
        OcrkitError: what would make every page fail: a wrong key, a missing package, a full disk.
    """
    base = settings if isinstance(settings, Settings) else load_settings(overrides=settings).settings
    ways = ways_of(backends, preprocess, base)
    return evaluated(
        find_samples(Path(folder)), ways,
        languages=base.languages if languages is None else languages, rules=rules, prices=prices or {},
        readings=readings, retry_failed=retry_failed, progress=progress,
    )[0]  # fmt: skip


def ways_of(backends: Sequence[str], preprocess: Sequence[PreprocessSpec], settings: Settings) -> list[Way]:
    """Every backend with every preprocessing; those of the settings where none is named."""
    return [
        way_of(backend, chain, settings)
        for backend in backends or (settings.backend,)
        for chain in preprocess or (settings.preprocess,)
    ]


def way_of(backend: str, preprocess: PreprocessSpec, settings: Settings, title: str | None = None) -> Way:
    """A system by what it consists of. A chain is written `grayscale+deskew`."""
    chain: PreprocessSpec = preprocess
    if isinstance(preprocess, str):
        name = preprocess
        chain = tuple(preprocess.split("+")) if "+" in preprocess else preprocess
    else:
        name = "+".join(each if isinstance(each, str) else next(iter(each)) for each in preprocess)
    shown = registry.table_name(backend)
    system = System(name=title or f"{shown} {name}", backend=backend, preprocess=name)
    # How probable a word is follows from its confidence; it is no reason to read it again.
    as_read = {"calibration": {shown: False}, "max_failure_rate": None}
    return Way(system, chain, settings.model_copy(update=as_read))


def evaluated(
    found: Samples, ways: Sequence[Way], *, languages: Sequence[str], rules: Rules,
    prices: Mapping[str, float], readings: str | os.PathLike[str] | None, retry_failed: bool = False,
    progress: Listener | None = None, calibrations: Mapping[str, Path | Literal[False]] | None = None,
) -> tuple[Evaluation, Readings, dict[str, Words]]:  # fmt: skip
    """The numbers, what was read, and the words by system."""
    _check(ways, prices)
    where = Path(readings) if readings is not None else found.folder / READINGS
    kept = read_all(
        ways, found.samples, where, languages=languages, progress=progress, retry_failed=retry_failed
    )
    scores: list[Score] = []
    words = {way.system.name: Words() for way in ways}
    for way in ways:
        name = way.system.name
        for sample in found.samples:
            outcome = kept.outcome(name, sample)
            scores.append(scored(name, sample, outcome, rules, prices.get(way.system.backend)))
            if outcome.document is not None and outcome.failure is None:
                read = judged(outcome.document, sample, rules)
                words[name].add(Read(word.confidence, word.right, is_unspaced(word.text)) for word in read)
    by_system = {way.system.name: [each for each in scores if each.system == way.system.name] for way in ways}
    tables = {
        way.system.name: calibration_of(registry.table_name(way.system.backend), calibrations or {})
        for way in ways
    }
    evaluation = Evaluation(
        folder=found.folder,
        readings=where,
        systems=tuple(way.system for way in ways),
        scores=tuple(scores),
        summaries=tuple(sorted(map(summary, by_system.values()), key=lambda each: each.error)),
        by_category=grouped(scores, "category"),
        by_language=grouped(scores, "language"),
        differences=compared({name: [each.error for each in own] for name, own in by_system.items()}),
        reliability=tuple(each.reliability(name, tables[name]) for name, each in words.items()),
        rules=rules,
        languages=tuple(languages),
        notes=kept.notes,
        without_truth=len(found.without_truth),
        drafts=len(found.drafts),
    )
    return evaluation, kept, words


def calibrations_of(ways: Sequence[Way], words: Mapping[str, Words], note: str) -> dict[str, Calibration]:
    """A table for each backend, of all its words, whatever was done to the pages before."""
    by_backend: dict[str, Words] = {}
    for way in ways:
        backend = registry.table_name(way.system.backend)
        by_backend.setdefault(backend, Words()).pages += words[way.system.name].pages
    return {backend: fitted(backend, each, note) for backend, each in by_backend.items()}


def _check(ways: Sequence[Way], prices: Mapping[str, float]) -> None:
    """Before the first page: a slip in the last engine's name must not cost the hours of the first."""
    levenshtein()  # or it would be missed when all has been read
    names = [way.system.name for way in ways]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ConfigError(f"'{twice}' is named twice; name each engine and each preprocessing once")
    backends = {way.system.backend for way in ways}
    for backend in prices:
        if backend not in backends:
            raise ConfigError(
                f"there is a price for '{backend}', which does not read: {', '.join(sorted(backends))} do"
            )
    for way in ways:
        Ocr(way.system.backend, settings=way.settings, preprocess=way.chain, languages=[]).close()
