"""`Ocr`, which keeps the engine loaded for several documents."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, ClassVar, Literal, NamedTuple, TypeAlias, TypedDict

from pydantic import SecretStr
from typing_extensions import Self

from ocrkit.backends.base import OcrBackend
from ocrkit.config.loading import load_settings
from ocrkit.config.settings import Settings, SourceOptions
from ocrkit.document import Document
from ocrkit.errors import ConfigError
from ocrkit.failures import Failure
from ocrkit.formats import ask_for_tables
from ocrkit.page import Page
from ocrkit.pipeline.config import BackendLike, PipelineConfig, request_of
from ocrkit.pipeline.document_pages import finished_pages
from ocrkit.pipeline.effective_settings import described, updated_settings
from ocrkit.pipeline.estimate import Estimate, estimate
from ocrkit.pipeline.fingerprint import NoFingerprintError
from ocrkit.pipeline.in_process_reader import InProcessReader, thread_count
from ocrkit.pipeline.ordered_map import ordered_map
from ocrkit.pipeline.page_reader import PageReader
from ocrkit.pipeline.planned_documents import PlannedDocument
from ocrkit.pipeline.postprocessing import PostprocessLike
from ocrkit.pipeline.preprocessing import PreprocessLike, Stage
from ocrkit.pipeline.recognize_many import Done, read_many
from ocrkit.pipeline.worker_reader import WorkerReader, check_budget, prefers_processes, process_count
from ocrkit.registry import IsolatedBackend
from ocrkit.request import HiddenText, Mode, Scene, TextLayerPolicy
from ocrkit.result import AppliedStep, BlockKind, PageResult, check_kinds
from ocrkit.sources import PageSelection, SourceLike, open_source, parse_pages, source_name

Progress: TypeAlias = Callable[[int, int], None]
"""Called after each page with the number of pages done and the total."""


class OcrArguments(TypedDict, total=False):
    """The keyword arguments of `Ocr`."""

    languages: Sequence[str] | str | None
    mode: Mode | None
    scene: Scene | None
    preprocess: PreprocessLike | None
    postprocess: PostprocessLike | None
    tables: bool | None
    marks: bool | None
    text_layer: TextLayerPolicy | None
    hidden_text: HiddenText | None
    without: Sequence[BlockKind] | None
    workers: int | None
    threads: int | None
    isolate: bool | Literal["strict"] | None
    allow_remote: bool | None
    allow_download: bool | None
    settings: Settings | Mapping[str, Any] | None


class Prepared(NamedTuple):
    """A page and its preprocessing, without recognition."""

    page: Page
    """The page as it comes from its document."""
    stages: tuple[Stage, ...]
    """The preprocessing steps in order, each with the page after it."""


class Ocr:
    """Reads documents with one backend, which stays loaded between them.

    ```python
    with ocrkit.Ocr(languages=["en", "de"]) as ocr:
        for path in paths:
            print(ocr.recognize(path).text)
    ```

    Arguments that are not given come from the settings: `ocrkit.toml`, the environment, the defaults. Several
    threads may share one object; whether they read at the same time depends on the backend.
    """

    settings: Settings
    """The settings in use, with the arguments applied. A backend or a step that was passed as an object
    appears as its dotted path, or by its name."""
    _fetches: ClassVar[bool] = True
    """Whether missing models are fetched, if the settings allow it."""

    def __init__(
        self,
        backend: BackendLike | None = None,
        *,
        languages: Sequence[str] | str | None = None,
        mode: Mode | None = None,
        scene: Scene | None = None,
        preprocess: PreprocessLike | None = None,
        postprocess: PostprocessLike | None = None,
        tables: bool | None = None,
        marks: bool | None = None,
        text_layer: TextLayerPolicy | None = None,
        hidden_text: HiddenText | None = None,
        without: Sequence[BlockKind] | None = None,
        workers: int | None = None,
        threads: int | None = None,
        isolate: bool | Literal["strict"] | None = None,
        allow_remote: bool | None = None,
        allow_download: bool | None = None,
        settings: Settings | Mapping[str, Any] | None = None,
    ) -> None:
        """Set up, without loading an engine.

        Args:
            backend: a name, a dotted path, a class or an object. It never falls back to another backend.
            languages: BCP-47 tags, the most likely first.
            mode: how the text was written: `auto`, `printed` or `handwritten`.
            scene: the kind of page: `document`, `table`, `receipt`, …
            preprocess: the steps before recognition: a profile or a list of steps.
            postprocess: the steps after recognition.
            tables: look for tables on every page; what is not certain to be one stays text.
            marks: look for check boxes, radio buttons, bar codes and QR codes.
            text_layer: `auto` reads the text that a PDF holds where it can be trusted, `ignore` recognizes
                every page, `only` recognizes none.
            hidden_text: whether to `drop` or to `keep` the hidden text of a PDF.
            without: the kinds of blocks to leave out of documents: `["header", "footer", "page_number"]`.
            workers: how many pages are read at once.
            threads: CPU threads for the engine of each process.
            isolate: read in worker processes; see `Settings.isolate`.
            allow_remote: False keeps every page on this machine, whichever backend is chosen.
            allow_download: download the models that these languages and options need, if they are missing.
            settings: `Settings`, used as they are, or values on top of those from files and the environment.

        Raises:
            OcrkitError: a name, a value or a combination is wrong, or a package is missing.
        """
        base = settings if isinstance(settings, Settings) else load_settings(overrides=settings).settings
        backend = base.backend if backend is None else backend
        preprocess = base.preprocess if preprocess is None else preprocess
        postprocess = base.postprocess if postprocess is None else postprocess
        request = request_of(
            base.languages if languages is None else languages, mode or base.mode, scene or base.scene
        )
        given: dict[str, Any] = {
            "tables": tables,
            "marks": marks,
            "text_layer": text_layer,
            "hidden_text": hidden_text,
            "without": None if without is None else check_kinds(without),
            "workers": workers,
            "threads": threads,
            "isolate": isolate,
            "allow_remote": allow_remote,
            "allow_download": allow_download,
        }
        self.settings = updated_settings(
            base,
            {name: value for name, value in given.items() if value is not None}
            | {"languages": request.languages, "mode": request.mode, "scene": request.scene}
            | {"backend": described(backend), "preprocess": described(preprocess)}
            | {"postprocess": described(postprocess)},
        )
        self._config = PipelineConfig(
            backend=backend,
            request=request,
            preprocess=preprocess,
            postprocess=postprocess,
            settings=self.settings,
        )
        self._has_scene = scene is not None
        self._pipeline = self._config.build(self.settings.threads, fetch=self._fetches)
        self._worker_reader: WorkerReader | None = None
        self._lock = threading.Lock()
        if self.settings.isolate:
            self._processes()  # what cannot be sent to a process fails here, not at the first page

    @property
    def backend(self) -> OcrBackend:
        """The backend that reads the pages."""
        return self._pipeline.backend

    @property
    def postprocess(self) -> tuple[AppliedStep, ...]:
        """The steps that are applied to the result of each page."""
        return self._pipeline.postprocess.planned

    @property
    def fingerprint(self) -> str | None:
        """A short text that changes when a result could: results with equal fingerprints are equal.

        None if the backend or a step does not say what its results depend on; see `require_fingerprint`.
        """
        try:
            return self.require_fingerprint()
        except NoFingerprintError:
            return None

    def require_fingerprint(self) -> str:
        """The fingerprint. Raises `ConfigError` if there is none; the message says why and what to do."""
        return self._config.fingerprint(self.backend)

    def recognize(
        self,
        source: SourceLike,
        *,
        pages: PageSelection | None = None,
        password: str | None = None,
        progress: Progress | None = None,
    ) -> Document:
        """Read a document.

        Args:
            source: a path, bytes, a binary file, a Pillow image or an array (gray, or RGB in that order).
            pages: which pages, counted from 1: a number, a range, a list, or a text such as `"1-3,7"`. All
                pages by default.
            password: opens an encrypted PDF.
            progress: called after each page.

        Raises:
            OcrkitError: every error is one of its subclasses; see `ocrkit.errors`.
        """
        with self._reading(source, pages, password) as (page_count, total, results):
            read = []
            for result in results:
                read.append(result)
                if progress:
                    progress(len(read), total)
            finished = finished_pages(lambda: read, self.settings.without)
            return Document(source=source_name(source), page_count=page_count, pages=tuple(finished))

    def stream(
        self, source: SourceLike, *, pages: PageSelection | None = None, password: str | None = None
    ) -> Iterator[PageResult]:
        """Read a document page by page, in order.

        Each result is yielded as soon as it is ready, and none is kept. A few pages are read ahead, so that
        all workers are busy. Running heads are found page by page only: what later pages repeat is not known.
        """
        with self._reading(source, pages, password) as (_, _, results):
            yield from (result.without(self.settings.without) for result in results)

    def recognize_many(self, sources: Iterable[SourceLike]) -> Iterator[Done | Failure]:
        """Read many documents. Outcomes come in the order of the sources; a failure does not stop the rest.

        Sources are taken as they are needed. For folders of files and for runs that can be resumed, see
        `ocrkit.batch`.
        """
        if isinstance(sources, (str, bytes, os.PathLike)):
            kind = type(sources).__name__
            raise ConfigError(f"sources must be a list of documents, not one {kind}; put it in brackets")
        reader = self.reader(many=True)
        return read_many(
            sources,
            lambda source: reader.open(source, self.settings.source),
            reader.workers,
            reader.stop,
            self.settings.without,
        )

    def estimate(
        self,
        sources: Iterable[SourceLike],
        *,
        pages: PageSelection | None = None,
        password: str | None = None,
        examined: int | None = None,
    ) -> Estimate:
        """The calls and costs that reading these documents would cause. Nothing is sent.

        Args:
            sources: the documents.
            pages: which pages of each, as in `recognize`.
            password: opens encrypted PDFs.
            examined: the most pages to examine; the rest is extrapolated.
        """
        options = self._source_options(password)
        documents = (PlannedDocument(source, options, pages) for source in sources)
        return self.estimate_documents(documents, examined=examined)

    def estimate_documents(
        self, documents: Iterable[PlannedDocument], *, examined: int | None = None
    ) -> Estimate:
        """As `estimate`, for documents of which some pages may be finished."""
        return estimate(self._config, documents, examined=examined)

    def prepare(
        self, source: SourceLike, *, pages: PageSelection | None = None, password: str | None = None
    ) -> Iterator[Prepared]:
        """Preprocess the pages of a document without reading them, to see what the engine would see."""
        with contextlib.closing(open_source(source, self._source_options(password))) as opened:
            indices = range(opened.page_count) if pages is None else parse_pages(pages, opened.page_count)
            for page in map(opened.page, indices):
                yield Prepared(page, tuple(self._pipeline.stages(page)))

    def reader(self, *, many: bool = False) -> PageReader:
        """A reader that opens documents and reads their pages, for callers that schedule pages themselves.

        Args:
            many: for many documents, where isolation from crashes matters more than the start of processes.
        """
        if self.settings.isolate:
            return self._processes()
        if many and self.settings.isolate is None and prefers_processes(self.backend.capabilities):
            with contextlib.suppress(ConfigError):  # cannot be sent to a process: read in this one
                return self._processes()
        return InProcessReader(self._pipeline, thread_count(self.backend, self.settings))

    def for_formats(self, names: Iterable[str]) -> Ocr:
        """An object that reads documents for these formats.

        This object, unless a format holds nothing but tables and the scene was left open: then another one
        for the scene `table`, which the caller closes.
        """
        can_find = self.backend.capabilities.tables != "none"
        if self._has_scene or not can_find or not ask_for_tables(names, self.settings):
            return self
        config = self._config
        return type(self)(
            config.backend,
            scene="table",
            preprocess=config.preprocess,
            postprocess=config.postprocess,
            settings=self.settings,
        )

    def close(self) -> None:
        """Free the backend and the steps. Objects that were passed in are left to the caller."""
        if self._worker_reader is not None:
            self._worker_reader.close()
        self._pipeline.close()
        # The worker process of an isolated backend belongs to this object, also if the backend was passed in.
        if self._config.owns_backend or isinstance(self.backend, IsolatedBackend):
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
        """The worker processes of this object, started on first use."""
        if not self._config.owns_backend:
            raise ConfigError(
                "a backend object cannot be sent to worker processes; pass its class or its dotted path "
                "'package.module:Class', or set isolate=False"
            )
        check_budget(self.backend)
        with self._lock:
            if self._worker_reader is None or self._worker_reader.is_stopped:
                self._worker_reader = WorkerReader(
                    self._config, process_count(self.settings), self.backend.name
                )
            return self._worker_reader

    def _source_options(self, password: str | None) -> SourceOptions:
        options = self.settings.source
        if password is None:
            return options
        return options.model_copy(update={"password": SecretStr(password)})

    @contextlib.contextmanager
    def _reading(
        self, source: SourceLike, pages: PageSelection | None, password: str | None
    ) -> Iterator[tuple[int, int, Iterator[PageResult]]]:
        """The page count of a document, the number of pages to read, and the results as they come."""
        reader = self.reader()
        with contextlib.closing(reader.open(source, self._source_options(password))) as opened:
            count = opened.page_count
            indices = range(count) if pages is None else parse_pages(pages, count)
            workers = min(reader.workers, len(indices))
            with contextlib.closing(ordered_map(opened.read, indices, workers, reader.stop)) as results:
                yield count, len(indices), results
