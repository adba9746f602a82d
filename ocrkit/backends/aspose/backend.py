"""The backend `aspose`."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any

from ocrkit.backends.aspose.errors import check, check_token
from ocrkit.backends.aspose.languages import LANGUAGES
from ocrkit.backends.aspose.options import AsposeOptions
from ocrkit.backends.aspose.parse import detected_regions, finished_task, parse, parse_regions, task_id
from ocrkit.backends.aspose.request import SCENES, Endpoint, body, boxes_on_image, choose, clipped
from ocrkit.backends.aspose.schema import Task
from ocrkit.backends.remote import (
    Call,
    Recognition,
    TokenBackend,
    oauth_token,
    remote_requirements,
    validated,
)
from ocrkit.errors import BackendError, BackendTimeoutError, BackendUnavailableError
from ocrkit.geometry import Box
from ocrkit.http import Attempt, Pending, Response, Session, Token
from ocrkit.page import Encoded, Page
from ocrkit.request import Capabilities, Request
from ocrkit.result import Engine

_CANCEL_SECONDS = 5.0
_DETECTION_SETTINGS = {"language": "English"}


class AsposeBackend(TokenBackend[AsposeOptions, Call[Endpoint]]):
    """Reads pages with Aspose OCR Cloud: each is a task that is submitted and then polled."""

    name = "aspose"
    service = "Aspose OCR Cloud"
    Options = AsposeOptions
    requires = remote_requirements("aspose")
    capabilities = Capabilities(
        languages=frozenset(LANGUAGES),
        modes=frozenset({"auto", "printed", "handwritten"}),
        scenes=frozenset(SCENES),
        levels=frozenset({"line", "word"}),
        polygons=False,  # with `boxes = false` there are none
        confidence="none",
        reading_order=True,
        helped_by=frozenset({"deskew"}),  # the service's own is off: it does not return the angle
        sharing="shared",
        remote=True,
    )

    def choose(self, request: Request) -> Call[Endpoint]:
        return choose(request, self.options)

    def engine(self, call: Call[Endpoint]) -> Engine:  # noqa: ARG002 – one engine behind all endpoints
        return Engine(name=self.service, version="5.0")

    def charged(self, call: Call[Endpoint]) -> tuple[str, ...]:
        """Each task, of which there are two if regions are detected first."""
        detects = call.endpoint == "RecognizeRegions" and self.options.regions == "detect"
        return ("DetectRegions", call.endpoint) if detects else (call.endpoint,)

    def read(self, session: Session, page: Page, image: Encoded, call: Call[Endpoint]) -> Recognition:
        """One task, or two if regions are detected first."""
        if call.endpoint != "RecognizeRegions":
            task = self._run(session, call.endpoint, body(image, call.parameters))
            return parse(task, image, call)
        boxes = self._boxes(session, page, image)
        if not boxes:
            return Recognition()
        task = self._run(session, call.endpoint, body(image, call.parameters, boxes))
        return parse_regions(task, boxes, call)

    def fetch_token(self, attempt: Attempt) -> Token:
        form = {
            "grant_type": "client_credentials",
            "client_id": self.options.client_id.get_secret_value(),
            "client_secret": self.options.client_secret.get_secret_value(),
        }
        return oauth_token(attempt.request("POST", "/connect/token", form=form, check=check_token))

    def _boxes(self, session: Session, page: Page, image: Encoded) -> tuple[Box, ...]:
        """The regions to read, in pixels of the image."""
        regions = self.options.regions
        if regions == "detect":
            task = self._run(session, "DetectRegions", body(image, _DETECTION_SETTINGS))
            return tuple(clipped(box, image) for box in detected_regions(task))
        return boxes_on_image(regions or (), page, image)

    def _run(self, session: Session, endpoint: Endpoint, body: Mapping[str, Any]) -> Task:
        """Submit a task and poll it until it is finished. If the wait for it fails, it is cancelled."""
        path = f"/v5.0/ocr/{endpoint}"
        task = task_id(session.call(lambda attempt: self._request(attempt, "POST", path, json=body)))
        try:
            return session.poll(
                lambda attempt: self._poll(attempt, path, task), first_wait=self.options.poll_seconds
            )
        except (BackendTimeoutError, BackendUnavailableError):
            self._cancel(path, task)
            raise

    def _poll(self, attempt: Attempt, path: str, task: str) -> Task | Pending:
        response = self._request(attempt, "GET", path, params={"id": task})
        attempt.request_id = task
        return finished_task(validated(Task, response.json()), task)

    def _cancel(self, path: str, task: str) -> None:
        """Cancel a task, so that it is not billed, within a few seconds after the page's deadline."""
        with (
            contextlib.suppress(BackendError),
            self._transport.session(timeout_seconds=_CANCEL_SECONDS) as session,
        ):
            session.call(lambda attempt: self._request(attempt, "DELETE", path, params={"id": task}))

    def _request(self, attempt: Attempt, method: str, path: str, **arguments: Any) -> Response:
        authorization = {"Authorization": f"Bearer {self.token(attempt)}"}
        return attempt.request(method, path, headers=authorization, check=check, **arguments)
