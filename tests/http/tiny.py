"""A tiny remote backend both ways: by our own HTTP, and by an SDK as they are."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import ClassVar

from pydantic import SecretStr

from ocrkit.backends.base import Finding, RemoteOptions, remote_requirements
from ocrkit.errors import (
    AuthenticationError,
    BackendUnavailableError,
    CapabilityError,
    ExpiredTokenError,
    QuotaError,
    RateLimitError,
)
from ocrkit.geometry import Box
from ocrkit.http import (
    Attempt,
    ErrorTable,
    ImageLimits,
    Response,
    Token,
    Transport,
    fit,
    rows,
)
from ocrkit.request import Capabilities
from ocrkit.result import Block, Engine, Line, PageResult, Trace
from ocrkit.testing import Answer, VendorServer

SECRET = "s3cr3t/of+the=account"
KEY = "AKID-public-half"
TOKEN = "t0ken.of.a.day"

ERRORS = ErrorTable(
    rows(AuthenticationError, "check key and secret in the console", "auth.*", 14),
    rows(ExpiredTokenError, "", 111),
    rows(QuotaError, "buy a package", 17),
    rows(RateLimitError, "lower requests_per_second", 18),
    rows(BackendUnavailableError, "", 2),
    rows(None, "", "no_text"),
)


class TinyOptions(RemoteOptions):
    endpoint: str = "https://tiny.example"
    key: SecretStr
    secret: SecretStr
    vendor_variables: ClassVar = {"key": ("TINY_KEY",), "secret": ("TINY_SECRET", "TINY_SECRET_OLD")}


class TinyBackend:
    name = "tiny"
    Options = TinyOptions
    requires = remote_requirements("tiny")
    capabilities = Capabilities(remote=True, sharing="shared", confidence="none")
    limits = ImageLimits(max_bytes=400_000, counted="base64", max_side=2000, min_side=15)

    def __init__(self, options, transport=None):
        self.options = options
        self._transport = transport or Transport(self.name, options)

    def recognize(self, page, request):
        gaps = self.capabilities.missing(request)
        if gaps:
            raise CapabilityError(f"does not offer {gaps}", backend=self.name)
        sent = fit(page, self.limits)
        with self._transport.exchange(page) as exchange:
            return exchange.finished(self._ask(exchange, sent), sent)

    def _ask(self, exchange, sent):
        reply = exchange.call(
            lambda attempt: attempt.request(
                "POST",
                "/ocr",
                params={"access_token": attempt.token(self._fetch)},
                content=sent.data,
                media_type=sent.media_type,
                check=check,
            )
        )
        return parse(reply.json(), sent)

    def _fetch(self, attempt):
        secrets = {name: getattr(self.options, name).get_secret_value() for name in ("key", "secret")}
        told = attempt.request("POST", "/token", form=secrets).json()
        return Token(told["access_token"], told["expires_in"])

    def check_live(self):
        self._transport.call(lambda attempt: attempt.token(self._fetch))
        return Finding(ok=True, text="the credentials are accepted")

    def close(self):
        self._transport.close()


class TinySdkBackend(TinyBackend):
    """The same through somebody else's HTTP, which puts whole addresses into its errors."""

    def _ask(self, exchange, sent):
        return parse(exchange.call(lambda attempt: self._sdk(attempt, sent), record="Ocr"), sent)

    def _sdk(self, attempt: Attempt, sent):
        attempt.secrets.add(TOKEN)
        url = f"{self.options.endpoint}/ocr?access_token={TOKEN}&secret={SECRET}"
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(urllib.request.Request(url, sent.data), timeout=attempt.remaining) as reply:
                answer = json.load(reply)
        except urllib.error.HTTPError as error:
            error.close()
            raise BackendUnavailableError(f"status {error.code} of {url}") from error
        except OSError as error:
            raise BackendUnavailableError(f"{error} at {url}") from error
        if "error" in answer and not ERRORS.is_blank(answer["error"]):
            raise ERRORS.error(answer["error"], answer.get("message"), request_id=answer.get("id"))
        return answer


def check(reply: Response) -> None:
    reply.raise_for_status()
    answer = reply.json()
    if "error" in answer and not ERRORS.is_blank(answer["error"]):
        raise ERRORS.error(
            answer["error"], answer.get("message"), request_id=answer.get("id"), retry_after=reply.retry_after
        )


def parse(answer, sent):
    lines = tuple(
        Line.model_construct(text=line["text"], polygon=Box(*line["box"]).polygon, words=())
        for line in answer.get("lines", ())
    )
    blocks = tuple(Block(lines=(line,), polygon=line.polygon) for line in lines)
    trace = Trace(backend="tiny", engine=Engine(name="Tiny"), request_id=answer.get("id"))
    return PageResult(width=sent.width, height=sent.height, blocks=blocks, trace=trace)


class TinyServer(VendorServer):
    def __init__(self, **arguments):
        super().__init__(**arguments)
        self.route("POST", "/token", self._token)
        self.route("POST", "/ocr", self._ocr)

    def _token(self, request):
        if request.form() != {"key": KEY, "secret": SECRET}:
            return Answer({"error": "invalid_client", "echo": request.form()}, 401)
        return {"access_token": TOKEN, "expires_in": 3600}

    def _ocr(self, request):
        assert request.query["access_token"] == TOKEN
        assert request.body[:4] in (b"\x89PNG", b"\xff\xd8\xff\xe0")
        return {"id": "r-1", "lines": [{"text": "hello", "box": [10, 10, 60, 30]}]}
