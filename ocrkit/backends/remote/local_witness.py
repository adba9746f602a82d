"""The local engine that reads the pages of a service, too: it gives words their places, and checks them."""

from __future__ import annotations

import threading

from ocrkit.backends.base import BackendFactory, OcrBackend
from ocrkit.errors import CapabilityError
from ocrkit.page import Page
from ocrkit.request import Request
from ocrkit.result import PageResult


class LocalWitness:
    """A local engine, which is created for the first page. Threads may share it."""

    def __init__(self, name: str, create: BackendFactory) -> None:
        """Set up; nothing is loaded.

        Args:
            name: the name of the engine.
            create: creates it.
        """
        self.name = name
        self._create = create
        self._engine: OcrBackend | None = None
        self._lock = threading.Lock()

    def recognize(self, page: Page, request: Request) -> PageResult:
        """Read a page. Of the request only the languages matter.

        Raises:
            CapabilityError: the engine does not read one of the languages.
        """
        with self._lock:
            if self._engine is None:
                # Lines that it cannot read still say where the text of the service is.
                self._engine = self._create(self.name, check_scripts=False)
            engine = self._engine
        missing = [tag for tag in request.languages if engine.capabilities.language(tag) is None]
        if missing:
            raise CapabilityError(f"'{self.name}' does not read {', '.join(missing)}")
        return engine.recognize(page, Request(languages=request.languages))

    def close(self) -> None:
        """Close the engine. It is created again when it is needed."""
        with self._lock:
            engine, self._engine = self._engine, None
        if engine is not None:
            engine.close()
