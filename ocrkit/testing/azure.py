"""Azure AI Document Intelligence on this machine: keys, tokens, API version, runs and their results."""

from __future__ import annotations

import base64
import binascii
import contextlib
import itertools
import re
import unicodedata
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from ocrkit.backends.base import OcrBackend
from ocrkit.errors import SourceError
from ocrkit.page import Page
from ocrkit.result import Line, PageResult, Word
from ocrkit.sources import open_source
from ocrkit.testing.uploads import InvalidImageError, decode_image, recognize
from ocrkit.testing.vendor import Answer, Received, RefusedError, VendorServer

API_VERSION = "2024-11-30"
_MODELS = "/documentintelligence/documentModels/"
_ANALYZE = re.compile(re.escape(_MODELS) + r"(prebuilt-(?:read|layout|receipt|invoice|idDocument)):analyze")
_RESULT = re.compile(re.escape(_MODELS) + r"(prebuilt-\w+)/analyzeResults/([\w-]+)")
_PARAMETERS = frozenset({
    "api-version", "pages", "locale", "stringIndexType", "features", "queryFields", "outputContentFormat",
    "output",
})  # fmt: skip
_FEATURES = frozenset({
    "languages", "barcodes", "keyValuePairs", "ocrHighResolution", "formulas", "styleFont", "queryFields",
})  # fmt: skip
_LENGTHS: Mapping[str, Callable[[str], int]] = {
    "unicodeCodePoint": len,
    "utf16CodeUnit": lambda text: len(text.encode("utf-16-le")) // 2,
    "textElements": lambda text: sum(not unicodedata.combining(each) for each in text),
}
_SMALLEST, _LARGEST = 50, 10_000


class AzureServer(VendorServer):
    """Starts runs, reports them as running a few times, and then returns what a backend reads in them.

        with AzureServer(ScriptedBackend(["hello"])) as server:
            backend = AzureBackend(AzureOptions(**server.options()))

    Args:
        engine: reads the images.
        replies: results (`analyzeResult`) by model, instead of what the engine reads.
        api_key: the accepted key.
        polls: how often a run is not finished yet.
        retry_after: the wait in seconds that the server requests.
        max_bytes: the largest accepted file.
    """

    tenant_id = "tenant-4b1d"
    client_id = "application-7f3a"
    client_secret = "s3cr3t~of.azure"  # noqa: S105 – an example

    def __init__(
        self,
        engine: OcrBackend,
        replies: Mapping[str, Any] | None = None,
        *,
        api_key: str = "sample-azure-key-0123456789",
        polls: int = 1,
        retry_after: int = 0,
        max_bytes: int = 500 * 2**20,
    ) -> None:
        super().__init__()
        self.replies = dict(replies or {})
        self.polls = polls
        self.retry_after = retry_after
        self.tokens = 0
        """The number of tokens issued so far. Only the last one is valid."""
        self.runs: dict[str, tuple[Any, int]] = {}
        """For each run its result, and how many polls it is still running."""
        self.deleted: list[str] = []
        self._engine = engine
        self._api_key = api_key
        self._max_bytes = max_bytes
        self._names = itertools.count(1)
        self.route("POST", f"{_MODELS}*", self._analyze)
        self.route("GET", f"{_MODELS}*", self._result)
        self.route("DELETE", f"{_MODELS}*", self._delete)
        self.route("GET", "/documentintelligence/info", self._info)
        self.route("POST", f"/{self.tenant_id}/oauth2/v2.0/token", self._token)

    def options(self) -> dict[str, Any]:
        """The options of an `AzureBackend` of this server, with a key."""
        return {"endpoint": self.url, "api_key": self._api_key}

    def application(self) -> dict[str, Any]:
        """The same with the credentials of an application."""
        return {
            "endpoint": self.url,
            "authority": self.url,
            "tenant_id": self.tenant_id,
            "client_id": self.client_id,
            "client_secret": self.client_secret,
        }

    @staticmethod
    def path(model: str = "prebuilt-read") -> str:
        """The path that pages are sent to, for `fail` and `requests_to`."""
        return f"{_MODELS}{model}:analyze"

    @staticmethod
    def error(
        code: str, message: str = "scripted by the test", *, status: int = 400, inner: str | None = None
    ) -> Answer:
        """An error as the service sends it."""
        error: dict[str, Any] = {"code": code, "message": message}
        if inner:
            error["innererror"] = {"code": inner, "message": message}
        return Answer({"error": error}, status, headers={"apim-request-id": str(uuid.uuid4())})

    def expire(self) -> None:
        """Refuse the last token from now on."""
        self.tokens += 1

    def _analyze(self, request: Received) -> Any:
        self._authorize(request)
        found = _ANALYZE.fullmatch(request.path)
        if found is None:
            raise RefusedError(self.error("NotFound", status=404, inner="ModelNotFound"))
        self._check_query(request.query)
        page = self._page(request)
        model, run = found[1], str(uuid.UUID(int=next(self._names)))
        self.runs[run] = self._answer(model, page, request.query), self.polls
        location = f"{self.url}{_MODELS}{model}/analyzeResults/{run}?api-version={API_VERSION}"
        headers = {"Operation-Location": location, "Retry-After": str(self.retry_after)}
        return Answer(b"", 202, headers=headers | _request_id())

    def _answer(self, model: str, page: Page, query: Mapping[str, str]) -> Any:
        if model in self.replies:
            return self.replies[model]
        found = recognize(self._engine, page)
        length = _LENGTHS[query.get("stringIndexType", "textElements")]
        features = frozenset(query.get("features", "").split(","))
        return {
            "apiVersion": API_VERSION,
            "modelId": model,
            "stringIndexType": query.get("stringIndexType", "textElements"),
            **_Writer(length).result(found, page, with_languages="languages" in features),
        }

    def _result(self, request: Received) -> Any:
        run = self._run(request)
        answer, polls = self.runs[run]
        if polls > 0:
            self.runs[run] = answer, polls - 1
            state = {"status": "running"}
            return Answer(state, headers={"Retry-After": str(self.retry_after)} | _request_id())
        return Answer({"status": "succeeded", "analyzeResult": answer}, headers=_request_id())

    def _delete(self, request: Received) -> Any:
        run = self._run(request)
        del self.runs[run]
        self.deleted.append(run)
        return Answer(b"", 204, headers=_request_id())

    def _run(self, request: Received) -> str:
        """The run that a request is about."""
        self._authorize(request)
        self._check_query(request.query)
        found = _RESULT.fullmatch(request.path)
        if found is None or found[2] not in self.runs:
            raise RefusedError(self.error("NotFound", status=404, inner="OperationNotFound"))
        return found[2]

    def _info(self, request: Received) -> Any:
        self._authorize(request)
        self._check_query(request.query)
        return Answer({"customDocumentModels": {"count": 0, "limit": 20000}}, headers=_request_id())

    def _token(self, request: Received) -> Any:
        expected = {
            "grant_type": "client_credentials",
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "scope": "https://cognitiveservices.azure.com/.default",
        }
        if request.form() != expected:
            body = {"error": "invalid_client", "error_description": "AADSTS7000215: Invalid client secret."}
            return Answer(body, 401, headers=_request_id())
        self.tokens += 1
        return {"token_type": "Bearer", "expires_in": 3599, "access_token": self._valid_token()}

    def _valid_token(self) -> str:
        return f"entra-token-number-{self.tokens}"

    def _authorize(self, request: Received) -> None:
        key = request.headers.get("ocp-apim-subscription-key")
        bearer = request.headers.get("authorization")
        if key == self._api_key or (self.tokens and bearer == f"Bearer {self._valid_token()}"):
            return
        text = "Access denied due to invalid subscription key or wrong API endpoint."
        raise RefusedError(self.error("401", text, status=401))

    def _check_query(self, query: Mapping[str, str]) -> None:
        if query.get("api-version") != API_VERSION:
            raise RefusedError(self.error("InvalidRequest", inner="NotSupportedApiVersion"))
        features = frozenset(filter(None, query.get("features", "").split(",")))
        index = query.get("stringIndexType", "textElements")
        if not (query.keys() <= _PARAMETERS and features <= _FEATURES and index in _LENGTHS):
            raise RefusedError(self.error("InvalidArgument", str(dict(query)), inner="InvalidParameter"))

    def _page(self, request: Received) -> Page:
        try:
            data = _uploaded(request)
        except (ValueError, KeyError, TypeError, binascii.Error):
            raise RefusedError(self.error("InvalidArgument", inner="InvalidContentSourceFormat")) from None
        if len(data) > self._max_bytes:
            raise RefusedError(self.error("InvalidRequest", inner="InvalidContentLength"))
        try:
            page = _pdf_page(data) if _is_pdf(data) else decode_image(data, ("PNG", "JPEG", "BMP", "TIFF"))
        except (InvalidImageError, SourceError):
            raise RefusedError(self.error("InvalidRequest", inner="InvalidContent")) from None
        if not all(_SMALLEST <= side <= _LARGEST for side in (page.width, page.height)):
            raise RefusedError(self.error("InvalidRequest", inner="InvalidContentDimensions"))
        return page


def _uploaded(request: Received) -> bytes:
    """The file: the body, or base64 in JSON, as the SDK sends it."""
    if request.headers.get("content-type", "").startswith("application/json"):
        return base64.b64decode(request.json()["base64Source"], validate=True)
    return request.body


def _is_pdf(data: bytes) -> bool:
    return data.startswith(b"%PDF-")


def _pdf_page(data: bytes) -> Page:
    """The first page of a PDF: the free tier reads two, and one is all that clients of ocrkit send."""
    with contextlib.closing(open_source(data)) as source:
        if source.page_count != 1:
            raise SourceError(f"{source.page_count} pages instead of one")
        return source.page(0)


def _request_id() -> dict[str, str]:
    return {"apim-request-id": str(uuid.uuid4())}


class _Writer:
    """Writes what an engine read as the service does: texts apart, and spans of the content to tie them."""

    def __init__(self, length: Callable[[str], int]) -> None:
        self._length = length
        self._content = ""
        self._scale = 1.0, 1.0

    def result(self, found: PageResult, sent: Page, *, with_languages: bool) -> dict[str, Any]:
        if sent.info.get("format") == "pdf":
            width, height = (float(sent.info[f"{side}_points"]) / 72 for side in ("width", "height"))
            self._scale = width / found.width, height / found.height
        else:
            width, height = float(found.width), float(found.height)
        unit = "inch" if self._scale != (1.0, 1.0) else "pixel"
        page: dict[str, Any] = {
            "pageNumber": 1, "angle": float(-found.rotation % 360), "width": width,
            "height": height, "unit": unit, "words": [], "lines": [],
        }  # fmt: skip
        paragraphs, handwritten, languages = [], [], []
        for block in found.blocks:
            start = self._offset
            for line in block.lines:
                span = self._line(page, line)
                handwritten += [span] if line.handwritten else []
                if with_languages and line.language:
                    languages.append({"locale": line.language, "confidence": 0.9, "spans": [span]})
            spans = [{"offset": start, "length": self._offset - 1 - start}]
            paragraphs.append({"spans": spans, "content": block.text})
        styles = [{"isHandwritten": True, "confidence": 0.9, "spans": handwritten}] if handwritten else []
        return {
            "contentFormat": "text", "content": self._content.removesuffix("\n"), "pages": [page],
            "paragraphs": paragraphs, "styles": styles, "languages": languages,
        }  # fmt: skip

    @property
    def _offset(self) -> int:
        return self._length(self._content)

    def _line(self, page: dict[str, Any], line: Line) -> dict[str, int]:
        start = self._offset
        for word in line.words:
            span = {"offset": self._offset, "length": self._length(word.text)}
            self._content += word.text + " "
            page["words"].append({
                "content": word.text, "polygon": self._numbers(word), "span": span,
                "confidence": word.confidence if word.confidence is not None else 0.5,
            })  # fmt: skip
        self._content = self._content.removesuffix(" ") if line.words else self._content + line.text
        span = {"offset": start, "length": self._offset - start}
        self._content += "\n"
        page["lines"].append({"content": line.text, "polygon": self._numbers(line), "spans": [span]})
        return span

    def _numbers(self, region: Line | Word) -> list[float]:
        """A polygon as x and y in turn, in the unit of the page."""
        x, y = self._scale
        return [value for point in region.polygon or () for value in (point.x * x, point.y * y)]
