"""The backend `aws`."""

from __future__ import annotations

from ocrkit.backends.aws.credentials import Signer, described
from ocrkit.backends.aws.errors import check
from ocrkit.backends.aws.options import AwsOptions
from ocrkit.backends.aws.parse import parse
from ocrkit.backends.aws.request import LANGUAGES, LIMITS, PRICES, SCENES, Operation, body, choose
from ocrkit.backends.base import Finding
from ocrkit.backends.remote import Call, Recognition, RemoteBackend, remote_requirements
from ocrkit.http import Attempt, Transport
from ocrkit.page import Encoded
from ocrkit.request import Capabilities, Request


class AwsBackend(RemoteBackend[AwsOptions, Call[Operation]]):
    """Reads pages with Amazon Textract."""

    name = "aws"
    service = "Amazon Textract"
    Options = AwsOptions
    requires = remote_requirements("aws", "botocore")
    capabilities = Capabilities(
        languages=frozenset(LANGUAGES),
        modes=frozenset({"auto", "printed", "handwritten"}),
        scenes=SCENES,
        levels=frozenset({"line", "word"}),
        confidence="word",
        orientation=True,
        sharing="shared",
        remote=True,
        max_bytes=LIMITS.max_bytes,
    )
    limits = LIMITS
    prices = PRICES

    def __init__(self, options: AwsOptions, transport: Transport | None = None) -> None:
        """See `RemoteBackend`."""
        super().__init__(options, transport)
        self._signer = Signer(options)

    def choose(self, request: Request) -> Call[Operation]:
        return choose(request, self.options.features)

    def charged(self, call: Call[Operation]) -> tuple[str, ...]:
        """The operation, or each feature of `AnalyzeDocument`."""
        return tuple(call.parameters.get("FeatureTypes", (call.endpoint,)))

    def ask(self, attempt: Attempt, image: Encoded, call: Call[Operation]) -> Recognition:
        content = body(image, call)
        headers = {
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": f"Textract.{call.endpoint}",
        }
        if not self._transport.replay_only:
            headers = self._signer.headers(attempt, content, headers)
        response = attempt.request(
            "POST", "/", headers=headers, content=content, check=check, record_as=call.endpoint
        )
        return parse(response.json(), image, call)

    def diagnose(self) -> list[Finding]:
        (finding,) = super().diagnose()
        return [Finding(ok=True, text=f"{finding.text}, with {described(self.options)}")]
