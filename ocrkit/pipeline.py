"""One document through the flow: source → preprocessing → backend → reading order → result."""

from __future__ import annotations

import asyncio
import contextlib
import math
import threading
import time
import weakref
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, TypeAlias, get_args

from pydantic import SecretStr
from typing_extensions import Self

from ocrkit import quality, registry
from ocrkit.backends.base import Backend
from ocrkit.config.loading import load_settings
from ocrkit.config.settings import Settings, SourceOptions
from ocrkit.errors import (
    BackendError,
    BadResponseError,
    CapabilityError,
    ConfigError,
    OcrkitError,
    PreprocessError,
)
from ocrkit.page import Page
from ocrkit.postprocess.order import order
from ocrkit.preprocess.base import Step
from ocrkit.preprocess.profiles import PROFILES, automatic
from ocrkit.registry import ChainStep
from ocrkit.request import Mode, Request, Scene
from ocrkit.result import AppliedStep, Document, PageResult
from ocrkit.sources import SourceLike, open_source, parse_pages, source_name
from ocrkit.sources.base import Source

BackendLike: TypeAlias = str | type[Backend] | Backend
"""A name, a dotted path `package.module:Class`, a class, or a backend of one's own making."""

PreprocessLike: TypeAlias = str | Sequence[str | Mapping[str, Mapping[str, Any]] | Step]
"""A profile (`"none"`, `"basic"`, `"auto"`) or a list of steps, by name, by name and parameters, or as is."""

Progress: TypeAlias = Callable[[int, int], None]
"""Called after each page with the number of pages done and the number there will be."""


@dataclass(frozen=True)
class Done:
    """A source that was read."""

    source: SourceLike
    document: Document


@dataclass(frozen=True)
class Failed:
    """A source that could not be read, and why."""

    source: SourceLike
    error: OcrkitError


class Ocr:
    """Reads documents with one backend, which stays loaded between them.

    ```python
    with ocrkit.Ocr(languages=["en", "de"]) as ocr:
        for path in paths:
            print(ocr.recognize(path).text)
    ```

    Every argument left out comes from the settings: `ocrkit.toml`, the environment, the defaults. An object
    may be used by several threads; whether they really read at the same time is up to the backend.
    """

    def __init__(
        self,
        backend: BackendLike | None = None,
        *,
        languages: Sequence[str] | str | None = None,
        mode: Mode | None = None,
        scene: Scene | None = None,
        preprocess: PreprocessLike | None = None,
        settings: Settings | Mapping[str, Any] | None = None,
    ) -> None:
        """Set up, without loading anything yet.

        Args:
            backend: what reads. A backend chosen here never falls back to another one.
            languages: BCP-47 tags, the most likely first.
            mode: how the text was written.
            scene: what kind of page it is.
            preprocess: what happens to pages before they are read.
            settings: `Settings`, which are taken as they are, or some values to put on top of those found
                in files and the environment.
        """
        base = settings if isinstance(settings, Settings) else load_settings(overrides=settings).settings
        self.settings = base
        spec: BackendLike = base.backend if backend is None else backend
        self._request = _request(
            base.languages if languages is None else languages, mode or base.mode, scene or base.scene
        )
        self._chain = _chain(base.preprocess if preprocess is None else preprocess)
        self._owned = not isinstance(spec, Backend) or isinstance(spec, type)
        self._backend = self._make(spec)
        registry.check_request(self._backend, self._request)
        self._turn = _turn(self._backend)

    def _make(self, spec: BackendLike) -> Backend:
        tables = self.settings.backends
        registry.check_tables(tables, spec)
        return registry.create_backend(
            spec, registry.options_for(spec, tables), threads=self.settings.threads
        )

    @property
    def backend(self) -> Backend:
        """What reads the pages."""
        return self._backend

    def recognize(
        self,
        source: SourceLike,
        *,
        pages: str | None = None,
        password: str | None = None,
        progress: Progress | None = None,
    ) -> Document:
        """Read a document.

        Args:
            source: a path, bytes, a binary file, a Pillow image or an array (gray, or RGB in that order).
            pages: which pages, counted from 1: `"1-3,7"`. All of them if not given.
            password: opens an encrypted PDF.
            progress: called after each page.

        Raises:
            OcrkitError: always one of its kinds, see `ocrkit.errors`.
        """
        with self._open(source, pages, password) as (opened, indices):
            results = []
            for result in self._results(opened.pages(indices)):
                results.append(result)
                if progress:
                    progress(len(results), len(indices))
            return Document(source=source_name(source), page_count=opened.page_count, pages=tuple(results))

    def stream(
        self, source: SourceLike, *, pages: str | None = None, password: str | None = None
    ) -> Iterator[PageResult]:
        """Read a document page by page: each result comes as soon as it is there, and none is kept."""
        with self._open(source, pages, password) as (opened, indices):
            yield from self._results(opened.pages(indices))

    def recognize_many(self, sources: Iterable[SourceLike]) -> Iterator[Done | Failed]:
        """Read many documents, one after the other. One that fails does not stop the rest."""
        for source in sources:
            try:
                yield Done(source, self.recognize(source))
            except OcrkitError as error:
                yield Failed(source, _without_frames(error))

    async def arecognize(
        self, source: SourceLike, *, pages: str | None = None, password: str | None = None
    ) -> Document:
        """`recognize`, in a thread, for callers that must not block."""
        return await asyncio.to_thread(self.recognize, source, pages=pages, password=password)

    def close(self) -> None:
        """Free the backend, unless it was handed in: that one belongs to whoever made it."""
        if self._owned:
            self._backend.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    # ── the flow ──

    @contextlib.contextmanager
    def _open(
        self, source: SourceLike, pages: str | None, password: str | None
    ) -> Iterator[tuple[Source, list[int]]]:
        options: SourceOptions = self.settings.source
        if password is not None:
            options = options.model_copy(update={"password": SecretStr(password)})
        with open_source(source, options) as opened:
            count = opened.page_count
            yield opened, list(range(count)) if pages is None else parse_pages(pages, count)

    def _results(self, pages: Iterator[Page]) -> Iterator[PageResult]:
        try:
            while True:
                started = time.perf_counter()
                page = next(pages, None)
                if page is None:
                    return
                yield self._read(page, time.perf_counter() - started)
        finally:
            if isinstance(pages, Generator):
                pages.close()  # it holds the page it decoded last, until somebody collects it

    def _read(self, page: Page, seconds_to_open: float) -> PageResult:
        clock = _Clock({"source": seconds_to_open})
        prepared, steps = self._prepare(page)
        clock.lap("preprocess")
        found = self._ask(prepared)
        clock.lap("recognize")
        result = found.transformed(prepared.to_original, page.width, page.height)
        if not self._backend.capabilities.reading_order:
            result = order(result)
        clock.lap("order")
        scattered = self._request.scene == "sparse"
        judged, doubts = quality.judge(page, result, scattered=scattered)
        clock.lap("quality")
        return result.model_copy(
            update={
                "index": page.index,
                "dpi": page.dpi,
                "quality": judged,
                "warnings": (*page.warnings, *result.warnings, *doubts),
                "trace": result.trace.model_copy(
                    update={"preprocess": steps, "timings": clock.seconds, "source": dict(page.info)}
                ),
            }
        )

    def _prepare(self, page: Page) -> tuple[Page, tuple[AppliedStep, ...]]:
        applied = []
        for name, parameters, step in self._chain(page, self._backend):
            started = time.perf_counter()
            following = _stepped(page, name, step)
            applied.append(
                AppliedStep(
                    name=name,
                    changed=following is not page,
                    parameters=parameters,
                    seconds=time.perf_counter() - started,
                )
            )
            page = following
        return page, tuple(applied)

    def _ask(self, page: Page) -> PageResult:
        name = self._backend.name
        too_large = self._backend.capabilities.too_large(page.width, page.height)
        if too_large:
            raise CapabilityError(
                f"does not take a page of {too_large}; choose another backend, or make the page smaller",
                backend=name,
                page=page.number,
            )
        try:
            with self._turn:
                result = self._backend.recognize(page, self._request)
        except BackendError as error:
            error.backend = error.backend or name
            error.page = error.page or page.number
            raise
        except OcrkitError:
            raise
        except Exception as error:  # a stranger's backend may raise anything; callers get one kind
            raise BackendError(
                f"the backend failed with {type(error).__name__}: {error}", backend=name, page=page.number
            ) from error
        flaw = _flaw(result)
        if flaw:
            raise BadResponseError(f"the backend answered {flaw}", backend=name, page=page.number)
        return result


def recognize(
    source: SourceLike,
    *,
    backend: BackendLike | None = None,
    languages: Sequence[str] | str | None = None,
    mode: Mode | None = None,
    scene: Scene | None = None,
    preprocess: PreprocessLike | None = None,
    settings: Settings | Mapping[str, Any] | None = None,
    pages: str | None = None,
    password: str | None = None,
) -> Document:
    """Read one document: `ocrkit.recognize("letter.png").text`.

    The engine is loaded for this call and freed after it; for more than one document use `Ocr`, which takes
    the same arguments and keeps it.
    """
    with Ocr(
        backend, languages=languages, mode=mode, scene=scene, preprocess=preprocess, settings=settings
    ) as ocr:
        return ocr.recognize(source, pages=pages, password=password)


def _request(languages: Sequence[str] | str, mode: Mode, scene: Scene) -> Request:
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


def _stepped(page: Page, name: str, step: Step) -> Page:
    """The page after one step; whatever a stranger's step does, callers get one kind of error."""
    try:
        following = step(page)
    except OcrkitError:
        raise
    except Exception as error:
        raise PreprocessError(
            f"the preprocessing step '{name}' failed with {type(error).__name__}: {error}", page=page.number
        ) from error
    if not isinstance(following, Page):
        raise PreprocessError(
            f"the preprocessing step '{name}' returned {type(following).__name__}, not a Page",
            page=page.number,
        )
    return following


def _flaw(result: object) -> str | None:
    """What makes a backend's answer unusable, in words."""
    if not isinstance(result, PageResult):
        return f"{type(result).__name__}, not a PageResult"
    for region in (*result.blocks, *result.lines, *result.words):
        outline = region.polygon
        if outline is not None and (len(outline) < 3 or not all(math.isfinite(x + y) for x, y in outline)):
            return f"an outline that is none: {outline}"
    return None


def _without_frames(error: OcrkitError) -> OcrkitError:
    """The error without the stack it came through, which would keep the page alive that was open there."""
    link: BaseException | None = error
    while link is not None:
        link.__traceback__ = None
        link = link.__cause__ or link.__context__
    return error


def _chain(spec: PreprocessLike) -> Callable[[Page, Backend], list[ChainStep]]:
    """What makes the chain for a page. Only `auto` looks at it."""
    if not isinstance(spec, Iterable):
        raise ConfigError(f"preprocess is the name of a profile or a list of steps, not {spec!r}")
    if spec == "auto":
        return lambda page, backend: registry.create_chain(automatic(page, backend.capabilities))
    profile = PROFILES.get(spec) if isinstance(spec, str) else None
    steps = registry.create_chain(spec if profile is None else profile)
    return lambda page, backend: steps  # noqa: ARG005 – a fixed chain is the same for every page


_turns: dict[str | int, threading.Lock] = {}


def _turn(backend: Backend) -> contextlib.AbstractContextManager[Any]:
    """What a thread has to hold while the backend reads, by what the backend says of its sharing."""
    sharing = backend.capabilities.sharing
    if sharing == "shared":
        return contextlib.nullcontext()
    if sharing == "serial":
        return _turns.setdefault(backend.name, threading.Lock())
    # By instance, for the same one may serve several `Ocr`. Its lock goes when it goes.
    if id(backend) not in _turns:
        with contextlib.suppress(TypeError):  # an instance that cannot be watched keeps its lock for good
            weakref.finalize(backend, _turns.pop, id(backend), None)
    return _turns.setdefault(id(backend), threading.Lock())


class _Clock:
    """Seconds by stage."""

    def __init__(self, seconds: dict[str, float]) -> None:
        self.seconds = seconds
        self._last = time.perf_counter()

    def lap(self, stage: str) -> None:
        now = time.perf_counter()
        self.seconds[stage] = now - self._last
        self._last = now
