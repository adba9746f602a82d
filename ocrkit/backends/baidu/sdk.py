"""Baidu's SDK: it knows the endpoints, and how a request to each of them is built.

It gets no keys and no connection. Its single method for sending is overridden to return the request.
"""

from __future__ import annotations

import functools
import threading
import warnings
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from ocrkit.backends.baidu.request import Endpoint
from ocrkit.errors import missing_extra

# The SDK's methods, and their arguments between image and parameters.
_METHODS: Mapping[Endpoint, tuple[str, ...]] = {
    "accurate": ("accurate",),
    "accurate_basic": ("basicAccurate",),
    "general": ("general",),
    "general_basic": ("basicGeneral",),
    "doc_analysis_office": ("doc_analysis_office",),
    "handwriting": ("handwriting",),
    "table": ("table",),
    "receipt": ("receipt",),
    "shopping_receipt": ("shopping_receipt",),
    "idcard": ("idcard", "front"),  # the service also reads a back, and says that it is one
    "bankcard": ("bankcard",),
}
_import_lock = threading.Lock()


def request(endpoint: Endpoint, image: bytes, parameters: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """The path of an endpoint, and the form that is sent to it."""
    method, *arguments = _METHODS[endpoint]
    with _import_lock:
        sdk = _sdk()
    address, form = getattr(sdk, method)(image, *arguments, dict(parameters))
    return urlsplit(address).path, form


@functools.cache
def _sdk() -> Any:
    try:
        with warnings.catch_warnings():  # importing it silences urllib3's warnings for the whole process
            from aip import AipOcr
    except ImportError as error:
        raise missing_extra(error.name or "baidu-aip", "baidu", "the backend 'baidu'") from None

    class RequestBuilder(AipOcr):  # type: ignore[misc]  # the SDK has no types
        def _request(self, url: str, data: dict[str, str], headers: object = None) -> Any:  # noqa: ARG002
            """Return the request instead of sending it; all methods of the SDK end with this call."""
            return url, data

    return RequestBuilder.__new__(RequestBuilder)  # the constructor only sets up the SDK's own HTTP
