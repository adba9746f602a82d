"""Google's credentials: the library `google-auth` signs its requests, and the transport sends them."""

from __future__ import annotations

import functools
import json
import warnings
from collections.abc import Mapping
from datetime import datetime, timezone
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

from ocrkit.backends.google.errors import check_token
from ocrkit.backends.google.options import GoogleOptions
from ocrkit.errors import AuthenticationError, BackendError, ConfigError, missing_extra
from ocrkit.http import Attempt, Response, Token

_VISION_SCOPES = ("https://www.googleapis.com/auth/cloud-vision",)
_PLATFORM_SCOPES = ("https://www.googleapis.com/auth/cloud-platform",)
_HOW = (
    "set api_key or credentials_file, or run `gcloud auth application-default login`; see the guide to the "
    "backend 'google'"
)
_quota_projects: dict[Path | None, str] = {}
"""The projects that credentials name, by file; those of users need one. Known with the first token."""


def described(options: GoogleOptions) -> str:
    """Which credentials the options select."""
    if options.access_token is not None:
        return "an access token"
    if options.credentials_file is not None:
        return f"the credentials in {options.credentials_file}"
    return "an API key" if options.api_key is not None else "application default credentials"


def quota_project(path: Path | None) -> str | None:
    """The project that is billed, if the credentials of a file, or the default ones, name it."""
    return _quota_projects.get(path)


def fetch_token(attempt: Attempt, path: Path | None) -> Token:
    """Fetch an access token with the credentials of a file, or with the application default credentials."""
    library = _library()
    send = _TransportRequest(attempt, library)
    try:
        found = _loaded(library, path, send)
        found.refresh(send)
        if getattr(found, "quota_project_id", None):
            _quota_projects[path] = found.quota_project_id
    except (library.DefaultCredentialsError, ValueError, TypeError, AttributeError, OSError) as error:
        problem = _shortened(error)
    except library.GoogleAuthError as error:
        raise AuthenticationError(f"no access token: {_shortened(error)}; {_HOW}") from None
    else:
        return Token(str(found.token), _lifetime(found.expiry))
    where = f"{path}: " if path else ""
    raise ConfigError(f"{where}the credentials cannot be used: {problem}; {_HOW}")


def _loaded(library: SimpleNamespace, path: Path | None, send: _TransportRequest) -> Any:
    if path is None:
        found, _ = library.default(scopes=_PLATFORM_SCOPES, request=send)
        return found
    content = json.loads(path.read_text(encoding="utf-8"))
    kind = content.get("type") if isinstance(content, dict) else None
    if kind == "service_account":
        return library.ServiceAccount.from_service_account_info(content, scopes=_VISION_SCOPES)
    if kind == "authorized_user":
        user = library.User.from_authorized_user_info(content)
        return user.with_token_uri(content["token_uri"]) if content.get("token_uri") else user
    with warnings.catch_warnings():  # the function is meant for files that their owner chose, as here
        warnings.simplefilter("ignore", DeprecationWarning)
        found, _ = library.load_credentials_from_dict(content, scopes=_PLATFORM_SCOPES, request=send)
    return found


def _lifetime(expiry: datetime | None) -> float | None:
    """Seconds until the expiry, which the library gives as a UTC time without a time zone."""
    if expiry is None:
        return None
    return max(1.0, (expiry.replace(tzinfo=timezone.utc) - datetime.now(timezone.utc)).total_seconds())


def _shortened(error: Exception) -> str:
    """The first part of the library's error message, which may contain a whole response."""
    return str(error.args[0] if error.args else error).splitlines()[0][:200] if str(error) else "no reason"


class _TransportRequest:
    """Replaces the HTTP of `google-auth`: the deadline, proxies and certificates are those of the options."""

    def __init__(self, attempt: Attempt, library: SimpleNamespace) -> None:
        self._attempt = attempt
        self._library = library

    def __call__(
        self,
        url: str,
        method: str = "GET",
        body: bytes | str | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
        **_: Any,
    ) -> Any:
        if urlsplit(url).hostname in self._library.metadata_hosts:  # plain HTTP inside of Google Cloud
            seconds = min(timeout or self._attempt.remaining, self._attempt.remaining)
            return self._library.MetadataRequest()(url, method, body, headers, seconds)
        content = body.encode() if isinstance(body, str) else body
        arguments: dict[str, Any] = {} if content is None else {"content": content}
        response = self._attempt.request(method, url, headers=headers or {}, check=_check, **arguments)
        return SimpleNamespace(status=response.status, headers=response.headers, data=response.body)


def _check(response: Response) -> None:
    """Raise the error of a response here, because the library would retry some requests."""
    check_token(response)
    if not 200 <= response.status < 300:
        raise BackendError(f"the token service refused the request (status {response.status})")


@functools.cache
def _library() -> SimpleNamespace:
    """The parts of `google-auth`, imported when the first token is fetched."""
    try:
        import google.auth
        from google.auth import exceptions
        from google.auth.transport import _http_client
        from google.oauth2.credentials import Credentials as User
        from google.oauth2.service_account import Credentials as ServiceAccount
    except ImportError:
        raise missing_extra("google-auth", "google", "an access token for the backend 'google'") from None
    return SimpleNamespace(
        default=google.auth.default,
        load_credentials_from_dict=google.auth.load_credentials_from_dict,
        ServiceAccount=ServiceAccount,
        User=User,
        DefaultCredentialsError=exceptions.DefaultCredentialsError,
        GoogleAuthError=exceptions.GoogleAuthError,
        MetadataRequest=_http_client.Request,
        metadata_hosts=frozenset({"metadata.google.internal", "169.254.169.254"}),
    )
