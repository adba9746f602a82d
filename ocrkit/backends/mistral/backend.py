"""The backend `mistral`."""

from __future__ import annotations

import base64

from ocrkit.backends.base import BackendFactory, Finding
from ocrkit.backends.mistral.errors import check
from ocrkit.backends.mistral.options import MistralOptions
from ocrkit.backends.mistral.parse import parse
from ocrkit.backends.remote import (
    Call,
    ImageLimits,
    LocalWitness,
    PriceList,
    Recognition,
    RemoteBackend,
    remote_requirements,
)
from ocrkit.errors import CapabilityError, ConfigError
from ocrkit.http import Attempt, Transport
from ocrkit.page import Encoded, Page
from ocrkit.request import Capabilities, Request
from ocrkit.result import Engine, Handwritten, PageResult
from ocrkit.witness import held_to

_PATH = "/v1/ocr"


class MistralBackend(RemoteBackend[MistralOptions, Call[str]]):
    """Reads pages with Mistral OCR, and optionally checks them with a local engine."""

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
    prices = PriceList(
        {"mistral-ocr-latest": 0.004, "mistral-ocr-4-0": 0.004, "mistral-ocr-2512": 0.002},
        currency="USD",
        as_of="2026-06-23",
        source="https://mistral.ai/pricing",
    )

    def __init__(
        self,
        options: MistralOptions,
        transport: Transport | None = None,
        *,
        create: BackendFactory | None = None,
    ) -> None:
        """Set up; nothing is sent.

        Args:
            options: endpoint, key and model.
            transport: one with a recorder, to record answers or to replay them.
            create: creates the local engine, for the option `witness`.
        """
        super().__init__(options, transport)
        self._witness: LocalWitness | None = None
        if options.witness != "none":
            levels = frozenset({"block", "line", "word"})
            self.capabilities = type(self).capabilities.model_copy(update={"levels": levels})
            if create is None:
                raise ConfigError(
                    f"witness = '{options.witness}' requires a function that creates the backend: use "
                    "ocrkit.registry.create_backend('mistral', …), or pass `create`"
                )
            self._witness = LocalWitness(options.witness, create)

    def recognize(self, page: Page, request: Request) -> PageResult:
        """See `OcrBackend.recognize`. The local engine reads first, so its failure costs nothing."""
        if self._witness is None:
            return super().recognize(page, request)
        try:
            seen = self._witness.recognize(page, request)
        except CapabilityError as error:
            said = super().recognize(page, request)
            warning = f"words have no places, and nothing was checked: {error.message}"
            return said.model_copy(update={"warnings": (*said.warnings, warning)})
        return held_to(super().recognize(page, request), seen, page)

    def close(self) -> None:
        """Close the connections and the local engine."""
        super().close()
        if self._witness is not None:
            self._witness.close()

    def choose(self, request: Request) -> Call[str]:
        handwritten: Handwritten | None = "requested" if request.mode == "handwritten" else None
        return Call(_PATH, {"model": self.options.model}, handwritten=handwritten)

    def engine(self, call: Call[str]) -> Engine:  # noqa: ARG002 – one endpoint
        return Engine(name=self.service, model=self.options.model)

    def charged(self, call: Call[str]) -> tuple[str, ...]:  # noqa: ARG002 – by page and model
        return (self.options.model,)

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
