"""The two doors to the flow: `recognize` for one document, `Ocr` for more."""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, NamedTuple, TypeAlias

from pydantic import SecretStr, ValidationError
from typing_extensions import Self

from ocrkit.backends.base import OcrBackend
from ocrkit.config.loading import load_settings
from ocrkit.config.settings import Settings, SourceOptions
from ocrkit.errors import ConfigError
from ocrkit.page import Page
from ocrkit.pipeline.config import BackendLike, PipelineConfig, request_of
from ocrkit.pipeline.ordered_map import ordered_map
from ocrkit.pipeline.postprocessing import PostprocessLike
from ocrkit.pipeline.preprocessing import PreprocessLike, Stage
from ocrkit.pipeline.readers import (
    InProcessReader,
    PageReader,
    WorkerReader,
    is_better_apart,
    workers_apart,
    workers_inside,
)
from ocrkit.pipeline.recognize_many import Done, Failed, read_many
from ocrkit.request import Mode, Scene
from ocrkit.result import AppliedStep, Document, PageResult
from ocrkit.sources import SourceLike, open_source, parse_pages, source_name

Progress: TypeAlias = Callable[[int, int], None]
"""Called after each page with the number of pages done and the number there will be."""


class Prepared(NamedTuple):
    """A page, and what happens to it before it is read."""

    page: Page
    """As it comes from its document."""
    stages: tuple[Stage, ...]
    """The steps as they went, each with the page after it."""


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
        postprocess: PostprocessLike | None = None,
        workers: int | None = None,
        threads: int | None = None,
        isolate: bool | None = None,
        allow_remote: bool | None = None,
        settings: Settings | Mapping[str, Any] | None = None,
    ) -> None:
        """Set up, without loading anything yet.

        Args:
            backend: what reads. A backend chosen here never falls back to another one.
            languages: BCP-47 tags, the most likely first.
            mode: how the text was written.
            scene: what kind of page it is.
            preprocess: what happens to pages before they are read.
            postprocess: what happens to their results after.
            workers: how many pages are read at once.
            threads: CPU threads for the engine of each process.
            isolate: read in processes of their own; see `Settings.isolate`.
            allow_remote: False: no page leaves this machine, whichever backend is chosen.
            settings: `Settings`, which are taken as they are, or some values to put on top of those found
                in files and the environment.
        """
        base = settings if isinstance(settings, Settings) else load_settings(overrides=settings).settings
        given = {"workers": workers, "threads": threads, "isolate": isolate, "allow_remote": allow_remote}
        self.settings = _updated(base, {name: value for name, value in given.items() if value is not None})
        self._recipe = PipelineConfig(
            backend=base.backend if backend is None else backend,
            request=request_of(
                base.languages if languages is None else languages, mode or base.mode, scene or base.scene
            ),
            preprocess=base.preprocess if preprocess is None else preprocess,
            postprocess=base.postprocess if postprocess is None else postprocess,
            settings=self.settings,
        )
        self._flow = self._recipe.flow(self.settings.threads)
        self._apart: WorkerReader | None = None
        self._lock = threading.Lock()
        if self.settings.isolate:
            self._processes()  # what cannot be sent shows here, not at the first page

    @property
    def backend(self) -> OcrBackend:
        """What reads the pages."""
        return self._flow.backend

    @property
    def postprocess(self) -> tuple[AppliedStep, ...]:
        """What will be done to the result of each page."""
        return self._flow.finishing.planned

    @property
    def fingerprint(self) -> str | None:
        """A short text for all that decides how a page is read: it changes when a result could.

        None for a backend that was made elsewhere and does not say what its results depend on.
        """
        return self._recipe.fingerprint(self.backend)

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
        with self._reading(source, pages, password) as (page_count, total, results):
            read = []
            for result in results:
                read.append(result)
                if progress:
                    progress(len(read), total)
            return Document(source=source_name(source), page_count=page_count, pages=tuple(read))

    def stream(
        self, source: SourceLike, *, pages: str | None = None, password: str | None = None
    ) -> Iterator[PageResult]:
        """Read a document page by page, in order.

        Each result comes as soon as it is there, and none is kept. A few pages are read ahead, so that all
        workers have something to do.
        """
        with self._reading(source, pages, password) as (_, _, results):
            yield from results

    def recognize_many(self, sources: Iterable[SourceLike]) -> Iterator[Done | Failed]:
        """Read many documents; the outcomes come in their order. One that fails does not stop the rest.

        Sources are taken as they are needed. For folders of files, and for runs that may be interrupted, see
        `ocrkit.batch`.
        """
        if isinstance(sources, (str, bytes, os.PathLike)):
            kind = type(sources).__name__
            raise ConfigError(f"sources are a list of documents, not one ({kind}): put it in brackets")
        reader = self.reader(many=True)
        return read_many(
            sources,
            lambda source: reader.open(source, self.settings.source),
            reader.workers,
            reader.stop,
        )

    def prepare(
        self, source: SourceLike, *, pages: str | None = None, password: str | None = None
    ) -> Iterator[Prepared]:
        """What happens to the pages of a document before they are read, without reading them.

        Page by page, in this thread: to see what the engine would see.
        """
        with contextlib.closing(open_source(source, self._source_options(password))) as opened:
            indices = range(opened.page_count) if pages is None else parse_pages(pages, opened.page_count)
            for page in opened.pages(indices):
                yield Prepared(page, tuple(self._flow.stages(page)))

    async def arecognize(
        self, source: SourceLike, *, pages: str | None = None, password: str | None = None
    ) -> Document:
        """`recognize`, in a thread, for callers that must not block."""
        return await asyncio.to_thread(self.recognize, source, pages=pages, password=password)

    def reader(self, *, many: bool = False) -> PageReader:
        """What opens documents and reads their pages, for callers with a schedule of their own.

        Args:
            many: for many documents, where the start of processes does not matter and a crash does.
        """
        if self.settings.isolate:
            return self._processes()
        if many and self.settings.isolate is None and is_better_apart(self.backend.capabilities):
            with contextlib.suppress(ConfigError):  # it cannot be sent: then in this process
                return self._processes()
        return InProcessReader(self._flow, workers_inside(self.backend, self.settings))

    def close(self) -> None:
        """Free the backend and the steps, unless they were handed in: those belong to whoever made them."""
        if self._apart is not None:
            self._apart.close()
        self._flow.close()
        if self._recipe.is_owned:
            self.backend.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _processes(self) -> WorkerReader:
        """The processes that belong to this object, set up when they are first wanted."""
        if not self._recipe.is_owned:
            raise ConfigError(
                "a backend that was made here cannot be sent to a process of its own; hand in its class or "
                "its dotted path 'package.module:Class', or choose isolate=False"
            )
        with self._lock:
            if self._apart is None or self._apart.is_stopped:
                self._apart = WorkerReader(self._recipe, workers_apart(self.settings), self.backend.name)
            return self._apart

    def _source_options(self, password: str | None) -> SourceOptions:
        options = self.settings.source
        if password is None:
            return options
        return options.model_copy(update={"password": SecretStr(password)})

    @contextlib.contextmanager
    def _reading(
        self, source: SourceLike, pages: str | None, password: str | None
    ) -> Iterator[tuple[int, int, Iterator[PageResult]]]:
        """How many pages a document has, how many of them are read, and what is read as it comes."""
        reader = self.reader()
        with contextlib.closing(reader.open(source, self._source_options(password))) as opened:
            count = opened.page_count
            indices = range(count) if pages is None else parse_pages(pages, count)
            workers = min(reader.workers, len(indices))
            with contextlib.closing(ordered_map(opened.read, indices, workers, reader.stop)) as results:
                yield count, len(indices), results


def recognize(
    source: SourceLike,
    *,
    backend: BackendLike | None = None,
    languages: Sequence[str] | str | None = None,
    mode: Mode | None = None,
    scene: Scene | None = None,
    preprocess: PreprocessLike | None = None,
    postprocess: PostprocessLike | None = None,
    allow_remote: bool | None = None,
    settings: Settings | Mapping[str, Any] | None = None,
    pages: str | None = None,
    password: str | None = None,
) -> Document:
    """Read one document: `ocrkit.recognize("letter.png").text`.

    The engine is loaded for this call and freed after it; for more than one document use `Ocr`, which takes
    the same arguments and keeps it.
    """
    with Ocr(
        backend,
        languages=languages,
        mode=mode,
        scene=scene,
        preprocess=preprocess,
        postprocess=postprocess,
        allow_remote=allow_remote,
        settings=settings,
    ) as ocr:
        return ocr.recognize(source, pages=pages, password=password)


def _updated(settings: Settings, values: Mapping[str, Any]) -> Settings:
    """The settings with other values, which are checked like all others."""
    if not values:
        return settings
    try:
        checked = Settings.model_validate({**dict(settings), **values})
    except ValidationError as error:
        first = error.errors()[0]
        raise ConfigError(f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}") from None
    return checked
