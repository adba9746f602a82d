"""A first transcription of pages whose text nobody knows yet: to be checked, and not taken for the truth."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ocrkit.config.settings import Settings
from ocrkit.errors import ConfigError
from ocrkit.evaluate.evaluation import way_of
from ocrkit.evaluate.ground_truth import DRAFT, READINGS, Samples
from ocrkit.evaluate.readings import Listener, read_all
from ocrkit.files import atomic_write


def write_drafts(
    backend: str, found: Samples, settings: Settings, *, languages: Sequence[str] = (),
    readings: Path | None = None, progress: Listener | None = None,
) -> tuple[list[Path], dict[str, str]]:  # fmt: skip
    """Write `x.draft.txt` beside each page that has neither a truth nor a draft.

    Whoever has checked one calls it `x.gt.txt`: only then pages are judged by it. An engine that is judged
    by its own text would be right in everything.

    Returns:
        The files, and of pages that could not be read why.

    Raises:
        ConfigError: every page has a truth or a draft.
    """
    if not found.without_truth:
        raise ConfigError(f"every page in {found.folder} has a truth or a draft already")
    way = way_of(backend, settings.preprocess, settings)
    where = readings if readings is not None else found.folder / READINGS
    kept = read_all(
        [way], found.without_truth, where, languages=languages, progress=progress, retry_failed=False
    )
    written: list[Path] = []
    failures: dict[str, str] = {}
    for sample in found.without_truth:
        outcome = kept.outcome(way.system.name, sample)
        if outcome.document is None or outcome.failure is not None:
            failures[sample.id] = outcome.failure or "it was not read"
            continue
        path = sample.file.with_name(sample.file.name + DRAFT)
        with atomic_write(path) as file:
            file.write((outcome.document.text + "\n").encode())
        written.append(path)
    return written, failures
