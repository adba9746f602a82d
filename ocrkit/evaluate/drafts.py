"""Draft transcriptions for pages without ground truth, for a person to check."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ocrkit.config.settings import Settings
from ocrkit.errors import ConfigError
from ocrkit.evaluate.evaluation import system_config
from ocrkit.evaluate.ground_truth import DRAFT, READINGS, Samples
from ocrkit.evaluate.readings import ProgressCallback, read_all
from ocrkit.files import atomic_write


def write_drafts(
    backend: str, found: Samples, settings: Settings, *, languages: Sequence[str] = (),
    readings: Path | None = None, progress: ProgressCallback | None = None,
) -> tuple[list[Path], dict[str, str]]:  # fmt: skip
    """Write `x.draft.txt` beside each page that has neither ground truth nor a draft.

    A draft counts as ground truth only after it is renamed to `x.gt.txt`: an engine scored against its own
    output would have no errors.

    Returns:
        The written files, and by sample id the errors of pages that could not be read.

    Raises:
        ConfigError: every page has ground truth or a draft.
    """
    if not found.without_truth:
        raise ConfigError(f"every page in {found.folder} already has ground truth or a draft")
    config = system_config(backend, settings.preprocess, settings)
    folder = readings if readings is not None else found.folder / READINGS
    kept = read_all(
        [config], found.without_truth, folder, languages=languages, progress=progress, retry_failed=False
    )
    written: list[Path] = []
    failures: dict[str, str] = {}
    for sample in found.without_truth:
        outcome = kept.outcome(config.system.name, sample)
        if outcome.document is None or outcome.failure is not None:
            failures[sample.id] = outcome.failure or "it was not read"
            continue
        path = sample.file.with_name(sample.file.name + DRAFT)
        with atomic_write(path) as file:
            file.write((outcome.document.text + "\n").encode())
        written.append(path)
    return written, failures
