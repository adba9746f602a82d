"""Keeping secrets out of messages, logs and recordings."""

from __future__ import annotations

import base64
import json
import re
from typing import Any
from urllib.parse import quote, quote_plus, urlsplit

from pydantic import BaseModel, SecretStr

from ocrkit.errors import OcrkitError

REDACTED = "***"

_SHORTEST = 4
"""Shorter texts are not secrets, and replacing them would garble every message."""
_NAME = (
    r"(?:access_?token|refresh_?token|security_?token|id_token|client_?id|client_?secret|api_?key|secret_?key"
    r"|secret_?id|access_?key(?:_?id|_?secret)?|session_?key|session_?secret|password|signature)"
)
_IN_QUERY = re.compile(rf"\b({_NAME}=)[^&\s\"'<>)]+", re.IGNORECASE)
_IN_HEADER = re.compile(r"\b((?:Proxy-)?Authorization['\"]?\s*[:=,]\s*['\"]?)[^'\"\r\n]+", re.IGNORECASE)
_BEARER = re.compile(r"\b(Bearer|Basic)\s+[\w.~+/=-]{8,}", re.IGNORECASE)
_IN_ADDRESS = re.compile(r"(\w+://)[^/\s@]+@")
_SECRET_KEY = re.compile(rf"{_NAME}|token", re.IGNORECASE)


class Secrets:
    """Texts that must not be shown, in every encoding in which they are sent. Threads may share it."""

    def __init__(self) -> None:
        self._spellings: frozenset[str] = frozenset()

    @classmethod
    def of(cls, options: BaseModel) -> Secrets:
        """The secrets among the options of a backend."""
        secrets = cls()
        for _, value in options:
            if isinstance(value, SecretStr):
                secrets.add(value.get_secret_value())
        return secrets

    def add(self, secret: str) -> None:
        """Redact one more text from now on, for instance a token that was just fetched."""
        texts = {secret, secret.strip()}
        if "://" in secret:  # the address of a proxy: the host is not secret, the password is
            parts = urlsplit(secret)
            texts |= {part for part in (parts.password, parts.username) if part}
        spellings = set()
        for text in texts:
            if len(text) >= _SHORTEST:
                spellings |= {text, quote(text, safe=""), quote_plus(text), json.dumps(text)[1:-1]}
                spellings.add(base64.b64encode(text.encode()).decode().rstrip("="))
        self._spellings |= spellings

    def redact(self, text: str) -> str:
        """The text without the secrets, and without what looks like one in an address or a header."""
        for spelling in sorted(self._spellings, key=len, reverse=True):
            text = text.replace(spelling, REDACTED)
        for pattern in (_IN_QUERY, _IN_HEADER, _IN_ADDRESS):
            text = pattern.sub(rf"\g<1>{REDACTED}" + ("@" if pattern is _IN_ADDRESS else ""), text)
        return _BEARER.sub(rf"\g<1> {REDACTED}", text)

    def redact_data(self, value: Any) -> Any:
        """JSON data without the secrets, and without the values of keys named like one."""
        if isinstance(value, dict):
            return {
                self.redact(str(key)): REDACTED
                if isinstance(inner, str) and _SECRET_KEY.fullmatch(str(key))
                else self.redact_data(inner)
                for key, inner in value.items()
            }
        if isinstance(value, list):
            return [self.redact_data(inner) for inner in value]
        return self.redact(value) if isinstance(value, str) else value

    def redact_error(self, error: OcrkitError) -> OcrkitError:
        """The error without secrets in its texts, and without the chain of errors that caused it.

        The text of a foreign error is often a whole address, and a logger follows the chain.
        """
        error.args = tuple(self.redact(each) if isinstance(each, str) else each for each in error.args)
        for name, value in vars(error).items():
            if isinstance(value, str):
                setattr(error, name, self.redact(value))
        error.__cause__ = error.__context__ = None
        return error
