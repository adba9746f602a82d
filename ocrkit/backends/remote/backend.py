"""The base classes of remote backends."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from typing import Any, Generic, TypeVar

import numpy as np

from ocrkit.backends.base import Finding, Requirement
from ocrkit.backends.remote.call import Call
from ocrkit.backends.remote.image_limits import ImageLimits, encode_page
from ocrkit.backends.remote.options import RemoteOptions, account_counter, remote_requirements
from ocrkit.backends.remote.prices import PriceList
from ocrkit.backends.remote.recognition import Recognition
from ocrkit.errors import CapabilityError, ConfigError
from ocrkit.http import Attempt, Session, Token, Transport
from ocrkit.ledger import Amount, exact, paying
from ocrkit.page import Encoded, Page
from ocrkit.request import Capabilities, Request
from ocrkit.result import Cost, Decision, Engine, PageResult, Trace

_SMALLEST_SIDE = 8
"""No letter fits on a page with a shorter side."""

OptionsT = TypeVar("OptionsT", bound=RemoteOptions)
CallT = TypeVar("CallT", bound=Call[Any])


class RemoteBackend(ABC, Generic[OptionsT, CallT]):
    """A backend that sends each page to a service, in one request.

    A subclass sets `name`, `service`, `Options` and `capabilities`, and defines `choose` and `ask`. For a
    service that takes several requests a page (a job that is submitted and polled), it defines `read`.
    """

    name: str
    service: str
    """The service's own name, for results."""
    Options: type[RemoteOptions]
    capabilities: Capabilities
    requires: tuple[Requirement, ...] = remote_requirements("remote")
    limits: ImageLimits = ImageLimits()
    """The images that the service accepts."""
    prices: PriceList = PriceList()
    """The prices of the service, if known."""

    def __init__(self, options: OptionsT, transport: Transport | None = None) -> None:
        """Set up; nothing is sent.

        Args:
            options: a value of `Options`.
            transport: one with a recorder, to record answers or to replay them.
        """
        self.options = options
        self._transport = transport or Transport(self.name, options)
        self.account = account_counter(options, self.name, self.prices.currency)

    @abstractmethod
    def choose(self, request: Request) -> CallT:
        """The call for a request. Raises `CapabilityError` for a combination that no endpoint offers."""

    def ask(self, attempt: Attempt, image: Encoded, call: CallT) -> Recognition:
        """Send one request with the image, and parse the response. Raises errors of ocrkit."""
        raise NotImplementedError(f"{type(self).__name__} has to define ask() or read()")

    def read(self, session: Session, page: Page, image: Encoded, call: CallT) -> Recognition:  # noqa: ARG002
        """Make all requests for one page. By default `ask`, with retries."""
        return session.call(lambda attempt: self.ask(attempt, image, call))

    def limits_for(self, call: CallT) -> ImageLimits:  # noqa: ARG002
        """The images that an endpoint accepts, if endpoints differ."""
        return self.limits

    def rate_for(self, call: CallT) -> float | None:  # noqa: ARG002
        """Requests per second that an endpoint accepts, if it has a limit of its own."""
        return None

    def charged(self, call: CallT) -> tuple[str, ...]:
        """The billed calls of a page, by the names in `prices`. By default one call of the endpoint."""
        return (call.endpoint,)

    def expected_cost(self, request: Request) -> Cost | None:
        """See `ocrkit.backends.base.SupportsCost`."""
        return self._cost(self.choose(request))

    def encode(self, page: Page, call: CallT) -> Encoded:
        """The file that is sent for a page. By default an image within the limits."""
        return encode_page(page, self.limits_for(call))

    def engine(self, call: CallT) -> Engine:
        """The engine in the trace, without endpoint and region."""
        return Engine(name=self.service, model=call.endpoint)

    def recognize(self, page: Page, request: Request) -> PageResult:
        """See `ocrkit.backends.base.OcrBackend`."""
        digest = _digest(page) if self._transport.recorder is not None else ""
        with self._transport.session(page_number=page.number, content_digest=digest) as session:
            self._check_offered(request)
            call = self.choose(request)
            if min(page.width, page.height) < _SMALLEST_SIDE:
                return self._nothing_sent(page)
            rate = self.rate_for(call)
            session.rate = None if rate is None else (call.endpoint, rate)
            image = self.encode(page, call)
            with paying((self.account,), self._price(call)) as paid:
                recognition = self.read(session, page, image, call)
                result = self._result(session, page, image, call, recognition)
                if result.trace.cost is not None:
                    paid.append(Amount(exact(result.trace.cost.amount), result.trace.cost.calls))
            return result

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def diagnose(self) -> list[Finding]:
        """See `ocrkit.backends.base.SupportsDiagnosis`."""
        region = f", region {self.options.region}" if self.options.region else ""
        return [Finding(ok=True, text=f"pages are sent to {self.options.endpoint}{region}")]

    def check_live(self) -> Finding:
        """Read a blank page: any result means that the service accepts the credentials."""
        blank = Page(np.full((64, 256), 255, np.uint8))
        result = self.recognize(blank, Request())
        number = f", request {result.trace.request_id}" if result.trace.request_id else ""
        return Finding(ok=True, text=f"the service answered{number}")

    def _check_offered(self, request: Request) -> None:
        missing = self.capabilities.missing(request)
        if missing:
            scenes = ", ".join(sorted(self.capabilities.scenes))
            raise CapabilityError(
                f"does not support {', '.join(missing)}; it supports the scenes {scenes}. Run `ocrkit "
                "backends` to see what other backends support"
            )

    def _cost(self, call: CallT) -> Cost | None:
        return self.prices.cost(self.charged(call), self.options.prices, self.options.currency)

    def _price(self, call: CallT) -> Amount:
        """What is reserved for a page in the count of the account."""
        cost = self._cost(call)
        if cost is None and self.account.limits.max_cost is not None:
            raise ConfigError(
                "max_cost is set, but no price is known; set `prices` and `currency` in "
                f"[backends.{self.name}], or limit the calls with max_calls"
            )
        return Amount(exact(cost.amount), cost.calls) if cost else Amount(calls=1)

    def _nothing_sent(self, page: Page) -> PageResult:
        reason = f"no text fits on {page.width} × {page.height} pixels"
        decision = Decision(topic="reading", choice="nothing sent", reason=reason)
        trace = Trace(backend=self.name, engine=Engine(name=self.service), decisions=(decision,))
        return PageResult(index=page.index, width=page.width, height=page.height, dpi=page.dpi, trace=trace)

    def _result(
        self, session: Session, page: Page, image: Encoded, call: CallT, recognition: Recognition
    ) -> PageResult:
        """The result in pixels of the page, with its trace."""
        where = {"endpoint": self.options.endpoint, "region": self.options.region}
        decisions = [Decision(topic="endpoint", choice=str(call), reason=call.reason)] if call.reason else []
        if not image.media_type.startswith("image/"):
            kind = image.media_type
            decisions.append(Decision(topic="file", choice=kind, reason="the page's own file was sent"))
        trace = Trace(
            backend=self.name,
            engine=self.engine(call).model_copy(update=where),
            attempts=session.attempts,
            # A service may repeat anything as its id, also a token.
            request_id=self._transport.secrets.redact(recognition.request_id or session.request_id or "")
            or None,
            cost=self._cost(call),
            decisions=tuple(decisions),
        )
        result = PageResult(
            index=page.index,
            width=image.width,
            height=image.height,
            dpi=page.dpi,
            rotation=recognition.rotation,
            blocks=recognition.blocks,
            fields=recognition.fields,
            marks=recognition.marks,
            barcodes=recognition.barcodes,
            warnings=(*call.warnings, *recognition.warnings),
            trace=trace,
        )
        return result.transformed(image.to_page, page.width, page.height)


class TokenBackend(RemoteBackend[OptionsT, CallT]):
    """A remote backend whose service requires an access token, fetched with the credentials."""

    @abstractmethod
    def fetch_token(self, attempt: Attempt) -> Token:
        """Fetch a token with the credentials."""

    def token(self, attempt: Attempt) -> str:
        """The account's token, fetched once for all threads. Raise `ExpiredTokenError` if it is refused."""
        return attempt.token(self.fetch_token)

    def check_live(self) -> Finding:
        """Fetch a token, which costs nothing."""
        self._transport.call(self.token)
        return Finding(ok=True, text="the service accepts the credentials")


def _digest(page: Page) -> str:
    pixels = page.pixels
    return hashlib.sha256(repr(pixels.shape).encode() + pixels.tobytes()).hexdigest()
