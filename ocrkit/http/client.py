"""The HTTP client, on httpcore.

It does not use httpx, which logs every address: an address may hold an access token.
"""

from __future__ import annotations

import contextlib
import functools
import ssl
import threading
import weakref
from collections.abc import Iterable, Iterator, Mapping
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
from ocrkit.http.network import DeadlineNetwork, network_deadline
from ocrkit.http.options import Connection, is_loopback
from ocrkit.http.response import ResponseStream

try:
    import httpcore
except ImportError:
    raise missing_extra("httpcore", "remote", "a remote backend") from None

_LARGEST_BODY = 64 * 2**20
_KEEPALIVE_SECONDS = 30.0
_FAILURES = (
    httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, httpcore.ProxyError,
    httpcore.UnsupportedProtocol, httpcore.ConnectionNotAvailable, OSError,
)  # fmt: skip


class Client:
    """Connections to one service, opened when they are needed and kept open. Threads may share it."""

    def __init__(self, options: Connection) -> None:
        self._options = options
        self._lock = threading.Lock()
        self._pools: dict[tuple[str, str | None], httpcore.ConnectionPool] = {}
        # Closes the sockets of a client that was never closed. Unlike `__del__`, it also runs before the
        # sockets are finalized when the garbage collector finds all of them in one cycle.
        weakref.finalize(self, _close_pools, self._pools, self._lock)

    @contextlib.contextmanager
    def stream(
        self, method: str, url: str, *, headers: Mapping[str, str], content: bytes | None, deadline: Deadline
    ) -> Iterator[ResponseStream]:
        """Send one request and hand out the response as it arrives; redirects are not followed.

        A connection whose response was not read to its end is closed when the block is left.
        """
        parts = urlsplit(url)
        pool = self._pool(parts.scheme, proxy_address(self._options, url))
        sent = {"host": parts.netloc, "accept": "*/*", "accept-encoding": "identity", "user-agent": "ocrkit"}
        sent |= {name.lower(): value for name, value in headers.items()}  # SDKs differ in their capitals
        if content is not None or method not in ("GET", "HEAD", "DELETE"):
            sent["content-length"] = str(len(content or b""))
        exchange = pool.stream(
            method,
            url,
            headers=list(sent.items()),
            content=content,
            extensions={"timeout": self._timeouts(deadline)},
        )
        with contextlib.ExitStack() as stack:
            with _translating_failures(), network_deadline(deadline):
                response = stack.enter_context(exchange)
            yield ResponseStream(
                response.status, _decoded(response.headers), _pieces(response.iter_stream(), deadline)
            )

    def close(self) -> None:
        """Close all connections; the next request opens new ones."""
        _close_pools(self._pools, self._lock)

    def _timeouts(self, deadline: Deadline) -> dict[str, float]:
        remaining = deadline.remaining()
        connect = min(remaining, self._options.connect_timeout_seconds)
        return {"connect": connect, "read": remaining, "write": remaining, "pool": remaining}

    def _pool(self, scheme: str, proxy: str | None) -> httpcore.ConnectionPool:
        with self._lock:
            pool = self._pools.get((scheme, proxy))
            if pool is None:
                # Loading certificates takes a while, and plain HTTP does not need them.
                context = tls_context(self._options) if "https" in (scheme, (proxy or "")[:5]) else None
                pool = self._pools[scheme, proxy] = _new_pool(context, proxy)
            return pool


def _close_pools(pools: dict[tuple[str, str | None], httpcore.ConnectionPool], lock: threading.Lock) -> None:
    with lock:
        closing = list(pools.values())
        pools.clear()
    for pool in closing:
        with contextlib.suppress(RuntimeError):  # a connection in use by another thread is closed there
            pool.close()


def proxy_address(options: Connection, url: str) -> str | None:
    """The proxy for an address: the configured one, else the environment's."""
    if options.proxy is not None:
        proxy = options.proxy.get_secret_value()
        return None if proxy.lower() == "none" else proxy
    if is_loopback(urlsplit(url).hostname or ""):
        return None  # a proxy elsewhere cannot reach this machine's loopback address
    return proxy_for(url)


def tls_context(options: Connection) -> ssl.SSLContext:
    """Verifies servers against the configured bundle, else the certificates of the system and of certifi."""
    if options.ca_bundle is not None:
        try:
            return ssl.create_default_context(cafile=options.ca_bundle)
        except OSError as error:
            reason = error.strerror or "not a file of certificates"
            raise ConfigError(f"ca_bundle {options.ca_bundle}: {reason}") from None
    return _default_tls_context()


@functools.cache
def _default_tls_context() -> ssl.SSLContext:
    """Loaded once: parsing about three hundred certificates takes longer than many requests."""
    import certifi

    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


def _new_pool(context: ssl.SSLContext | None, proxy: str | None) -> httpcore.ConnectionPool:
    common: dict[str, Any] = {
        "ssl_context": context,
        "max_connections": None,  # the account limits count
        "network_backend": DeadlineNetwork(),
        "keepalive_expiry": _KEEPALIVE_SECONDS,
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


def _decoded(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    return {name.decode("ascii").lower(): value.decode("latin-1") for name, value in headers}


def _pieces(stream: Iterable[bytes], deadline: Deadline) -> Iterator[bytes]:
    pieces = iter(stream)
    size = 0
    while True:
        with _translating_failures(), network_deadline(deadline):
            piece = next(pieces, None)
        if piece is None:
            return
        size += len(piece)
        if size > _LARGEST_BODY:
            raise BadResponseError(f"the response is larger than {_LARGEST_BODY} bytes")
        yield piece


@contextlib.contextmanager
def _translating_failures() -> Iterator[None]:
    """Raise errors of ocrkit instead of those of httpcore, whose texts hold addresses."""
    try:
        yield
    except _FAILURES as error:
        raise _translated(error) from None


def _translated(error: Exception) -> BackendError:
    if isinstance(error, httpcore.ConnectTimeout):
        return BackendTimeoutError("the service could not be reached in time")
    if isinstance(error, httpcore.TimeoutException):
        return BackendTimeoutError("the service did not answer in time")
    if isinstance(error.__cause__ or error.__context__, ssl.SSLError) or "SSL" in str(error):
        return BackendError(
            "TLS failed or the service's certificate is not trusted, so nothing was sent; behind a proxy or "
            f"for your own server, set ca_bundle to its certificate ({_reason(error)})"
        )
    if isinstance(error, httpcore.ProxyError):
        return BackendUnavailableError(f"the proxy refused the connection: {_reason(error)}")
    if isinstance(error, (httpcore.LocalProtocolError, httpcore.UnsupportedProtocol)):
        return BackendError(f"the request is not valid HTTP: {_reason(error)}")
    return BackendUnavailableError(f"the connection failed: {_reason(error)}")


def _reason(error: Exception) -> str:
    text = str(error).strip()
    return text if text and "://" not in text else type(error).__name__
