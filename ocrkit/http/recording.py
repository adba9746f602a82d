"""Recording the answers of a service, and replaying them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from ocrkit.errors import BackendError
from ocrkit.http.redaction import Secrets
from ocrkit.http.response import Response


@dataclass(frozen=True, slots=True)
class Recorded:
    """One of three: an HTTP response, a value from an SDK (plain JSON data), or an error."""

    response: Response | None = None
    value: Any = None
    error: BackendError | None = None


class Recorder(Protocol):
    """Records the answers of a service, or replays them. `ocrkit.testing.Cassette` is one."""

    @property
    def replay_only(self) -> bool:
        """Whether nothing is ever sent; then limits and tokens do not apply."""
        ...

    def replay(self, name: str, content_digest: str) -> Recorded | None:
        """The recorded answer, or None to send the request.

        Args:
            name: the call, such as `POST /v1/ocr`; without the query, which may hold a secret.
            content_digest: the digest of what is sent, empty for a call that is not about a page.
        """
        ...

    def record(self, name: str, content_digest: str, recorded: Recorded, secrets: Secrets) -> None:
        """Called with every answer that the service gave."""
        ...
