"""Google Cloud Vision on this machine, as documented, with API keys and access tokens."""

from __future__ import annotations

import base64
import binascii
import itertools
import json
import time
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ocrkit.backends.base import OcrBackend
from ocrkit.geometry import Polygon, bounding_box
from ocrkit.result import Block, Line, PageResult
from ocrkit.testing.uploads import InvalidImageError, decode_image, recognize, split_polygon
from ocrkit.testing.vendor import Answer, Received, RefusedError, VendorServer

_MOST_BYTES = 10 * 2**20
_FEATURES = frozenset({"TEXT_DETECTION", "DOCUMENT_TEXT_DETECTION", 5, 11})
"""Names, and the numbers that the vendor's own client sends."""
_STATUSES = {
    "INVALID_ARGUMENT": 400, "UNAUTHENTICATED": 401, "PERMISSION_DENIED": 403, "NOT_FOUND": 404,
    "ABORTED": 409, "RESOURCE_EXHAUSTED": 429, "CANCELLED": 499, "INTERNAL": 500, "UNKNOWN": 500,
    "DATA_LOSS": 500, "UNIMPLEMENTED": 501, "UNAVAILABLE": 503, "DEADLINE_EXCEEDED": 504,
}  # fmt: skip
_SCOPES = ("https://www.googleapis.com/auth/cloud-vision", "https://www.googleapis.com/auth/cloud-platform")
_AUDIENCE = "https://oauth2.googleapis.com/token"
_TYPE = "type.googleapis.com/google.rpc"
_PUNCTUATION = ",.;:!?)"


class GoogleServer(VendorServer):
    """The vendor's API on 127.0.0.1. A backend reads the images.

        with GoogleServer(ScriptedBackend(["hello"])) as server:
            backend = GoogleBackend(GoogleOptions(**server.options()))

    Args:
        engine: reads the images.
        response: the response for every image, instead of what the engine reads.
        api_key: the accepted key.
        expires_in: the lifetime of a token in seconds.
    """

    path = "/v1/images:annotate"
    """The path that pages are sent to, for `fail` and `requests_to`."""
    token_path = "/token"  # noqa: S105 – an address

    def __init__(
        self,
        engine: OcrBackend,
        response: Mapping[str, Any] | None = None,
        *,
        api_key: str = "AIzaExample-0123456789-abcdefghijklmno",
        expires_in: float = 3600,
    ) -> None:
        super().__init__()
        self.response = response
        self.tokens = 0
        """The number of tokens issued so far. Only the last one is valid."""
        self._engine = engine
        self._api_key = api_key
        self._expires_in = expires_in
        self._public_keys: dict[str, Any] = {}
        self.route("POST", self.path, self._annotate)
        self.route("POST", self.token_path, self._token)

    def options(self) -> dict[str, Any]:
        """The options of a `GoogleBackend` of this server, with an API key."""
        return {"endpoint": self.url, "api_key": self._api_key}

    def service_account(self, path: Path) -> Path:
        """Write the file of a service account that this server knows. Needs `ocrkit[google]`."""
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import rsa

        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        pem = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        email = f"reader-{len(self._public_keys)}@example-project.iam.gserviceaccount.com"
        self._public_keys[email] = key.public_key()
        content = {
            "type": "service_account",
            "project_id": "example-project",
            "private_key_id": f"key-{len(self._public_keys)}",
            "private_key": pem.decode(),
            "client_email": email,
            "token_uri": f"{self.url}{self.token_path}",
        }
        path.write_text(json.dumps(content), encoding="utf-8")
        return path

    def expire(self) -> None:
        """Refuse the last token from now on."""
        self.tokens += 1

    @staticmethod
    def error(
        status: str,
        message: str = "scripted by the test",
        *,
        reason: str | None = None,
        code: int | None = None,
    ) -> Answer:
        """An error as the service sends it, for `fail(GoogleServer.path, …)`."""
        code = code or _STATUSES.get(status, 400)
        details = [{"@type": f"{_TYPE}.RequestInfo", "requestId": str(uuid.uuid4())}]
        if reason:
            details.append({"@type": f"{_TYPE}.ErrorInfo", "reason": reason, "domain": "googleapis.com"})
        error = {"code": code, "message": message, "status": status, "details": details}
        return Answer({"error": error}, code)

    def _token(self, request: Received) -> Any:
        """Check the signed claim of a service account, and issue a token."""
        form = request.form()
        try:
            head, claim, signature = form.get("assertion", "").split(".")
            claims = json.loads(_decoded(claim))
            self._verify(f"{head}.{claim}".encode(), _decoded(signature), claims["iss"])
            right = claims["aud"] == _AUDIENCE and claims["scope"] in _SCOPES
            right = right and claims["iat"] - 60 <= time.time() < claims["exp"] <= claims["iat"] + 3600
        except (ValueError, KeyError, TypeError):
            right = False
        if not right or form.get("grant_type") != "urn:ietf:params:oauth:grant-type:jwt-bearer":
            return Answer({"error": "invalid_grant", "error_description": "Invalid JWT Signature."}, 400)
        self.tokens += 1
        return {"access_token": self._valid(), "expires_in": self._expires_in, "token_type": "Bearer"}

    def _verify(self, signed: bytes, signature: bytes, email: str) -> None:
        """Raise `ValueError` for a signature that is not that of the account (RS256)."""
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import padding

        try:
            self._public_keys[email].verify(signature, signed, padding.PKCS1v15(), hashes.SHA256())
        except InvalidSignature:
            raise ValueError("the signature is wrong") from None

    def _valid(self) -> str:
        return f"ya29.token-number-{self.tokens}"

    def _authorize(self, request: Received) -> None:
        key = request.headers.get("x-goog-api-key") or request.query.get("key")
        if key is not None:
            if key != self._api_key:
                text = "API key not valid. Please pass a valid API key."
                raise RefusedError(self.error("INVALID_ARGUMENT", text, reason="API_KEY_INVALID"))
        elif not self.tokens or request.headers.get("authorization") != f"Bearer {self._valid()}":
            text = "Request had invalid authentication credentials."
            raise RefusedError(self.error("UNAUTHENTICATED", text))

    def _annotate(self, request: Received) -> Any:
        self._authorize(request)
        if len(request.body) > _MOST_BYTES:
            raise RefusedError(self.error("INVALID_ARGUMENT", "Request payload size exceeds the limit"))
        try:
            items = request.json()["requests"]
            if not 1 <= len(items) <= 16:
                raise RefusedError(self.error("INVALID_ARGUMENT", "Too many images per request."))
            return {"responses": [self._respond(item) for item in items]}
        except (ValueError, KeyError, TypeError) as error:
            return self.error("INVALID_ARGUMENT", f"Invalid JSON payload received: {error!r}")

    def _respond(self, item: Mapping[str, Any]) -> Mapping[str, Any]:
        features = {feature["type"] for feature in item["features"]}
        if not features or features - _FEATURES:
            raise RefusedError(self.error("INVALID_ARGUMENT", "Request must specify a known feature."))
        try:
            page = decode_image(base64.b64decode(item["image"]["content"], validate=True))
        except (binascii.Error, InvalidImageError):
            return {"error": {"code": 3, "message": "Bad image data."}}
        if self.response is not None:
            return self.response
        result = recognize(self._engine, page)
        if not result.lines:
            return {}
        annotation = {"pages": [_page(result)], "text": f"{result.text}\n"}
        everything = {"locale": "en", "description": annotation["text"]}
        return {"textAnnotations": [everything], "fullTextAnnotation": annotation}


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _page(result: PageResult) -> dict[str, Any]:
    blocks = [_block(block) for block in result.blocks if block.lines]
    return {"width": result.width, "height": result.height, "confidence": 0.9, "blocks": blocks}


def _block(block: Block) -> dict[str, Any]:
    words = [word for line in block.lines for word in _words(line)]
    paragraph = {**_place(block.polygon), "words": words}
    return {**_place(block.polygon), "blockType": "TEXT", "paragraphs": [paragraph]}


def _words(line: Line) -> Iterator[dict[str, Any]]:
    """The words of a line; punctuation at their ends is a word of its own, as in the service's responses."""
    words = [list(_symbols(word.text, word.polygon)) for word in line.words] or list(_split(line))
    for index, symbols in enumerate(words):
        kind = "EOL_SURE_SPACE" if index == len(words) - 1 else "SPACE"
        text = "".join(symbol for symbol, _ in symbols)
        end = len(text.rstrip(_PUNCTUATION)) or len(text)
        confidence = line.words[index].confidence if line.words else line.confidence
        parts = [part for part in (symbols[:end], symbols[end:]) if part]
        for part in parts:
            yield _word(part, confidence, kind if part is parts[-1] else None)


def _symbols(text: str, polygon: Polygon | None) -> Iterator[tuple[str, Polygon]]:
    corners = polygon if polygon and len(polygon) == 4 else bounding_box(polygon or ()).polygon
    return zip(text, split_polygon(corners, len(text)), strict=True)


def _split(line: Line) -> Iterator[list[tuple[str, Polygon]]]:
    """The words of a line whose engine does not separate them."""
    for is_space, group in itertools.groupby(_symbols(line.text, line.polygon), lambda pair: pair[0] == " "):
        if not is_space:
            yield list(group)


def _word(
    symbols: list[tuple[str, Polygon]], confidence: float | None, ends_with: str | None
) -> dict[str, Any]:
    first, last = symbols[0][1], symbols[-1][1]
    shown: list[dict[str, Any]] = [
        {"text": text, **_place(polygon), "confidence": confidence} for text, polygon in symbols
    ]
    if ends_with:
        shown[-1]["property"] = {"detectedBreak": {"type": ends_with}}
    return {**_place((first[0], last[1], last[2], first[3])), "confidence": confidence, "symbols": shown}


def _place(polygon: Polygon | None) -> dict[str, Any]:
    """Corners in whole pixels; the service leaves out a coordinate of zero."""
    names = ("x", "y")
    corners = [
        {name: round(value) for name, value in zip(names, point, strict=True) if round(value)}
        for point in polygon or ()
    ]
    return {"boundingBox": {"vertices": corners}}
