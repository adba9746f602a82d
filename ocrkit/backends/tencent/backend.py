"""The backend `tencent`."""

from __future__ import annotations

from ocrkit.backends.remote import Call, ImageLimits, Recognition, RemoteBackend, remote_requirements
from ocrkit.backends.tencent import sdk
from ocrkit.backends.tencent.options import Action, TencentOptions
from ocrkit.backends.tencent.parse import parse
from ocrkit.backends.tencent.request import LANGUAGES, LIMITS, SCENES, body, choose
from ocrkit.http import Attempt
from ocrkit.page import Encoded
from ocrkit.request import Capabilities, Request


class TencentBackend(RemoteBackend[TencentOptions, Call[Action]]):
    """Reads pages with Tencent Cloud OCR."""

    name = "tencent"
    service = "Tencent Cloud OCR"
    Options = TencentOptions
    requires = remote_requirements("tencent", "tencentcloud.ocr")
    capabilities = Capabilities(
        languages=frozenset(LANGUAGES),
        modes=frozenset({"auto", "printed", "handwritten"}),
        scenes=frozenset(SCENES),
        levels=frozenset({"line", "word"}),
        confidence="word",
        orientation=True,
        sharing="shared",
        remote=True,
    )

    def choose(self, request: Request) -> Call[Action]:
        return choose(request, self.options.accuracy, self.options.id_cards)

    def limits_for(self, call: Call[Action]) -> ImageLimits:
        return LIMITS[call.endpoint]

    def rate_for(self, call: Call[Action]) -> float | None:
        return self.options.rates.get(call.endpoint)

    def ask(self, attempt: Attempt, image: Encoded, call: Call[Action]) -> Recognition:
        answer = sdk.send(attempt, self.options, call.endpoint, body(image, call))
        return parse(answer, image, call)
