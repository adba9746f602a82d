"""The pages of a folder, read by each system: as batches, so that nothing is read twice."""

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

Listener: TypeAlias = Callable[[str, int, int, Progress], None]
"""Called with the system, the number of pages settled and of all, and the progress of the batch in hand."""


@dataclass(frozen=True)
class Way:
    """A system, and what it takes to set it up."""

    system: System
    chain: PreprocessLike
    settings: Settings = field(repr=False)


@dataclass(frozen=True)
class Group:
    """Pages of which the same is asked."""

    languages: tuple[str, ...]
    scene: Scene
    samples: tuple[Sample, ...]


@dataclass(frozen=True)
class Outcome:
    """What became of a page: what was read of it, or why it failed."""

    document: Document | None
    failure: str | None = None


@dataclass
class Readings:
    """What systems read, found again by page. One document at a time is in memory."""

    folder: Path
    kept: dict[tuple[str, str], tuple[Path, str]] = field(default_factory=dict)
    """By system and page, the journal and the name in it."""
    failures: dict[tuple[str, str], str] = field(default_factory=dict)
    without_language: dict[str, dict[str, str]] = field(default_factory=dict)
    """By backend, the pages whose own language is not installed, and that language."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What was not done as one might think."""
        texts = []
        for backend, pages in self.without_language.items():
            tags = sorted(set(pages.values()))
            counted = ", ".join(f"{tag} ({sum(each == tag for each in pages.values())})" for tag in tags)
            texts.append(
                f"{backend}: {len(pages)} page{'s were' if len(pages) > 1 else ' was'} read with the general "
                f"model, because their languages are not installed: {counted}; `ocrkit read --lang` says how"
            )
        return tuple(texts)

    def outcome(self, system: str, sample: Sample) -> Outcome:
        """What one system made of one page."""
        where = self.kept.get((system, sample.id))
        failure = self.failures.get((system, sample.id))
        if where is None:
            return Outcome(None, failure or "it was not read")
        out, name = where
        ((_, document),) = documents(out, [name])
        if document is not None and document.failures:
            failed = document.failures[0]
            failure = failure or f"page {failed.number}: {failed.message}"
        if failure is None and (document is None or len(document.pages) < document.page_count):
            failure = "it was not read to its end"
        return Outcome(document, failure)


def read_all(
    ways: Sequence[Way], samples: Sequence[Sample], folder: Path, *,
    languages: Sequence[str], progress: Listener | None, retry_failed: bool,
) -> Readings:  # fmt: skip
    """Every page by every system, each into a folder of its own below `folder`.

    The folder is named after all that decides how a page is read. So another engine, another page or another
    option leaves what was read before in its place.
    """
    readings = Readings(folder)
    for way in ways:
        done = 0
        for group in _groups(way, samples, languages):
            listener = _counted(progress, way, done, len(samples))
            try:
                _read(way, group, readings, listener, retry_failed=retry_failed)
            except MissingDependencyError:
                if languages or not group.languages:
                    raise
                # Nobody asked for the language but the page: as without a word about it, and said.
                plain = replace(group, languages=())
                _read(way, plain, readings, listener, retry_failed=retry_failed)
                pages = readings.without_language.setdefault(way.system.backend, {})
                pages |= {sample.id: ", ".join(group.languages) for sample in group.samples}
            done += len(group.samples)
    return readings


def _counted(
    progress: Listener | None, way: Way, before: int, count: int
) -> Callable[[Progress], None] | None:
    if progress is None:
        return None
    listener = progress
    return lambda each: listener(way.system.name, before + each.documents_finished, count, each)


def _read(
    way: Way, group: Group, readings: Readings, progress: Callable[[Progress], None] | None, *,
    retry_failed: bool,
) -> None:  # fmt: skip
    with Ocr(
        way.system.backend,
        settings=way.settings,
        languages=list(group.languages),
        scene=group.scene,
        preprocess=way.chain,
    ) as ocr:
        out = readings.folder / _folder_name(way, group, ocr)
        inputs = [NamedInput(str(sample.file), output_name=sample.name) for sample in group.samples]
        report = Batch(ocr, out, formats=["text"], retry_failed=retry_failed).run(inputs, progress=progress)
    if report.stopped:
        raise OcrkitError(f"{way.system.name}: {report.stopped}; the same command again goes on from there")
    names = {each.path: each.name for each in find_inputs(inputs).inputs}
    failed = {failure.path: failure.message for failure in report.failures}
    for sample in group.samples:
        where = (way.system.name, sample.id)
        readings.kept[where] = (out, names[sample.file])
        if str(sample.file) in failed:
            readings.failures[where] = failed[str(sample.file)]


def _folder_name(way: Way, group: Group, ocr: Ocr) -> str:
    source = way.settings.source.model_dump_json(exclude={"password"})
    title = "-".join((way.system.backend, way.system.preprocess, *(group.languages or ("any",)), group.scene))
    return f"{re.sub(r'[^A-Za-z0-9.+-]+', '_', title)[:80]}-{_short(ocr.require_fingerprint() + source)}"


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _groups(way: Way, samples: Sequence[Sample], languages: Sequence[str]) -> Iterator[Group]:
    """Pages by what is asked: their language, where nobody chose one, and whether they are single lines."""
    with Ocr(way.system.backend, settings=way.settings, preprocess="none", languages=[]) as ocr:
        capabilities = ocr.backend.capabilities
    found: dict[tuple[tuple[str, ...], Scene], list[Sample]] = {}
    for sample in samples:
        wanted = tuple(languages) or _own_language(sample, capabilities)
        is_line = sample.level == "line" and "line" in capabilities.scenes
        scene: Scene = "line" if is_line else way.settings.scene
        found.setdefault((wanted, scene), []).append(sample)
    for (wanted, scene), group in found.items():
        yield Group(wanted, scene, tuple(group))


def _own_language(sample: Sample, capabilities: Capabilities) -> tuple[str, ...]:
    tag = sample.language
    return (tag,) if tag is not None and capabilities.language(tag) is not None else ()
