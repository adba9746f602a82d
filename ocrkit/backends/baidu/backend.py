"""The backend `baidu`."""

from __future__ import annotations

from ocrkit.backends.baidu import sdk
from ocrkit.backends.baidu.errors import check
from ocrkit.backends.baidu.options import BaiduOptions
from ocrkit.backends.baidu.parse import parse
from ocrkit.backends.baidu.request import LANGUAGES, LIMITS, SCENES, Endpoint, choose, parameters
from ocrkit.backends.remote import (
    Call,
    ImageLimits,
    Recognition,
    TokenBackend,
    oauth_token,
    remote_requirements,
)
from ocrkit.http import Attempt, Token
from ocrkit.page import Encoded
from ocrkit.request import Capabilities, Request


class BaiduBackend(TokenBackend[BaiduOptions, Call[Endpoint]]):
    """Reads pages with Baidu AI Cloud OCR."""

    name = "baidu"
    service = "Baidu OCR"
    Options = BaiduOptions
    requires = remote_requirements("baidu", "aip", "chardet")
    capabilities = Capabilities(
        languages=frozenset(LANGUAGES),
        modes=frozenset({"auto", "printed", "handwritten"}),
        scenes=frozenset(SCENES),
        levels=frozenset({"line", "word"}),
        orientation=True,
        sharing="shared",
        remote=True,
    )

    def choose(self, request: Request) -> Call[Endpoint]:
        return choose(request, self.options.reader, self.options.receipts)

    def limits_for(self, call: Call[Endpoint]) -> ImageLimits:
        return LIMITS[call.endpoint]

    def ask(self, attempt: Attempt, image: Encoded, call: Call[Endpoint]) -> Recognition:
        path, form = sdk.request(call.endpoint, image.data, parameters(call))
        token = {"access_token": self.token(attempt)}
        response = attempt.request("POST", path, params=token, form=form, check=check)
        return parse(response.json(), image, call)

    def fetch_token(self, attempt: Attempt) -> Token:
        """The service accepts the keys only in the query, even of a POST request."""
        keys = {
            "grant_type": "client_credentials",
            "client_id": self.options.api_key.get_secret_value().strip(),
            "client_secret": self.options.secret_key.get_secret_value().strip(),
        }
        return oauth_token(attempt.request("POST", "/oauth/2.0/token", params=keys, check=check))
