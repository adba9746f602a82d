"""What can be written down of a conversation with a service, and given back in its place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from ocrkit.errors import BackendError
from ocrkit.http.redaction import Secrets
from ocrkit.http.response import Response


@dataclass(frozen=True, slots=True)
class Recorded:
    """One of the three: a reply over HTTP, a value that an SDK gave (plain JSON data), or an error."""

    reply: Response | None = None
    value: Any = None
    error: BackendError | None = None


class Recorder(Protocol):
    """Stands between an exchange and the service. `ocrkit.testing.Cassette` is one."""

    @property
    def only_plays(self) -> bool:
        """The service is never asked, so that there is no rate to keep and no token to fetch."""
        ...

    def play(self, what: str, page: str) -> Recorded | None:
        """What is to be taken for the answer, or None to really ask.

        Args:
            what: the call, for instance `POST /v1/ocr`; never with a query, which may hold a secret.
            page: the digest of the page's pixels, empty where the call is not about a page.
        """
        ...

    def keep(self, what: str, page: str, recorded: Recorded, secrets: Secrets) -> None:
        """Called with every real answer."""
        ...
