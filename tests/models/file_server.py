"""A file server with the failures of real ones."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

CONTENT = bytes(range(256)) * 1200


@dataclass
class Fault:
    """What goes wrong with the next `times` requests."""

    times: int = 1
    cut_after: int | None = None
    stall_after: int | None = None
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)


class FileServer:
    """Serves files by path, with byte ranges."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.faults: list[Fault] = []
        self.requests: list[tuple[str, str | None]] = []
        """The target and the range of each request."""
        self.has_ranges = True
        self.piece = 1 << 16
        self.pause = threading.Event()
        self.seconds_between_pieces = 0.0
        handler = type("Handler", (_Handler,), {"owner": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def close(self) -> None:
        self.pause.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    owner: FileServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        owner = self.owner
        owner.requests.append((self.path, self.headers.get("Range")))
        fault = owner.faults[0] if owner.faults else None
        if fault is not None:
            fault.times -= 1
            if fault.times <= 0:
                owner.faults.pop(0)
        data = owner.files.get(urlsplit(self.path).path)
        if fault is not None and fault.status is not None:
            self._answer(fault.status, b"", fault.headers)
        elif data is None:
            self._answer(404, b"nothing here", {})
        else:
            self._send(data, fault)

    def _send(self, data: bytes, fault: Fault | None) -> None:
        start = 0
        headers = {}
        wanted = self.headers.get("Range")
        if wanted and self.owner.has_ranges:
            start = int(wanted.removeprefix("bytes=").rstrip("-"))
            if start >= len(data):
                self._answer(416, b"", {})
                return
            headers = {"Content-Range": f"bytes {start}-{len(data) - 1}/{len(data)}"}
        body = data[start:]
        self.send_response(206 if headers else 200)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        stop = fault and (fault.cut_after if fault.cut_after is not None else fault.stall_after)
        sent = body if stop is None else body[:stop]
        for position in range(0, len(sent), self.owner.piece):
            self.wfile.write(sent[position : position + self.owner.piece])
            if self.owner.seconds_between_pieces:
                self.owner.pause.wait(self.owner.seconds_between_pieces)
        if stop is not None:
            self.close_connection = True
            if fault is not None and fault.stall_after is not None:
                self.owner.pause.wait(30)

    def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Keep stderr empty."""
