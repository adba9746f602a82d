"""Amazon Textract on this machine, as documented, with signatures."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import itertools
import re
import uuid
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import quote

from ocrkit.backends.base import OcrBackend
from ocrkit.geometry import Polygon, bounding_box
from ocrkit.result import Line, PageResult, Word
from ocrkit.testing.uploads import InvalidImageError, decode_image, recognize
from ocrkit.testing.vendor import Answer, Received, RefusedError, VendorServer

_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<id>[^/]+)/"
    r"(?P<scope>(?P<day>\d{8})/(?P<region>[\w-]+)/textract/aws4_request), "
    r"SignedHeaders=(?P<names>[\w;-]+), Signature=(?P<signature>[0-9a-f]{64})"
)
_CLOCKS_DIFFER = timedelta(minutes=5)
_MOST_BYTES = 10 * 2**20
_OPERATIONS = frozenset({"DetectDocumentText", "AnalyzeDocument", "AnalyzeID", "AnalyzeExpense"})
_FEATURES = frozenset({"TABLES", "FORMS", "QUERIES", "SIGNATURES", "LAYOUT"})
_STATUSES = {"InternalServerError": 500, "InternalFailure": 500, "ServiceUnavailable": 503}


class AwsServer(VendorServer):
    """The vendor's API on 127.0.0.1. A backend reads the text; other responses are given.

        with AwsServer(ScriptedBackend(["hello"])) as server:
            backend = AwsBackend(AwsOptions(**server.options()))

    Args:
        engine: reads the images sent to `DetectDocumentText` and `AnalyzeDocument`.
        replies: responses by operation, instead of what the engine reads.
        access_key_id: the accepted key.
        secret_access_key: the key of valid signatures.
        session_token: the token that must come with the key, if it is a temporary one.
        region: the region of valid signatures.
    """

    def __init__(
        self,
        engine: OcrBackend,
        replies: Mapping[str, Mapping[str, Any]] | None = None,
        *,
        access_key_id: str = "AKIAEXAMPLE012345678",
        secret_access_key: str = "sample/secret+access+key/0123456789abcdef",  # noqa: S107 – an example
        session_token: str | None = None,
        region: str = "eu-central-1",
    ) -> None:
        super().__init__()
        self.replies = dict(replies or {})
        self._engine = engine
        self._keys = (access_key_id, secret_access_key)
        self._session_token = session_token
        self._region = region
        self.route("POST", "/", self._handle)

    def options(self) -> dict[str, Any]:
        """The options of an `AwsBackend` of this server."""
        token = {"session_token": self._session_token} if self._session_token else {}
        keys = {"access_key_id": self._keys[0], "secret_access_key": self._keys[1]}
        return {"endpoint": self.url, "region": self._region, **keys, **token}

    @staticmethod
    def error(code: str, message: str = "scripted by the test", *, status: int | None = None) -> Answer:
        """An error as the service sends it, for `fail("/", …)`."""
        body = {"__type": code, "message": message}
        return Answer(body, status or _STATUSES.get(code, 400), headers=_request_id())

    def _handle(self, request: Received) -> Answer:
        self._check_signature(request)
        operation = request.headers.get("x-amz-target", "").removeprefix("Textract.")
        if operation not in _OPERATIONS or "x-amz-json-1.1" not in request.headers.get("content-type", ""):
            raise RefusedError(self.error("UnknownOperationException"))
        try:
            body = request.json()
            documents = body["DocumentPages"] if operation == "AnalyzeID" else [body["Document"]]
            image = base64.b64decode(documents[0]["Bytes"], validate=True)
        except (ValueError, KeyError, IndexError, TypeError, binascii.Error) as error:
            raise RefusedError(self.error("SerializationException", repr(error))) from None
        self._check_features(operation, body)
        if len(image) > _MOST_BYTES:
            raise RefusedError(self.error("DocumentTooLargeException"))
        try:
            page = decode_image(image)
        except InvalidImageError:
            raise RefusedError(self.error("UnsupportedDocumentException", "unsupported format")) from None
        reply = self.replies.get(operation)
        if reply is None and operation in ("AnalyzeID", "AnalyzeExpense"):
            raise RefusedError(self.error("InternalServerError", f"no reply is configured for {operation}"))
        return Answer(reply or _blocks(recognize(self._engine, page)), headers=_request_id())

    def _check_features(self, operation: str, body: Mapping[str, Any]) -> None:
        features = set(body.get("FeatureTypes", ()))
        if operation == "AnalyzeDocument" and (not features or features - _FEATURES):
            raise RefusedError(self.error("InvalidParameterException", "FeatureTypes is not valid"))

    def _check_signature(self, request: Received) -> None:
        """Compute SigV4 from the received request, and compare."""
        found = _AUTHORIZATION.fullmatch(request.headers.get("authorization", ""))
        if found is None:
            raise RefusedError(self.error("MissingAuthenticationTokenException", "Missing Token"))
        if found["id"] != self._keys[0] or request.headers.get("x-amz-security-token") != self._session_token:
            text = "The security token included in the request is invalid."
            raise RefusedError(self.error("UnrecognizedClientException", text))
        names = found["names"].split(";")
        required = {"host", "x-amz-date"} | ({"x-amz-security-token"} if self._session_token else set())
        stamp = request.headers.get("x-amz-date", "")
        right = required <= set(names) and _is_now(stamp) and stamp.startswith(found["day"])
        right = right and found["region"] == self._region
        expected = self._signature(request, names, stamp, found["scope"])
        if not right or not hmac.compare_digest(expected, found["signature"]):
            text = "The request signature we calculated does not match the signature you provided."
            raise RefusedError(self.error("InvalidSignatureException", text))

    def _signature(self, request: Received, names: list[str], stamp: str, scope: str) -> str:
        signed = "".join(f"{name}:{' '.join(request.headers.get(name, '').split())}\n" for name in names)
        query = "&".join(sorted(f"{quote(k, safe='')}={quote(v, safe='')}" for k, v in request.query.items()))
        digest = hashlib.sha256(request.body).hexdigest()
        canonical = "\n".join((request.method, request.path, query, signed, ";".join(names), digest))
        hashed = hashlib.sha256(canonical.encode()).hexdigest()
        key = f"AWS4{self._keys[1]}".encode()
        for part in (*scope.split("/"), f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashed}"):
            key = hmac.digest(key, part.encode(), "sha256")
        return key.hex()


def _is_now(stamp: str) -> bool:
    try:
        time = datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc)
    except ValueError:
        return False
    return abs(datetime.now(timezone.utc) - time) < _CLOCKS_DIFFER


def _request_id() -> dict[str, str]:
    return {"x-amzn-RequestId": str(uuid.uuid4())}


def _blocks(result: PageResult) -> dict[str, Any]:
    """The recognized text: a page, its lines and their words, in one list."""
    names = (str(uuid.UUID(int=number)) for number in itertools.count(1))
    found = list(_lines(result, names))
    lines = [item["Id"] for item in found if item["BlockType"] == "LINE"]
    page = {"BlockType": "PAGE", "Id": next(names), "Relationships": [{"Type": "CHILD", "Ids": lines}]}
    return {
        "DocumentMetadata": {"Pages": 1},
        "Blocks": [page, *found],
        "DetectDocumentTextModelVersion": "1.0",
    }


def _lines(result: PageResult, names: Iterator[str]) -> Iterator[dict[str, Any]]:
    for line in result.lines:
        words = [_item("WORD", word, next(names), result) for word in line.words]
        children = [{"Type": "CHILD", "Ids": [word["Id"] for word in words]}] if words else []
        yield {**_item("LINE", line, next(names), result), "Relationships": children}
        yield from words


def _item(kind: str, part: Line | Word, name: str, result: PageResult) -> dict[str, Any]:
    text_type = {"TextType": "PRINTED"} if kind == "WORD" else {}
    return {
        "BlockType": kind,
        "Id": name,
        "Text": part.text,
        "Confidence": 100 * (part.confidence or 0),
        "Geometry": _geometry(part.polygon or (), result.width, result.height),
        **text_type,
    }


def _geometry(polygon: Polygon, width: int, height: int) -> dict[str, Any]:
    """The outline and the rectangle around it, as shares of the width and the height."""
    box = bounding_box(polygon)
    return {
        "BoundingBox": {
            "Left": box.left / width,
            "Top": box.top / height,
            "Width": box.width / width,
            "Height": box.height / height,
        },
        "Polygon": [{"X": point.x / width, "Y": point.y / height} for point in polygon],
    }
