"""The pipeline: the stages that one page goes through."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from ocrkit import quality, registry
from ocrkit.backends.base import OcrBackend
from ocrkit.cache import PageCache
from ocrkit.calibration import Calibration
from ocrkit.marks import add_marks
from ocrkit.page import Page
from ocrkit.pipeline.fingerprint import page_key
from ocrkit.pipeline.postprocessing import PostprocessChain
from ocrkit.pipeline.preprocessing import PreprocessChain, Stage
from ocrkit.postprocess.block_kinds import classify_blocks
from ocrkit.postprocess.reading_order import order
from ocrkit.request import Request
from ocrkit.result import Block, PageResult, Quality
from ocrkit.tables import find_tables, with_tables


class PagePipeline:
    """Reads pages with one backend. Threads may share it; the backend says whether they read in parallel."""

    def __init__(
        self,
        backend: OcrBackend,
        request: Request,
        preprocess: PreprocessChain,
        postprocess: PostprocessChain,
        *,
        cache: tuple[PageCache, str] | None = None,
        calibration: Calibration | None = None,
    ) -> None:
        """Combine the stages.

        Args:
            backend: the backend.
            request: the request for each page.
            preprocess: the steps before the backend.
            postprocess: the steps after it.
            cache: the cache of results, and the fingerprint of everything but the page.
            calibration: turns the confidences of the backend into probabilities.
        """
        self.backend = backend
        self.postprocess = postprocess
        self._request = request
        self._backend_request = backend.capabilities.as_asked(request)
        self._finds_tables = request.scene == "table" and self._backend_request.scene != "table"
        self._preprocess = preprocess
        self._cache = cache
        self._calibration = calibration

    def read(self, page: Page, seconds_to_open: float = 0.0) -> PageResult:
        """The result of a page, from the cache if an equal page was read in the same way before."""
        if self._cache is None:
            result = self._read(page, seconds_to_open)
        else:
            result = self._read_cached(*self._cache, page, seconds_to_open)
        # After the cache: another calibration is applied to the same cached result.
        return self._calibration.apply(result) if self._calibration else result

    def _read_cached(
        self, cache: PageCache, fingerprint: str, page: Page, seconds_to_open: float
    ) -> PageResult:
        started = time.perf_counter()
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
        """The preprocessing steps of a page, one after the other."""
        return self._preprocess.stages(page, self.backend.capabilities)

    def close(self) -> None:
        """Close the steps and the cache. The backend belongs to the caller."""
        self.postprocess.close()
        if self._cache is not None:
            self._cache[0].close()

    def _read(self, page: Page, seconds_to_open: float) -> PageResult:
        clock = _Clock({"source": seconds_to_open})
        ready, steps = self._preprocess.apply(page, self.backend.capabilities)
        clock.lap("preprocess")
        found = registry.recognize(self.backend, ready, self._backend_request)
        clock.lap("recognize")
        found = add_marks(found, page, ready.to_original)
        tables: Sequence[Block] = ()
        if self._finds_tables:
            tables, found = find_tables(found, page, ready.to_original)
            clock.lap("tables")
        if not self.backend.capabilities.reading_order:
            found = order(found)  # before the transform: here the lines are horizontal
        found = classify_blocks(with_tables(found, tables))
        result = found.transformed(ready.to_original, page.width, page.height)
        clock.lap("order")
        page_quality, warnings = quality.assess(page, result, sparse=self._request.scene == "sparse")
        clock.lap("quality")
        result = result.model_copy(
            update={
                "index": page.index,
                "dpi": page.dpi,
                "quality": _with_witness(page_quality, result.quality),
                "warnings": (*page.warnings, *result.warnings, *warnings),
                "trace": result.trace.model_copy(
                    update={
                        "languages": self._request.languages,
                        "doubtful_below": self.backend.capabilities.doubtful_below,
                        "preprocess": steps,
                        "source": dict(page.info),
                    }
                ),
            }
        )
        result = self.postprocess.apply(result)
        clock.lap("postprocess")
        trace = result.trace.model_copy(update={"timings": clock.seconds})
        return result.model_copy(update={"trace": trace})


def _with_witness(assessed: Quality, reported: Quality) -> Quality:
    """The quality of a page, with what a backend knows from a second reading."""
    known = [each for each in (assessed.coverage, reported.coverage) if each is not None]
    return assessed.model_copy(update={"coverage": min(known, default=None), "agreement": reported.agreement})


class _Clock:
    """Seconds by stage."""

    def __init__(self, seconds: dict[str, float]) -> None:
        self.seconds = seconds
        self._last = time.perf_counter()

    def lap(self, stage: str) -> None:
        now = time.perf_counter()
        self.seconds[stage] = now - self._last
        self._last = now
