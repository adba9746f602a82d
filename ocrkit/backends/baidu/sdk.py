"""What the vendor's SDK knows: the endpoints, and how a request to each of them is written.

It is given no keys and no connection, and its one door to the network is replaced: whatever it would send, it
hands back.
"""

from __future__ import annotations

import functools
import threading
import warnings
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from ocrkit.backends.baidu.request import Call, Endpoint
from ocrkit.errors import missing_extra

# The methods of the SDK, with what they want besides the picture and the parameters.
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
    "idcard": ("idcard", "front"),  # the other side is recognised as well, and said to be it
    "bankcard": ("bankcard",),
}
_first_import = threading.Lock()


def written(call: Call, picture: bytes) -> tuple[str, dict[str, str]]:
    """The path that a call goes to, and the form that is sent there."""
    method, *given = _METHODS[call.endpoint]
    with _first_import:
        sdk = _sdk()
    address, form = getattr(sdk, method)(picture, *given, dict(call.parameters))
    return urlsplit(address).path, form


@functools.cache
def _sdk() -> Any:
    try:
        with warnings.catch_warnings():  # it silences those of urllib3 for everybody, and for good
            from aip import AipOcr
    except ImportError as error:
        raise missing_extra(error.name or "baidu-aip", "baidu", "the backend 'baidu'") from None

    class Catalogue(AipOcr):  # type: ignore[misc]  # the SDK has no types
        def _request(self, url: str, data: dict[str, str], headers: object = None) -> Any:  # noqa: ARG002
            """Where all of its methods end: what would be sent goes back to whoever called one."""
            return url, data

    return Catalogue.__new__(Catalogue)  # its constructor would only set up what it needs to send
