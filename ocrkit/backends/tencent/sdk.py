"""Tencent's SDK: it builds and signs requests, and the transport sends them."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

from ocrkit.backends.tencent.errors import CODES
from ocrkit.backends.tencent.options import Action, TencentOptions
from ocrkit.errors import missing_extra
from ocrkit.http import Attempt, ErrorDetails, Response


def send(attempt: Attempt, options: TencentOptions, action: Action, body: Mapping[str, Any]) -> Any:
    """Send a request, and return the whole response as JSON data."""
    sdk = _sdk()
    address = urlsplit(options.endpoint)
    profile = sdk.ClientProfile(
        httpProfile=sdk.HttpProfile(protocol=address.scheme, endpoint=address.netloc), language="en-US"
    )
    try:
        keys = sdk.Credential(
            options.secret_id.get_secret_value(),
            options.secret_key.get_secret_value(),
            options.session_token.get_secret_value() if options.session_token is not None else None,
        )
        client = sdk.OcrClient(keys, options.region, profile)
        client.request = _TransportRequest(attempt, action)
        return client.call_json(action, dict(body))
    except sdk.TencentCloudSDKException as error:  # the SDK refuses before anything is sent
        failure = CODES.error(error.get_code(), error.get_message())
    raise failure


class _TransportRequest:
    """Replaces the SDK's own HTTP, and hands signed requests to the transport.

    The SDK's would log the whole request, restart its timeout with every packet, and take an error for a
    result without text if the response's media type has a charset.
    """

    def __init__(self, attempt: Attempt, action: Action) -> None:
        self._attempt = attempt
        self._action = action

    def send_request(self, request: Any) -> Any:
        response = self._attempt.request(
            "POST",
            "/",
            headers=request.header,
            content=request.data.encode(),
            check=_check,
            record_as=self._action,
        )
        # Without a media type the SDK does not look for errors, which `parse` does better. The last three
        # are for its log, which must not hold the text of pages.
        for_log = {"text": "", "reason": "", "raw": SimpleNamespace(version=11)}
        return SimpleNamespace(status_code=200, headers={}, content=response.body, **for_log)


def _check(response: Response) -> None:
    if 200 <= response.status < 300:
        response.json()  # `parse` finds the error in it
    else:
        CODES.check(response, _error)


def _error(answer: Any) -> ErrorDetails:
    error = answer["Response"]["Error"]
    return ErrorDetails(error["Code"], error.get("Message"), answer["Response"].get("RequestId"))


@functools.cache
def _sdk() -> SimpleNamespace:
    """The classes of the SDK, imported for the first page."""
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
