"""Alibaba Cloud OCR on this machine, as documented, with signatures."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import threading
import uuid
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import quote

from ocrkit.backends.base import OcrBackend
from ocrkit.geometry import Polygon, Transform, bounding_box
from ocrkit.page import Page
from ocrkit.result import PageResult, Word
from ocrkit.testing.uploads import InvalidImageError, decode_image, recognize, split_polygon
from ocrkit.testing.vendor import Answer, Received, RefusedError, VendorServer

_AUTHORIZATION = re.compile(
    r"ACS3-HMAC-SHA256 Credential=(?P<id>[^,]+),SignedHeaders=(?P<names>[\w;-]+),"
    r"Signature=(?P<signature>[0-9a-f]{64})"
)
_SIGNED = frozenset(
    {"host", "x-acs-action", "x-acs-content-sha256", "x-acs-date", "x-acs-signature-nonce", "x-acs-version"}
)
_CLOCKS_DIFFER = timedelta(minutes=15)
_MOST_BYTES = 10 * 2**20
_TEXT = frozenset({"RecognizeAdvanced", "RecognizeGeneral", "RecognizeMultiLanguage", "RecognizeHandwriting"})
_ACTIONS = _TEXT | {
    "RecognizeTableOcr", "RecognizeIdcard", "RecognizePassport", "RecognizeChinesePassport",
    "RecognizeBankCard", "RecognizeShoppingReceipt", "RecognizeInvoice",
}  # fmt: skip
_STATUS = {"Throttling": 429, "algorithmError": 503, "InternalError": 500, "ServiceUnavailable": 503}


class AlibabaServer(VendorServer):
    """The vendor's API on 127.0.0.1. A backend reads images of text; other responses are given.

        with AlibabaServer(ScriptedBackend(["hello"])) as server:
            backend = AlibabaBackend(AlibabaOptions(**server.options()))

    Args:
        engine: reads the images sent to the endpoints for text.
        replies: data by action, instead of what the engine reads; the vendor sends it as JSON in a string.
        access_key_id: the accepted key.
        access_key_secret: the key of valid signatures.
        session_token: the token that must come with the keys, if they are temporary.
    """

    def __init__(
        self,
        engine: OcrBackend,
        replies: Mapping[str, Mapping[str, Any]] | None = None,
        *,
        access_key_id: str = "LTAIexample0123456789",
        access_key_secret: str = "sample-secret-of-nothing",  # noqa: S107 – an example
        session_token: str | None = None,
    ) -> None:
        super().__init__()
        self._engine = engine
        self.replies = dict(replies or {})
        self._keys = (access_key_id, access_key_secret)
        self._session_token = session_token
        self._nonces: set[str] = set()
        self._nonces_lock = threading.Lock()
        self.route("POST", "/", self._handle_action)

    def options(self) -> dict[str, Any]:
        """The options of an `AlibabaBackend` of this server."""
        token = {"session_token": self._session_token} if self._session_token else {}
        keys = {"access_key_id": self._keys[0], "access_key_secret": self._keys[1]}
        return {"endpoint": self.url, **keys, **token}

    @staticmethod
    def error(code: str, message: str = "scripted by the test", *, status: int | None = None) -> Answer:
        """An error as the service sends it, for `fail("/", …)`."""
        body = {
            "RequestId": str(uuid.uuid4()).upper(),
            "HostId": "127.0.0.1",
            "Code": code,
            "Message": message,
        }
        return Answer(body, status or _STATUS.get(code.partition(".")[0], 400))

    def _handle_action(self, request: Received) -> Any:
        self._check_signature(request)
        action = request.headers.get("x-acs-action", "")
        if action not in _ACTIONS or request.headers.get("x-acs-version") != "2021-07-07":
            raise RefusedError(self.error("InvalidAction.NotFound", status=404))
        if action == "RecognizeMultiLanguage" and not request.query.get("Languages"):
            raise RefusedError(self.error("MissingLanguages"))
        page = self._picture(request.body)
        if action in self.replies:
            return self._envelope(self.replies[action])
        if action not in _TEXT:
            raise RefusedError(self.error("algorithmError", f"no reply is configured for {action}"))
        result = recognize(self._engine, page)
        return self._envelope(_data(result, page, request.query, angles=action != "RecognizeGeneral"))

    @staticmethod
    def _envelope(data: Mapping[str, Any]) -> dict[str, str]:
        return {"RequestId": str(uuid.uuid4()).upper(), "Data": json.dumps(data, ensure_ascii=False)}

    def _picture(self, body: bytes) -> Page:
        if len(body) > _MOST_BYTES:
            raise RefusedError(self.error("exceededImageContent", status=413))
        try:
            page = decode_image(body, ("PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP"))
        except InvalidImageError:
            raise RefusedError(self.error("unsupportedImageFormat", status=415)) from None
        sides = sorted((page.width, page.height))
        if sides[0] <= 15 or sides[1] >= 8192 or sides[1] / sides[0] >= 50:
            raise RefusedError(self.error("illegalImageSize", status=416))
        return page

    def _check_signature(self, request: Received) -> None:
        """Compute ACS3-HMAC-SHA256 from the received request, and compare."""
        found = _AUTHORIZATION.fullmatch(request.headers.get("authorization", ""))
        if found is None:
            raise RefusedError(self.error("IncompleteSignature"))
        access_key_id, secret = self._keys
        if found["id"] != access_key_id:
            raise RefusedError(self.error("InvalidAccessKeyId.NotFound", status=404))
        if request.headers.get("x-acs-security-token") != self._session_token:
            raise RefusedError(self.error("InvalidSecurityToken.MismatchWithAccessKey"))
        try:
            date = datetime.strptime(request.headers.get("x-acs-date", ""), "%Y-%m-%dT%H:%M:%SZ")  # noqa: DTZ007
        except ValueError:
            raise RefusedError(self.error("InvalidTimeStamp.Format")) from None
        if abs(datetime.now(timezone.utc) - date.replace(tzinfo=timezone.utc)) > _CLOCKS_DIFFER:
            raise RefusedError(self.error("InvalidTimeStamp.Expired"))
        names = found["names"].split(";")
        digest = hashlib.sha256(request.body).hexdigest()
        headers = "".join(f"{name}:{request.headers.get(name, '').strip()}\n" for name in names)
        query = "&".join(f"{name}={quote(value, safe='~')}" for name, value in sorted(request.query.items()))
        parts = (request.method, request.path, query, headers, found["names"], digest)
        hashed = hashlib.sha256("\n".join(parts).encode()).hexdigest()
        right = hmac.new(secret.encode(), f"ACS3-HMAC-SHA256\n{hashed}".encode(), "sha256").hexdigest()
        required = _SIGNED | ({"x-acs-security-token"} if self._session_token else set())
        complete = request.headers.get("x-acs-content-sha256") == digest and set(names) >= required
        if not complete or not hmac.compare_digest(right, found["signature"]):
            raise RefusedError(self.error("SignatureDoesNotMatch"))
        nonce = request.headers["x-acs-signature-nonce"]
        with self._nonces_lock:
            if nonce in self._nonces:
                raise RefusedError(self.error("SignatureNonceUsed"))
            self._nonces.add(nonce)


def _data(result: PageResult, page: Page, query: Mapping[str, str], *, angles: bool) -> dict[str, Any]:
    """The recognized text, in pixels of the image, which is put upright if the request says so."""
    upright = query.get("NeedRotate", "").lower() == "true"
    turns = result.rotation // 90 if upright else 0
    turn = Transform.quarter_turns(turns, page.width, page.height)
    width, height = (page.height, page.width) if turns % 2 else (page.width, page.height)
    with_characters = query.get("OutputCharInfo", "").lower() == "true"
    found: list[dict[str, Any]] = []
    for paragraph, block in enumerate(result.blocks):
        for line in block.lines:
            outline = turn.polygon(line.polygon or ())
            item: dict[str, Any] = {
                "word": line.text,
                "prob": round(100 * (line.confidence or 0)),
                "pos": [{"x": round(point.x), "y": round(point.y)} for point in outline],
                "angle": 0,
                "direction": 0,
            }
            if with_characters:
                item["charInfo"] = [each for word in line.words for each in _characters(word, turn)]
            if query.get("Paragraph", "").lower() == "true":
                item["paragraphId"] = paragraph
            found.append(item)
    sizes = {"height": height, "width": width, "orgHeight": page.height, "orgWidth": page.width}
    content = {"content": " ".join(item["word"] for item in found), "prism_wnum": len(found), **sizes}
    angle = {"angle": -result.rotation % 360} if angles and upright else {}
    return {**content, **angle, "prism_version": "1.0.9", "prism_wordsInfo": found}


def _characters(word: Word, turn: Transform) -> Iterator[dict[str, Any]]:
    outline: Polygon = turn.polygon(word.polygon or ())
    if len(outline) != 4:
        outline = bounding_box(outline).polygon
    for text, part in zip(word.text, split_polygon(outline, len(word.text)), strict=True):
        box = bounding_box(part)
        place = {"x": round(box.left), "y": round(box.top), "w": round(box.width), "h": round(box.height)}
        yield {"word": text, "prob": round(100 * (word.confidence or 0)), **place}
