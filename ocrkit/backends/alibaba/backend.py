"""Options, and how one page is read."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any, ClassVar
from urllib.parse import urlsplit

import numpy as np
from pydantic import SecretStr

from ocrkit.backends.alibaba.errors import CODES
from ocrkit.backends.alibaba.parse import ENGINE, parse
from ocrkit.backends.alibaba.request import LANGUAGES, LIMITS, SCENES, Accuracy, Call, choose
from ocrkit.backends.base import Finding, RemoteOptions, Requirement, remote_requirements
from ocrkit.errors import BadResponseError, CapabilityError, missing_extra
from ocrkit.http import Attempt, Response, Transport, fit, too_small
from ocrkit.page import Encoded, Page
from ocrkit.request import Capabilities, Request
from ocrkit.result import PageResult

_SIGNATURE = "ACS3-HMAC-SHA256"


class AlibabaOptions(RemoteOptions):
    """What can be set about Alibaba."""

    vendor_variables: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "access_key_id": ("ALIBABA_CLOUD_ACCESS_KEY_ID",),
        "access_key_secret": ("ALIBABA_CLOUD_ACCESS_KEY_SECRET",),
    }

    access_key_id: SecretStr
    access_key_secret: SecretStr
    endpoint: str = "https://ocr-api.cn-hangzhou.aliyuncs.com"
    """Said in full: the SDK's own default is another one, whatever the region."""
    accuracy: Accuracy = "accurate"
    """`basic` is cheaper, and gives lines only."""


class AlibabaBackend:
    """Reads pages with Alibaba Cloud OCR."""

    Options: ClassVar[type[AlibabaOptions]] = AlibabaOptions
    name = "alibaba"
    requires = (
        Requirement(
            kind="module", name="alibabacloud_ocr_api20210707", install="pip install 'ocrkit[alibaba]'"
        ),
        *remote_requirements("alibaba"),
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
        max_bytes=LIMITS.max_bytes,
    )

    def __init__(self, options: AlibabaOptions, transport: Transport | None = None) -> None:
        self.options = options
        self._transport = transport or Transport(self.name, options)

    def recognize(self, page: Page, request: Request) -> PageResult:
        """Read a page; see `ocrkit.backends.base.OcrBackend`."""
        with self._transport.exchange(page) as exchange:
            call = self._call(request)
            if unsent := too_small(page, self.name, ENGINE):
                return unsent
            sent = fit(page, LIMITS)

            def ask(attempt: Attempt) -> PageResult:
                return parse(self._ask(attempt, call, sent), sent, call)

            return exchange.finished(exchange.call(ask), sent)

    def _call(self, request: Request) -> Call:
        gaps = self.capabilities.missing(request)
        if gaps:
            offer = ", ".join(sorted(self.capabilities.scenes))
            raise CapabilityError(
                f"Alibaba does not offer {', '.join(gaps)}. It offers the scenes {offer}; `ocrkit backends` "
                "shows what others do"
            )
        return choose(request, self.options.accuracy)

    def _ask(self, attempt: Attempt, call: Call, sent: Encoded) -> Any:
        sdk = _sdk()
        client = sdk.Carried(
            sdk.Config(
                access_key_id=self.options.access_key_id.get_secret_value(),
                access_key_secret=self.options.access_key_secret.get_secret_value(),
                endpoint=urlsplit(self.options.endpoint).netloc,
            )
        )
        client.attempt = attempt
        request = getattr(sdk.models, call.request)(body=sent.data, **call.parameters)
        getattr(client, call.method)(request, sdk.RuntimeOptions())
        return client.answer

    def close(self) -> None:
        """Drop the connections."""
        self._transport.close()

    def diagnose(self) -> list[Finding]:
        """See `ocrkit.backends.base.SupportsDiagnosis`."""
        return [Finding(ok=True, text=f"pages go to {self.options.endpoint}")]

    def check_live(self) -> Finding:
        """Whatever is answered about a blank page, the keys were accepted."""
        blank = Page(np.full((64, 256), 255, np.uint8))
        result = self.recognize(blank, Request())
        return Finding(ok=True, text=f"it answered, request {result.trace.request_id}")


@functools.cache
def _sdk() -> SimpleNamespace:
    """What is used of the SDK, loaded when the first page is read."""
    try:
        from alibabacloud_ocr_api20210707 import models
        from alibabacloud_ocr_api20210707.client import Client
        from alibabacloud_tea_openapi.utils import Utils
        from alibabacloud_tea_openapi.utils_models import Config
        from alibabacloud_tea_util.models import RuntimeOptions
        from darabonba.request import DaraRequest
    except ImportError:
        raise missing_extra("alibabacloud_ocr_api20210707", "alibaba", "the backend 'alibaba'") from None

    class Carried(Client):  # type: ignore[misc]  # it ships no types
        """The SDK's client for one call, whose request is signed by the SDK and carried by the transport.

        Its own HTTP would wait anew at every packet, ask the environment about retries, proxies and logs,
        and hide the status behind its errors.
        """

        attempt: Attempt
        answer: Any = None

        def call_api(self, params: Any, request: Any, runtime: Any) -> dict[str, Any]:  # noqa: ARG002
            digest = hashlib.sha256(request.stream).hexdigest()
            signed = DaraRequest()
            signed.method, signed.pathname, signed.query = params.method, params.pathname, request.query
            signed.headers = {
                "host": self._endpoint,
                "x-acs-action": params.action,
                "x-acs-version": params.version,
                "x-acs-date": Utils.get_timestamp(),
                "x-acs-signature-nonce": Utils.get_nonce(),
                "x-acs-content-sha256": digest,
                "content-type": "application/octet-stream",
            }
            keys = self._credential.get_credential()
            signed.headers["authorization"] = Utils.get_authorization(
                signed, _SIGNATURE, digest, keys.access_key_id, keys.access_key_secret
            )
            reply = self.attempt.request(
                params.method,
                params.pathname,
                params=signed.query,
                headers=signed.headers,
                content=request.stream,
                check=_check,
                record=params.action,
            )
            self.answer = reply.json()
            return {"body": {}, "headers": {}, "statusCode": reply.status}

    return SimpleNamespace(Carried=Carried, Config=Config, RuntimeOptions=RuntimeOptions, models=models)


def _check(reply: Response) -> None:
    """Raise what the status and the code say together; codes that no table knows are what the status says."""
    if reply.status < 400:
        reply.raise_for_status()
        reply.json()
        return
    try:
        told = reply.json()
    except BadResponseError:  # the page of a gateway between: its status says all there is to know
        told = None
    code = told.get("Code") if isinstance(told, dict) else None
    if not isinstance(code, str) or not CODES.knows(code):
        reply.raise_for_status()
    if CODES.is_blank(code):
        return
    message, request_id = told.get("Message"), told.get("RequestId")
    raise CODES.error(
        code,
        message if isinstance(message, str) else "",
        request_id=request_id if isinstance(request_id, str) else reply.request_id,
        retry_after=_asked_wait(reply),
    )


def _asked_wait(reply: Response) -> float | None:
    """Alibaba's own header is in milliseconds."""
    own = reply.headers.get("x-acs-retry-after", "")
    return int(own) / 1000 if own.isdecimal() else reply.retry_after
