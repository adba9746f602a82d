"""A server on this machine that simulates a service: real HTTP, with scripted answers and faults."""

from __future__ import annotations

import contextlib
import functools
import json
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, TypeAlias
from urllib.parse import parse_qsl, urlsplit

from typing_extensions import Self


@dataclass(frozen=True)
class Received:
    """A request."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str] = field(repr=False)
    """Names in lower case."""
    body: bytes = field(repr=False)
    target: str = ""
    """From the request line: a whole address if the server is used as a proxy."""

    def json(self) -> Any:
        return json.loads(self.body)

    def form(self) -> dict[str, str]:
        """The fields of a web form."""
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True, strict_parsing=bool(self.body)))


@dataclass(frozen=True)
class Answer:
    """A response. A body that is neither bytes nor text is sent as JSON."""

    body: Any = b""
    """An iterator of bytes is sent piece by piece, each as soon as it is there."""
    status: int = 200
    content_type: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    delay_seconds: float = 0.0
    pieces: int = 1
    """The number of pieces in which the body is sent, with `delay_seconds` before each."""
    cut_after: int | None = None
    """Reset the connection after so many bytes of the body."""

    def encoded(self) -> tuple[bytes, str]:
        if isinstance(self.body, bytes):
            return self.body, self.content_type or "application/octet-stream"
        if isinstance(self.body, str):
            return self.body.encode(), self.content_type or "text/plain"
        # Without a charset, because some SDKs do not look for errors in a media type that has one.
        return json.dumps(self.body, ensure_ascii=False).encode(), self.content_type or "application/json"


Handler: TypeAlias = Callable[[Received], Any]
"""From a request to an `Answer`, or to the body of one with status 200."""


class RefusedError(Exception):
    """Raised by a handler for a wrong request; `answer` is sent."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


class VendorServer:
    """Answers on 127.0.0.1, each caller in its own thread, and records the requests.

        with VendorServer() as server:
            server.route("POST", "/v1/ocr", lambda request: {"text": "hello"})
            server.fail("/v1/ocr", faults.rate_limited(0.01), times=2)

    A subclass for one vendor defines its routes in `__init__`, and the vendor's errors as answers. Used as a
    proxy, it answers itself, and `Received.target` is the whole address.
    """

    def __init__(self, *, tls: ssl.SSLContext | None = None) -> None:
        self._tls = tls
        self._routes: dict[tuple[str, str], Handler] = {}
        self._faults: dict[str, list[Answer]] = {}
        self._received: list[Received] = []
        self._lock = threading.Lock()
        self._server: ThreadingHTTPServer | None = None
        self._stopping = threading.Event()
        self._inside = 0
        self.most_at_once = 0
        """The largest number of requests that were processed at the same time."""
        self.errors: list[BaseException] = []
        """Exceptions of handlers, for a test to check that there are none. The caller gets status 500."""

    @property
    def url(self) -> str:
        """Its address, without a slash at the end."""
        if self._server is None:
            raise RuntimeError("the server is not running; use it in a `with` block")
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self._server.server_port}"

    @property
    def host(self) -> str:
        """`127.0.0.1:PORT`, for SDKs."""
        return self.url.partition("://")[2]

    @property
    def requests(self) -> tuple[Received, ...]:
        """All requests so far, in order."""
        with self._lock:
            return tuple(self._received)

    def requests_to(self, path: str) -> tuple[Received, ...]:
        return tuple(request for request in self.requests if request.path == path)

    def route(self, method: str, path: str, answer: Handler | Answer | dict[str, Any] | str | bytes) -> None:
        """Set the answer to some requests. A path that ends in `*` matches all paths with that prefix."""
        self._routes[method, path] = answer if callable(answer) else (lambda _: answer)

    def fail(self, path: str, *answers: Answer, times: int = 1) -> None:
        """Give these answers to the next requests to a path, in order, each `times` times."""
        with self._lock:
            queue = self._faults.setdefault(path, [])
            queue.extend(answer for answer in answers for _ in range(times))

    def __enter__(self) -> Self:
        self._server = _Threads(("127.0.0.1", 0), functools.partial(_Serving, self))
        if self._tls:
            self._server.socket = self._tls.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stopping.set()
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()

    def answer(self, request: Received) -> Answer:
        """The answer to a request. A subclass may override it, to check all requests."""
        with self._lock:
            queue = self._faults.get(request.path, [])
            if queue:
                return queue.pop(0)
        handler = self._handler(request)
        if handler is None:
            return Answer({"error": f"no route for {request.method} {request.path}"}, 404)
        found = handler(request)
        return found if isinstance(found, Answer) else Answer(found)

    def _handler(self, request: Received) -> Handler | None:
        exact = self._routes.get((request.method, request.path))
        if exact is not None:
            return exact
        for (method, path), handler in self._routes.items():
            if method == request.method and path.endswith("*") and request.path.startswith(path[:-1]):
                return handler
        return None

    @contextlib.contextmanager
    def _working(self, request: Received) -> Iterator[None]:
        with self._lock:
            self._received.append(request)
            self._inside += 1
            self.most_at_once = max(self.most_at_once, self._inside)
        try:
            yield
        finally:
            with self._lock:
                self._inside -= 1

    def serve(self, request: Received) -> Answer:
        """Record a request and answer it; an exception of the handler goes to `errors`."""
        with self._working(request):
            try:
                answer = self.answer(request)
            except RefusedError as error:
                answer = error.answer
            except Exception as error:  # noqa: BLE001 – the test has to see any mistake of a handler
                self.errors.append(error)
                answer = Answer(f"the handler failed: {error!r}", 500)
            if answer.pieces == 1 and answer.delay_seconds:
                self.pause(answer.delay_seconds)
            return answer

    def pause(self, seconds: float) -> None:
        """Sleep, at most until the server stops."""
        self._stopping.wait(seconds)


class _Threads(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print nothing when a client closes the connection."""


class _Serving(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # or each answer waits 40 ms for the acknowledgement of its headers
    timeout = 30

    def __init__(self, vendor: VendorServer, *arguments: Any) -> None:
        self.vendor = vendor
        super().__init__(*arguments)  # which serves the whole connection

    def _serve(self) -> None:
        parts = urlsplit(self.path)
        length = int(self.headers.get("content-length") or 0)
        request = Received(
            method=self.command,
            path=parts.path or "/",
            query=dict(parse_qsl(parts.query, keep_blank_values=True)),
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.rfile.read(length),
            target=self.path,
        )
        self._send(self.vendor.serve(request))

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = _serve  # noqa: N815

    def _send(self, answer: Answer) -> None:
        if answer.cut_after == 0:
            self._reset()
            return
        if isinstance(answer.body, Iterator):
            self._send_pieces(answer, answer.body)
            return
        body, content_type = answer.encoded()
        self.send_response(answer.status)
        headers = {"Content-Type": content_type, "Content-Length": str(len(body)), **answer.headers}
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if answer.cut_after is not None:
            self.wfile.write(body[: answer.cut_after])
            self.wfile.flush()
            self._reset()
            return
        step = max(1, -(-len(body) // answer.pieces))
        for start in range(0, len(body), step):
            if answer.pieces > 1:
                self.vendor.pause(answer.delay_seconds)
            self.wfile.write(body[start : start + step])
            self.wfile.flush()

    def _send_pieces(self, answer: Answer, pieces: Iterator[bytes]) -> None:
        self.send_response(answer.status)
        headers = {"Content-Type": answer.content_type or "text/event-stream", **answer.headers}
        for name, value in {**headers, "Transfer-Encoding": "chunked"}.items():
            self.send_header(name, value)
        self.end_headers()
        for piece in pieces:
            self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
            self.wfile.flush()
        self.wfile.write(b"0\r\n\r\n")

    def _reset(self) -> None:
        """Close the connection; with this option it sends RST instead of FIN."""
        with contextlib.suppress(OSError):
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 – the base class's own name
        """Print nothing."""


def until(condition: Callable[[], bool], seconds: float = 60.0) -> bool:
    """Wait for a condition that other threads make true; returns whether it holds."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        if condition():
            return True
        time.sleep(0.005)
    return condition()
