"""A backend of the tiny service."""

from __future__ import annotations

from typing import ClassVar

from pydantic import SecretStr
from tiny import check

from ocrkit.backends.remote import Call, ImageLimits, Recognition, RemoteOptions, TokenBackend
from ocrkit.errors import CapabilityError
from ocrkit.geometry import Box
from ocrkit.http import Token
from ocrkit.request import Capabilities
from ocrkit.result import Block, Line


class TinyOptions(RemoteOptions):
    endpoint: str = "https://tiny.example"
    key: SecretStr
    secret: SecretStr
    vendor_variables: ClassVar = {"key": ("TINY_KEY",), "secret": ("TINY_SECRET", "TINY_SECRET_OLD")}


class TinyBackend(TokenBackend[TinyOptions, Call[str]]):
    name = "tiny"
    service = "Tiny OCR"
    Options = TinyOptions
    capabilities = Capabilities(
        remote=True, sharing="shared", confidence="none", scenes=frozenset({"document", "line"})
    )
    limits = ImageLimits(max_bytes=400_000, counted="base64", max_side=2000, min_side=15)

    def choose(self, request):
        if request.scene == "line" and "fr" in request.languages:
            raise CapabilityError("reads no line in 'fr'; request the scene 'document'")
        return Call("/ocr", {"scene": request.scene}, reason=f"scene '{request.scene}'")

    def ask(self, attempt, image, call):
        token = {"access_token": self.token(attempt)}
        response = attempt.request(
            "POST", call.endpoint, params=token, content=image.data, media_type=image.media_type, check=check
        )
        return parse(response.json())

    def fetch_token(self, attempt):
        keys = {name: getattr(self.options, name).get_secret_value() for name in ("key", "secret")}
        answer = attempt.request("POST", "/token", form=keys).json()
        return Token(answer["access_token"], answer["expires_in"])


def parse(answer):
    lines = (Line(text=line["text"], polygon=Box(*line["box"]).polygon) for line in answer.get("lines", ()))
    return Recognition(blocks=tuple(Block.of([line]) for line in lines), request_id=answer.get("id"))
