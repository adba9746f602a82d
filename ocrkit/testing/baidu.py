"""Baidu AI Cloud OCR on this machine, as documented: tokens, forms, limits."""

from __future__ import annotations

import base64
import binascii
import itertools
import ssl
import threading
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote_plus

from ocrkit.backends.base import OcrBackend
from ocrkit.geometry import Box, Polygon, bounding_box
from ocrkit.page import Page
from ocrkit.result import Line, PageResult
from ocrkit.testing.uploads import InvalidImageError, decode_image, recognize, split_polygon
from ocrkit.testing.vendor import Answer, Received, RefusedError, VendorServer

_TOKEN = "/oauth/2.0/token"  # noqa: S105 – an address
_SWITCHES = frozenset({"true", "false"})
_GRANULARITIES = frozenset({"big", "small"})
_LANGUAGES = frozenset("CHN_ENG ENG JAP KOR FRE SPA POR GER ITA RUS".split())
_MORE_LANGUAGES = _LANGUAGES | set(
    "auto_detect DAN DUT MAL SWE IND POL ROM TUR GRE HUN THA VIE ARA HIN".split()
)
_LINES = {"detect_direction": _SWITCHES, "probability": _SWITCHES}
_PLACES = {"recognize_granularity": _GRANULARITIES, "vertexes_location": _SWITCHES}
_PARAMETERS: Mapping[str, Mapping[str, frozenset[str]]] = {
    "accurate": {
        **_LINES, **_PLACES, "language_type": _MORE_LANGUAGES, "paragraph": _SWITCHES,
        "multidirectional_recognize": _SWITCHES,
    },
    "accurate_basic": {**_LINES, "language_type": _MORE_LANGUAGES, "paragraph": _SWITCHES},
    "general": {
        **_LINES, **_PLACES, "language_type": _LANGUAGES, "paragraph": _SWITCHES,
        "detect_language": _SWITCHES,
    },
    "general_basic": {
        **_LINES, "language_type": _LANGUAGES, "paragraph": _SWITCHES, "detect_language": _SWITCHES,
    },
    "handwriting": {**_LINES, "recognize_granularity": _GRANULARITIES},
    "receipt": {**_LINES, "recognize_granularity": _GRANULARITIES},
    "doc_analysis_office": {
        "detect_direction": _SWITCHES, "line_probability": _SWITCHES, "disp_line_poly": _SWITCHES,
        "layout_analysis": _SWITCHES, "words_type": frozenset({"handprint_mix", "handwring_only"}),
        "language_type": _MORE_LANGUAGES,
    },
    "table": {"cell_contents": _SWITCHES, "return_excel": _SWITCHES},
    "shopping_receipt": {"location": _SWITCHES, "probability": _SWITCHES},
    "idcard": {"id_card_side": frozenset({"front", "back"}), "detect_direction": _SWITCHES},
    "bankcard": {"location": _SWITCHES},
}  # fmt: skip
_SMALL = frozenset({"general", "general_basic", "handwriting", "receipt", "shopping_receipt"})
_MEGABYTES = {
    "general": 4, "general_basic": 4, "receipt": 4,
    "accurate": 10, "accurate_basic": 10, "doc_analysis_office": 10,
}  # fmt: skip


class BaiduServer(VendorServer):
    """The vendor's API on 127.0.0.1. A backend reads images of text; other responses are given.

        with BaiduServer(ScriptedBackend(["hello"])) as server:
            backend = BaiduBackend(BaiduOptions(**server.options()))

    Args:
        engine: reads the images sent to the endpoints for text.
        replies: responses by endpoint, instead of what the engine reads.
        api_key: the accepted key.
        secret_key: the secret of that key.
        tls: the certificate, for HTTPS.
    """

    def __init__(
        self,
        engine: OcrBackend,
        replies: Mapping[str, Mapping[str, Any]] | None = None,
        *,
        api_key: str = "sample-api-key-1234",
        secret_key: str = "sample-secret-key-9876",  # noqa: S107 – an example
        tls: ssl.SSLContext | None = None,
    ) -> None:
        super().__init__(tls=tls)
        self._engine = engine
        self.replies = dict(replies or {})
        self._keys = (api_key, secret_key)
        self._numbers = itertools.count(1)
        self._valid: set[str] = set()
        self._token_lock = threading.Lock()
        self.route("POST", _TOKEN, self._give_token)
        self.route("GET", _TOKEN, self._give_token)
        self.route("POST", "/rest/2.0/ocr/v1/*", self._read)

    def options(self) -> dict[str, Any]:
        """The options of a `BaiduBackend` of this server."""
        return {"endpoint": self.url, "api_key": self._keys[0], "secret_key": self._keys[1]}

    @staticmethod
    def path(endpoint: str) -> str:
        """The path of an endpoint, for `fail` and `requests_to`."""
        return f"/rest/2.0/ocr/v1/{endpoint}"

    @staticmethod
    def error(code: int | str, message: str = "scripted by the test", *, log_id: int | None = 77) -> Answer:
        """An error as the service sends it; those of its gateway have no `log_id`."""
        body = {"error_code": int(code), "error_msg": message}
        return Answer(body if log_id is None else {**body, "log_id": log_id})

    def expire(self) -> None:
        """Refuse all tokens that were issued so far."""
        with self._token_lock:
            self._valid.clear()

    @property
    def tokens(self) -> int:
        """The number of requests for a token."""
        return len(self.requests_to(_TOKEN))

    def _give_token(self, request: Received) -> Any:
        query = request.query
        if query.get("grant_type") != "client_credentials":
            return _refusal("unsupported_grant_type", "The authorization grant type is not supported")
        if query.get("client_id") != self._keys[0]:
            return _refusal("invalid_client", "unknown client id")
        if query.get("client_secret") != self._keys[1]:
            return _refusal("invalid_client", "Client authentication failed")
        with self._token_lock:
            token = f"24.sample{next(self._numbers):04}.2592000.282335-1"
            self._valid.add(token)
        scope = "public brain_all_scope vis-ocr_ocr"
        return {"access_token": token, "expires_in": 2592000, "scope": scope, "session_key": "of-no-use"}

    def _read(self, request: Received) -> Any:
        with self._token_lock:
            known = request.query.get("access_token") in self._valid
        if not known:
            return self.error(110, "Access token invalid or no longer valid", log_id=None)
        endpoint = request.path.rpartition("/")[2]
        if endpoint not in _PARAMETERS:
            return self.error(3, "Unsupported openapi method", log_id=None)
        if request.headers.get("content-type") != "application/x-www-form-urlencoded":
            return self.error(216101, "not enough param")
        form = request.form()
        page = self._picture(form.pop("image", ""), endpoint)
        for name, value in form.items():
            if value not in _PARAMETERS[endpoint].get(name, ()):
                return self.error(216100, f"invalid param {name}")
        log_id = 1_390_584_938_593_845_248 + next(self._numbers)
        if endpoint in self.replies:
            return {"log_id": log_id, **self.replies[endpoint]}
        if endpoint in ("table", "shopping_receipt", "idcard", "bankcard"):
            return self.error(216630, f"no reply is configured for {endpoint}")
        result = recognize(self._engine, page)
        content = (
            _office(result, form) if endpoint == "doc_analysis_office" else _text(result, form, endpoint)
        )
        return {"log_id": log_id, **content}

    def _picture(self, text: str, endpoint: str) -> Page:
        if not text:
            raise RefusedError(self.error(216200, "empty image"))
        if len(quote_plus(text)) > _MEGABYTES.get(endpoint, 8) * 2**20:
            raise RefusedError(self.error(216202, "image size error"))
        try:
            page = decode_image(base64.b64decode(text, validate=True), ("PNG", "JPEG", "BMP"))
        except binascii.Error:
            raise RefusedError(self.error(216203, "image base64 error")) from None
        except InvalidImageError:
            raise RefusedError(self.error(216201, "image format error")) from None
        longest = 4096 if endpoint in _SMALL else 8192
        if min(page.width, page.height) < 15 or max(page.width, page.height) > longest:
            raise RefusedError(self.error(216202, "image size error"))
        return page


def _refusal(error: str, description: str) -> Answer:
    return Answer({"error": error, "error_description": description}, 401)


def _text(result: PageResult, form: Mapping[str, str], endpoint: str) -> dict[str, Any]:
    places = not endpoint.endswith("_basic")
    found = [_line(line, form, places=places) for line in result.lines]
    reply: dict[str, Any] = {"words_result_num": len(found), "words_result": found}
    if form.get("detect_direction") == "true":
        reply["direction"] = result.rotation // 90
    if form.get("detect_language") == "true":
        reply["language"] = -1
    if form.get("paragraph") == "true":
        numbers = itertools.count()
        groups = [
            {"words_result_idx": list(itertools.islice(numbers, len(block.lines)))} for block in result.blocks
        ]
        reply |= {"paragraphs_result": groups, "paragraphs_result_num": len(groups)}
    return reply


def _line(line: Line, form: Mapping[str, str], *, places: bool) -> dict[str, Any]:
    found: dict[str, Any] = {"words": line.text}
    if form.get("probability") == "true":
        found["probability"] = _probability(line)
    if not places:
        return found
    found["location"] = _location(line.polygon)
    if form.get("vertexes_location") == "true":
        found["vertexes_location"] = _corners(line.polygon)
    if form.get("recognize_granularity") == "small":
        found["chars"] = [
            {"char": character, "location": _location(place)} for character, place in _characters(line)
        ]
    return found


def _characters(line: Line) -> Iterator[tuple[str, Polygon]]:
    for word in line.words:
        place = word.polygon or ()
        if len(place) != 4:
            place = bounding_box(place).polygon
        yield from zip(word.text, split_polygon(place, len(word.text)), strict=True)


def _office(result: PageResult, form: Mapping[str, str]) -> dict[str, Any]:
    mixed = form.get("words_type") == "handprint_mix"
    found = []
    for line in result.lines:
        item: dict[str, Any] = {"word": line.text, "words_location": _location(line.polygon)}
        if form.get("line_probability") == "true":
            item["line_probability"] = _probability(line)
        if form.get("disp_line_poly") == "true":
            item["poly_location"] = {"points": _corners(line.polygon)}
        kind = "handwriting" if mixed and line.handwritten else "print"
        found.append({"words_type": kind, "words": item})
    numbers = itertools.count()
    layouts = [
        {
            "layout": "title" if block.kind == "heading" else "text",
            "layout_location": _corners(block.polygon),
            "layout_idx": list(itertools.islice(numbers, len(block.lines))),
        }
        for block in result.blocks
    ]
    reply = {"results_num": len(found), "results": found, "img_direction": result.rotation // 90}
    return reply | ({"layouts": layouts} if form.get("layout_analysis") == "true" else {})


def _probability(line: Line) -> dict[str, float]:
    sure = line.confidence or 0.0
    return {"average": sure, "min": sure, "variance": 0.0}


def _location(polygon: Polygon | None) -> dict[str, int]:
    box = bounding_box(polygon) if polygon else Box(0, 0, 0, 0)
    left, top = round(box.left), round(box.top)
    return {"left": left, "top": top, "width": round(box.right) - left, "height": round(box.bottom) - top}


def _corners(polygon: Polygon | None) -> list[dict[str, int]]:
    return [{"x": round(point.x), "y": round(point.y)} for point in polygon or ()]
