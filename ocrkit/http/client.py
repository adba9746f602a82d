"""Our own HTTP, on httpcore.

Not on httpx, which is built on it: httpx writes every address to the log, and Baidu's holds the access
token; and its deadlines start anew with every packet, so that a service which drips is never late.
"""

from __future__ import annotations

import contextlib
import functools
import ssl
import threading
from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from typing import Any
from urllib.parse import urlsplit

from ocrkit.config.environment import proxy_for
from ocrkit.errors import (
    BackendError,
    BackendTimeoutError,
    BackendUnavailableError,
    BadResponseError,
    ConfigError,
    missing_extra,
)
from ocrkit.http.deadline import Deadline
from ocrkit.http.options import Connection, is_loopback
from ocrkit.http.response import Response

try:
    import httpcore
except ImportError:
    raise missing_extra("httpcore", "remote", "a remote backend") from None

_LARGEST_REPLY = 64 * 2**20
_FAILURES = (
    httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, httpcore.ProxyError,
    httpcore.UnsupportedProtocol, httpcore.ConnectionNotAvailable,
)  # fmt: skip
_deadline: ContextVar[Deadline | None] = ContextVar("deadline", default=None)
"""Of the request that this thread is making: what httpcore asks the network for does not know it."""


class Client:
    """Connections to one service, made when they are needed and kept. Threads may share it."""

    def __init__(self, options: Connection) -> None:
        self._options = options
        self._lock = threading.Lock()
        self._pools: dict[tuple[str, str | None], httpcore.ConnectionPool] = {}

    def send(
        self, method: str, url: str, *, headers: Mapping[str, str], content: bytes | None, deadline: Deadline
    ) -> Response:
        """One request, one reply. Nothing is followed and nothing repeated."""
        parts = urlsplit(url)
        pool = self._pool(parts.scheme, proxy_address(self._options, url))
        left = deadline.remaining()
        timeouts = {
            "connect": min(left, self._options.connect_timeout_seconds),
            "read": left,
            "write": left,
            "pool": left,
        }
        sent = {"host": parts.netloc, "accept": "*/*", "accept-encoding": "identity", "user-agent": "ocrkit"}
        sent |= {name.lower(): value for name, value in headers.items()}  # SDKs differ in their capitals
        if content is not None or method not in ("GET", "HEAD", "DELETE"):
            sent["content-length"] = str(len(content or b""))
        token = _deadline.set(deadline)
        try:
            with pool.stream(
                method, url, headers=list(sent.items()), content=content, extensions={"timeout": timeouts}
            ) as response:
                body = _read(response.iter_stream())
                return Response(response.status, _names(response.headers), body)
        except (*_FAILURES, OSError) as error:
            failure = _translated(error)
        finally:
            _deadline.reset(token)
        raise failure

    def close(self) -> None:
        """Drop all connections; the next request makes new ones."""
        with self._lock:
            pools, self._pools = self._pools, {}
        for pool in pools.values():
            with contextlib.suppress(RuntimeError):  # one is at work in another thread, and ends there
                pool.close()

    def __del__(self) -> None:
        """For whoever forgets to close: no socket is left to the garbage."""
        with contextlib.suppress(Exception):
            self.close()

    def _pool(self, scheme: str, proxy: str | None) -> httpcore.ConnectionPool:
        with self._lock:
            pool = self._pools.get((scheme, proxy))
            if pool is None:
                # Certificates take a while to load, and plain HTTP to this machine wants none.
                context = trusted(self._options) if "https" in (scheme, (proxy or "")[:5]) else None
                pool = self._pools[scheme, proxy] = _made_pool(context, proxy)
            return pool


def proxy_address(options: Connection, url: str) -> str | None:
    """The proxy for an address: what was set, else what the environment says."""
    if options.proxy is not None:
        proxy = options.proxy.get_secret_value()
        return None if proxy.lower() == "none" else proxy
    if is_loopback(urlsplit(url).hostname or ""):
        return None  # what is for this machine does not leave it
    return proxy_for(url)


def trusted(options: Connection) -> ssl.SSLContext:
    """What servers are held against: the bundle that was set, else the system's and those of certifi."""
    if options.ca_bundle is not None:
        try:
            return ssl.create_default_context(cafile=options.ca_bundle)
        except OSError as error:
            reason = error.strerror or "not a file of certificates"
            raise ConfigError(f"ca_bundle {options.ca_bundle}: {reason}") from None
    return _usually_trusted()


@functools.cache
def _usually_trusted() -> ssl.SSLContext:
    """Read once: parsing some three hundred certificates takes longer than many a request."""
    import certifi

    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


def _made_pool(context: ssl.SSLContext | None, proxy: str | None) -> httpcore.ConnectionPool:
    common: dict[str, Any] = {
        "ssl_context": context,
        "max_connections": None,  # the gate counts
        "network_backend": _Network(),
        "keepalive_expiry": 30.0,
    }
    if proxy is None:
        return httpcore.ConnectionPool(**common)
    try:
        parts = urlsplit(proxy)
        address = httpcore.URL(scheme=parts.scheme, host=parts.hostname or "", port=parts.port, target="/")
    except ValueError:
        parts, address = urlsplit(""), httpcore.URL(scheme="", host="", target="/")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigError("the proxy must be an address such as http://proxy.example:3128, or 'none'")
    user = (parts.username, parts.password or "") if parts.username else None
    if parts.scheme == "https":
        common["proxy_ssl_context"] = context
    return httpcore.HTTPProxy(address, proxy_auth=user, **common)


def _names(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    return {name.decode("ascii").lower(): value.decode("latin-1") for name, value in headers}


def _read(chunks: Iterable[bytes]) -> bytes:
    body = bytearray()
    for chunk in chunks:
        body += chunk
        if len(body) > _LARGEST_REPLY:
            raise BadResponseError(f"the answer is larger than {_LARGEST_REPLY} bytes")
    return bytes(body)


def _translated(error: Exception) -> BackendError:
    """Ours for httpcore's. Theirs may hold an address, and that a secret: kind and reason are told."""
    if isinstance(error, httpcore.ConnectTimeout):
        return BackendTimeoutError("the service could not be reached in time")
    if isinstance(error, httpcore.TimeoutException):
        return BackendTimeoutError("the service did not answer in time")
    if isinstance(error.__cause__ or error.__context__, ssl.SSLError) or "SSL" in str(error):
        return BackendError(
            "the service's certificate is not trusted or TLS failed, so nothing was sent; where a proxy "
            f"or server of your own stands between, set ca_bundle to its certificate ({_reason(error)})"
        )
    if isinstance(error, httpcore.ProxyError):
        return BackendUnavailableError(f"the proxy refused: {_reason(error)}")
    if isinstance(error, (httpcore.LocalProtocolError, httpcore.UnsupportedProtocol)):
        return BackendError(f"the request could not be made: {_reason(error)}")
    return BackendUnavailableError(f"the connection failed: {_reason(error)}")


def _reason(error: Exception) -> str:
    text = str(error).strip()
    return text if text and "://" not in text else type(error).__name__


class _Network(httpcore.NetworkBackend):
    """The network, where everything ends at the deadline of the request it is for."""

    def __init__(self) -> None:
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        return _Stream(
            self._inner.connect_tcp(
                host, port, _left(timeout, httpcore.ConnectTimeout), local_address, socket_options
            )
        )


class _Stream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, _left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = _left(timeout, httpcore.ConnectTimeout)
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, left))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


def _left(timeout: float | None, late: type[Exception]) -> float | None:
    deadline = _deadline.get()
    if deadline is None:
        return timeout
    left = deadline.remaining()
    if left <= 0:
        raise late
    return left if timeout is None else min(timeout, left)
