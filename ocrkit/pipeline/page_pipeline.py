"""The pipeline: the stages that one page goes through."""

from __future__ import annotations

import copy
import time
from collections.abc import Iterator, Sequence

from ocrkit import quality, registry
from ocrkit.backends.base import OcrBackend
from ocrkit.cache import PageCache
from ocrkit.calibration import Calibration
from ocrkit.errors import UnreadTextError
from ocrkit.geometry import IDENTITY
from ocrkit.marks import add_marks, signatures
from ocrkit.page import Page
from ocrkit.pipeline.fingerprint import page_key
from ocrkit.pipeline.layer_results import layer_result, read_regions, without_turned_lines
from ocrkit.pipeline.postprocessing import PostprocessChain
from ocrkit.pipeline.preprocessing import PreprocessChain, Stage
from ocrkit.pipeline.text_layers import Inspection, Recognized, TextLayerReader
from ocrkit.postprocess.block_kinds import classify_blocks
from ocrkit.postprocess.bold_headings import mark_bold_headings
from ocrkit.postprocess.reading_order import order
from ocrkit.request import Request
from ocrkit.result import Block, PageResult, Quality
from ocrkit.scripts.advice import warnings_of
from ocrkit.strategies.base import is_settled
from ocrkit.tables import find_drawn_tables, find_tables, with_tables
from ocrkit.text_layer import READ_BY


class PagePipeline:
    """Reads pages with one backend. Threads may share it; the backend says whether they read in parallel."""

    def __init__(
        self,
        backend: OcrBackend,
        request: Request,
        preprocess: PreprocessChain,
        postprocess: PostprocessChain,
        *,
        text_layers: TextLayerReader,
        cache: tuple[PageCache, str] | None = None,
        calibration: Calibration | None = None,
        tables: bool = False,
        marks: bool = False,
        strict: bool = False,
    ) -> None:
        """Combine the stages.

        Args:
            backend: the backend.
            request: the request for each page.
            preprocess: the steps before the backend.
            postprocess: the steps after it.
            text_layers: reads the text that a page of a PDF has already.
            cache: the cache of results, and the fingerprint of everything but the page.
            calibration: turns the confidences of the backend into probabilities.
            tables: look for tables on pages of the scene `document`, too.
            marks: look for check boxes, radio buttons, bar codes and QR codes on each page.
            strict: raise `UnreadTextError` for a page with text in a script that is not read.
        """
        self.backend = backend
        self.postprocess = postprocess
        self._request = request
        self._backend_request = backend.capabilities.as_asked(request)
        self._finds_tables = request.scene == "table" and self._backend_request.scene != "table"
        can_find = request.scene == "document" and backend.capabilities.tables == "found"
        self._finds_certain_tables = tables and can_find
        self._preprocess = preprocess
        self._text_layers = text_layers
        self._cache = cache
        self._calibration = calibration
        self._search_marks = marks
        self._strict = strict
        self.stores_results = True

    def read(self, page: Page, seconds_to_open: float = 0.0) -> PageResult:
        """The result of a page, from the cache if an equal page was read in the same way before.

        A page that is read from its text layer alone is not cached: looking it up would take longer.
        """
        clock = _Clock({"source": seconds_to_open})
        inspection = self._text_layers.inspect(page)
        if inspection.decisions:
            clock.lap("text_layer")
        if inspection.needs_engine and not page.is_rendered:
            _ = page.pixels
            clock.lap("render")
        if self._cache is None or not inspection.needs_engine:
            result = self._read(page, inspection, clock)
        else:
            result = self._read_cached(*self._cache, page, inspection, clock)
        if self._strict and (unread := warnings_of(result)):
            raise UnreadTextError(" ".join(unread), backend=self.backend.name, page=page.number)
        # After the cache: another calibration is applied to the same cached result.
        return self._calibration.apply(result) if self._calibration else result

    def _read_cached(
        self, cache: PageCache, fingerprint: str, page: Page, inspection: Inspection, clock: _Clock
    ) -> PageResult:
        key = page_key(page, fingerprint, inspection.lines)
        known = cache.get(key)
        if known is None:
            result = self._read(page, inspection, clock)
            if self.stores_results and is_settled(result):
                cache.put(key, result)
            return result
        clock.lap("cache")
        trace = known.trace.model_copy(update={"timings": clock.seconds})
        return known.model_copy(update={"index": page.index, "trace": trace})

    def stages(self, page: Page) -> Iterator[Stage]:
        """The preprocessing steps of a page, one after the other."""
        return self._preprocess.stages(page, self.backend.capabilities)

    def rehearsal(self, backend: OcrBackend) -> PagePipeline:
        """This pipeline with another backend, without post-processing, and without writing to the cache."""
        other = copy.copy(self)
        other.backend, other.postprocess = backend, PostprocessChain(())
        other.stores_results = False
        return other

    def close(self) -> None:
        """Close the steps and the cache. The backend belongs to the caller."""
        self.postprocess.close()
        if self._cache is not None:
            self._cache[0].close()

    def _read(self, page: Page, inspection: Inspection, clock: _Clock) -> PageResult:
        if inspection.needs_engine:
            inspection = self._text_layers.settle(page, inspection, self._recognize_picture)
        if inspection.lines or not inspection.needs_engine:
            found = self._read_layer(page, inspection)
            clock.lap("recognize")
        else:
            found = self._recognize_picture(page, clock)
        if inspection.needs_engine:
            inspection = self._text_layers.check_hidden(inspection, found.result)
        result = self._arrange(page, found, clock, inspection)
        warnings: tuple[str, ...] = ()
        if not inspection.needs_engine:
            coverage = inspection.verdict.coverage if inspection.verdict else None
            page_quality = quality.of_confidences(result, coverage)
        else:
            page_quality, warnings = quality.assess(page, result, sparse=self._request.scene == "sparse")
        clock.lap("quality")
        result = result.model_copy(
            update={
                "index": page.index,
                "dpi": page.dpi,
                "quality": _with_witness(page_quality, result.quality),
                "warnings": (*page.warnings, *inspection.warnings, *result.warnings, *warnings),
                "trace": result.trace.model_copy(
                    update={
                        "languages": self._request.languages,
                        "doubtful_below": self.backend.capabilities.doubtful_below,
                        "preprocess": found.steps,
                        "source": dict(page.info),
                        "decisions": (*inspection.decisions, *result.trace.decisions),
                    }
                ),
            }
        )
        result = self.postprocess.apply(result)
        clock.lap("postprocess")
        trace = result.trace.model_copy(update={"timings": clock.seconds})
        return result.model_copy(update={"trace": trace})

    def _read_layer(self, page: Page, inspection: Inspection) -> Recognized:
        """The lines of the text layer, and those that are recognized beside them."""
        if not inspection.needs_engine:
            return Recognized(layer_result(page, inspection.lines, self.backend.name), IDENTITY, ())
        more, steps, trace = read_regions(page, inspection, self._recognize_picture)
        found = layer_result(page, [*inspection.lines, *more], self.backend.name)
        return Recognized(found.model_copy(update={"trace": trace or found.trace}), IDENTITY, steps)

    def _recognize_picture(self, picture: Page, clock: _Clock | None = None) -> Recognized:
        """The backend's result for a page, or for a part of it."""
        ready, steps = self._preprocess.apply(picture, self.backend.capabilities)
        if clock:
            clock.lap("preprocess")
        result = registry.recognize(self.backend, ready, self._backend_request)
        if clock:
            clock.lap("recognize")
        return Recognized(result, ready.to_original, steps)

    def _arrange(
        self, page: Page, recognized: Recognized, clock: _Clock, inspection: Inspection
    ) -> PageResult:
        """Tables, reading order and kinds of blocks, in the coordinates of the original page."""
        found = add_marks(recognized.result, page, recognized.to_original, search=self._search_marks)
        tables: Sequence[Block] = ()
        rules = inspection.rules if inspection.lines else ()
        if rules and not self._finds_tables:
            tables, found = find_drawn_tables(found, rules)
            clock.lap("tables")
        search = self._finds_certain_tables and page.is_rendered and not (tables or found.tables)
        if self._finds_tables or search:
            tables, found = find_tables(found, page, recognized.to_original, certain=search)
            clock.lap("tables")
        if any(line.read_by == READ_BY for line in found.lines):
            found, turned = without_turned_lines(found)
            found = order(found)
            found = found.model_copy(update={"blocks": (*found.blocks, *turned)})
        elif not self.backend.capabilities.reading_order:
            found = order(found)  # before the transform: here the lines are horizontal
        found = mark_bold_headings(classify_blocks(with_tables(found, tables)), inspection.bold)
        result = found.transformed(recognized.to_original, page.width, page.height)
        result = with_tables(result, signatures(page.form))
        clock.lap("order")
        return result


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
        self.seconds[stage] = self.seconds.get(stage, 0.0) + now - self._last
        self._last = now
