"""A tiny service, and a client of it on the transport: with the transport's HTTP, and with an SDK's own."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any, ClassVar

from pydantic import SecretStr

from ocrkit.errors import (
    AuthenticationError,
    BackendUnavailableError,
    ExpiredTokenError,
    QuotaError,
    RateLimitError,
)
from ocrkit.http import Attempt, Connection, ErrorTable, Response, Session, Token, Transport, rows
from ocrkit.testing import Answer, VendorServer

SECRET = "s3cr3t/of+the=account"
KEY = "AKID-public-half"
TOKEN = "t0ken.of.a.day"
CONTENT = b"\x89PNG of a page"

ERRORS = ErrorTable(
    rows(AuthenticationError, "check key and secret in the console", "auth.*", 14),
    rows(ExpiredTokenError, "", 111),
    rows(QuotaError, "buy a package", 17),
    rows(RateLimitError, "lower requests_per_second", 18),
    rows(BackendUnavailableError, "", 2),
    rows(None, "", "no_text"),
)


class TinyConnection(Connection):
    endpoint: str = "https://tiny.example"
    key: SecretStr
    secret: SecretStr
    vendor_variables: ClassVar = {"key": ("TINY_KEY",), "secret": ("TINY_SECRET", "TINY_SECRET_OLD")}


@dataclass(frozen=True)
class Reading:
    texts: list[str]
    request_id: str | None
    attempts: int


class TinyClient:
    """Sends bytes, and reads text."""

    def __init__(self, options: TinyConnection, recorder: Any = None) -> None:
        self.transport = Transport("tiny", options, recorder=recorder)
        self.options = options

    def read(self, content: bytes = CONTENT, *, page_number: int = 1) -> Reading:
        digest = content.hex()
        with self.transport.session(page_number=page_number, content_digest=digest) as session:
            answer = self._ask(session, content)
            texts = [line["text"] for line in answer.get("lines", ())]
            return Reading(texts, session.request_id, session.attempts)

    def _ask(self, session: Session, content: bytes) -> Any:
        return session.call(lambda attempt: self._request(attempt, content))

    def _request(self, attempt: Attempt, content: bytes) -> Any:
        token = {"access_token": attempt.token(self.fetch_token)}
        answer = attempt.request("POST", "/ocr", params=token, content=content, check=check).json()
        attempt.request_id = answer.get("id")
        return answer

    def fetch_token(self, attempt: Attempt) -> Token:
        keys = {name: getattr(self.options, name).get_secret_value() for name in ("key", "secret")}
        answer = attempt.request("POST", "/token", form=keys).json()
        return Token(answer["access_token"], answer["expires_in"])

    def close(self) -> None:
        self.transport.close()


class TinySdkClient(TinyClient):
    """Uses an SDK whose errors hold whole addresses."""

    def _ask(self, session: Session, content: bytes) -> Any:
        return session.call(lambda attempt: self._sdk(attempt, content), record_as="Ocr")

    def _sdk(self, attempt: Attempt, content: bytes) -> Any:
        attempt.secrets.add(TOKEN)
        url = f"{self.options.endpoint}/ocr?access_token={TOKEN}&secret={SECRET}"
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(urllib.request.Request(url, content), timeout=attempt.remaining) as response:
                answer = json.load(response)
        except urllib.error.HTTPError as error:
            error.close()
            raise BackendUnavailableError(f"status {error.code} of {url}") from error
        except OSError as error:
            raise BackendUnavailableError(f"{error} at {url}") from error
        raise_error(answer)
        attempt.request_id = answer.get("id")
        return answer


def check(response: Response) -> None:
    response.raise_for_status()
    raise_error(response.json(), response.retry_after)


def raise_error(answer: Any, retry_after: float | None = None) -> None:
    code = answer.get("error")
    if code is not None and not ERRORS.means_empty(code):
        details = {"request_id": answer.get("id"), "retry_after": retry_after}
        raise ERRORS.error(code, answer.get("message"), **details)


class TinyServer(VendorServer):
    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.route("POST", "/token", self._token)
        self.route("POST", "/ocr", self._ocr)

    def _token(self, request: Any) -> Any:
        if request.form() != {"key": KEY, "secret": SECRET}:
            return Answer({"error": "invalid_client", "echo": request.form()}, 401)
        return {"access_token": TOKEN, "expires_in": 3600}

    def _ocr(self, request: Any) -> Any:
        assert request.query["access_token"] == TOKEN
        assert request.body[:4] in (b"\x89PNG", b"\xff\xd8\xff\xe0")
        return {"id": "r-1", "lines": [{"text": "hello", "box": [10, 10, 60, 30]}]}
