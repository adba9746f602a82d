"""The backend `ocrspace`."""

from __future__ import annotations

from ocrkit.backends.base import Finding
from ocrkit.backends.ocrspace.errors import check
from ocrkit.backends.ocrspace.options import TRIAL_KEY, OcrspaceOptions
from ocrkit.backends.ocrspace.parse import parse
from ocrkit.backends.ocrspace.request import LANGUAGES, PATH, choose, form
from ocrkit.backends.remote import Call, ImageLimits, Recognition, RemoteBackend, remote_requirements
from ocrkit.http import Attempt
from ocrkit.page import Encoded
from ocrkit.request import Capabilities, Request
from ocrkit.result import Engine


class OcrspaceBackend(RemoteBackend[OcrspaceOptions, Call[str]]):
    """Reads pages with OCR.space."""

    name = "ocrspace"
    service = "OCR.space"
    Options = OcrspaceOptions
    requires = remote_requirements("ocrspace")
    capabilities = Capabilities(
        languages=frozenset(LANGUAGES),
        scenes=frozenset({"document", "sparse", "line"}),
        levels=frozenset({"line", "word"}),
        confidence="none",
        sharing="shared",
        remote=True,
    )

    def choose(self, request: Request) -> Call[str]:
        return choose(request, self.options)

    def limits_for(self, call: Call[str]) -> ImageLimits:  # noqa: ARG002 – one endpoint
        return ImageLimits(max_bytes=self.options.max_bytes)

    def engine(self, call: Call[str]) -> Engine:
        return Engine(name=self.service, model=f"engine {call.parameters['OCREngine']}")

    def ask(self, attempt: Attempt, image: Encoded, call: Call[str]) -> Recognition:
        media_type, body = form(image, call, self.options)
        key = {"apikey": self.options.api_key.get_secret_value()}
        response = attempt.request(
            "POST", PATH, content=body, media_type=media_type, headers=key, check=check
        )
        return parse(response.json(), image, call)

    def diagnose(self) -> list[Finding]:
        """See `ocrkit.backends.base.SupportsDiagnosis`."""
        is_trial = self.options.api_key.get_secret_value() == TRIAL_KEY
        key = ", with the vendor's trial key, which everyone shares" if is_trial else ""
        return [Finding(ok=True, text=f"pages are sent to {self.options.endpoint}{key}")]
