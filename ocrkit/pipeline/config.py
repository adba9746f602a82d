"""All that decides how pages are read, as one value that can be sent to another process."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias, get_args

from ocrkit import registry
from ocrkit.backends.base import OcrBackend
from ocrkit.cache import PageCache
from ocrkit.calibration import calibration_of
from ocrkit.config.settings import Settings
from ocrkit.errors import ConfigError
from ocrkit.pipeline.fingerprint import fingerprint
from ocrkit.pipeline.page_pipeline import PagePipeline
from ocrkit.pipeline.postprocessing import PostprocessChain, PostprocessLike
from ocrkit.pipeline.preprocessing import PreprocessChain, PreprocessLike
from ocrkit.request import Mode, Request, Scene

_log = logging.getLogger(__name__)

BackendLike: TypeAlias = str | type[OcrBackend] | OcrBackend
"""A name, a dotted path `package.module:Class`, a class, or a backend of one's own making."""


@dataclass(frozen=True)
class PipelineConfig:
    """What reads, what is asked of it, what happens before and after, and the settings around all that."""

    backend: BackendLike
    request: Request
    preprocess: PreprocessLike
    postprocess: PostprocessLike = field(repr=False)
    settings: Settings = field(repr=False)

    @classmethod
    def of(cls, settings: Settings) -> PipelineConfig:
        """The recipe that settings alone make."""
        return cls(
            backend=settings.backend,
            request=request_of(settings.languages, settings.mode, settings.scene),
            preprocess=settings.preprocess,
            postprocess=settings.postprocess,
            settings=settings,
        )

    @property
    def is_owned(self) -> bool:
        """Whether the backend is made here; one that was handed in belongs to whoever made it."""
        return not isinstance(self.backend, OcrBackend) or isinstance(self.backend, type)

    def flow(self, threads: int | None) -> PagePipeline:
        """A flow of its own, nothing of it loaded yet, with `threads` for its engine."""
        tables = self.settings.backends
        registry.check_tables(tables, self.backend)
        registry.check_remote(self.backend, allow_remote=self.settings.allow_remote)
        chain = PreprocessChain(self.preprocess)
        finishing = PostprocessChain(self.postprocess, allow_remote=self.settings.allow_remote)
        options = registry.options_for(self.backend, tables)
        backend = registry.create_backend(self.backend, options, threads=threads)
        registry.check_remote(backend, allow_remote=self.settings.allow_remote)  # may know better
        registry.check_request(backend, self.request)
        calibration = calibration_of(backend.name, self.settings.calibration)
        cache = self._cache(backend)
        return PagePipeline(backend, self.request, chain, finishing, cache=cache, calibration=calibration)

    def fingerprint(self, backend: OcrBackend) -> str | None:
        """A short text for all of this, or None where a backend that was handed in does not say enough."""
        as_read = self._fingerprint_as_read(backend)
        calibration = calibration_of(backend.name, self.settings.calibration)
        if as_read is None or calibration is None:
            return as_read
        return hashlib.sha256(f"{as_read} {calibration.fingerprint}".encode()).hexdigest()

    def _fingerprint_as_read(self, backend: OcrBackend) -> str | None:
        """Without what is made of confidences afterwards, which is no reason to read a page again."""
        return fingerprint(backend, self.request, self.preprocess, self.postprocess, is_owned=self.is_owned)

    def _cache(self, backend: OcrBackend) -> tuple[PageCache, str] | None:
        if self.settings.cache is None:
            return None
        print_of_all = self._fingerprint_as_read(backend)
        if print_of_all is None:
            _log.warning("nothing is cached: %s", unknown_state(backend))
            return None
        return PageCache(self.settings.cache, self.settings.cache_size), print_of_all


def unknown_state(backend: OcrBackend) -> str:
    """Why a backend that was handed in has no fingerprint, and what to do."""
    return (
        f"the backend '{backend.name}' was made elsewhere and does not say what its results depend on; give "
        "it a method `fingerprint`, or hand in its class"
    )


def request_of(languages: Sequence[str] | str, mode: Mode, scene: Scene) -> Request:
    """The request, from what a caller wrote."""
    tags: object = languages.split(",") if isinstance(languages, str) else languages
    if not isinstance(tags, Iterable):
        raise ConfigError(f"languages are tags such as 'en' or ['en', 'de'], not {languages!r}")
    tags = list(tags)
    if not all(isinstance(tag, str) for tag in tags):
        raise ConfigError(f"languages are tags such as 'en' or ['en', 'de'], not {languages!r}")
    for name, value, choices in (("mode", mode, get_args(Mode)), ("scene", scene, get_args(Scene))):
        if value not in choices:
            raise ConfigError(f"{name} is one of {', '.join(choices)}, not {value!r}")
    return Request(languages=tuple(tag for tag in tags if tag.strip()), mode=mode, scene=scene)
