"""Read the pages that facts are about with each system, and check the facts."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from ocrkit.errors import SourceError
from ocrkit.evaluate.facts.checks import PageText, check
from ocrkit.evaluate.facts.model import CheckedFact, FactsEvaluation, FactsSummary
from ocrkit.evaluate.facts.reading import Fact, Facts
from ocrkit.evaluate.ground_truth import READINGS, Sample
from ocrkit.evaluate.readings import Outcome, ProgressCallback, SystemConfig, read_all
from ocrkit.evaluate.statistics import bootstrap_interval, compare_pairwise
from ocrkit.result import BlockKind


def evaluate_facts(
    facts: Facts,
    folder: Path,
    configs: Sequence[SystemConfig],
    *,
    languages: Sequence[str] = (),
    without: Sequence[BlockKind] = (),
    readings: str | os.PathLike[str] | None = None,
    retry_failed: bool = False,
    progress: ProgressCallback | None = None,
) -> FactsEvaluation:
    """Read every file that a fact names with every system, and check the facts.

    Args:
        facts: the facts.
        folder: the folder of their files.
        configs: the systems; see `system_configs`.
        languages: requested for every page; else the languages that the facts name.
        without: kinds of blocks that the facts do not see: `["header", "footer", "page_number"]`.
        readings: the folder for recognition results; by default a hidden folder beside the pages.
        retry_failed: read failed pages again.
        progress: called while pages are read.
    """
    samples = _samples(facts.facts, folder)
    place = Path(readings) if readings is not None else folder / READINGS
    kept = read_all(
        configs,
        list(samples.values()),
        place,
        languages=languages,
        progress=progress,
        retry_failed=retry_failed,
    )
    checked = [
        each
        for config in configs
        for file, sample in samples.items()
        for each in _check_file(
            config.system.name,
            [fact for fact in facts.facts if fact.file == file],
            kept.outcome(config.system.name, sample),
            without,
        )
    ]
    names = [config.system.name for config in configs]
    summaries = [_summary(name, None, [each for each in checked if each.system == name]) for name in names]
    errors: dict[str, Sequence[float]] = {
        name: [float(not each.holds) for each in checked if each.system == name] for name in names
    }
    return FactsEvaluation(
        folder=folder,
        readings=place,
        systems=tuple(config.system for config in configs),
        checked=tuple(checked),
        summaries=tuple(sorted(summaries, key=lambda each: -each.share)),
        by_type=_by(checked, "type"),
        by_category=_by(checked, "category"),
        differences=compare_pairwise(errors),
        not_checked=facts.not_checked,
        notes=kept.notes,
    )


def _samples(facts: Iterable[Fact], folder: Path) -> dict[str, Sample]:
    """The files of the facts. Raises `SourceError` if one does not exist."""
    samples: dict[str, Sample] = {}
    for fact in facts:
        path = folder / fact.file
        if fact.file in samples:
            continue
        if not path.is_file():
            raise SourceError(f"does not exist, but the fact {fact.id} names it", path=str(path))
        samples[fact.file] = Sample(
            id=fact.file, file=path, name=fact.file, text="", language=fact.language, category=fact.category
        )
    return samples


def _check_file(
    system: str, facts: Sequence[Fact], outcome: Outcome, without: Sequence[BlockKind]
) -> Iterator[CheckedFact]:
    pages = {}
    if outcome.document is not None:
        pages = {page.number: PageText(page.without(tuple(without))) for page in outcome.document.pages}
    for fact in facts:
        page = pages.get(fact.page)
        if page is None:
            reason: str | None = outcome.failure or f"the document has no page {fact.page}"
        else:
            reason = check(fact, page)
        yield CheckedFact(
            system=system, id=fact.id, type=fact.type, category=fact.category, file=fact.file,
            page=fact.page, reason=reason,
        )  # fmt: skip


def _summary(system: str, group: str | None, checked: Sequence[CheckedFact]) -> FactsSummary:
    holds = [float(each.holds) for each in checked]
    share = sum(holds) / len(holds) if holds else 0.0
    return FactsSummary(
        system=system, group=group, facts=len(holds), hold=int(sum(holds)), share=share,
        interval=bootstrap_interval(holds),
    )  # fmt: skip


def _by(checked: Sequence[CheckedFact], key: str) -> tuple[FactsSummary, ...]:
    groups: dict[tuple[str, str], list[CheckedFact]] = {}
    for each in checked:
        groups.setdefault((getattr(each, key), each.system), []).append(each)
    return tuple(_summary(system, group, own) for (group, system), own in groups.items())
