"""A local engine whose results are complete: in reading order, with kinds of blocks and tables."""

from __future__ import annotations

import threading
from collections.abc import Callable

from ocrkit.backends.base import OcrBackend
from ocrkit.errors import CapabilityError, ConfigError
from ocrkit.geometry import IDENTITY
from ocrkit.page import Page
from ocrkit.request import Capabilities, Request
from ocrkit.result import PageResult


class LocalReader:
    """The witness of another backend. The engine is created when a page is read.

    Backends know nothing of one another and of reading order, so the registry makes this one for a backend
    whose options name a `witness`. Threads may share it.
    """

    def __init__(self, kind: type[OcrBackend], create: Callable[[], OcrBackend]) -> None:
        """Set up; nothing is loaded.

        Args:
            kind: the class of the engine.
            create: creates the engine.

        Raises:
            ConfigError: the engine is a remote service.
        """
        self.name = kind.name
        self.capabilities: Capabilities = kind.capabilities
        if self.capabilities.remote is not False:
            raise ConfigError(f"the witness '{self.name}' is not a local engine; choose one that reads here")
        self._create = create
        self._engine: OcrBackend | None = None
        self._lock = threading.Lock()

    def recognize(self, page: Page, request: Request) -> PageResult:
        """Read a page. Of the request only the languages matter.

        Raises:
            CapabilityError: the engine does not read one of the languages.
        """
        from ocrkit.postprocess.block_kinds import classify_blocks  # listing names must not load OpenCV
        from ocrkit.postprocess.reading_order import order
        from ocrkit.tables import find_tables, with_tables

        missing = [tag for tag in request.languages if self.capabilities.language(tag) is None]
        if missing:
            raise CapabilityError(f"'{self.name}' does not read {', '.join(missing)}")
        with self._lock:
            if self._engine is None:
                self._engine = self._create()
            found = self._engine.recognize(page, Request(languages=request.languages))
        tables, found = find_tables(found, page, IDENTITY)
        if not self.capabilities.reading_order:
            found = order(found)
        return classify_blocks(with_tables(found, tables))

    def close(self) -> None:
        """Close the engine; it is created again when it is needed."""
        with self._lock:
            engine, self._engine = self._engine, None
        if engine is not None:
            engine.close()
