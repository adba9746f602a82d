"""Answers of a service, written down once and given back for ever."""

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

_HEADERS = frozenset({"content-type", "retry-after", "x-request-id", "x-acs-request-id"})
"""What of a reply's headers is kept: the rest is cookies, dates and the names of machines."""


class Cassette:
    """A file of answers, one a line as JSON, without the secrets: handed to a `Transport` as its recorder.

    Answers are found again by the call and the pixels of the page, so that an archive of pages can be read
    anew, in any order, after a mistake in `parse` was mended. The same call for the same page several times
    gets its answers in order, and then the last one again.

    Args:
        path: the file; `.jsonl` is a good ending.
        mode: `replay` never asks the service; `record` always does; `once` does for what is not there yet.
            Access tokens are never written down, so `once` may fetch one.
        match: `page` as said; `order` takes the calls alone, for pages whose pixels differ from machine to
            machine, as drawn ones do.
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
        self._kept: dict[tuple[str, str], list[Recorded]] = defaultdict(list)
        self._played: dict[tuple[str, str], int] = defaultdict(int)
        if mode == "record":
            self.path.unlink(missing_ok=True)
        elif self.path.exists():
            self._load()
        elif mode == "replay":
            raise ConfigError(f"{self.path}: there is no such recording; make it with mode='record'")

    def __len__(self) -> int:
        return sum(len(answers) for answers in self._kept.values())

    @property
    def only_plays(self) -> bool:
        return self._mode == "replay"

    def play(self, what: str, page: str) -> Recorded | None:
        key = self._key(what, page)
        with self._lock:
            answers = self._kept.get(key) if self._mode != "record" else None
            if answers and (self._mode == "replay" or self._played[key] < len(answers)):
                found = answers[min(self._played[key], len(answers) - 1)]
                self._played[key] += 1
                return found
        if self._mode == "replay":
            raise BackendError(f"{self.path}: no answer was recorded for '{what}' and this page")
        return None

    def keep(self, what: str, page: str, recorded: Recorded, secrets: Secrets) -> None:
        line = {"what": what, "page": page, **_plain(recorded, secrets)}
        key = self._key(what, page)
        with self._lock:
            self._kept[key].append(_recorded(line))
            self._played[key] = len(self._kept[key])
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(line, ensure_ascii=False) + "\n")

    def _key(self, what: str, page: str) -> tuple[str, str]:
        return what, page if self._match == "page" else ""

    def _load(self) -> None:
        for number, text in enumerate(self.path.read_text(encoding="utf-8").splitlines(), start=1):
            if not text.strip():
                continue
            try:
                line = json.loads(text)
                self._kept[self._key(line["what"], line["page"])].append(_recorded(line))
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise ConfigError(f"{self.path}, line {number}: not a recording: {error!r}") from None


def _plain(recorded: Recorded, secrets: Secrets) -> dict[str, Any]:
    if recorded.reply is not None:
        reply = recorded.reply
        headers = {name: secrets.clean(value) for name, value in reply.headers.items() if name in _HEADERS}
        return {"reply": {"status": reply.status, "headers": headers, **_plain_body(reply.body, secrets)}}
    if recorded.error is not None:
        error = recorded.error
        details = {"kind": type(error).__name__, "message": error.message, "request_id": error.request_id}
        return {"error": {**secrets.clean_data(details), "retry_after": error.retry_after}}
    return {"value": secrets.clean_data(recorded.value)}


def _plain_body(body: bytes, secrets: Secrets) -> dict[str, Any]:
    try:
        return {"json": secrets.clean_data(json.loads(body))}
    except ValueError:
        pass
    try:
        return {"text": secrets.clean(body.decode("utf-8"))}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(body).decode()}


def _recorded(line: dict[str, Any]) -> Recorded:
    if "reply" in line:
        reply = line["reply"]
        if "json" in reply:
            body = json.dumps(reply["json"], ensure_ascii=False).encode()
        else:
            body = base64.b64decode(reply["base64"]) if "base64" in reply else reply["text"].encode()
        return Recorded(reply=Response(reply["status"], reply["headers"], body))
    if "error" in line:
        told = line["error"]
        kind: type[BackendError] = vars(errors).get(told["kind"], BackendError)
        again = {name: told[name] for name in ("request_id", "retry_after")}
        return Recorded(error=kind(told["message"], **again))
    return Recorded(value=line["value"])
