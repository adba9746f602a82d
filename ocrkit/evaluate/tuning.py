"""Find the settings that read some pages best, and check them on other pages."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ocrkit import registry
from ocrkit.config.settings import Settings
from ocrkit.errors import ConfigError
from ocrkit.evaluate.evaluation import run_evaluation, system_config
from ocrkit.evaluate.ground_truth import READINGS, Sample, Samples
from ocrkit.evaluate.model import Evaluation, Summary
from ocrkit.evaluate.normalization import Rules
from ocrkit.evaluate.readings import ProgressCallback, SystemConfig, read_all
from ocrkit.evaluate.statistics import Difference
from ocrkit.preprocess.profiles import AUTO, PROFILES
from ocrkit.result import Model

MIN_PAGES = 12
"""With fewer than six pages in each half, no difference could be significant."""

CURRENT = "current settings"
_MAX_CANDIDATES = 64  # more take days, and one of them looks good by chance
_FIRST_ROUND = 4  # pages that every candidate reads
_RULES = Rules()
_MISSING = object()
_OPTIONS = ("backends.", "strategies.")

TUNED_OPTIONS: Mapping[str, Mapping[str, Sequence[Any]]] = {
    "tesseract": {"page_segmentation": (3, 4, 6, 11)},
    "ppocr": {"detection_pixels": (1_200_000, 2_500_000), "min_confidence": (0.5, 0.3)},
    "cascade": {"below": (0.85, 0.5, 0.7, 0.95)},
}
"""By backend, the options that change which text is found, each with its values; the first is the default."""


class Trial(Model):
    """A candidate, and its error on the pages that it was tried on."""

    changes: dict[str, Any]
    """The changed settings by dotted key; empty for the current settings."""
    pages: int
    """The number of pages that it was tried on before better candidates replaced it."""
    error: float
    """The mean error on those pages."""

    @property
    def title(self) -> str:
        return title_of(self.changes)


class Tuning(Model):
    """All trials, the best candidate, and whether it is significantly better."""

    trials: tuple[Trial, ...]
    """Those with the most pages first, and of those the best first."""
    changes: dict[str, Any]
    """The changes of the best candidate; empty if the current settings are best."""
    before: Summary
    """The current settings on the held-out pages."""
    after: Summary
    """The best candidate on the held-out pages."""
    difference: Difference | None
    """Between the two; None if the current settings are best."""
    proxy: str | None = None
    """The backend whose output replaced the ground truth, if there was none."""

    @property
    def is_better(self) -> bool:
        """Whether the best candidate is significantly better on the held-out pages."""
        return (
            self.difference is not None
            and self.difference.is_significant
            and self.after.error < self.before.error
        )


def candidates(
    backends: Sequence[str], settings: Settings, tried: Mapping[str, Sequence[Any]]
) -> list[dict[str, Any]]:
    """Combinations of settings to try, each as changes by dotted key. The first is the current settings.

    Args:
        backends: the engines to try; the backend of the settings if empty.
        settings: the current settings.
        tried: values to try by dotted key. If empty, all preprocessing profiles are tried and, one at a time,
            the values in `TUNED_OPTIONS`.
    """
    found: list[dict[str, Any]] = [{}]
    profiles = tried.get("preprocess", (settings.preprocess,) if tried else (AUTO, *PROFILES))
    for backend in backends or (settings.backend,):
        table = registry.table_name(backend)
        axes: dict[str, Sequence[Any]] = {"backend": (backend,), "preprocess": profiles}
        if tried:
            axes |= {key: values for key, values in tried.items() if _applies_to(key, table)}
        else:
            for name in (table, *registry.reader_tables(backend, settings.options)):
                for option, values in TUNED_OPTIONS.get(name, {}).items():
                    key = f"{registry.table_group(name)}.{name}.{option}"
                    found += [{"backend": backend, key: value} for value in values]
        found += [dict(zip(axes, values, strict=True)) for values in itertools.product(*axes.values())]
    changes = [_changes(each, settings) for each in found]
    return [each for index, each in enumerate(changes) if each not in changes[:index]]


def tune(
    found: Samples, changes: Sequence[Mapping[str, Any]], settings: Settings, *,
    languages: Sequence[str] = (), rules: Rules = _RULES, readings: Path | None = None,
    progress: ProgressCallback | None = None, proxy: str | None = None,
) -> Tuning:  # fmt: skip
    """Find the best candidate by successive halving: the better half is tried on twice as many pages.

    Half of the pages are held out. On those, the last candidate is compared with the current settings.

    Args:
        found: pages with ground truth.
        changes: the candidates; see `candidates`.
        settings: the current settings.
        languages: as for `evaluate`.
        rules: which differences between texts count.
        readings: the folder for recognition results.
        progress: called while pages are read.
        proxy: the backend whose output replaces the ground truth.

    Raises:
        ConfigError: there are too few pages, or too many candidates.
    """
    _check(found, changes)
    configs = {title_of(each): apply_changes(settings, each) for each in changes}
    by_title = {title_of(each): dict(each) for each in changes}
    ordered = sorted(found.samples, key=lambda sample: hashlib.sha256(sample.id.encode()).digest())
    half = len(ordered) // 2

    def run(titles: Sequence[str], samples: Sequence[Sample]) -> Evaluation:
        part = found.model_copy(update={"samples": tuple(samples)})
        return run_evaluation(
            part, [configs[title] for title in titles], languages=languages, rules=rules,
            readings=readings, progress=progress,
        ).evaluation  # fmt: skip

    trials, best = _successive_halving(by_title, ordered[:half], run)
    checked = run(list(dict.fromkeys((CURRENT, best))), ordered[half:])
    summaries = {each.system: each for each in checked.summaries}
    return Tuning(
        trials=tuple(sorted(trials, key=lambda each: (-each.pages, each.error))),
        changes=by_title[best],
        before=summaries[CURRENT],
        after=summaries[best],
        difference=checked.differences[0] if checked.differences else None,
        proxy=proxy,
    )


def _check(found: Samples, changes: Sequence[Mapping[str, Any]]) -> None:
    if len(found.samples) < MIN_PAGES:
        raise ConfigError(
            f"tuning needs at least {MIN_PAGES} pages with ground truth, and {found.folder} has "
            f"{len(found.samples)}; add pages"
        )
    if len(changes) > _MAX_CANDIDATES:
        raise ConfigError(
            f"there are {len(changes)} combinations of settings to try, and the limit is {_MAX_CANDIDATES}; "
            "try fewer values at once"
        )


def _successive_halving(
    changes: Mapping[str, dict[str, Any]],
    samples: Sequence[Sample],
    run: Callable[[Sequence[str], Sequence[Sample]], Evaluation],
) -> tuple[list[Trial], str]:
    """All trials, and the title of the best candidate.

    Args:
        changes: the candidates by title.
        samples: the pages to try them on.
        run: evaluates candidates, by title, on some of the pages.
    """
    trials: dict[str, Trial] = {}
    remaining = list(changes)
    for pages in _rounds(len(remaining), len(samples)):
        result = run(remaining, samples[:pages])
        for each in result.summaries:
            trials[each.system] = Trial(changes=changes[each.system], pages=pages, error=each.error)
        # Ties go to the candidate with fewer changes: the summaries keep the order of the candidates.
        remaining = [each.system for each in result.summaries][: max(1, len(remaining) // 2)]
    return list(trials.values()), remaining[0]


def _rounds(count: int, pages: int) -> Iterator[int]:
    """The number of pages in each round: twice as many for half of the candidates, and all in the last."""
    size = _FIRST_ROUND
    while count > 2 and size < pages:
        yield size
        count, size = count // 2, size * 2
    yield pages


def samples_from_backend(
    backend: str, found: Samples, settings: Settings, *, languages: Sequence[str], readings: Path | None,
    progress: ProgressCallback | None,
) -> Samples:  # fmt: skip
    """All pages, with the output of a backend in place of ground truth."""
    config = system_config(backend, settings.preprocess, settings)
    folder = readings if readings is not None else found.folder / READINGS
    pages = (*found.samples, *found.drafts, *found.without_truth)
    kept = read_all([config], pages, folder, languages=languages, progress=progress, retry_failed=False)
    samples = []
    for sample in pages:
        document = kept.outcome(config.system.name, sample).document
        if document is not None and document.text.strip():
            samples.append(sample.model_copy(update={"text": document.text}))
    return found.model_copy(update={"samples": tuple(samples)})


def title_of(changes: Mapping[str, Any]) -> str:
    """The changes of a candidate on one line."""
    return ", ".join(f"{key} = {json.dumps(value)}" for key, value in changes.items()) or CURRENT


def apply_changes(settings: Settings, changes: Mapping[str, Any]) -> SystemConfig:
    """The system that the changed settings describe."""
    tables = settings.model_dump()
    tables["backends"] = {name: dict(table) for name, table in settings.backends.items()}
    for key, value in changes.items():
        *path, last = key.split(".")
        table = tables
        for part in path:
            table = table.setdefault(part, {})
        table[last] = value
    try:
        changed = Settings.model_validate(tables)
    except ValueError as error:
        raise ConfigError(f"the settings {title_of(changes)} are not allowed: {error}") from None
    return system_config(changed.backend, changed.preprocess, changed, name=title_of(changes))


def _changes(values: Mapping[str, Any], settings: Settings) -> dict[str, Any]:
    """The values that differ from the settings."""
    current = settings.model_dump()
    return {key: value for key, value in values.items() if _current_value(key, current) != value}


def _current_value(key: str, settings: Mapping[str, Any]) -> Any:
    value: Any = settings
    for part in key.split("."):
        value = value.get(part, _MISSING) if isinstance(value, Mapping) else _MISSING
    if value is _MISSING and key.startswith(_OPTIONS):
        _, backend, option = key.split(".", 2)
        return TUNED_OPTIONS.get(backend, {}).get(option, (_MISSING,))[0]
    return value


def _applies_to(key: str, table: str) -> bool:
    """Whether a key affects a backend: it is not the preprocessing, nor an option of another backend."""
    group = registry.table_group(table)
    return key != "preprocess" and (not key.startswith(_OPTIONS) or key.startswith(f"{group}.{table}."))


def format_profile(changes: Mapping[str, Any], name: str, *, in_pyproject: bool) -> str:
    """The changes as a profile in TOML, to append to a configuration file.

    Args:
        changes: values by dotted key.
        name: the name of the profile.
        in_pyproject: for `pyproject.toml`, where all settings are in `[tool.ocrkit]`.
    """
    prefix = f"{'tool.ocrkit.' if in_pyproject else ''}profiles.{name}"
    tables: dict[str, list[str]] = {prefix: []}
    for key, value in changes.items():
        *path, last = key.split(".")
        tables.setdefault(".".join((prefix, *path)), []).append(f"{last} = {_toml(value)}")
    return "\n\n".join("\n".join((f"[{table}]", *lines)) for table, lines in tables.items()) + "\n"


def _toml(value: Any) -> str:
    """A value in TOML: scalars are written as in JSON."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{name} = {_toml(each)}" for name, each in value.items()) + " }"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_toml, value))}]"
    return json.dumps(value)
