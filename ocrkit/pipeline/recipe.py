"""All that decides how pages are read, as one value that can be sent to another process."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias, get_args

from ocrkit import registry
from ocrkit.backends.base import Backend
from ocrkit.cache import PageCache
from ocrkit.config.settings import Settings
from ocrkit.errors import ConfigError
from ocrkit.pipeline.fingerprint import fingerprint
from ocrkit.pipeline.flow import Flow
from ocrkit.pipeline.preparation import PreprocessLike, chain_for
from ocrkit.request import Mode, Request, Scene

BackendLike: TypeAlias = str | type[Backend] | Backend
"""A name, a dotted path `package.module:Class`, a class, or a backend of one's own making."""


@dataclass(frozen=True)
class Recipe:
    """What reads, what is asked of it, what happens before, and the settings around all that."""

    backend: BackendLike
    request: Request
    preprocess: PreprocessLike
    settings: Settings = field(repr=False)

    @property
    def is_owned(self) -> bool:
        """Whether the backend is made here; one that was handed in belongs to whoever made it."""
        return not isinstance(self.backend, Backend) or isinstance(self.backend, type)

    def flow(self, threads: int | None) -> Flow:
        """A flow of its own, nothing of it loaded yet, with `threads` for its engine."""
        tables = self.settings.backends
        registry.check_tables(tables, self.backend)
        chain = chain_for(self.preprocess)
        options = registry.options_for(self.backend, tables)
        backend = registry.create_backend(self.backend, options, threads=threads)
        registry.check_request(backend, self.request)
        cache = None
        if self.settings.cache is not None:
            print_of_all = fingerprint(backend, self.request, self.preprocess)
            cache = (PageCache(self.settings.cache, self.settings.cache_size), print_of_all)
        return Flow(backend, self.request, chain, cache=cache)


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
