"""The options of the backend `vlm`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, TypeAlias
from urllib.parse import urlsplit

from pydantic import Field, SecretStr

from ocrkit.backends.remote import RemoteOptions
from ocrkit.harmless import Harmless
from ocrkit.http import is_loopback

Dialect: TypeAlias = Literal["auto", "open", "openai", "strict"]

_OPENAI = ("api.openai.com", ".openai.azure.com", ".services.ai.azure.com")
_STRICT = ("api.mistral.ai", "generativelanguage.googleapis.com", "api.anthropic.com")


class VlmOptions(RemoteOptions):
    """Options of `VlmBackend`. No environment variable is read: a key must not reach another server."""

    timeout_seconds: float = Field(300, gt=0)
    """Deadline of a page, retries included."""
    api_key: SecretStr | None = None
    """Sent as `Authorization: Bearer …`; a server on this machine usually needs none."""
    model: str | None = None
    """The name of the model. None: the only one that the server lists."""
    preset: str | Path | dict[str, Any] | None = None
    """A built-in preset, the path of a TOML or JSON file, or the fields to change. None: by the name of the
    model."""
    regions: Harmless[Literal["page", "blocks"] | None] = None
    """Whether a request holds a page, or one block that the witness found. None: as in the preset."""
    witness: Harmless[Literal["ppocr", "tesseract", "none"]] = "ppocr"
    """The local engine that reads the same page: for the places of words, and against invented text."""
    on_disagreement: Harmless[Literal["warn", "retry", "local"]] = "warn"
    """The action if the witness supports less than `min_agreement` of the text: only the warnings, a second
    request, or the text of the witness."""
    min_agreement: Harmless[float] = Field(0.8, ge=0, le=1)
    stream: Harmless[bool] = True
    """Read the answer as it arrives, to stop a model that repeats itself."""
    logprobs: Harmless[bool | None] = None
    """Ask for the probabilities of tokens, for confidences. None: if the dialect is `open`."""
    dialect: Dialect = "auto"
    """The parameters that the server accepts: `open` (vLLM, SGLang, Ollama, llama-server, LM Studio),
    `openai`, or `strict` (only the common ones). `auto`: by the address."""
    price_per_million_input: float | None = Field(None, ge=0)
    """The price of a million tokens that are sent, for the cost in the trace."""
    price_per_million_output: float | None = Field(None, ge=0)
    currency: str = "USD"

    @property
    def is_remote(self) -> bool:
        """Whether pages leave this machine."""
        return not is_loopback(urlsplit(self.endpoint).hostname or "")

    @property
    def spoken(self) -> Literal["open", "openai", "strict"]:
        """The dialect of the server."""
        if self.dialect != "auto":
            return self.dialect
        host = urlsplit(self.endpoint).hostname or ""
        if host.endswith(_OPENAI):
            return "openai"
        return "strict" if host.endswith(_STRICT) else "open"

    @property
    def wants_logprobs(self) -> bool:
        return self.spoken == "open" if self.logprobs is None else self.logprobs

    def path(self, call: str) -> str:
        """The path of a call. An address without a path gets `/v1`, where servers have this interface."""
        return call if urlsplit(self.endpoint).path.strip("/") else f"/v1{call}"

    @property
    def overrides(self) -> Mapping[str, Any]:
        """The options that replace fields of the preset."""
        return {"regions": self.regions} if self.regions else {}
