"""Access tokens: fetched once for all threads, and renewed before they expire."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from ocrkit.errors import AuthenticationError, BackendTimeoutError

_RENEWAL_MARGIN_SECONDS = 60.0
_REFUSAL_SECONDS = 60.0
"""How long a refusal is remembered: some services lock an account after several wrong attempts."""


@dataclass(frozen=True, slots=True)
class Token:
    """An access token."""

    value: str = field(repr=False)
    lifetime_seconds: float | None = None
    """How long it is valid; None: until the service refuses it."""


class TokenCache:
    """The token of one account."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._token: Token | None = None
        self._renew_at = float("inf")
        self._refusal: tuple[str, str | None, float] | None = None

    def get(self, fetch: Callable[[], Token], wait_seconds: float) -> str:
        """The token. One thread fetches it; the others wait, and share a refusal as well."""
        if not self._lock.acquire(timeout=wait_seconds):
            raise BackendTimeoutError("another thread is still fetching the access token")
        try:
            if self._token is not None and time.monotonic() < self._renew_at:
                return self._token.value
            if self._refusal and time.monotonic() < self._refusal[2]:
                raise AuthenticationError(self._refusal[0], request_id=self._refusal[1])
            try:
                token = fetch()
            except AuthenticationError as error:
                self._refusal = (error.message, error.request_id, time.monotonic() + _REFUSAL_SECONDS)
                raise
            lifetime = token.lifetime_seconds
            margin = min(_RENEWAL_MARGIN_SECONDS, lifetime / 10) if lifetime else 0.0
            self._renew_at = time.monotonic() + lifetime - margin if lifetime else float("inf")
            self._token, self._refusal = token, None
            return token.value
        finally:
            self._lock.release()

    def discard(self, value: str) -> None:
        """Forget this token, unless another thread has already fetched a newer one."""
        with self._lock:
            if self._token is not None and self._token.value == value:
                self._token = None
