"""The backend `alibaba`."""

from __future__ import annotations

from ocrkit.backends.alibaba import sdk
from ocrkit.backends.alibaba.options import AlibabaOptions
from ocrkit.backends.alibaba.parse import parse
from ocrkit.backends.alibaba.request import LANGUAGES, LIMITS, SCENES, Action, choose
from ocrkit.backends.remote import Call, Recognition, RemoteBackend, remote_requirements
from ocrkit.http import Attempt
from ocrkit.page import Encoded
from ocrkit.request import Capabilities, Request


class AlibabaBackend(RemoteBackend[AlibabaOptions, Call[Action]]):
    """Reads pages with Alibaba Cloud OCR."""

    name = "alibaba"
    service = "Alibaba Cloud OCR"
    Options = AlibabaOptions
    requires = remote_requirements("alibaba", "alibabacloud_ocr_api20210707")
    capabilities = Capabilities(
        languages=frozenset(LANGUAGES),
        modes=frozenset({"auto", "printed", "handwritten"}),
        scenes=frozenset(SCENES),
        levels=frozenset({"line", "word"}),
        confidence="word",
        orientation=True,
        sharing="shared",
        remote=True,
        max_bytes=LIMITS.max_bytes,
    )
    limits = LIMITS

    def choose(self, request: Request) -> Call[Action]:
        options = self.options
        return choose(request, options.accuracy, options.id_cards, options.receipts)

    def ask(self, attempt: Attempt, image: Encoded, call: Call[Action]) -> Recognition:
        return parse(sdk.send(attempt, self.options, image, call), image, call)
