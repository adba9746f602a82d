"""Which settings read some pages best: tried on one half of them, checked on the other."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ocrkit import registry
from ocrkit.config.settings import Settings
from ocrkit.errors import ConfigError
from ocrkit.evaluate.evaluation import evaluated, way_of
from ocrkit.evaluate.ground_truth import READINGS, Samples
from ocrkit.evaluate.model import Evaluation, Summary
from ocrkit.evaluate.readings import Listener, Way, read_all
from ocrkit.evaluate.statistics import Difference
from ocrkit.evaluate.text import Rules
from ocrkit.preprocess.profiles import AUTO, PROFILES
from ocrkit.result import Model

FEWEST = 12
"""Pages: with fewer in each half than six, nothing could ever be called better."""

CURRENT = "as it is"
_MOST = 64  # ways to read: more take days, and one of them looks good by chance
_FIRST_ROUND = 4  # pages that every candidate reads
_RULES = Rules()

OPTIONS: Mapping[str, Mapping[str, Sequence[Any]]] = {
    "tesseract": {"page_segmentation": (3, 4, 6, 11)},
    "ppocr": {"detection_pixels": (1_200_000, 2_500_000), "min_confidence": (0.5, 0.3)},
}
"""What is worth trying of an engine's options, the default first: it changes what is found on a page."""


class Trial(Model):
    """A candidate, and how far it came."""

    changes: dict[str, Any]
    """By dotted key, what is other than in the settings; none is the settings as they are."""
    pages: int
    """On how many pages it was tried before it was left behind by others."""
    error: float
    """The mean on those."""

    @property
    def title(self) -> str:
        return title_of(self.changes)


class Tuning(Model):
    """What was tried, what was best, and whether it is really better."""

    trials: tuple[Trial, ...]
    """The most pages first, of those the best first."""
    changes: dict[str, Any]
    """Of the best candidate; empty where that is the settings as they are."""
    before: Summary
    """The settings as they are, on the pages that were kept back."""
    after: Summary
    """The best candidate, on the same pages."""
    difference: Difference | None
    """Between the two; None where they are one and the same."""
    proxy: str | None = None
    """The backend whose text was taken for the truth, where nobody knew it."""

    @property
    def is_better(self) -> bool:
        """Whether the best candidate is better by more than chance, on pages that did not choose it."""
        return (
            self.difference is not None
            and self.difference.is_significant
            and self.after.error < self.before.error
        )


def candidates(
    backends: Sequence[str], settings: Settings, tried: Mapping[str, Sequence[Any]]
) -> list[dict[str, Any]]:
    """All combinations of what is tried, the settings as they are first.

    Args:
        backends: engines to try.
        settings: where it starts from.
        tried: values by dotted key. What is not named is taken from what is usually worth a try.
    """
    found: list[dict[str, Any]] = [{}]
    profiles = tried.get("preprocess", (settings.preprocess,) if tried else (AUTO, *PROFILES))
    for backend in backends or (settings.backend,):
        axes: dict[str, Sequence[Any]] = {"backend": (backend,), "preprocess": profiles}
        table = registry.table_name(backend)
        own = {key: values for key, values in tried.items() if _is_of(key, table)}
        if not tried:
            own = {f"backends.{table}.{key}": values for key, values in OPTIONS.get(table, {}).items()}
            # Options one at a time, with the preprocessing of the settings: not every pair of two.
            for key, values in own.items():
                found += [{"backend": backend, key: value} for value in values]
            own = {}
        axes |= own
        found += [dict(zip(axes, values, strict=True)) for values in itertools.product(*axes.values())]
    unlike = [_unlike(each, settings) for each in found]
    return [each for number, each in enumerate(unlike) if each not in unlike[:number]]


def tune(
    found: Samples, changes: Sequence[Mapping[str, Any]], settings: Settings, *,
    languages: Sequence[str] = (), rules: Rules = _RULES, readings: Path | None = None,
    progress: Listener | None = None, proxy: str | None = None,
) -> Tuning:  # fmt: skip
    """Find the best of some candidates by successive halving: the better half goes on to twice the pages.

    Half of the pages are kept back. The last one left is held against the settings as they are on those.

    Args:
        found: pages whose text is known.
        changes: the candidates; see `candidates`.
        settings: what they are changes of.
        languages: as for `evaluate`.
        rules: which differences count.
        readings: where what was read is kept.
        progress: called while pages are read.
        proxy: whose text it is that is held for the truth.

    Raises:
        ConfigError: there are too few pages, or too many candidates.
    """
    if len(found.samples) < FEWEST:
        raise ConfigError(
            f"tuning needs at least {FEWEST} pages, of which half are kept back to check; {found.folder} has "
            f"{len(found.samples)} with a truth"
        )
    if len(changes) > _MOST:
        raise ConfigError(
            f"{len(changes)} ways to read are too many, {_MOST} the limit: try fewer values at once"
        )
    ways = {title_of(each): changed(settings, each) for each in changes}
    known = {title_of(each): dict(each) for each in changes}
    ordered = sorted(found.samples, key=lambda sample: hashlib.sha256(sample.id.encode()).digest())
    half = len(ordered) // 2

    def scores(names: Sequence[str], start: int, end: int) -> Evaluation:
        part = found.model_copy(update={"samples": tuple(ordered[start:end])})
        return evaluated(
            part, [ways[name] for name in names], languages=languages, rules=rules, prices={},
            readings=readings, progress=progress,
        )[0]  # fmt: skip

    trials: dict[str, Trial] = {}
    left = list(ways)
    for pages in _rounds(len(left), half):
        result = scores(left, 0, pages)
        for each in result.summaries:
            trials[each.system] = Trial(changes=known[each.system], pages=pages, error=each.error)
        # Of equals the one that changes less: summaries keep the order in which candidates came.
        left = [each.system for each in result.summaries][: max(1, len(left) // 2)]
    best = left[0]
    names = list(dict.fromkeys((title_of({}), best)))
    checked = scores(names, half, len(ordered))
    by_name = {each.system: each for each in checked.summaries}
    return Tuning(
        trials=tuple(sorted(trials.values(), key=lambda each: (-each.pages, each.error))),
        changes=known[best],
        before=by_name[title_of({})],
        after=by_name[best],
        difference=checked.differences[0] if checked.differences else None,
        proxy=proxy,
    )


def agreed_with(
    backend: str, found: Samples, settings: Settings, *, languages: Sequence[str], readings: Path | None,
    progress: Listener | None,
) -> Samples:  # fmt: skip
    """The pages with the text of an engine for their truth, where nobody knows it."""
    way = way_of(backend, settings.preprocess, settings)
    where = readings if readings is not None else found.folder / READINGS
    pages = (*found.samples, *found.drafts, *found.without_truth)
    kept = read_all([way], pages, where, languages=languages, progress=progress, retry_failed=False)
    samples = []
    for sample in pages:
        document = kept.outcome(way.system.name, sample).document
        if document is not None and document.text.strip():
            samples.append(sample.model_copy(update={"text": document.text}))
    return found.model_copy(update={"samples": tuple(samples)})


def title_of(changes: Mapping[str, Any]) -> str:
    """A candidate in words: what it changes."""
    return ", ".join(f"{key} = {json.dumps(value)}" for key, value in changes.items()) or CURRENT


def changed(settings: Settings, changes: Mapping[str, Any]) -> Way:
    """The way to read with some settings changed."""
    tables = settings.model_dump() | {"backends": _copied(settings.backends)}
    for key, value in changes.items():
        *path, last = key.split(".")
        table = tables
        for part in path:
            table = table.setdefault(part, {})
        table[last] = value
    try:
        made = Settings.model_validate(tables)
    except ValueError as error:
        raise ConfigError(f"{title_of(changes)}: these settings are not allowed: {error}") from None
    return way_of(made.backend, made.preprocess, made, title=title_of(changes))


def _rounds(count: int, pages: int) -> Iterator[int]:
    """How many pages each round reads: twice as many for half of the candidates, in the end all."""
    size = _FIRST_ROUND
    while count > 2 and size < pages:
        yield size
        count, size = count // 2, size * 2
    yield pages


def _unlike(changes: Mapping[str, Any], settings: Settings) -> dict[str, Any]:
    """Only what is other than in the settings."""

    def current(key: str) -> Any:
        value: Any = settings.model_dump()
        for part in key.split("."):
            value = value.get(part, _ABSENT) if isinstance(value, Mapping) else _ABSENT
        return value

    unlike = {}
    for key, value in changes.items():
        now = current(key)
        if now is _ABSENT and key.startswith("backends."):
            _, backend, option = key.split(".", 2)
            now = OPTIONS.get(backend, {}).get(option, (_ABSENT,))[0]  # the first is the default
        if now != value:
            unlike[key] = value
    return unlike


_ABSENT = object()


def _is_of(key: str, table: str) -> bool:
    """Whether a key means something for a backend: not the option of another one."""
    return key != "preprocess" and (not key.startswith("backends.") or key.startswith(f"backends.{table}."))


def _copied(tables: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    return {name: dict(table) for name, table in tables.items()}


def profile_of(changes: Mapping[str, Any], name: str, *, shared: bool) -> str:
    """The changes as a profile in TOML, to be put at the end of a configuration file.

    Args:
        changes: values by dotted key.
        name: of the profile.
        shared: for `pyproject.toml`, where all that is ours stands in `[tool.ocrkit]`.
    """
    lead = "tool.ocrkit." if shared else ""
    tables: dict[str, list[str]] = {f"{lead}profiles.{name}": []}
    for key, value in changes.items():
        *path, last = key.split(".")
        table = ".".join((f"{lead}profiles.{name}", *path))
        tables.setdefault(table, []).append(f"{last} = {_toml(value)}")
    return "\n\n".join("\n".join((f"[{table}]", *lines)) for table, lines in tables.items()) + "\n"


def _toml(value: Any) -> str:
    """What both TOML and JSON write alike, and tables of steps."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{name} = {_toml(each)}" for name, each in value.items()) + " }"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_toml, value))}]"
    return json.dumps(value)
