"""Downloads of public files: resumed, behind proxies, with redirects, without credentials.

It uses the standard library, so that it works without the extra `remote`. The caller checks the content, for
which it knows a hash: that is why redirects are followed, and why plain HTTP is allowed.
"""

from __future__ import annotations

import contextlib
import functools
import http.client
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from ocrkit.config.environment import proxy_for
from ocrkit.errors import ConfigError, DownloadError
from ocrkit.http.options import check_address, is_loopback
from ocrkit.http.retry import backoff

Progress: TypeAlias = Callable[[int, int | None], None]
"""Called with the bytes that are there and, if it is known, the size of the file."""

_PIECE = 1 << 16
_MOST_ATTEMPTS = 100
_TEMPORARY = frozenset({408, 425, 429, 500, 502, 503, 504})
_PARTIAL = 206
_NOT_SATISFIABLE = 416
_PROXY_CREDENTIALS = (
    "the proxy wants a user and a password; set HTTPS_PROXY to http://USER:PASSWORD@HOST:PORT"
)


@dataclass(frozen=True)
class Patience:
    """How long a download waits for its server."""

    stall_seconds: float = 30.0
    """The connection is given up when nothing arrives for this time."""
    attempts: int = 5
    """The most attempts in a row in which nothing arrives."""
    wait_seconds: float = 1.0
    """The longest wait before the second attempt; it doubles with each further one."""


class _TemporaryError(Exception):
    """A failure after which another attempt may succeed."""

    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


def download(
    address: str,
    target: Path,
    *,
    size: int | None = None,
    patience: Patience | None = None,
    progress: Progress | None = None,
) -> None:
    """Download a file, or the rest of it if `target` holds its beginning. `target` is kept on a failure.

    Args:
        address: an `https://` or `http://` address.
        target: the file.
        size: the size of the file, if it is known.
        patience: how long to wait for the server.
        progress: is told how far it is.

    Raises:
        DownloadError: the server is out of reach, has no such file, or has one of another size.
    """
    try:
        check_address(address, allow_http=True)
    except ValueError as error:
        raise ConfigError(f"nothing was downloaded: {error}") from None
    patience = patience or Patience()
    fruitless = 0
    for _ in range(_MOST_ATTEMPTS):
        before = _size(target)
        try:
            _receive(address, target, size, patience, progress)
        except _TemporaryError as error:
            fruitless = 0 if _size(target) > before else fruitless + 1
            if fruitless >= patience.attempts:
                raise DownloadError(
                    f"{address} cannot be downloaded: {error}; try again, which continues after the "
                    f"{_size(target):,} bytes that are there"
                ) from None
            time.sleep(_wait(error, max(1, fruitless), patience))
        else:
            return
    raise DownloadError(f"{address}: the connection broke {_MOST_ATTEMPTS} times; try again, which continues")


def _wait(error: _TemporaryError, attempt: int, patience: Patience) -> float:
    if error.retry_after is not None:
        return min(error.retry_after, patience.stall_seconds)
    return backoff(attempt, patience.wait_seconds)


def _receive(
    address: str, target: Path, size: int | None, patience: Patience, progress: Progress | None
) -> None:
    """Append what is missing of the file."""
    there = _size(target)
    if size is not None and there == size:
        return
    if size is not None and there > size:
        target.unlink()
        there = 0
    with _response(address, there, patience) as response:
        if response.status == _NOT_SATISFIABLE:  # the file is shorter than what is there
            target.unlink()
            raise _TemporaryError("the server has a shorter file")
        if response.status != _PARTIAL:
            there = 0  # the server sends the file from its beginning
        total = _total(response, there)
        if size is not None and total is not None and total != size:
            raise DownloadError(
                f"{address} is a file of {total:,} bytes, and the catalog says {size:,}: it is another file, "
                "or the page of a proxy or a login; nothing was installed"
            )
        with target.open("ab" if there else "wb") as file:
            for piece in _pieces(response):
                file.write(piece)
                there += len(piece)
                if progress:
                    progress(there, total)
    if total is not None and there < total:
        raise _TemporaryError(f"the connection ended after {there:,} of {total:,} bytes")


def _total(response: Any, offset: int) -> int | None:
    """The size of the whole file, as the server states it."""
    length = response.headers.get("Content-Length")
    return offset + int(length) if length and length.isdigit() else None


def _pieces(response: Any) -> Iterator[bytes]:
    while True:
        try:
            piece = response.read1(_PIECE)
        except (OSError, http.client.HTTPException) as error:
            raise _TemporaryError(_reason(error)) from None
        if not piece:
            return
        yield piece


@contextlib.contextmanager
def _response(address: str, offset: int, patience: Patience) -> Iterator[Any]:
    headers = {"User-Agent": "ocrkit", "Accept-Encoding": "identity"}
    if offset:
        headers["Range"] = f"bytes={offset}-"
    request = urllib.request.Request(address, headers=headers)  # noqa: S310 - the scheme is checked
    try:
        response = _opener(address).open(request, timeout=patience.stall_seconds)
    except urllib.error.HTTPError as error:
        if error.code == _NOT_SATISFIABLE and offset:
            response = error
        else:
            raise _status_error(address, error) from None
    except (OSError, http.client.HTTPException) as error:
        raise _failure(address, error) from None
    with response:
        if response.status == _PARTIAL and not _starts_at(response, offset):
            raise DownloadError(f"{address}: the server sends another part of the file than was asked for")
        yield response


def _starts_at(response: Any, offset: int) -> bool:
    stated = response.headers.get("Content-Range", "")
    return bool(stated.startswith(f"bytes {offset}-"))


def _status_error(address: str, error: urllib.error.HTTPError) -> Exception:
    with error:
        if error.code in _TEMPORARY:
            after = error.headers.get("Retry-After", "")
            return _TemporaryError(
                f"the server answers {error.code}", float(after) if after.isdigit() else None
            )
        if error.code == 407:
            return DownloadError(f"{address}: {_PROXY_CREDENTIALS}")
        return DownloadError(
            f"{address} cannot be downloaded: the server answers {error.code}; use a mirror or a "
            "folder with the file (`ocrkit models fetch` with `--mirror` or `--from`)"
        )


def _failure(address: str, error: Exception) -> Exception:
    """The error for a connection that failed before there was an answer."""
    cause = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(cause, ssl.SSLCertVerificationError):
        return DownloadError(
            f"{address}: the certificate of the server is not trusted ({cause.verify_message}); behind a "
            "proxy that inspects traffic, set SSL_CERT_FILE to its certificate"
        )
    if "407" in str(cause):  # the answer of a proxy to the request for a tunnel
        return DownloadError(f"{address}: {_PROXY_CREDENTIALS}")
    return _TemporaryError(_reason(cause))


def _reason(error: object) -> str:
    if isinstance(error, TimeoutError):
        return "the server does not answer"
    text = str(error).strip()
    return text or type(error).__name__


def _opener(address: str) -> urllib.request.OpenerDirector:
    """Opens addresses through the proxy of the environment, which cannot reach the loopback address."""
    host = urlsplit(address).hostname or ""
    proxy = None if is_loopback(host) else proxy_for(address)
    proxies = {"http": proxy, "https": proxy} if proxy else {}
    return urllib.request.build_opener(
        urllib.request.ProxyHandler(proxies), urllib.request.HTTPSHandler(context=_tls_context())
    )


@functools.cache
def _tls_context() -> ssl.SSLContext:
    """The certificates of the system or of SSL_CERT_FILE, and those of certifi where it is installed."""
    context = ssl.create_default_context()
    with contextlib.suppress(ImportError):
        import certifi

        context.load_verify_locations(certifi.where())
    return context


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
