"""Recordings of a service's answers."""

from __future__ import annotations

import base64
import json
import threading
from collections import defaultdict
from pathlib import Path
from typing import Any, Literal

from ocrkit import errors
from ocrkit.errors import BackendError, ConfigError
from ocrkit.http import Recorded, Response, Secrets

_HEADERS = frozenset(
    {
        "content-type",
        "retry-after",
        "x-request-id",
        "x-acs-request-id",
        "apim-request-id",
        "x-amzn-requestid",
        "operation-location",
        "mistral-correlation-id",
    }
)
"""The headers that are recorded: the others are cookies, dates and names of machines."""


class Cassette:
    """A file of answers without secrets, one a line as JSON: the recorder of a `Transport`.

    An answer is found by the call and the pixels of the page. So an archive of pages can be read again in any
    order, for instance after a fix in a parser. Several answers to the same call for the same page are
    replayed in order, and then the last one again.

    Args:
        path: the file, usually named `….jsonl`.
        mode: `replay` never sends anything; `record` always does; `once` sends what is not recorded yet.
            Access tokens are never recorded, so `once` may fetch one.
        match: `page` compares calls and pixels; `order` only calls, for pages whose pixels differ between
            machines, such as drawn ones.
    """

    def __init__(
        self,
        path: Path | str,
        mode: Literal["replay", "record", "once"] = "replay",
        *,
        match: Literal["page", "order"] = "page",
    ) -> None:
        self.path = Path(path)
        self._mode = mode
        self._match = match
        self._lock = threading.Lock()
        self._recorded: dict[tuple[str, str], list[Recorded]] = defaultdict(list)
        self._replayed: dict[tuple[str, str], int] = defaultdict(int)
        if mode == "record":
            self.path.unlink(missing_ok=True)
        elif self.path.exists():
            self._load()
        elif mode == "replay":
            raise ConfigError(f"{self.path}: there is no such recording; create it with mode='record'")

    def __len__(self) -> int:
        return sum(len(answers) for answers in self._recorded.values())

    @property
    def replay_only(self) -> bool:
        return self._mode == "replay"

    def replay(self, name: str, content_digest: str) -> Recorded | None:
        key = self._key(name, content_digest)
        with self._lock:
            answers = self._recorded.get(key) if self._mode != "record" else None
            if answers and (self._mode == "replay" or self._replayed[key] < len(answers)):
                found = answers[min(self._replayed[key], len(answers) - 1)]
                self._replayed[key] += 1
                return found
        if self._mode == "replay":
            raise BackendError(f"{self.path}: no answer was recorded for '{name}' and this page")
        return None

    def record(self, name: str, content_digest: str, recorded: Recorded, secrets: Secrets) -> None:
        line = {"what": name, "page": content_digest, **_plain(recorded, secrets)}
        key = self._key(name, content_digest)
        with self._lock:
            self._recorded[key].append(_from_plain(line))
            self._replayed[key] = len(self._recorded[key])
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(line, ensure_ascii=False) + "\n")

    def _key(self, name: str, content_digest: str) -> tuple[str, str]:
        return name, content_digest if self._match == "page" else ""

    def _load(self) -> None:
        for number, text in enumerate(self.path.read_text(encoding="utf-8").splitlines(), start=1):
            if not text.strip():
                continue
            try:
                line = json.loads(text)
                self._recorded[self._key(line["what"], line["page"])].append(_from_plain(line))
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise ConfigError(f"{self.path}, line {number}: not a recording: {error!r}") from None


def _plain(recorded: Recorded, secrets: Secrets) -> dict[str, Any]:
    if recorded.response is not None:
        response = recorded.response
        headers = {
            name: secrets.redact(value) for name, value in response.headers.items() if name in _HEADERS
        }
        body = _plain_body(response.body, secrets)
        return {"reply": {"status": response.status, "headers": headers, **body}}
    if recorded.error is not None:
        error = recorded.error
        details = {"kind": type(error).__name__, "message": error.message, "request_id": error.request_id}
        return {"error": {**secrets.redact_data(details), "retry_after": error.retry_after}}
    return {"value": secrets.redact_data(recorded.value)}


def _plain_body(body: bytes, secrets: Secrets) -> dict[str, Any]:
    try:
        return {"json": secrets.redact_data(json.loads(body))}
    except (ValueError, RecursionError):
        pass
    try:
        return {"text": secrets.redact(body.decode("utf-8"))}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(body).decode()}


def _from_plain(line: dict[str, Any]) -> Recorded:
    if "reply" in line:
        reply = line["reply"]
        if "json" in reply:
            body = json.dumps(reply["json"], ensure_ascii=False).encode()
        else:
            body = base64.b64decode(reply["base64"]) if "base64" in reply else reply["text"].encode()
        return Recorded(response=Response(reply["status"], reply["headers"], body))
    if "error" in line:
        error = line["error"]
        kind: type[BackendError] = vars(errors).get(error["kind"], BackendError)
        details = {name: error[name] for name in ("request_id", "retry_after")}
        return Recorded(error=kind(error["message"], **details))
    return Recorded(value=line["value"])
