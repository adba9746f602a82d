"""Alibaba's SDK: it builds and signs requests, and the transport sends them."""

from __future__ import annotations

import functools
import hashlib
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

from ocrkit.backends.alibaba.errors import check
from ocrkit.backends.alibaba.options import AlibabaOptions
from ocrkit.backends.alibaba.request import Action
from ocrkit.backends.remote import Call
from ocrkit.errors import missing_extra
from ocrkit.http import Attempt
from ocrkit.page import Encoded

_SIGNATURE = "ACS3-HMAC-SHA256"
_FUNCTIONS: dict[Action, tuple[str, str]] = {
    "RecognizeAdvanced": ("recognize_advanced", "RecognizeAdvancedRequest"),
    "RecognizeGeneral": ("recognize_general", "RecognizeGeneralRequest"),
    "RecognizeMultiLanguage": ("recognize_multi_language", "RecognizeMultiLanguageRequest"),
    "RecognizeHandwriting": ("recognize_handwriting", "RecognizeHandwritingRequest"),
    "RecognizeTableOcr": ("recognize_table_ocr", "RecognizeTableOcrRequest"),
    "RecognizeIdcard": ("recognize_idcard", "RecognizeIdcardRequest"),
    "RecognizePassport": ("recognize_passport", "RecognizePassportRequest"),
    "RecognizeChinesePassport": ("recognize_chinese_passport", "RecognizeChinesePassportRequest"),
    "RecognizeShoppingReceipt": ("recognize_shopping_receipt", "RecognizeShoppingReceiptRequest"),
    "RecognizeInvoice": ("recognize_invoice", "RecognizeInvoiceRequest"),
    "RecognizeBankCard": ("recognize_bank_card", "RecognizeBankCardRequest"),
}


def functions(action: Action) -> tuple[str, str]:
    """The names of the SDK's function for an endpoint, and of the class of its argument."""
    function, request = _FUNCTIONS[action]
    return f"{function}_with_options", request


def send(attempt: Attempt, options: AlibabaOptions, image: Encoded, call: Call[Action]) -> Any:
    """Send a request, and return the whole response as JSON data."""
    sdk = _sdk()
    token = options.session_token
    config = sdk.Config(
        access_key_id=options.access_key_id.get_secret_value(),
        access_key_secret=options.access_key_secret.get_secret_value(),
        security_token=token.get_secret_value() if token is not None else None,
        endpoint=urlsplit(options.endpoint).netloc,
    )
    client = sdk.TransportClient(config)
    client.attempt = attempt
    function, request = functions(call.endpoint)
    argument = getattr(sdk.models, request)(body=image.data, **call.parameters)
    getattr(client, function)(argument, sdk.RuntimeOptions())
    return client.answer


@functools.cache
def _sdk() -> SimpleNamespace:
    """The classes of the SDK, imported for the first page."""
    try:
        from alibabacloud_ocr_api20210707 import models
        from alibabacloud_ocr_api20210707.client import Client
        from alibabacloud_tea_openapi.utils import Utils
        from alibabacloud_tea_openapi.utils_models import Config
        from alibabacloud_tea_util.models import RuntimeOptions
        from darabonba.request import DaraRequest
    except ImportError:
        raise missing_extra("alibabacloud_ocr_api20210707", "alibaba", "the backend 'alibaba'") from None

    class TransportClient(Client):  # type: ignore[misc]  # it ships no types
        """The SDK's client for one request, which the SDK signs and the transport sends.

        The SDK's own HTTP would restart its timeout with every packet, take retries, proxies and logging
        from the environment, and hide the status behind its errors.
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
            if keys.security_token:
                signed.headers["x-acs-security-token"] = keys.security_token
            signed.headers["authorization"] = Utils.get_authorization(
                signed, _SIGNATURE, digest, keys.access_key_id, keys.access_key_secret
            )
            response = self.attempt.request(
                params.method,
                params.pathname,
                params=signed.query,
                headers=signed.headers,
                content=request.stream,
                check=check,
                record_as=params.action,
            )
            self.answer = response.json()
            return {"body": {}, "headers": {}, "statusCode": response.status}

    return SimpleNamespace(
        TransportClient=TransportClient, Config=Config, RuntimeOptions=RuntimeOptions, models=models
    )
