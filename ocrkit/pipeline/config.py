"""Everything that decides how pages are read, as one value that can be sent to another process."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias, get_args

from ocrkit import registry
from ocrkit.backends.base import BackendFactory, OcrBackend
from ocrkit.cache import PageCache
from ocrkit.calibration import calibration_of
from ocrkit.config.settings import Settings
from ocrkit.errors import ConfigError
from ocrkit.pipeline.fingerprint import NoFingerprintError, fingerprint
from ocrkit.pipeline.missing_models import fetch_missing_models, missing_models
from ocrkit.pipeline.page_pipeline import PagePipeline
from ocrkit.pipeline.postprocessing import PostprocessChain, PostprocessLike, create_postprocess
from ocrkit.pipeline.preprocessing import PreprocessChain, PreprocessLike, create_preprocess
from ocrkit.pipeline.text_layers import TextLayerReader
from ocrkit.request import Mode, Request, Scene
from ocrkit.strategies.base import Strategy

_log = logging.getLogger(__name__)

BackendLike: TypeAlias = str | type[OcrBackend] | OcrBackend
"""A name, a dotted path `package.module:Class`, a class, or a backend that you created."""


@dataclass(frozen=True)
class PipelineConfig:
    """The backend, the request, the steps before and after, and the settings."""

    backend: BackendLike
    request: Request
    preprocess: PreprocessLike
    postprocess: PostprocessLike = field(repr=False)
    settings: Settings = field(repr=False)

    @classmethod
    def from_settings(cls, settings: Settings) -> PipelineConfig:
        return cls(
            backend=settings.backend,
            request=request_of(settings.languages, settings.mode, settings.scene),
            preprocess=settings.preprocess,
            postprocess=settings.postprocess,
            settings=settings,
        )

    @property
    def owns_backend(self) -> bool:
        """Whether the pipeline creates and closes the backend. A ready-made one belongs to the caller."""
        return isinstance(self.backend, str | type | Strategy)

    def build(self, threads: int | None, *, fetch: bool = True) -> PagePipeline:
        """Create a pipeline. Its engine is loaded at the first page, with this number of threads.

        Args:
            threads: how many threads the engine gets.
            fetch: fetch missing models if the settings allow it. Without it, such a pipeline serves for an
                estimate only.
        """
        registry.check_tables(self.settings.backends, self.backend, self.settings.strategies)
        registry.check_remote(self.backend, allow_remote=self.settings.allow_remote)
        preprocess = PreprocessChain(self.preprocess)
        postprocess = PostprocessChain(self.postprocess, allow_remote=self.settings.allow_remote)
        backend = self._create_backend(threads)
        may_fetch = fetch and self.settings.allow_download
        if may_fetch and fetch_missing_models(backend, self.request, self.settings):
            backend.close()
            backend = self._create_backend(threads)
        # Again: whether it is remote may depend on its options.
        registry.check_remote(backend, allow_remote=self.settings.allow_remote)
        if fetch or not self.downloads(backend):
            registry.check_request(backend, self.request)
        calibration = calibration_of(backend.name, self.settings.calibration)
        return PagePipeline(
            backend,
            self.request,
            preprocess,
            postprocess,
            text_layers=TextLayerReader(
                self.settings.text_layer,
                self.settings.hidden_text,
                can_sample=not backend.capabilities.remote and backend.name != "null",
            ),
            cache=self._cache(backend),
            calibration=calibration,
            tables=self.settings.tables,
            marks=self.settings.marks,
            strict=self.settings.strict,
        )

    def downloads(self, backend: OcrBackend) -> tuple[str, ...]:
        """The names of the models that would be downloaded before the first page."""
        return missing_models(backend, self.request) if self.settings.allow_download else ()

    def _create_backend(self, threads: int | None) -> OcrBackend:
        return registry.create_backend(
            self.backend,
            registry.options_for(self.backend, self.settings.options),
            threads=threads,
            models=self.settings.models,
            create=self._factory(threads),
        )

    def _factory(self, threads: int | None) -> BackendFactory:
        return registry.backend_factory(
            self.settings.options,
            allow_remote=self.settings.allow_remote,
            threads=threads,
            models=self.settings.models,
            calibration=self.settings.calibration,
            within=(registry.table_name(self.backend),) if isinstance(self.backend, str | type) else (),
        )

    def fingerprint(self, backend: OcrBackend) -> str:
        """A short text that changes when a result could.

        Raises:
            NoFingerprintError: a backend or a step does not say what its results depend on.
        """
        uncalibrated = self._uncalibrated_fingerprint(backend)
        calibration = calibration_of(backend.name, self.settings.calibration)
        if calibration is None:
            return uncalibrated
        return hashlib.sha256(f"{uncalibrated} {calibration.fingerprint}".encode()).hexdigest()

    def _uncalibrated_fingerprint(self, backend: OcrBackend) -> str:
        """The fingerprint for the cache: another calibration is applied to the same cached result."""
        preprocess = create_preprocess(self.preprocess)
        return fingerprint(
            backend,
            self.backend,
            self.request,
            preprocess,
            create_postprocess(self.postprocess),
            tables=self.settings.tables,
            marks=self.settings.marks,
            text_layer=(self.settings.text_layer, self.settings.hidden_text),
        )

    def _cache(self, backend: OcrBackend) -> tuple[PageCache, str] | None:
        if self.settings.cache is None:
            return None
        try:
            known = self._uncalibrated_fingerprint(backend)
        except NoFingerprintError as error:
            _log.warning("no page is cached: %s", error)
            return None
        return PageCache(self.settings.cache, self.settings.cache_size), known


def request_of(languages: Sequence[str] | str, mode: Mode, scene: Scene) -> Request:
    """The request with these values. Raises `ConfigError` for values that are not allowed."""
    tags: object = languages.split(",") if isinstance(languages, str) else languages
    if not isinstance(tags, Iterable):
        raise ConfigError(f"languages must be tags such as 'en' or ['en', 'de'], not {languages!r}")
    tags = list(tags)
    if not all(isinstance(tag, str) for tag in tags):
        raise ConfigError(f"languages must be tags such as 'en' or ['en', 'de'], not {languages!r}")
    for name, value, choices in (("mode", mode, get_args(Mode)), ("scene", scene, get_args(Scene))):
        if value not in choices:
            raise ConfigError(f"{name} must be one of {', '.join(choices)}, not {value!r}")
    return Request(languages=tuple(tag for tag in tags if tag.strip()), mode=mode, scene=scene)
