"""Calls of a backend: one thread at a time where it needs that, within its limits, with typed errors."""

from __future__ import annotations

import contextlib
import math
import threading
import weakref
from collections.abc import Sequence
from typing import Any

from ocrkit.backends.base import OcrBackend, SupportsCost, SupportsModels, SupportsScripts
from ocrkit.calibration import Calibration
from ocrkit.errors import BackendError, BadResponseError, CapabilityError, OcrkitError
from ocrkit.geometry import IDENTITY
from ocrkit.page import Page
from ocrkit.request import Request
from ocrkit.result import Block, Cost, PageResult


def recognize(backend: OcrBackend, page: Page, request: Request, *, check: bool = True) -> PageResult:
    """The result of a backend, which is valid. Every failure is an `OcrkitError` with the page number.

    Args:
        backend: the backend.
        page: the page.
        request: the request.
        check: move lines in scripts that the backend does not read from the text to `PageResult.unread`.
    """
    from ocrkit.scripts.check import check_scripts  # listing names imports no OpenCV

    name = backend.name
    too_large = backend.capabilities.too_large(page.width, page.height)
    if too_large:
        raise CapabilityError(
            f"does not accept {too_large}; choose another backend, or scale the page down",
            backend=name,
            page=page.number,
        )
    try:
        with _lock_of(backend):
            result = backend.recognize(page, request)
    except BackendError as error:
        error.backend = error.backend or name
        error.page = error.page or page.number
        raise
    except OcrkitError:
        raise
    except Exception as error:  # a backend may raise anything; callers get one kind of error
        raise BackendError(
            f"the backend failed with {type(error).__name__}: {error}", backend=name, page=page.number
        ) from error
    flaw = _flaw(result)
    if flaw:
        raise BadResponseError(f"the backend returned {flaw}", backend=name, page=page.number)
    return check_scripts(result, page) if check else result.model_copy(update={"unread": ()})


class Reader:
    """A backend for use by another one: threads may share it, and its results are complete.

    Lines are in reading order, blocks have kinds, tables are found, words have probabilities.
    """

    def __init__(
        self,
        backend: OcrBackend,
        calibration: Calibration | None,
        *,
        find_tables: bool = True,
        check_scripts: bool = True,
    ) -> None:
        self.backend = backend
        self.calibration = calibration
        self.name = backend.name
        self.capabilities = backend.capabilities.model_copy(
            update={"sharing": "shared", "reading_order": True}
        )
        self._find_tables = find_tables
        self._check_scripts = check_scripts

    def recognize(self, page: Page, request: Request) -> PageResult:
        """Read a page; see `OcrBackend.recognize`."""
        from ocrkit.postprocess.block_kinds import classify_blocks  # listing names imports no step
        from ocrkit.postprocess.reading_order import order
        from ocrkit.tables import find_tables, with_tables

        asked = self.backend.capabilities.as_asked(request)
        result = recognize(self.backend, page, asked, check=self._check_scripts)
        tables: Sequence[Block] = ()
        if self._find_tables or (request.scene == "table" and self.backend.capabilities.tables == "found"):
            tables, result = find_tables(result, page, IDENTITY)
        if not self.backend.capabilities.reading_order:
            result = order(result)
        result = classify_blocks(with_tables(result, tables))
        return self.calibration.apply(result) if self.calibration else result

    def expected_cost(self, request: Request) -> Cost | None:
        """See `ocrkit.backends.base.SupportsCost`."""
        return self.backend.expected_cost(request) if isinstance(self.backend, SupportsCost) else None

    def languages_for(self, script: str) -> tuple[str, ...]:
        """See `ocrkit.backends.base.SupportsScripts`."""
        return self.backend.languages_for(script) if isinstance(self.backend, SupportsScripts) else ()

    def missing_models(self, request: Request) -> tuple[str, ...]:
        """See `ocrkit.backends.base.SupportsModels`."""
        return self.backend.missing_models(request) if isinstance(self.backend, SupportsModels) else ()

    def close(self) -> None:
        self.backend.close()


def _flaw(result: object) -> str | None:
    """The flaw of a backend's result, in words; None for a valid result."""
    if not isinstance(result, PageResult):
        return f"{type(result).__name__}, not a PageResult"
    cells = (cell for table in result.tables for cell in table.cells)
    for region in (*result.blocks, *result.lines, *result.words, *result.fields.values(), *cells):
        polygon = region.polygon
        if polygon is not None and (len(polygon) < 3 or not all(math.isfinite(x + y) for x, y in polygon)):
            return f"an invalid polygon: {polygon}"
    return None


_locks: dict[str | int, threading.Lock] = {}


def _lock_of(backend: OcrBackend) -> contextlib.AbstractContextManager[Any]:
    """The lock that a thread holds while the backend reads, by `Capabilities.sharing`."""
    sharing = backend.capabilities.sharing
    if sharing == "shared":
        return contextlib.nullcontext()
    if sharing == "serial":
        return _locks.setdefault(backend.name, threading.Lock())
    # By instance: several `Ocr` may share one. Its lock is removed when the instance is collected.
    if id(backend) not in _locks:
        with contextlib.suppress(TypeError):  # without weak references to the instance, its lock stays
            weakref.finalize(backend, _locks.pop, id(backend), None)
    return _locks.setdefault(id(backend), threading.Lock())
