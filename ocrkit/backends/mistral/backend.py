"""The backend `mistral`."""

from __future__ import annotations

import base64

from ocrkit.backends.base import Finding
from ocrkit.backends.mistral.errors import check
from ocrkit.backends.mistral.options import MistralOptions
from ocrkit.backends.mistral.parse import parse
from ocrkit.backends.remote import Call, ImageLimits, Recognition, RemoteBackend, remote_requirements
from ocrkit.http import Attempt
from ocrkit.page import Encoded
from ocrkit.request import Capabilities, Request
from ocrkit.result import Engine, Handwritten

_PATH = "/v1/ocr"


class MistralBackend(RemoteBackend[MistralOptions, Call[str]]):
    """Reads pages with Mistral OCR."""

    name = "mistral"
    service = "Mistral OCR"
    Options = MistralOptions
    requires = remote_requirements("mistral")
    capabilities = Capabilities(
        modes=frozenset({"auto", "printed", "handwritten"}),
        scenes=frozenset({"document", "table"}),
        levels=frozenset({"block"}),
        polygons=False,  # only blocks have places
        confidence="word",
        reading_order=True,
        sharing="shared",
        remote=True,
    )
    # The service accepts 50 MB; a larger upload than this takes longer, and no letter becomes clearer.
    limits = ImageLimits(max_bytes=10 * 10**6, counted="base64")

    def choose(self, request: Request) -> Call[str]:
        handwritten: Handwritten | None = "requested" if request.mode == "handwritten" else None
        return Call(_PATH, {"model": self.options.model}, handwritten=handwritten)

    def engine(self, call: Call[str]) -> Engine:  # noqa: ARG002 – one endpoint
        return Engine(name=self.service, model=self.options.model)

    def ask(self, attempt: Attempt, image: Encoded, call: Call[str]) -> Recognition:
        data = base64.b64encode(image.data).decode()
        body = {
            # An image, because the service renders PDFs at a resolution at which columns get lost.
            "document": {"type": "image_url", "image_url": f"data:{image.media_type};base64,{data}"},
            "table_format": "html",
            "include_blocks": True,
            **call.parameters,
        }
        if self.options.word_confidences:
            body["confidence_scores_granularity"] = "word"
        if self.options.image_min_size:
            body["image_min_size"] = self.options.image_min_size
        response = attempt.request("POST", _PATH, json=body, headers=self._authorization(), check=check)
        return parse(response.json(), image, call)

    def check_live(self) -> Finding:
        """List the models, which costs nothing."""
        self._transport.call(
            lambda attempt: attempt.request("GET", "/v1/models", headers=self._authorization(), check=check)
        )
        return Finding(ok=True, text="the service accepts the key")

    def _authorization(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.options.api_key.get_secret_value()}"}
