"""One page through the flow."""

from __future__ import annotations

import contextlib
import math
import threading
import time
import weakref
from collections.abc import Iterator, Sequence
from typing import Any

from ocrkit import quality
from ocrkit.backends.base import OcrBackend
from ocrkit.cache import PageCache
from ocrkit.calibration import Calibration
from ocrkit.errors import BackendError, BadResponseError, CapabilityError, OcrkitError
from ocrkit.page import Page
from ocrkit.pipeline.fingerprint import page_key
from ocrkit.pipeline.postprocessing import PostprocessChain
from ocrkit.pipeline.preprocessing import PreprocessChain, Stage
from ocrkit.postprocess.block_kinds import classify_blocks
from ocrkit.postprocess.reading_order import order
from ocrkit.request import Request
from ocrkit.result import Block, PageResult
from ocrkit.tables import find_tables, with_tables


class PagePipeline:
    """Reads pages with one backend. Threads may share it: whether they really do is up to the backend."""

    def __init__(
        self,
        backend: OcrBackend,
        request: Request,
        chain: PreprocessChain,
        finishing: PostprocessChain,
        *,
        cache: tuple[PageCache, str] | None = None,
        calibration: Calibration | None = None,
    ) -> None:
        """Put it together.

        Args:
            backend: what reads.
            request: what is asked of it.
            chain: what happens to a page before.
            finishing: what happens to its result after.
            cache: where pages are looked for first, and the fingerprint of all the rest here.
            calibration: what makes probabilities of the backend's confidences.
        """
        self.backend = backend
        self._request = request
        self._asked = backend.capabilities.as_asked(request)
        self._chain = chain
        self.finishing = finishing
        self._cache = cache
        self._calibration = calibration
        self._turn = _turn(backend)

    def read(self, page: Page, seconds_to_open: float = 0.0) -> PageResult:
        """The result for a page, from the cache where the same was read before in the same way."""
        result = self._found(page, seconds_to_open)
        # Behind the cache: another table is no reason to read a page again.
        return self._calibration.apply(result) if self._calibration else result

    def _found(self, page: Page, seconds_to_open: float) -> PageResult:
        if self._cache is None:
            return self._read(page, seconds_to_open)
        started = time.perf_counter()
        cache, fingerprint = self._cache
        key = page_key(page, fingerprint)
        known = cache.get(key)
        if known is None:
            result = self._read(page, seconds_to_open)
            cache.put(key, result)
            return result
        timings = {"source": seconds_to_open, "cache": time.perf_counter() - started}
        trace = known.trace.model_copy(update={"timings": timings})
        return known.model_copy(update={"index": page.index, "trace": trace})

    def stages(self, page: Page) -> Iterator[Stage]:
        """What happens to a page before it is read."""
        return self._chain.stages(page, self.backend.capabilities)

    def close(self) -> None:
        """Free what belongs to it, which the backend does not."""
        self.finishing.close()
        if self._cache is not None:
            self._cache[0].close()

    def _read(self, page: Page, seconds_to_open: float) -> PageResult:
        clock = _Clock({"source": seconds_to_open})
        ready, steps = self._chain.prepared(page, self.backend.capabilities)
        clock.lap("preprocess")
        found = self._ask(ready)
        clock.lap("recognize")
        tables: Sequence[Block] = ()
        if self._finds_tables:
            tables, found = find_tables(found, page, ready.to_original)
            clock.lap("tables")
        if not self.backend.capabilities.reading_order:
            found = order(found)  # while lines are level
        found = classify_blocks(with_tables(found, tables))
        result = found.transformed(ready.to_original, page.width, page.height)
        clock.lap("order")
        page_quality, warnings = quality.assess(page, result, sparse=self._request.scene == "sparse")
        clock.lap("quality")
        result = result.model_copy(
            update={
                "index": page.index,
                "dpi": page.dpi,
                "quality": page_quality,
                "warnings": (*page.warnings, *result.warnings, *warnings),
                "trace": result.trace.model_copy(
                    update={
                        "languages": self._request.languages,
                        "preprocess": steps,
                        "source": dict(page.info),
                    }
                ),
            }
        )
        result = self.finishing.finished(result)
        clock.lap("postprocess")
        trace = result.trace.model_copy(update={"timings": clock.seconds})
        return result.model_copy(update={"trace": trace})

    @property
    def _finds_tables(self) -> bool:
        return self._request.scene == "table" and self._asked.scene != "table"

    def _ask(self, page: Page) -> PageResult:
        name = self.backend.name
        too_large = self.backend.capabilities.too_large(page.width, page.height)
        if too_large:
            raise CapabilityError(
                f"does not take a page of {too_large}; choose another backend, or make the page smaller",
                backend=name,
                page=page.number,
            )
        try:
            with self._turn:
                result = self.backend.recognize(page, self._asked)
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


def _flaw(result: object) -> str | None:
    """What makes a backend's answer unusable, in words."""
    if not isinstance(result, PageResult):
        return f"{type(result).__name__}, not a PageResult"
    cells = (cell for table in result.tables for cell in table.cells)
    for region in (*result.blocks, *result.lines, *result.words, *result.fields.values(), *cells):
        outline = region.polygon
        if outline is not None and (len(outline) < 3 or not all(math.isfinite(x + y) for x, y in outline)):
            return f"an outline that is none: {outline}"
    return None


_turns: dict[str | int, threading.Lock] = {}


def _turn(backend: OcrBackend) -> contextlib.AbstractContextManager[Any]:
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
