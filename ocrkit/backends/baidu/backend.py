"""Options, and how one page is read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from pydantic import Field, SecretStr

from ocrkit.backends.baidu.parse import ENGINE, check, parse
from ocrkit.backends.baidu.request import LANGUAGES, LIMITS, SCENES, Call, Reader, ReceiptReader, choose
from ocrkit.backends.baidu.sdk import written
from ocrkit.backends.base import Finding, RemoteOptions, Requirement, remote_requirements
from ocrkit.errors import CapabilityError
from ocrkit.http import Attempt, Token, Transport, fit, too_small
from ocrkit.http.parsing import ResponseModel, validated
from ocrkit.page import Page
from ocrkit.request import Capabilities, Request
from ocrkit.result import PageResult


class BaiduOptions(RemoteOptions):
    """What can be set about Baidu."""

    vendor_variables: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "api_key": ("BAIDU_API_KEY",),
        "secret_key": ("BAIDU_SECRET_KEY",),
    }

    api_key: SecretStr
    secret_key: SecretStr
    app_id: str | int | None = None
    """The third value that the console shows. It is not sent: the keys say which application it is."""
    endpoint: str = "https://aip.baidubce.com"
    reader: Reader = "accurate"
    """The endpoint for text. `general` costs less; those in `_basic` tell no places, and cost less again;
    `doc_analysis_office` says of each line whether it is handwriting."""
    receipts: ReceiptReader = "shopping_receipt"
    """The endpoint for the scene `receipt`. `receipt` gives lines of text, and no fields."""
    requests_per_second: float | None = Field(2, gt=0)
    """The allowance of an account that does not pay; of others it is 10."""


class BaiduBackend:
    """Reads pages with Baidu AI Cloud OCR."""

    Options: ClassVar[type[BaiduOptions]] = BaiduOptions
    name = "baidu"
    requires = (
        Requirement(kind="module", name="aip", install="pip install 'ocrkit[baidu]'"),
        Requirement(kind="module", name="chardet", install="pip install 'ocrkit[baidu]'"),
        *remote_requirements("baidu"),
    )
    capabilities = Capabilities(
        languages=frozenset(LANGUAGES),
        modes=frozenset({"auto", "printed", "handwritten"}),
        scenes=frozenset(SCENES),
        levels=frozenset({"line", "word"}),
        orientation=True,
        sharing="shared",
        remote=True,
    )

    def __init__(self, options: BaiduOptions, transport: Transport | None = None) -> None:
        self.options = options
        self._transport = transport or Transport(self.name, options)

    def recognize(self, page: Page, request: Request) -> PageResult:
        """Read a page; see `ocrkit.backends.base.OcrBackend`."""
        with self._transport.exchange(page) as exchange:
            call = self._call(request)
            if unsent := too_small(page, self.name, ENGINE):
                return unsent
            sent = fit(page, LIMITS[call.endpoint])
            path, form = written(call, sent.data)

            def ask(attempt: Attempt) -> PageResult:
                token = {"access_token": attempt.token(self._fetch_token)}
                reply = attempt.request("POST", path, params=token, form=form, check=check)
                return parse(reply.json(), sent, call)

            return exchange.finished(exchange.call(ask), sent)

    def _call(self, request: Request) -> Call:
        gaps = self.capabilities.missing(request)
        if gaps:
            raise CapabilityError(
                f"Baidu does not offer {', '.join(gaps)}; `ocrkit backends` shows what others do"
            )
        return choose(request, self.options.reader, self.options.receipts)

    def _fetch_token(self, attempt: Attempt) -> Token:
        """The service takes the keys in the address alone, also where it is asked by POST."""
        keys = {
            "grant_type": "client_credentials",
            "client_id": self.options.api_key.get_secret_value().strip(),
            "client_secret": self.options.secret_key.get_secret_value().strip(),
        }
        reply = attempt.request("POST", "/oauth/2.0/token", params=keys, check=check)
        told = validated(_TokenReply, reply.json())
        return Token(told.access_token, told.expires_in)

    def close(self) -> None:
        """Drop the connections."""
        self._transport.close()

    def diagnose(self) -> list[Finding]:
        """See `ocrkit.backends.base.SupportsDiagnosis`."""
        return [Finding(ok=True, text=f"keys are set for {self.options.endpoint}")]

    def check_live(self) -> Finding:
        """Fetch a token, which costs nothing."""
        self._transport.call(lambda attempt: attempt.token(self._fetch_token))
        return Finding(ok=True, text="the keys are accepted")


class _TokenReply(ResponseModel):
    access_token: str = Field(min_length=1)
    expires_in: float | None = Field(None, gt=0)
