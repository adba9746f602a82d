"""Tencent Cloud OCR on this machine, as documented, with signatures."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
import time
import uuid
from collections.abc import Iterator, Mapping
from datetime import datetime, timezone
from typing import Any

from ocrkit.backends.base import OcrBackend
from ocrkit.geometry import Box, Polygon, bounding_box
from ocrkit.result import PageResult, Word
from ocrkit.testing.uploads import InvalidImageError, decode_image, recognize, split_polygon
from ocrkit.testing.vendor import Answer, Received, RefusedError, VendorServer

_AUTHORIZATION = re.compile(
    r"TC3-HMAC-SHA256 Credential=(?P<id>[^/]+)/(?P<scope>(?P<day>[\d-]+)/ocr/tc3_request), "
    r"SignedHeaders=(?P<names>[\w;-]+), Signature=(?P<signature>[0-9a-f]{64})"
)
_CLOCKS_DIFFER = 300
_MOST_BYTES = 10 * 2**20
_TEXT = frozenset({"GeneralBasicOCR", "GeneralAccurateOCR", "GeneralHandwritingOCR"})
_ACTIONS = _TEXT | {
    "RecognizeTableAccurateOCR", "IDCardOCR", "MLIDPassportOCR", "BankCardOCR", "RecognizeGeneralInvoice",
}  # fmt: skip


class TencentServer(VendorServer):
    """The vendor's API on 127.0.0.1. A backend reads images of text; other responses are given.

        with TencentServer(ScriptedBackend(["hello"])) as server:
            backend = TencentBackend(TencentOptions(**server.options()))

    Args:
        engine: reads the images sent to the endpoints for text.
        replies: responses by action, instead of what the engine reads.
        secret_id: the accepted key.
        secret_key: the key of valid signatures.
        session_token: the token that must come with the keys, if they are temporary.
    """

    def __init__(
        self,
        engine: OcrBackend,
        replies: Mapping[str, Mapping[str, Any]] | None = None,
        *,
        secret_id: str = "AKIDexample0123456789",  # noqa: S107 – an example
        secret_key: str = "sample-secret-key-9876",  # noqa: S107 – an example
        session_token: str | None = None,
    ) -> None:
        super().__init__()
        self._engine = engine
        self.replies = dict(replies or {})
        self._keys = (secret_id, secret_key)
        self._session_token = session_token
        self.route("POST", "/", self._handle_action)

    def options(self) -> dict[str, Any]:
        """The options of a `TencentBackend` of this server."""
        token = {"session_token": self._session_token} if self._session_token else {}
        return {"endpoint": self.url, "secret_id": self._keys[0], "secret_key": self._keys[1], **token}

    @staticmethod
    def error(code: str, message: str = "scripted by the test", *, status: int = 200) -> Answer:
        """An error as the service sends it, for `fail("/", …)`."""
        error = {"Code": code, "Message": message}
        return Answer({"Response": {"Error": error, "RequestId": str(uuid.uuid4())}}, status)

    def _handle_action(self, request: Received) -> Any:
        self._check_signature(request)
        action = request.headers.get("x-tc-action", "")
        if action not in _ACTIONS:
            raise RefusedError(self.error("InvalidAction", f"The action {action} does not exist"))
        if request.headers.get("x-tc-version") != "2018-11-19":
            raise RefusedError(self.error("NoSuchVersion"))
        if not request.headers.get("x-tc-region"):
            raise RefusedError(self.error("MissingParameter", "X-TC-Region is missing"))
        body = request.json()
        page = self._picture(body)
        if action in self.replies:
            return self._envelope(self.replies[action])
        if action not in _TEXT:
            raise RefusedError(
                self.error("FailedOperation.OcrFailed", f"no reply is configured for {action}")
            )
        if body.get("WordsType") and (body.get("IsWords") or body.get("ConfigID", "OCR") != "OCR"):
            raise RefusedError(self.error("InvalidParameter", "WordsType without IsWords"))
        result = recognize(self._engine, page)
        detections = list(_detections(result, with_words=bool(body.get("IsWords"))))
        if not detections:
            nothing = "ImageNoHandWrite" if action == "GeneralHandwritingOCR" else "ImageNoText"
            raise RefusedError(self.error(f"FailedOperation.{nothing}"))
        angle = float(-result.rotation % 360)
        reply: dict[str, Any] = {"TextDetections": detections, "Angel": angle, "Angle": angle}
        if action == "GeneralBasicOCR":
            reply |= {"Language": "zh", "PdfPageSize": 0}
        return self._envelope(reply)

    @staticmethod
    def _envelope(reply: Mapping[str, Any]) -> dict[str, Any]:
        return {"Response": {**reply, "RequestId": str(uuid.uuid4())}}

    def _picture(self, body: Mapping[str, Any]) -> Any:
        text = body.get("ImageBase64", "")
        if len(text) > _MOST_BYTES:
            raise RefusedError(self.error("LimitExceeded.TooLargeFileError"))
        try:
            return decode_image(base64.b64decode(text, validate=True), ("PNG", "JPEG", "BMP"))
        except (binascii.Error, InvalidImageError):
            raise RefusedError(self.error("FailedOperation.ImageDecodeFailed")) from None

    def _check_signature(self, request: Received) -> None:
        """Compute TC3-HMAC-SHA256 from the received request, and compare."""
        found = _AUTHORIZATION.fullmatch(request.headers.get("authorization", ""))
        if found is None:
            raise RefusedError(self.error("AuthFailure.SignatureFailure", "no TC3-HMAC-SHA256 authorization"))
        secret_id, secret_key = self._keys
        if found["id"] != secret_id:
            raise RefusedError(self.error("AuthFailure.SecretIdNotFound", "The SecretId is not found"))
        if request.headers.get("x-tc-token") != self._session_token:
            raise RefusedError(self.error("AuthFailure.TokenFailure", "The token is not right"))
        stamp = request.headers.get("x-tc-timestamp", "")
        if not stamp.isdigit() or abs(time.time() - int(stamp)) > _CLOCKS_DIFFER:
            raise RefusedError(self.error("AuthFailure.SignatureExpire"))
        names = found["names"].split(";")
        signed = "".join(f"{name}:{request.headers.get(name, '').strip().lower()}\n" for name in names)
        digest = hashlib.sha256(request.body).hexdigest()
        canonical = "\n".join((request.method, request.path, "", signed, found["names"], digest))
        hashed = hashlib.sha256(canonical.encode()).hexdigest()
        text = "\n".join(("TC3-HMAC-SHA256", stamp, found["scope"], hashed))
        key = f"TC3{secret_key}".encode()
        for part in (found["day"], "ocr", "tc3_request"):
            key = hmac.digest(key, part.encode(), "sha256")
        right = hmac.new(key, text.encode(), "sha256").hexdigest()
        day = datetime.fromtimestamp(int(stamp), timezone.utc).strftime("%Y-%m-%d")
        complete = {"content-type", "host"} <= set(names) and day == found["day"]
        if not complete or not hmac.compare_digest(right, found["signature"]):
            raise RefusedError(self.error("AuthFailure.SignatureFailure", "The signature is not right"))


def _detections(result: PageResult, *, with_words: bool) -> Iterator[dict[str, Any]]:
    for paragraph, block in enumerate(result.blocks, start=1):
        for line in block.lines:
            characters = [found for word in line.words for found in _characters(word) if with_words]
            box = line.box or Box(0, 0, 0, 0)
            yield {
                "DetectedText": line.text,
                "Confidence": round(100 * (line.confidence or 0)),
                "Polygon": _corners(line.polygon) if line.polygon else None,
                "AdvancedInfo": json.dumps({"Parag": {"ParagNo": paragraph}}),
                "ItemPolygon": {
                    "X": int(box.left),
                    "Y": int(box.top),
                    "Width": int(box.width),
                    "Height": int(box.height),
                },
                "Words": [{"Character": text, "Confidence": sure} for text, sure, _ in characters],
                "WordCoordPoint": [{"WordCoordinate": _corners(outline)} for _, _, outline in characters],
            }


def _characters(word: Word) -> Iterator[tuple[str, int, Polygon]]:
    outline = word.polygon or ()
    if len(outline) != 4:
        outline = bounding_box(outline).polygon
    for text, part in zip(word.text, split_polygon(outline, len(word.text)), strict=True):
        yield text, round(100 * (word.confidence or 0)), part


def _corners(polygon: Polygon) -> list[dict[str, int]]:
    return [{"X": round(point.x), "Y": round(point.y)} for point in polygon]
