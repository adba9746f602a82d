"""The backend `google`."""

from __future__ import annotations

from ocrkit.backends.base import Finding, Requirement
from ocrkit.backends.google import credentials
from ocrkit.backends.google.errors import check
from ocrkit.backends.google.options import GoogleOptions
from ocrkit.backends.google.parse import parse
from ocrkit.backends.google.request import FEATURES, LANGUAGES, LIMITS, PRICES, Feature, body, choose
from ocrkit.backends.remote import Call, Recognition, RemoteBackend, remote_requirements
from ocrkit.http import Attempt, Token
from ocrkit.page import Encoded
from ocrkit.request import Capabilities, Request


class GoogleBackend(RemoteBackend[GoogleOptions, Call[Feature]]):
    """Reads pages with Google Cloud Vision."""

    name = "google"
    service = "Google Cloud Vision"
    Options = GoogleOptions
    requires = (
        *remote_requirements("google"),
        Requirement(kind="module", name="google.auth", install="pip install 'ocrkit[google]'", optional=True),
    )
    capabilities = Capabilities(
        languages=frozenset(LANGUAGES),
        modes=frozenset({"auto", "printed", "handwritten"}),
        scenes=frozenset(FEATURES),
        levels=frozenset({"line", "word"}),
        confidence="word",
        orientation=True,
        sharing="shared",
        remote=True,
    )
    limits = LIMITS
    prices = PRICES

    def choose(self, request: Request) -> Call[Feature]:
        return choose(request, self.options)

    def ask(self, attempt: Attempt, image: Encoded, call: Call[Feature]) -> Recognition:
        headers = self._authorization(attempt)
        response = attempt.request(
            "POST",
            "/v1/images:annotate",
            json=body(image, call),
            headers=headers,
            check=check,
            record_as=call.endpoint,
        )
        return parse(response.json(), image)

    def diagnose(self) -> list[Finding]:
        (finding,) = super().diagnose()
        return [Finding(ok=True, text=f"{finding.text}, with {credentials.described(self.options)}")]

    def _authorization(self, attempt: Attempt) -> dict[str, str]:
        options = self.options
        project = options.quota_project
        if options.access_token is not None:
            headers = {"Authorization": f"Bearer {options.access_token.get_secret_value()}"}
        elif options.api_key is not None and options.credentials_file is None:
            headers = {"x-goog-api-key": options.api_key.get_secret_value()}
        else:
            headers = {"Authorization": f"Bearer {attempt.token(self._fetch_token)}"}
            project = project or credentials.quota_project(options.credentials_file)
        return {**headers, "x-goog-user-project": project} if project else headers

    def _fetch_token(self, attempt: Attempt) -> Token:
        return credentials.fetch_token(attempt, self.options.credentials_file)
