"""Options, requests and errors of the backend `aspose`."""

from __future__ import annotations

import base64
import contextlib
import json
from collections.abc import Mapping
from typing import Any, ClassVar, Literal, NamedTuple

from pydantic import Field, SecretStr

from ocrkit.backends.aspose.languages import LANGUAGES, handwriting, name_of
from ocrkit.backends.aspose.parse import Asked, Task, parse, parse_regions
from ocrkit.backends.base import Finding, RemoteOptions, remote_requirements
from ocrkit.errors import (
    AuthenticationError,
    BackendError,
    BackendTimeoutError,
    BackendUnavailableError,
    BadResponseError,
    CapabilityError,
    ExpiredTokenError,
    QuotaError,
    RateLimitError,
)
from ocrkit.geometry import Box, bounding_box
from ocrkit.http import (
    Attempt,
    ErrorTable,
    ImageLimits,
    Response,
    Session,
    Token,
    Transport,
    fit,
    rows,
)
from ocrkit.http.parsing import ResponseModel, validated
from ocrkit.page import Encoded, Page
from ocrkit.request import NATIVE, Capabilities, Request
from ocrkit.result import PageResult

_TASKS = "/v5.0/ocr/"
_TOKEN = "/connect/token"  # noqa: S105 – an address
_SECONDS_TO_CANCEL = 5.0

_KEYS = "check client_id and client_secret at https://dashboard.aspose.cloud/applications"

ERRORS = ErrorTable(
    rows(ExpiredTokenError, "a new token was refused, too; see that the application may use OCR", "401"),
    rows(AuthenticationError, _KEYS, "token 400", "token 401", "token 403"),
    rows(AuthenticationError, "the application may not use OCR; allow it in the dashboard", "403"),
    rows(QuotaError, "the free or paid pages are used up; see https://purchase.aspose.cloud", "402"),
    rows(RateLimitError, "lower requests_per_second or max_concurrency", "429", "token 429"),
    rows(CapabilityError, "the service does not take this picture or these settings", "400", "413", "415"),
    rows(BackendError, "check endpoint", "404"),
    rows(BackendTimeoutError, "", "408", "504"),
    rows(BackendUnavailableError, "", "5*", "token 5*", "ResultDataLost"),
    rows(BackendError, "send the page again", "NotExist", "TaskNotFound", "PartiallyNotFound"),
    rows(BackendError, "", "Error"),
    rows(None, "", "NoAnyResultData"),
)
"""HTTP statuses, those of the token service, and what tasks say of themselves."""


class AsposeOptions(RemoteOptions):
    """Options of the backend `aspose`."""

    endpoint: str = "https://api.aspose.cloud"
    client_id: SecretStr
    client_secret: SecretStr
    poll_seconds: float = Field(0.5, gt=0)
    """How long after a page is sent its task is first asked for; each wait is longer than the one before."""
    boxes: bool = True
    """Ask for hOCR besides the text, to know where the words stand. That may be counted as two results."""
    regions: Literal["detect"] | tuple[Box, ...] | None = None
    """Read only these parts, each a block: left, top, right and bottom in pixels of the original page; or
    `"detect"`, and the service looks for them first, in a call of its own."""
    skew_correction: bool = False
    """Let the service turn the page level. The places it then tells are not those of the page."""
    binarization: bool = False
    contrast_correction: bool = False
    upsampling: bool = False
    spell_check: bool = False
    """Let the service replace words; what it has read is then lost."""
    dsr_mode: (
        Literal[
            "Regions", "DsrNoFilter", "DsrAndFilter", "NoDsrNoFilter", "TextDetector", "DsrPlusDetector",
            "PolygonalTextDetector", "LineDetector",
        ]
        | None
    ) = None  # fmt: skip
    """How the service looks for text; left out, as it likes."""
    dsr_confidence: Literal["Default", "Low", "LowMid", "Mid", "MidHigh", "High", "Ultra", "All"] | None = (
        None
    )

    vendor_variables: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "client_id": ("ASPOSE_CLIENT_ID",),
        "client_secret": ("ASPOSE_CLIENT_SECRET",),
    }


class AsposeBackend:
    """Reads pages with Aspose OCR Cloud."""

    name: ClassVar[str] = "aspose"
    Options = AsposeOptions
    requires = remote_requirements("aspose")
    capabilities: ClassVar[Capabilities] = Capabilities(
        languages=frozenset(LANGUAGES),
        modes=frozenset({"auto", "printed", "handwritten"}),
        scenes=frozenset({"document", "line", "table", "receipt"}),
        levels=frozenset({"line", "word"}),
        polygons=False,  # of text alone there are none
        confidence="none",
        reading_order=True,
        helped_by=frozenset({"deskew"}),  # the service's own is off: it does not say by how much it turned
        sharing="shared",
        remote=True,
    )
    limits = ImageLimits()

    def __init__(self, options: AsposeOptions, transport: Transport | None = None) -> None:
        """Set up; nothing is sent yet."""
        self.options = options
        self._transport = transport or Transport(self.name, options)

    def recognize(self, page: Page, request: Request) -> PageResult:
        """Read a page: one task, or two where regions are looked for first."""
        gaps = self.capabilities.missing(request)
        if gaps:
            raise CapabilityError(f"does not offer {', '.join(gaps)}", backend=self.name)
        asked = asked_of(request)
        sent = fit(page, self.limits)
        with self._transport.exchange(page) as exchange:
            if request.scene in ("document", "line") and self.options.regions is not None:
                boxes = self._regions(exchange, page, sent)
                body = body_of(sent, request, self.options, boxes=boxes)
                found = self._run(exchange, "RecognizeRegions", body) if boxes else Task()
                result = parse_regions(found, boxes, sent, asked)
            else:
                call = call_of(request)
                found = self._run(exchange, call, body_of(sent, request, self.options))
                result = parse(found, sent, asked, as_table=call == "RecognizeTable")
            return exchange.finished(result, sent)

    def check_live(self) -> Finding:
        """Fetch a token, which costs nothing."""
        self._transport.call(lambda attempt: attempt.token(self._fetch_token))
        return Finding(ok=True, text="the credentials are accepted")

    def close(self) -> None:
        """Drop the connections."""
        self._transport.close()

    def _regions(self, exchange: Session, page: Page, sent: Encoded) -> tuple[Box, ...]:
        """The parts to read, in pixels of the picture that is sent."""
        wanted = self.options.regions
        limit = Box(0, 0, sent.width, sent.height)
        if wanted == "detect":
            body = {"image": _base64(sent), "settings": {"language": "English"}}
            found = self._run(exchange, "DetectRegions", body)
            return tuple(_cut(box, limit) for box in detected(found))
        if wanted is None:
            return ()
        back = sent.to_page.then(page.to_original).inverse()
        boxes = [_cut(bounding_box(back.polygon(box.polygon)), limit) for box in wanted]
        if any(box.area < 1 for box in boxes):
            raise CapabilityError("a region lies outside of the page; see the option regions")
        return tuple(boxes)

    def _run(self, exchange: Session, call: str, body: Mapping[str, Any]) -> Task:
        """Hand in a task and wait for its end. One that is not waited for any more is cancelled."""
        address = _TASKS + call
        task = task_id(self._request(exchange, "POST", address, json=body))
        try:
            return exchange.poll(
                lambda attempt: self._finished(attempt, address, task), first_wait=self.options.poll_seconds
            )
        except (BackendTimeoutError, BackendUnavailableError):
            self._cancel(address, task)
            raise

    def _finished(self, attempt: Attempt, address: str, task: str) -> Task | None:
        reply = attempt.request(
            "GET", address, params={"id": task}, headers=self._authorized(attempt), check=check
        )
        attempt.request_id = task
        return settled(Task.of(reply.json()), task)

    def _request(self, exchange: Session, method: str, address: str, **arguments: Any) -> Response:
        return exchange.call(
            lambda attempt: attempt.request(
                method, address, headers=self._authorized(attempt), check=check, **arguments
            )
        )

    def _cancel(self, address: str, task: str) -> None:
        """So that nobody pays for what nobody waits for. It is past the deadline: a try, and no more."""
        with contextlib.suppress(BackendError), self._transport.exchange(None, _SECONDS_TO_CANCEL) as last:
            self._request(last, "DELETE", address, params={"id": task})

    def _authorized(self, attempt: Attempt) -> dict[str, str]:
        return {"Authorization": f"Bearer {attempt.token(self._fetch_token)}"}

    def _fetch_token(self, attempt: Attempt) -> Token:
        form = {
            "grant_type": "client_credentials",
            "client_id": self.options.client_id.get_secret_value(),
            "client_secret": self.options.client_secret.get_secret_value(),
        }
        reply = attempt.request("POST", _TOKEN, form=form, check=check_token)
        told = validated(_TokenReply, reply.json())
        return Token(told.access_token, told.expires_in)


class _TokenReply(ResponseModel):
    access_token: str = Field(min_length=1)
    expires_in: float | None = None


# ── requests ──


def call_of(request: Request) -> str:
    """The part of the service for a kind of page."""
    return {"table": "RecognizeTable", "receipt": "RecognizeReceipt"}.get(request.scene, "RecognizeImage")


def asked_of(request: Request) -> Asked:
    """How the answer is to be validated."""
    tags = request.languages
    known = next((tag for tag in tags if not tag.startswith(NATIVE)), None)
    warnings: tuple[str, ...] = ()
    if len(tags) > 1 and request.mode != "handwritten":
        warnings = (f"the service reads one language at a time: read as '{tags[0]}'",)
    return Asked(
        language=known if len(tags) == 1 else None,
        handwritten="requested" if request.mode == "handwritten" else None,
        warnings=warnings,
    )


def body_of(
    sent: Encoded, request: Request, options: AsposeOptions, *, boxes: tuple[Box, ...] = ()
) -> dict[str, Any]:
    """A task as JSON."""
    settings: dict[str, Any] = {
        "makeSkewCorrect": options.skew_correction,
        "makeBinarization": options.binarization,
        "makeContrastCorrection": options.contrast_correction,
        "makeUpsampling": options.upsampling,
        "makeSpellCheck": options.spell_check,
    }
    if request.mode == "handwritten":
        settings["language"] = handwriting(request.languages)
    elif request.languages:
        settings["language"] = name_of(request.languages[0])
    if request.scene == "table":
        settings["resultTypeTable"] = "Csv"
    else:
        settings["resultType"] = "TextAndHocr" if options.boxes and not boxes else "Text"
    if options.dsr_mode:
        settings["dsrMode"] = options.dsr_mode
    if options.dsr_confidence:
        settings["dsrConfidence"] = options.dsr_confidence
    if boxes:
        settings["regions"] = [_region(number, box) for number, box in enumerate(boxes)]
    return {"image": _base64(sent), "settings": settings}


def _region(number: int, box: Box) -> dict[str, Any]:
    corners = {
        "topLeftX": round(box.left), "topLeftY": round(box.top),
        "bottomRightX": round(box.right), "bottomRightY": round(box.bottom),
    }  # fmt: skip
    return {"rect": corners, "order": number}


def _base64(sent: Encoded) -> str:
    return base64.b64encode(sent.data).decode()


def _cut(box: Box, limit: Box) -> Box:
    return bounding_box(limit.nearest(point) for point in box.polygon)


# ── answers ──


def task_id(reply: Response) -> str:
    """The name of the task: plain text, or the same in quotes."""
    task = reply.text.strip().strip('"')
    if not task or len(task) > 100 or any(character.isspace() or character in "<{" for character in task):
        raise BadResponseError("the service took the page and gave no task for it")
    return task


def settled(task: Task, name: str) -> Task | None:
    """The task once it has come to an end; None while it has not."""
    codes = [code for code in (task.responseStatusCode, task.taskStatus) if code]
    if task.taskStatus in ("Pending", "Processing") or task.responseStatusCode == "NotReady":
        return None
    if any(ERRORS.is_blank(code) for code in codes):
        return task.model_copy(update={"results": ()})
    if task.taskStatus == "Completed" and task.responseStatusCode in ("Ok", None):
        return task
    message = "; ".join(task.error.messages) if task.error else None
    code = next((each for each in codes if each not in ("Ok", "Completed")), None)
    if code is None:
        raise BadResponseError("the service does not say how far the task is", request_id=name)
    raise ERRORS.error(code, message, request_id=name)


class _Corners(NamedTuple):
    left: float
    top: float
    right: float
    bottom: float


class _Detected(ResponseModel):
    regions: tuple[_Corners, ...]


def detected(task: Task) -> tuple[Box, ...]:
    """The regions that were found, in pixels of the picture."""
    boxes = []
    for output in task.results:
        try:
            given = json.loads(output.content)
        except ValueError:
            raise BadResponseError("the regions of the page are not JSON") from None
        boxes += [Box(*corners) for corners in validated(_Detected, {"regions": given}).regions]
    return tuple(box for box in boxes if box.width >= 1 and box.height >= 1)


def check(reply: Response) -> None:
    """Raise what an answer is, if it is an error."""
    _check(reply, "")


def check_token(reply: Response) -> None:
    """Likewise, of the token service: there a bad request is a bad password."""
    _check(reply, "token ")


def _check(reply: Response, prefix: str) -> None:
    if 200 <= reply.status < 300:
        return
    raise ERRORS.error(
        f"{prefix}{reply.status}", _told(reply), request_id=reply.request_id, retry_after=reply.retry_after
    )


class _ProblemDetails(ResponseModel):
    title: str | None = None
    detail: str | None = None


def _told(reply: Response) -> str | None:
    """What the service says of the problem, where it is in the form it should be."""
    try:
        problem = validated(_ProblemDetails, reply.json())
    except BadResponseError:
        return None
    return ": ".join(part for part in (problem.title, problem.detail) if part) or None
