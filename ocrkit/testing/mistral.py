"""Mistral OCR on this machine: keys, requests and validation errors, pages as Markdown and blocks."""

from __future__ import annotations

import base64
import binascii
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from ocrkit.backends.base import OcrBackend
from ocrkit.geometry import Box
from ocrkit.page import Page
from ocrkit.result import Block, PageResult
from ocrkit.testing.uploads import InvalidImageError, decode_image, recognize
from ocrkit.testing.vendor import Answer, Received, RefusedError, VendorServer

_FIELDS = frozenset({
    "model", "document", "pages", "include_image_base64", "image_limit", "image_min_size", "table_format",
    "extract_header", "extract_footer", "include_blocks", "confidence_scores_granularity",
    "bbox_annotation_format", "document_annotation_format", "document_annotation_prompt", "id",
})  # fmt: skip
_CHOICES: Mapping[str, tuple[Any, ...]] = {
    "table_format": (None, "markdown", "html"),
    "confidence_scores_granularity": (None, "word", "page", "block"),
    "include_blocks": (None, True, False),
}
_TYPES = {"text": "text", "heading": "title", "list": "list", "caption": "caption", "note": "aside_text"}
_RASTER = 0.5
"""The service's raster is smaller than the image."""


class MistralServer(VendorServer):
    """The vendor's API on 127.0.0.1. A backend reads the images, unless a page is given.

        with MistralServer(ScriptedBackend(["hello"])) as server:
            backend = MistralBackend(MistralOptions(**server.options()))

    Args:
        engine: reads the images.
        page: a page as the service returns it, instead of what the engine reads.
        api_key: the accepted key.
        models: the known models.
    """

    def __init__(
        self,
        engine: OcrBackend,
        page: Mapping[str, Any] | None = None,
        *,
        api_key: str = "sample-mistral-key-0123456789",
        models: tuple[str, ...] = ("mistral-ocr-latest", "mistral-ocr-2512"),
    ) -> None:
        super().__init__()
        self.page = page
        self._engine = engine
        self._api_key = api_key
        self._models = models
        self.route("POST", "/v1/ocr", self._ocr)
        self.route("GET", "/v1/models", self._list)

    def options(self) -> dict[str, Any]:
        """The options of a `MistralBackend` of this server."""
        return {"endpoint": self.url, "api_key": self._api_key}

    @staticmethod
    def error(status: int, message: str = "scripted by the test") -> Answer:
        """An error as the service sends it."""
        body = {"object": "error", "message": message, "type": "invalid_request_error", "code": None}
        return Answer(body, status, headers=_request_id())

    @staticmethod
    def invalid(place: list[str], message: str, value: Any) -> Answer:
        """A validation error, which quotes the input."""
        detail = [{"type": "value_error", "loc": ["body", *place], "msg": message, "input": value}]
        return Answer({"detail": detail}, 422, headers=_request_id())

    def _authorize(self, request: Received) -> None:
        if request.headers.get("authorization") != f"Bearer {self._api_key}":
            raise RefusedError(Answer({"detail": "Unauthorized"}, 401, headers=_request_id()))

    def _list(self, request: Received) -> Any:
        self._authorize(request)
        models = [{"id": name, "object": "model"} for name in self._models]
        return Answer({"object": "list", "data": models}, headers=_request_id())

    def _ocr(self, request: Received) -> Any:
        self._authorize(request)
        body = request.json()
        for name in sorted(body.keys() - _FIELDS):
            raise RefusedError(self.invalid([name], "Extra inputs are not permitted", body[name]))
        for name, choices in _CHOICES.items():
            if body.get(name) not in choices:
                raise RefusedError(self.invalid([name], f"Input should be one of {choices}", body[name]))
        if body.get("model") not in self._models:
            raise RefusedError(self.error(400, f"Invalid model: {body.get('model')}"))
        image = self._image(body)
        with_scores = body.get("confidence_scores_granularity") == "word"
        with_blocks = body.get("include_blocks", True)
        page = self.page or _page(recognize(self._engine, image), scores=with_scores, blocks=with_blocks)
        usage = {"pages_processed": 1, "doc_size_bytes": len(request.body)}
        answer = {"pages": [page], "model": body["model"], "usage_info": usage, "document_annotation": None}
        return Answer(answer, headers=_request_id())

    def _image(self, body: Mapping[str, Any]) -> Page:
        document = body.get("document")
        if not isinstance(document, dict) or document.get("type") != "image_url":
            raise RefusedError(self.invalid(["document"], "only images are read here", document))
        head, _, data = str(document.get("image_url")).partition(";base64,")
        if head not in ("data:image/png", "data:image/jpeg"):
            raise RefusedError(self.invalid(["document", "image_url"], "Input should be an image", head))
        try:
            return decode_image(base64.b64decode(data, validate=True))
        except (binascii.Error, InvalidImageError):
            raise RefusedError(self.error(400, "The image cannot be decoded.")) from None


def _request_id() -> dict[str, str]:
    return {"mistral-correlation-id": str(uuid.uuid4())}


def _page(found: PageResult, *, scores: bool, blocks: bool) -> dict[str, Any]:
    parts = ["\n".join(line.text for line in block.lines) for block in found.blocks]
    page: dict[str, Any] = {
        "index": 0, "markdown": "\n\n".join(parts), "images": [], "tables": [], "hyperlinks": [],
        "header": None, "footer": None,
        "dimensions": {
            "dpi": 200, "width": round(found.width * _RASTER), "height": round(found.height * _RASTER),
        },
    }  # fmt: skip
    if blocks:
        page["blocks"] = list(map(_block, found.blocks))
    if scores:
        words = list(_scores(found))
        known = [word["confidence"] for word in words] or [1.0]
        page["confidence_scores"] = {
            "average_page_confidence_score": sum(known) / len(known),
            "minimum_page_confidence_score": min(known),
            "word_confidence_scores": words,
        }
    return page


def _scores(found: PageResult) -> Iterator[dict[str, Any]]:
    position = 0
    for word in found.words:
        confidence = word.confidence if word.confidence is not None else 0.5
        yield {"text": word.text, "confidence": confidence, "start_index": position}
        position += len(word.text) + 1


def _block(block: Block) -> dict[str, Any]:
    box = block.box or Box(0, 0, 0, 0)
    content = "\n".join(line.text for line in block.lines)
    kind = _TYPES.get(block.kind, "text")
    return {
        "type": kind,
        "top_left_x": round(box.left * _RASTER), "top_left_y": round(box.top * _RASTER),
        "bottom_right_x": round(box.right * _RASTER), "bottom_right_y": round(box.bottom * _RASTER),
        "content": f"# {content}" if kind == "title" else content,
    }  # fmt: skip
