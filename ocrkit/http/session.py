"""The calls for one page, under one deadline: THE loop that repeats them is here, and nowhere else."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import threading
import traceback
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from ocrkit.errors import (
    BackendError,
    BackendTimeoutError,
    BackendUnavailableError,
    ExpiredTokenError,
    OcrkitError,
)
from ocrkit.http.attempt import Attempt
from ocrkit.http.deadline import Deadline
from ocrkit.http.recording import Recorded
from ocrkit.http.response import Response
from ocrkit.http.tracing import span
from ocrkit.page import Encoded, Page
from ocrkit.result import PageResult

if TYPE_CHECKING:
    from tenacity import RetryCallState

    from ocrkit.http.transport import Transport

_log = logging.getLogger("ocrkit.http")
_LONGEST_WAIT = 20.0
T = TypeVar("T")


class Session:
    """What is said with a service about one page. Made by `Transport.exchange`, for one thread."""

    def __init__(
        self,
        transport: Transport,
        page: Page | None,
        closed: threading.Event,
        timeout_seconds: float | None = None,
    ) -> None:
        self.request_id: str | None = None
        """What the service calls the last request."""
        self.attempts = 1
        """1, and one more for every repetition."""
        self._transport = transport
        self._page = page
        self._closed = closed
        self._deadline = Deadline(timeout_seconds or transport.options.timeout_seconds)
        self._renewed = False
        self._digest: str | None = None

    @property
    def remaining(self) -> float:
        """Seconds until the deadline."""
        return self._deadline.remaining()

    def request(self, method: str, path: str, **arguments: Any) -> Response:
        """`Attempt.request`, repeated where that may help."""
        return self.call(lambda attempt: attempt.request(method, path, **arguments))

    def call(self, operation: Callable[[Attempt], T], *, record: str | None = None) -> T:
        """What an operation gives, repeated where that may help.

        Args:
            operation: gets an `Attempt`, and raises errors of ocrkit; those whose class says `retryable` are
                repeated. Whatever else it raises becomes a `BackendError`.
            record: what the call is named in recordings, for operations that use an SDK and give plain JSON
                data. Requests that are made by the attempt are recorded by themselves.
        """
        from tenacity import Retrying, retry_if_exception, wait_random_exponential

        options = self._transport.options
        backoff = wait_random_exponential(multiplier=options.retry_wait_seconds, max=_LONGEST_WAIT)
        retrying = Retrying(
            retry=retry_if_exception(lambda error: isinstance(error, BackendError) and error.retryable),
            wait=lambda state: _asked_wait(state) or backoff(state),
            stop=self._is_over,
            before_sleep=self._note,
            sleep=self.wait,
            reraise=True,
        )
        number = 0

        def attempt() -> T:
            nonlocal number
            number += 1
            return self._attempt(operation, number, record)

        try:
            return retrying(attempt)
        except OcrkitError as error:
            failure = error
        raise self._sealed(failure)

    def poll(
        self, operation: Callable[[Attempt], T | None], *, first_wait: float = 0.5, longest_wait: float = 5.0
    ) -> T:
        """Ask again and again, each time a little later, until the answer is not None or time is up."""
        wait = first_wait
        while True:
            found = self.call(operation)
            if found is not None:
                return found
            self.wait(wait)
            wait = min(longest_wait, 1.5 * wait)

    def wait(self, seconds: float) -> None:
        """Do nothing for a while. Closing the backend ends it, and so does the deadline, with an error."""
        if self._transport.only_plays:
            return
        closed = self._closed.wait(min(seconds, self.remaining))
        if closed:
            raise self._sealed(BackendUnavailableError("closed while waiting"))
        if self.remaining <= 0:
            raise self._sealed(BackendTimeoutError(f"not ready within {self._deadline.seconds:g} s"))

    def finished(self, result: PageResult, sent: Encoded | None = None) -> PageResult:
        """The result with how it was had: attempts, request, endpoint, region.

        With `sent`, what `fit` gave, it is led back from the pixels that were sent to those of the page.
        """
        if sent is not None and self._page is not None:
            result = result.transformed(sent.to_page, self._page.width, self._page.height)
        if self._page is not None:
            result = result.model_copy(update={"index": self._page.index, "dpi": self._page.dpi})
        options = self._transport.options
        trace, engine = result.trace, result.trace.engine
        update: dict[str, Any] = {
            "attempts": self.attempts,
            "request_id": trace.request_id or self.request_id,
        }
        if engine is not None:
            where = {"endpoint": options.endpoint, "region": options.region}
            update["engine"] = engine.model_copy(update=where)
        return result.model_copy(update={"trace": trace.model_copy(update=update)})

    def _attempt(self, operation: Callable[[Attempt], T], number: int, record: str | None) -> T:
        transport = self._transport
        if record and transport.recorder is not None:
            played = transport.recorder.play(record, self._page_digest())
            if played is not None and played.error is not None:
                raise played.error
            if played is not None:
                found: T = played.value
                return found
        if transport.only_plays:
            return self._made(operation, self._new_attempt(number), record)
        with contextlib.ExitStack() as turn:
            with self._deadline.paused():
                turn.enter_context(transport.gate.passing(self._closed))
            attempt = self._new_attempt(number)
            attempt.remaining  # noqa: B018 – raises where no time is left, which is no outage
            transport.gate.breaker.enter()
            return self._made(operation, attempt, record)

    def _made(self, operation: Callable[[Attempt], T], attempt: Attempt, record: str | None) -> T:
        """The call itself, once; once more where only the token was too old."""
        breaker = self._transport.gate.breaker
        attributes: dict[str, str | int | float | None] = {
            "ocrkit.backend": self._transport.backend,
            "ocrkit.attempt": attempt.number,
        }
        try:
            with span("ocrkit.remote.attempt", attributes) as attempt_span:
                try:
                    found = self._translated(operation, attempt)
                except ExpiredTokenError:
                    if self._renewed or attempt.token_used is None:
                        raise
                    self._renewed = True
                    self.attempts += 1
                    self._transport.gate.tokens.drop(attempt.token_used)
                    found = self._translated(operation, attempt)
                finally:
                    self.request_id = attempt.request_id or self.request_id
                    attempt_span.set_attribute("ocrkit.request_id", attempt.request_id or "")
        except (BackendUnavailableError, BackendTimeoutError) as error:
            breaker.failed(self._transport.secrets.clean(error.message))
            self._keep(record, Recorded(error=error))
            raise
        except OcrkitError as error:
            breaker.answered()
            if isinstance(error, BackendError):
                self._keep(record, Recorded(error=error))
            raise
        except BaseException:
            breaker.gave_up()
            raise
        breaker.answered()
        self._keep(record, Recorded(value=found))
        return found

    def _translated(self, operation: Callable[[Attempt], T], attempt: Attempt) -> T:
        try:
            return operation(attempt)
        except BackendError as error:
            error.request_id = error.request_id or attempt.request_id
            raise self._sealed(error) from None
        except OcrkitError as error:
            raise self._transport.secrets.sealed(error) from None
        except Exception as error:  # noqa: BLE001 – an SDK may raise anything, with anything in its text
            text = f"{type(error).__name__}: {error}"
            _log.debug("%s", self._transport.secrets.clean(traceback.format_exc()), extra=self._facts())
        raise self._sealed(BackendError(f"the call failed with {text}", request_id=attempt.request_id))

    def _new_attempt(self, number: int) -> Attempt:
        transport = self._transport
        return Attempt(
            number,
            options=transport.options,
            deadline=self._deadline,
            secrets=transport.secrets,
            gate=transport.gate,
            client=transport.client,
            recorder=transport.recorder,
            page=self._page_digest,
        )

    def _is_over(self, state: RetryCallState) -> bool:
        error = state.outcome.exception() if state.outcome else None
        asked = _asked_wait(state)
        if asked is not None and asked >= self.remaining and isinstance(error, BackendError):
            error.message = (
                f"{error.message}; it asks to wait {asked:g} s, longer than the rest of timeout_seconds"
            )
        return (
            state.attempt_number > self._transport.options.retries or state.upcoming_sleep >= self.remaining
        )

    def _note(self, state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        self.attempts += 1
        facts = self._facts() | {"attempt": state.attempt_number, "wait": state.upcoming_sleep}
        _log.info(
            "%s: attempt %d failed, the next in %.1f s: %s",
            self._transport.backend, state.attempt_number, state.upcoming_sleep,
            self._transport.secrets.clean(str(error)), extra=facts,
        )  # fmt: skip

    def _facts(self) -> dict[str, object]:
        """What every line of the log can be searched by."""
        number = self._page.number if self._page else None
        return {"backend": self._transport.backend, "page": number, "request_id": self.request_id}

    def sign(self, error: BackendError) -> None:
        """Say whose error it is, of which page and which request, where it does not say so itself."""
        error.backend = error.backend or self._transport.backend
        error.page = error.page or (self._page.number if self._page else None)
        error.request_id = error.request_id or self.request_id

    def _sealed(self, error: OcrkitError) -> OcrkitError:
        if isinstance(error, BackendError):
            self.sign(error)
        return self._transport.secrets.sealed(error).with_traceback(None)

    def _keep(self, record: str | None, recorded: Recorded) -> None:
        if record and self._transport.recorder is not None:
            self._transport.recorder.keep(record, self._page_digest(), recorded, self._transport.secrets)

    def _page_digest(self) -> str:
        if self._page is None:
            return ""
        if self._digest is None:
            pixels = self._page.pixels
            self._digest = hashlib.sha256(repr(pixels.shape).encode() + pixels.tobytes()).hexdigest()
        return self._digest


def _asked_wait(state: RetryCallState) -> float | None:
    error = state.outcome.exception() if state.outcome else None
    return getattr(error, "retry_after", None)
