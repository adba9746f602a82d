"""The calls for one page, under one deadline. The only place that retries."""

from __future__ import annotations

import contextlib
import logging
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from typing_extensions import Unpack

from ocrkit.errors import (
    BackendError,
    BackendTimeoutError,
    BackendUnavailableError,
    ExpiredTokenError,
    OcrkitError,
)
from ocrkit.http.attempt import Attempt, RequestArguments
from ocrkit.http.deadline import Deadline
from ocrkit.http.recording import Recorded
from ocrkit.http.response import Response
from ocrkit.http.retry import backoff
from ocrkit.http.tracing import span

if TYPE_CHECKING:
    from ocrkit.http.transport import Transport

_log = logging.getLogger("ocrkit.http")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Pending:
    """The value that an operation returns to `Session.poll` while there is no answer yet."""

    retry_after: float | None = None
    """The wait in seconds that the service requests."""


class Session:
    """The calls to a service for one page. Made by `Transport.session`, for one thread."""

    def __init__(
        self,
        transport: Transport,
        closed: threading.Event,
        *,
        page_number: int | None,
        content_digest: str,
        timeout_seconds: float | None,
    ) -> None:
        self.request_id: str | None = None
        """The service's id of the last request."""
        self.attempts = 1
        """1, and one more for each retry."""
        self.page_number = page_number
        self.rate: tuple[str, float] | None = None
        """An endpoint with a rate limit of its own, and its requests per second; for all later calls."""
        self._transport = transport
        self._closed = closed
        self._content_digest = content_digest
        self._deadline = Deadline(timeout_seconds or transport.options.timeout_seconds)
        self._token_renewed = False

    @property
    def remaining(self) -> float:
        """Seconds until the deadline."""
        return self._deadline.remaining()

    def request(self, method: str, path: str, **arguments: Unpack[RequestArguments]) -> Response:
        """`Attempt.request`, with retries."""
        return self.call(lambda attempt: attempt.request(method, path, **arguments))

    def call(self, operation: Callable[[Attempt], T], *, record_as: str | None = None) -> T:
        """The result of an operation, with retries.

        Args:
            operation: takes an `Attempt`, and raises errors of ocrkit; those whose class is `retryable` are
                retried. Any other exception becomes a `BackendError`.
            record_as: the call's name in recordings, for operations that use an SDK and return plain JSON
                data. Requests of the attempt itself are recorded one by one.
        """
        number = 1
        while True:
            try:
                return self._attempt(operation, number, record_as)
            except OcrkitError as error:
                delay = self._retry_delay(error, number)
                failure = error
            if delay is None:
                raise self._redacted(failure)
            self._log_retry(failure, number, delay)
            self.wait(delay)
            number += 1

    def poll(
        self,
        operation: Callable[[Attempt], T | Pending],
        *,
        first_wait: float = 0.5,
        longest_wait: float = 5.0,
    ) -> T:
        """Call an operation until it returns something other than `Pending`.

        The wait grows from `first_wait` to `longest_wait`, unless the service requests a specific wait.
        """
        wait = first_wait
        while True:
            answer = self.call(operation)
            if not isinstance(answer, Pending):
                return answer
            self.wait(wait if answer.retry_after is None else answer.retry_after)
            wait = min(longest_wait, 1.5 * wait)

    def wait(self, seconds: float) -> None:
        """Sleep. Closing the backend ends the sleep with an error, and so does the deadline."""
        if self._transport.replay_only:
            return
        if self._closed.wait(min(seconds, self.remaining)):
            raise self._redacted(BackendUnavailableError("closed while waiting"))
        if self.remaining <= 0:
            raise self._redacted(BackendTimeoutError(f"not ready within {self._deadline.seconds:g} s"))

    def add_context(self, error: BackendError) -> None:
        """Set backend, page and request id of an error that lacks them."""
        error.backend = error.backend or self._transport.backend
        error.page = error.page or self.page_number
        error.request_id = error.request_id or self.request_id

    def _attempt(self, operation: Callable[[Attempt], T], number: int, record_as: str | None) -> T:
        transport = self._transport
        if record_as and transport.recorder is not None:
            replayed = transport.recorder.replay(record_as, self._content_digest)
            if replayed is not None and replayed.error is not None:
                raise replayed.error
            if replayed is not None:
                value: T = replayed.value
                return value
        if transport.replay_only:
            return self._call_once(operation, self._new_attempt(number), record_as)
        with contextlib.ExitStack() as held:
            with self._deadline.paused():
                held.enter_context(transport.limits.slot(self._closed, self.rate))
            attempt = self._new_attempt(number)
            attempt.remaining  # noqa: B018 – raises if no time is left, which is not an outage
            transport.limits.circuit_breaker.admit()
            return self._call_once(operation, attempt, record_as)

    def _call_once(self, operation: Callable[[Attempt], T], attempt: Attempt, record_as: str | None) -> T:
        """Call the operation, and report the outcome to the circuit breaker and the recorder."""
        breaker = self._transport.limits.circuit_breaker
        try:
            value = self._traced(operation, attempt)
        except (BackendUnavailableError, BackendTimeoutError) as error:
            breaker.record_failure(self._transport.secrets.redact(error.message))
            self._record(record_as, Recorded(error=error))
            raise
        except OcrkitError as error:
            breaker.record_success()
            if isinstance(error, BackendError):
                self._record(record_as, Recorded(error=error))
            raise
        except BaseException:
            breaker.record_abort()
            raise
        breaker.record_success()
        self._record(record_as, Recorded(value=value))
        return value

    def _traced(self, operation: Callable[[Attempt], T], attempt: Attempt) -> T:
        attributes: dict[str, str | int | float | None] = {
            "ocrkit.backend": self._transport.backend,
            "ocrkit.attempt": attempt.number,
        }
        with span("ocrkit.remote.attempt", attributes) as attempt_span:
            try:
                return self._with_fresh_token(operation, attempt)
            finally:
                self.request_id = attempt.request_id or self.request_id
                attempt_span.set_attribute("ocrkit.request_id", attempt.request_id or "")

    def _with_fresh_token(self, operation: Callable[[Attempt], T], attempt: Attempt) -> T:
        """Call the operation, and once more with a new token if the old one was refused."""
        try:
            return self._translated(operation, attempt)
        except ExpiredTokenError:
            if self._token_renewed or attempt.token_used is None:
                raise
            self._token_renewed = True
            self.attempts += 1
            self._transport.limits.tokens.discard(attempt.token_used)
        return self._translated(operation, attempt)

    def _translated(self, operation: Callable[[Attempt], T], attempt: Attempt) -> T:
        """Call the operation; whatever it raises becomes a redacted error of ocrkit."""
        try:
            return operation(attempt)
        except BackendError as error:
            error.request_id = error.request_id or attempt.request_id
            raise self._redacted(error) from None
        except OcrkitError as error:
            raise self._transport.secrets.redact_error(error) from None
        except Exception as error:  # noqa: BLE001 – an SDK may raise anything, with anything in its text
            text = f"{type(error).__name__}: {error}"
            trace = self._transport.secrets.redact(traceback.format_exc())
            _log.debug("%s", trace, extra=self._log_fields())
        raise self._redacted(BackendError(f"the call failed with {text}", request_id=attempt.request_id))

    def _new_attempt(self, number: int) -> Attempt:
        transport = self._transport
        return Attempt(
            number,
            options=transport.options,
            deadline=self._deadline,
            secrets=transport.secrets,
            tokens=transport.limits.tokens,
            client=transport.client,
            recorder=transport.recorder,
            content_digest=self._content_digest,
        )

    def _retry_delay(self, error: OcrkitError, number: int) -> float | None:
        """Seconds until the next attempt; None if there is none."""
        if not (isinstance(error, BackendError) and error.retryable):
            return None
        asked = error.retry_after
        if asked is not None and asked >= self.remaining:
            error.message += (
                f"; the service asks to wait {asked:g} s, longer than the rest of timeout_seconds"
            )
        options = self._transport.options
        delay = asked or backoff(number, options.retry_wait_seconds)
        return None if number > options.retries or delay >= self.remaining else delay

    def _log_retry(self, error: OcrkitError, number: int, delay: float) -> None:
        self.attempts += 1
        backend, reason = self._transport.backend, self._transport.secrets.redact(str(error))
        fields = self._log_fields() | {"attempt": number, "wait": delay}
        _log.info("%s: attempt %d failed, retry in %.1f s: %s", backend, number, delay, reason, extra=fields)

    def _log_fields(self) -> dict[str, object]:
        """The fields of every log record."""
        return {
            "backend": self._transport.backend,
            "page": self.page_number,
            "request_id": self.request_id,
        }

    def _redacted(self, error: OcrkitError) -> OcrkitError:
        if isinstance(error, BackendError):
            self.add_context(error)
        return self._transport.secrets.redact_error(error).with_traceback(None)

    def _record(self, record_as: str | None, recorded: Recorded) -> None:
        recorder = self._transport.recorder
        if record_as and recorder is not None:
            recorder.record(record_as, self._content_digest, recorded, self._transport.secrets)
