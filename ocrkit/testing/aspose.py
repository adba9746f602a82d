"""Aspose OCR Cloud on this machine, as far as its protocol is known: tokens, tasks, base64 results."""

from __future__ import annotations

import base64
import binascii
import itertools
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from ocrkit.backends.base import OcrBackend
from ocrkit.document import Document
from ocrkit.geometry import bounding_box
from ocrkit.page import Page
from ocrkit.testing.uploads import InvalidImageError, decode_image, recognize
from ocrkit.testing.vendor import Answer, Received, RefusedError, VendorServer

Outputs: TypeAlias = Callable[[str, Mapping[str, Any], bytes], Mapping[str, str]]
"""From the endpoint, the settings and the image of a task to its results, as text by type."""

_SETTINGS = frozenset({
    "language", "makeSkewCorrect", "makeBinarization", "makeSpellCheck", "makeContrastCorrection",
    "makeUpsampling", "dsrMode", "dsrConfidence", "resultType", "Rotate", "resultTypeTable", "regions",
})  # fmt: skip


class AsposeServer(VendorServer):
    """Accepts tasks, reports them as pending a few times, and then returns what a backend reads in them.

    `path` is for `fail` and `requests_to`: `server.fail(server.path("RecognizeImage"), faults.reset())`.
    """

    def __init__(
        self,
        engine: OcrBackend,
        outputs: Outputs | None = None,
        *,
        client_id: str = "client-id-7f3a",
        client_secret: str = "s3cr3t/of+aspose==",  # noqa: S107 – an example
        polls: int = 1,
        expires_in: float = 86400,
    ) -> None:
        """Set up; `with` starts it.

        Args:
            engine: reads the images.
            outputs: gives the results instead.
            client_id: the accepted application.
            client_secret: its secret.
            polls: how often a task is pending before it is completed.
            expires_in: the lifetime of a token in seconds.
        """
        super().__init__()
        self.tokens = 0
        """The number of tokens issued so far. Only the last one is valid."""
        self.cancelled: list[str] = []
        """The cancelled tasks."""
        self.outputs = outputs
        """Gives the results instead of the engine."""
        self.notices: Mapping[str, list[str]] | None = None
        """The notices of the service about every task: `messages` and `warnings`."""
        self.polls = polls
        self._engine = engine
        self._credentials = {"client_id": client_id, "client_secret": client_secret}
        self._expires_in = expires_in
        self._names = itertools.count(1)
        self.tasks: dict[str, tuple[dict[str, str], int]] = {}
        """For each task its results, and how many polls it is still pending."""
        self.route("POST", "/connect/token", self._token)
        self.route("POST", "/v5.0/ocr/*", self._submit)
        self.route("GET", "/v5.0/ocr/*", self._poll)
        self.route("DELETE", "/v5.0/ocr/*", self._cancel)

    def options(self) -> dict[str, Any]:
        """The options of an `AsposeBackend` of this server."""
        return {"endpoint": self.url, **self._credentials}

    @staticmethod
    def path(call: str) -> str:
        return f"/v5.0/ocr/{call}"

    def expire(self) -> None:
        """Refuse the last token from now on."""
        self.tokens += 1

    def _token(self, request: Received) -> Any:
        if request.headers.get("content-type") != "application/x-www-form-urlencoded":
            return Answer({"error": "invalid_request"}, 400)
        if request.form() != {"grant_type": "client_credentials", **self._credentials}:
            return Answer({"error": "invalid_client", "sent": request.form()}, 400)
        self.tokens += 1
        return {"access_token": self._valid(), "expires_in": self._expires_in, "token_type": "Bearer"}

    def _valid(self) -> str:
        return f"token-number-{self.tokens}"

    def _authorize(self, request: Received) -> None:
        if request.headers.get("authorization") != f"Bearer {self._valid()}":
            raise RefusedError(_problem(401, "Unauthorized"))

    def _submit(self, request: Received) -> Any:
        self._authorize(request)
        try:
            body = request.json()
            image = base64.b64decode(body["image"], validate=True)
            settings = body["settings"]
            unknown = settings.keys() - _SETTINGS
        except (ValueError, KeyError, TypeError, AttributeError, binascii.Error) as error:
            return _problem(400, f"Bad Request: {error!r}")
        if unknown or not isinstance(settings.get("language", ""), str):
            return _problem(400, f"Bad Request: {sorted(unknown)}")
        try:
            results = (self.outputs or self._read)(request.path.rpartition("/")[2], settings, image)
        except InvalidImageError as error:
            return _problem(400, f"Bad Request: {error}")
        task = f"00000000-0000-4000-8000-{next(self._names):012}"
        self.tasks[task] = dict(results), self.polls
        return Answer(task)

    def _poll(self, request: Received) -> Any:
        self._authorize(request)
        task = request.query.get("id", "")
        if task not in self.tasks:
            return _state(task, "NotExist", "TaskNotFound")
        results, polls = self.tasks[task]
        if polls > 0:
            self.tasks[task] = results, polls - 1
            return _state(task, "Processing", "NotReady")
        results_sent = [
            {"type": kind, "data": base64.b64encode(text.encode()).decode()} for kind, text in results.items()
        ]
        return {**_state(task, "Completed", "Ok", results_sent), "error": self.notices}

    def _read(self, call: str, settings: Mapping[str, Any], image: bytes) -> Mapping[str, str]:
        """The recognized text, in the requested form."""
        page = decode_image(image)
        if call == "RecognizeRegions":
            parts = [_part(page, region["rect"]) for region in settings["regions"]]
            return {f"Text {number}": recognize(self._engine, part).text for number, part in enumerate(parts)}
        found = recognize(self._engine, page)
        if call == "DetectRegions":
            boxes = [bounding_box(block.polygon) for block in found.blocks if block.polygon]
            return {"Other": str([[round(value) for value in box] for box in boxes])}
        if call == "RecognizeTable":
            rows = [",".join(line.text.split()) for line in found.lines]
            return {"Csv": "\r\n".join(rows)}
        results = {"Text": found.text.replace("\n", "\r\n")}
        if "Hocr" in settings.get("resultType", ""):
            document = Document(page_count=1, pages=(found,))
            results["Hocr"] = document.export("hocr").decode()
        return results

    def _cancel(self, request: Received) -> Any:
        self._authorize(request)
        task = request.query.get("id", "")
        self.tasks.pop(task, None)
        self.cancelled.append(task)
        return Answer(b"")


def _part(page: Page, rect: Mapping[str, int]) -> Page:
    rows = slice(rect["topLeftY"], rect["bottomRightY"])
    return Page(page.pixels[rows, rect["topLeftX"] : rect["bottomRightX"]].copy())


def _state(task: str, status: str, code: str, results: list[dict[str, str]] | None = None) -> dict[str, Any]:
    return {"id": task, "taskStatus": status, "responseStatusCode": code, "results": results, "error": None}


def _problem(status: int, title: str) -> Answer:
    return Answer({"title": title, "status": status}, status, "application/problem+json")
