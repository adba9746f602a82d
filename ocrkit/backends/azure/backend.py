"""The backend `azure`."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from ocrkit.backends.azure.errors import check, check_token, check_with_fetched_token, run_error
from ocrkit.backends.azure.languages import LANGUAGES
from ocrkit.backends.azure.options import AzureOptions
from ocrkit.backends.azure.parse import parse
from ocrkit.backends.azure.request import FREE_LIMITS, LIMITS, PAID_FEATURES, SCENES, Model, choose, query
from ocrkit.backends.azure.schema import Run
from ocrkit.backends.base import Finding
from ocrkit.backends.remote import (
    Call,
    ImageLimits,
    PendingJobs,
    Recognition,
    RemoteBackend,
    oauth_token,
    remote_requirements,
    validated,
)
from ocrkit.errors import (
    BackendError,
    BackendTimeoutError,
    BackendUnavailableError,
    BadResponseError,
    RateLimitError,
)
from ocrkit.geometry import IDENTITY
from ocrkit.http import Attempt, Pending, Response, Session, Token
from ocrkit.page import Encoded, Page
from ocrkit.request import Capabilities, Request
from ocrkit.result import Engine

_RESULT_ID = re.compile(r"/analyzeResults/([\w-]{1,100})/?$")
_KEPT_SECONDS = 24 * 3600
_INFO = "/documentintelligence/info"
_PDF = "application/pdf"


class AzureBackend(RemoteBackend[AzureOptions, Call[Model]]):
    """Reads pages with Azure AI Document Intelligence: starts a run for each page, and polls it."""

    name = "azure"
    service = "Azure AI Document Intelligence"
    Options = AzureOptions
    requires = remote_requirements("azure")
    capabilities = Capabilities(
        languages=frozenset(LANGUAGES),
        modes=frozenset({"auto", "printed", "handwritten"}),
        scenes=frozenset(SCENES),
        levels=frozenset({"line", "word"}),
        confidence="word",
        reading_order=True,
        orientation=True,
        sharing="shared",
        remote=True,
    )

    def choose(self, request: Request) -> Call[Model]:
        return choose(request, self.options)

    def limits_for(self, call: Call[Model]) -> ImageLimits:  # noqa: ARG002 – the same for all models
        return FREE_LIMITS if self.options.tier == "free" else LIMITS

    def charged(self, call: Call[Model]) -> tuple[str, ...]:
        """The model, and the features that cost extra."""
        return (
            call.endpoint,
            *(each for each in call.parameters.get("features", ()) if each in PAID_FEATURES),
        )

    def encode(self, page: Page, call: Call[Model]) -> Encoded:
        """An image, or with `send_pdf` the page's own PDF, whose unit is the inch."""
        if self.options.send_pdf and page.source and page.source.media_type == _PDF:
            data = page.source.read()
            if len(data) <= (self.limits_for(call).max_bytes or 0):
                return Encoded(data, _PDF, page.width, page.height, IDENTITY)
        return super().encode(page, call)

    def engine(self, call: Call[Model]) -> Engine:
        return Engine(name=self.service, model=call.endpoint, version=self.options.api_version)

    def read(self, session: Session, page: Page, image: Encoded, call: Call[Model]) -> Recognition:  # noqa: ARG002
        """Start a run and poll it, or continue to poll a run that an earlier process started."""
        jobs = PendingJobs(self.options.resume_folder, _KEPT_SECONDS)
        key = jobs.key(self.options.endpoint, str(call), image.data)
        run = jobs.find(key)
        answer = self._ended(session, jobs, key, call, run, resumed=True) if run else None
        if run is None or answer is None:
            run, wait = session.call(lambda attempt: self._start(attempt, image, call))
            jobs.add(key, run)
            session.wait(wait)
            answer = self._ended(session, jobs, key, call, run)
        jobs.remove(key)
        recognition = parse(answer, image, call)
        if self.options.delete_results:
            return self._without_copy(session, call, run, recognition)
        return recognition

    def check_live(self) -> Finding:
        """Ask for the limits of the resource, which costs nothing."""
        self._transport.call(
            lambda attempt: self._request(attempt, "GET", _INFO, {"api-version": self.options.api_version})
        )
        return Finding(ok=True, text="the service accepts the credentials")

    def diagnose(self) -> list[Finding]:
        """See `ocrkit.backends.base.SupportsDiagnosis`."""
        options = self.options
        how = "api_key" if options.api_key else "token" if options.token else "the application client_id"
        text = f"pages are sent to {options.endpoint}, with {how}"
        return [Finding(ok=True, text=text)]

    def fetch_token(self, attempt: Attempt) -> Token:
        """Fetch an access token for the application."""
        options = self.options
        form = {
            "grant_type": "client_credentials",
            "client_id": options.client_id.get_secret_value() if options.client_id else "",
            "client_secret": options.client_secret.get_secret_value() if options.client_secret else "",
            "scope": options.scope,
        }
        address = f"{options.authority}/{options.tenant_id}/oauth2/v2.0/token"
        return oauth_token(attempt.request("POST", address, form=form, check=check_token))

    def _start(self, attempt: Attempt, image: Encoded, call: Call[Model]) -> tuple[str, float]:
        """Send the page. Returns the id of the run, and the wait that the service requests."""
        path = f"/documentintelligence/documentModels/{call.endpoint}:analyze"
        response = self._request(
            attempt,
            "POST",
            path,
            query(call, self.options),
            content=image.data,
            media_type=image.media_type,
        )
        wait = response.retry_after
        return _run_id(response), self.options.poll_seconds if wait is None else wait

    def _ended(
        self,
        session: Session,
        jobs: PendingJobs,
        key: str,
        call: Call[Model],
        run: str,
        *,
        resumed: bool = False,
    ) -> dict[str, Any] | None:
        """The result of a finished run; None if an earlier process started the run and the service lost it.

        The id of the run is kept for a later try only if the run may still succeed.
        """
        try:
            return session.poll(
                lambda attempt: self._poll(attempt, call, run, resumed=resumed),
                first_wait=self.options.poll_seconds,
            )
        except (BackendTimeoutError, BackendUnavailableError, RateLimitError):
            raise
        except BackendError:
            jobs.remove(key)
            raise

    def _poll(
        self, attempt: Attempt, call: Call[Model], run: str, *, resumed: bool
    ) -> dict[str, Any] | Pending | None:
        parameters = {"api-version": self.options.api_version}
        path = _result_path(call, run)
        response = self._request(attempt, "GET", path, parameters, check_status=not resumed)
        if resumed and response.status == 404:
            return None
        check(response)
        state = validated(Run, response.json())
        if state.status in ("notStarted", "running"):
            return Pending(response.retry_after)
        if state.status != "succeeded":
            raise run_error(state.status, state.error, response.request_id)
        if not isinstance(state.analyze_result, dict):
            raise BadResponseError("the run succeeded, but the response has no result")
        return state.analyze_result

    def _without_copy(
        self, session: Session, call: Call[Model], run: str, recognition: Recognition
    ) -> Recognition:
        """Delete the service's copy of a result. If the deletion fails, the page keeps its result."""
        parameters = {"api-version": self.options.api_version}
        path = _result_path(call, run)
        try:
            session.call(lambda attempt: self._request(attempt, "DELETE", path, parameters))
        except BackendError as error:
            warning = f"the result could not be deleted from the service: {error.message}"
            return recognition.model_copy(update={"warnings": (*recognition.warnings, warning)})
        return recognition

    def _request(
        self,
        attempt: Attempt,
        method: str,
        path: str,
        params: dict[str, str],
        *,
        check_status: bool = True,
        **body: Any,
    ) -> Response:
        options = self.options
        checked = check
        if options.api_key:
            headers = {"Ocp-Apim-Subscription-Key": options.api_key.get_secret_value()}
        elif options.token:
            headers = {"Authorization": f"Bearer {options.token.get_secret_value()}"}
        else:
            headers = {"Authorization": f"Bearer {attempt.token(self.fetch_token)}"}
            checked = check_with_fetched_token

        def check_response(response: Response) -> None:
            if check_status or response.status != 404:
                checked(response)

        return attempt.request(method, path, params=params, headers=headers, check=check_response, **body)


def _result_path(call: Call[Model], run: str) -> str:
    return f"/documentintelligence/documentModels/{call.endpoint}/analyzeResults/{run}"


def _run_id(response: Response) -> str:
    """The id of a run. Only the id is used: the key must not be sent to an address that a response names."""
    found = _RESULT_ID.search(urlsplit(response.headers.get("operation-location", "")).path)
    if found is None:
        raise BadResponseError("the response does not state the address of the result (Operation-Location)")
    return found[1]
