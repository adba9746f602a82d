"""Options, and how one page is read."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any, ClassVar
from urllib.parse import urlsplit

import numpy as np
from pydantic import Field, SecretStr

from ocrkit.backends.base import Finding, RemoteOptions, Requirement, remote_requirements
from ocrkit.backends.tencent.errors import CODES
from ocrkit.backends.tencent.parse import ENGINE, parse
from ocrkit.backends.tencent.request import LANGUAGES, LIMITS, SCENES, Accuracy, Call, choose
from ocrkit.errors import CapabilityError, missing_extra
from ocrkit.http import Attempt, Response, Transport, fit, too_small
from ocrkit.page import Encoded, Page
from ocrkit.request import Capabilities, Request
from ocrkit.result import PageResult


class TencentOptions(RemoteOptions):
    """What can be set about Tencent."""

    vendor_variables: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "secret_id": ("TENCENTCLOUD_SECRET_ID",),
        "secret_key": ("TENCENTCLOUD_SECRET_KEY",),
    }

    secret_id: SecretStr
    secret_key: SecretStr
    endpoint: str = "https://ocr.tencentcloudapi.com"
    region: str = "ap-guangzhou"
    accuracy: Accuracy = "accurate"
    """`basic` is cheaper, and finds the language by itself."""
    requests_per_second: float | None = Field(10, gt=0)
    """The vendor's default allowance for accurate reading; that for tables is 2."""


class TencentBackend:
    """Reads pages with Tencent Cloud OCR."""

    Options: ClassVar[type[TencentOptions]] = TencentOptions
    name = "tencent"
    requires = (
        Requirement(kind="module", name="tencentcloud.ocr", install="pip install 'ocrkit[tencent]'"),
        *remote_requirements("tencent"),
    )
    capabilities = Capabilities(
        languages=frozenset(LANGUAGES),
        modes=frozenset({"auto", "printed", "handwritten"}),
        scenes=frozenset(SCENES),
        levels=frozenset({"line", "word"}),
        confidence="word",
        orientation=True,
        sharing="shared",
        remote=True,
    )

    def __init__(self, options: TencentOptions, transport: Transport | None = None) -> None:
        self.options = options
        self._transport = transport or Transport(self.name, options)

    def recognize(self, page: Page, request: Request) -> PageResult:
        """Read a page; see `ocrkit.backends.base.OcrBackend`."""
        with self._transport.exchange(page) as exchange:
            call = self._call(request)
            if unsent := too_small(page, self.name, ENGINE):
                return unsent
            sent = fit(page, LIMITS[call.action])

            def ask(attempt: Attempt) -> PageResult:
                return parse(self._ask(attempt, call, sent), sent, call)

            return exchange.finished(exchange.call(ask), sent)

    def _call(self, request: Request) -> Call:
        gaps = self.capabilities.missing(request)
        if gaps:
            offer = ", ".join(sorted(self.capabilities.scenes))
            raise CapabilityError(
                f"Tencent does not offer {', '.join(gaps)}. It offers the scenes {offer}; `ocrkit backends` "
                "shows what others do"
            )
        return choose(request, self.options.accuracy)

    def _ask(self, attempt: Attempt, call: Call, sent: Encoded) -> Any:
        sdk = _sdk()
        options = self.options
        address = urlsplit(options.endpoint)
        profile = sdk.ClientProfile(
            httpProfile=sdk.HttpProfile(protocol=address.scheme, endpoint=address.netloc), language="en-US"
        )
        try:
            keys = sdk.Credential(options.secret_id.get_secret_value(), options.secret_key.get_secret_value())
            client = sdk.OcrClient(keys, options.region, profile)
            client.request = _Carrier(attempt, call)
            reply = client.call_json(call.action, call.body(sent.data))
        except sdk.TencentCloudSDKException as error:  # what it does not like before anything is sent
            failure = CODES.error(error.get_code(), error.get_message())
        else:
            return reply
        raise failure

    def close(self) -> None:
        """Drop the connections."""
        self._transport.close()

    def diagnose(self) -> list[Finding]:
        """See `ocrkit.backends.base.SupportsDiagnosis`."""
        return [Finding(ok=True, text=f"pages go to {self.options.endpoint}, region {self.options.region}")]

    def check_live(self) -> Finding:
        """Whatever is answered about a blank page, the keys were accepted."""
        blank = Page(np.full((64, 256), 255, np.uint8))
        result = self.recognize(blank, Request())
        return Finding(ok=True, text=f"it answered, request {result.trace.request_id}")


class _Carrier:
    """In the place of the SDK's own HTTP: it takes signed requests and hands them to the transport.

    The SDK's would write the whole request to a log, wait anew at every packet, and take an error for a
    result without text where the answer's media type has a charset.
    """

    def __init__(self, attempt: Attempt, call: Call) -> None:
        self._attempt = attempt
        self._call = call

    def send_request(self, request: Any) -> Any:
        reply = self._attempt.request(
            "POST",
            "/",
            headers=request.header,
            content=request.data.encode(),
            check=_check,
            record=self._call.action,
        )
        # Without a media type the SDK looks for no errors of its own: `parse` knows them better. The last
        # three are for its log, which is not to have the text of pages.
        shown_in_log = {"text": "", "reason": "", "raw": SimpleNamespace(version=11)}
        return SimpleNamespace(status_code=200, headers={}, content=reply.body, **shown_in_log)


def _check(reply: Response) -> None:
    reply.raise_for_status()
    reply.json()


@functools.cache
def _sdk() -> SimpleNamespace:
    """What is used of the SDK, loaded when the first page is read."""
    try:
        from tencentcloud.common.credential import Credential
        from tencentcloud.common.exception import TencentCloudSDKException
        from tencentcloud.common.profile.client_profile import ClientProfile
        from tencentcloud.common.profile.http_profile import HttpProfile
        from tencentcloud.ocr.v20181119.ocr_client import OcrClient
    except ImportError:
        raise missing_extra("tencentcloud-sdk-python-ocr", "tencent", "the backend 'tencent'") from None
    return SimpleNamespace(
        Credential=Credential,
        TencentCloudSDKException=TencentCloudSDKException,
        ClientProfile=ClientProfile,
        HttpProfile=HttpProfile,
        OcrClient=OcrClient,
    )
