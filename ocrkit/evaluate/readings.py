"""Read the pages of a folder with each system, in batches, so that no page is read twice."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeAlias

from ocrkit.batch import Batch, NamedInput, Progress, documents
from ocrkit.batch.inputs import find_inputs
from ocrkit.config.settings import Settings
from ocrkit.document import Document
from ocrkit.errors import MissingDependencyError, OcrkitError
from ocrkit.evaluate.ground_truth import Sample
from ocrkit.evaluate.model import System
from ocrkit.pipeline import Ocr, PreprocessLike
from ocrkit.request import Capabilities, Scene

ProgressCallback: TypeAlias = Callable[[str, int, int, Progress], None]
"""Called with the name of the system, its finished pages, all its pages, and the progress of the batch."""


@dataclass(frozen=True)
class SystemConfig:
    """A system with its preprocessing and settings."""

    system: System
    preprocess: PreprocessLike
    settings: Settings = field(repr=False)


@dataclass(frozen=True)
class SampleGroup:
    """Samples that are read with the same languages and scene."""

    languages: tuple[str, ...]
    scene: Scene
    samples: tuple[Sample, ...]


@dataclass(frozen=True)
class Outcome:
    """A system's result for a page, or the reason why it failed."""

    document: Document | None
    failure: str | None = None


@dataclass
class Readings:
    """The recognition results of all systems, kept on disk. Only one document at a time is in memory."""

    folder: Path
    locations: dict[tuple[str, str], tuple[Path, str]] = field(default_factory=dict)
    """By system and sample, the output folder of a batch and the name of the document in it."""
    failures: dict[tuple[str, str], str] = field(default_factory=dict)
    missing_languages: dict[str, dict[str, str]] = field(default_factory=dict)
    """By backend, the samples whose language is not installed, and that language."""

    @property
    def notes(self) -> tuple[str, ...]:
        """Remarks on pages that were read without their language."""
        texts = []
        for backend, samples in self.missing_languages.items():
            tags = sorted(set(samples.values()))
            counted = ", ".join(f"{tag} ({sum(each == tag for each in samples.values())})" for tag in tags)
            pages = f"{len(samples)} pages were" if len(samples) > 1 else "1 page was"
            texts.append(
                f"{backend}: {pages} read with the default model, because these languages are not installed: "
                f"{counted}; see `ocrkit read --lang`"
            )
        return tuple(texts)

    def outcome(self, system: str, sample: Sample) -> Outcome:
        """Load the result of one system for one sample."""
        location = self.locations.get((system, sample.id))
        failure = self.failures.get((system, sample.id))
        if location is None:
            return Outcome(None, failure or "it was not read")
        folder, name = location
        ((_, document),) = documents(folder, [name])
        if document is not None and document.failures:
            first = document.failures[0]
            failure = failure or f"page {first.number}: {first.message}"
        if failure is None and (document is None or len(document.pages) < document.page_count):
            failure = "not all of its pages were read"
        return Outcome(document, failure)


def read_all(
    configs: Sequence[SystemConfig], samples: Sequence[Sample], folder: Path, *,
    languages: Sequence[str], progress: ProgressCallback | None, retry_failed: bool,
) -> Readings:  # fmt: skip
    """Read every sample with every system, into subfolders of `folder`.

    The name of a subfolder depends on everything that affects the result. So another engine, page or option
    leaves earlier results untouched.
    """
    readings = Readings(folder)
    for config in configs:
        done = 0
        for group in _group_samples(config, samples, languages):
            callback = _batch_callback(progress, config, done, len(samples))
            try:
                _read_group(config, group, readings, callback, retry_failed=retry_failed)
            except MissingDependencyError:
                if languages or not group.languages:
                    raise
                # The ground truth names the language, not the user: read without it, and add a note.
                without_languages = replace(group, languages=())
                _read_group(config, without_languages, readings, callback, retry_failed=retry_failed)
                missing = readings.missing_languages.setdefault(config.system.backend, {})
                missing |= {sample.id: ", ".join(group.languages) for sample in group.samples}
            done += len(group.samples)
    return readings


def _batch_callback(
    progress: ProgressCallback | None, config: SystemConfig, before: int, count: int
) -> Callable[[Progress], None] | None:
    if progress is None:
        return None
    return lambda each: progress(config.system.name, before + each.documents_finished, count, each)


def _read_group(
    config: SystemConfig, group: SampleGroup, readings: Readings,
    progress: Callable[[Progress], None] | None, *, retry_failed: bool,
) -> None:  # fmt: skip
    with Ocr(
        config.system.backend,
        settings=config.settings,
        languages=list(group.languages),
        scene=group.scene,
        preprocess=config.preprocess,
    ) as ocr:
        out = readings.folder / _folder_name(config, group, ocr)
        inputs = [NamedInput(str(sample.file), output_name=sample.name) for sample in group.samples]
        report = Batch(ocr, out, formats=["text"], retry_failed=retry_failed).run(inputs, progress=progress)
    if report.stopped:
        raise OcrkitError(f"{config.system.name}: {report.stopped}; run the same command again to continue")
    names = {each.path: each.name for each in find_inputs(inputs).inputs}
    failures = {failure.source: failure.message for failure in report.failures}
    for sample in group.samples:
        key = (config.system.name, sample.id)
        readings.locations[key] = (out, names[sample.file])
        if str(sample.file) in failures:
            readings.failures[key] = failures[str(sample.file)]


def _folder_name(config: SystemConfig, group: SampleGroup, ocr: Ocr) -> str:
    system = config.system
    source = config.settings.source.model_dump_json(exclude={"password"})
    title = "-".join((system.backend, system.preprocess, *(group.languages or ("any",)), group.scene))
    return f"{re.sub(r'[^A-Za-z0-9.+-]+', '_', title)[:80]}-{_short_hash(ocr.require_fingerprint() + source)}"


def _short_hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _group_samples(
    config: SystemConfig, samples: Sequence[Sample], languages: Sequence[str]
) -> Iterator[SampleGroup]:
    """Group samples by language, unless the user has chosen the languages, and by scene."""
    with Ocr(config.system.backend, settings=config.settings, preprocess="none", languages=[]) as ocr:
        capabilities = ocr.backend.capabilities
    groups: dict[tuple[tuple[str, ...], Scene], list[Sample]] = {}
    for sample in samples:
        requested = tuple(languages) or _own_language(sample, capabilities)
        is_line = sample.level == "line" and "line" in capabilities.scenes
        scene: Scene = "line" if is_line else config.settings.scene
        groups.setdefault((requested, scene), []).append(sample)
    for (requested, scene), group in groups.items():
        yield SampleGroup(requested, scene, tuple(group))


def _own_language(sample: Sample, capabilities: Capabilities) -> tuple[str, ...]:
    tag = sample.language
    return (tag,) if tag is not None and capabilities.language(tag) is not None else ()
