"""`Ocr` for asyncio: reading happens in threads, so the event loop never waits for a page."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable, Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from types import TracebackType
from typing import Any, TypeVar, cast

from typing_extensions import Self, Unpack

from ocrkit.config.settings import Settings
from ocrkit.document import Document
from ocrkit.pipeline.config import BackendLike
from ocrkit.pipeline.ocr import Ocr, OcrArguments
from ocrkit.pipeline.recognize_many import Done, Failed
from ocrkit.result import PageResult
from ocrkit.sources import PageSelection, SourceLike

_T = TypeVar("_T")


class AsyncOcr:
    """Reads documents with one backend, for programs that use asyncio.

    ```python
    async with ocrkit.AsyncOcr(languages=["en"]) as ocr:
        document = await ocr.recognize("letter.png")
        async for page in ocr.stream("letters.pdf"):
            print(page.text)
    ```

    It takes the arguments of `Ocr`, and any number of tasks may share it. As many documents are read at once
    as `Ocr` would read pages; further calls wait their turn without blocking the event loop. A task that is
    cancelled stops reading after the page that is being read.
    """

    def __init__(self, backend: BackendLike | None = None, **arguments: Unpack[OcrArguments]) -> None:
        self._ocr = Ocr(backend, **arguments)
        self._threads = ThreadPoolExecutor(self._ocr.reader().workers, thread_name_prefix="ocrkit-async")

    @property
    def settings(self) -> Settings:
        """The settings in use; see `Ocr.settings`."""
        return self._ocr.settings

    async def recognize(
        self, source: SourceLike, *, pages: PageSelection | None = None, password: str | None = None
    ) -> Document:
        """Read a document; see `Ocr.recognize`."""
        cancelled = threading.Event()

        def stop_if_cancelled(_done: int, _total: int) -> None:
            if cancelled.is_set():
                raise asyncio.CancelledError

        read = partial(
            self._ocr.recognize, source, pages=pages, password=password, progress=stop_if_cancelled
        )
        try:
            return await self._in_thread(read)
        except asyncio.CancelledError:
            cancelled.set()
            raise

    async def stream(
        self, source: SourceLike, *, pages: PageSelection | None = None, password: str | None = None
    ) -> AsyncGenerator[PageResult, None]:
        """Read a document page by page, in order; see `Ocr.stream`."""
        async for page in self._iterate(self._ocr.stream(source, pages=pages, password=password)):
            yield page

    async def recognize_many(self, sources: Iterable[SourceLike]) -> AsyncGenerator[Done | Failed, None]:
        """Read many documents; the outcomes come in their order. See `Ocr.recognize_many`."""
        async for outcome in self._iterate(self._ocr.recognize_many(sources)):
            yield outcome

    async def close(self) -> None:
        """Free the backend. Calls that wait their turn are cancelled; those that are reading finish first."""
        await asyncio.to_thread(self._threads.shutdown, cancel_futures=True)
        await asyncio.to_thread(self._ocr.close)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def _in_thread(self, function: Callable[[], _T]) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, function)

    async def _iterate(self, items: Iterator[_T]) -> AsyncGenerator[_T, None]:
        """The items of a generator that runs in threads, one step at a time."""
        generator = cast("Generator[_T, None, None]", items)
        end: Any = object()
        running = threading.Lock()  # a cancelled step may still run when the generator is closed

        def advance() -> _T:
            with running:
                return next(generator, end)

        def close() -> None:
            with running:
                generator.close()

        try:
            while (item := await self._in_thread(advance)) is not end:
                yield item
        finally:
            await asyncio.shield(asyncio.to_thread(close))
