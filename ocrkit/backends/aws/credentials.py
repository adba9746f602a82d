"""AWS's credentials and signatures: `botocore` computes both, and the transport sends the request."""

from __future__ import annotations

import functools
import threading
from datetime import datetime, timezone
from types import SimpleNamespace
from typing import Any

from ocrkit.backends.aws.options import AwsOptions
from ocrkit.errors import AuthenticationError, ConfigError, missing_extra
from ocrkit.http import Attempt

_SERVICE = "textract"
_HOW = "set access_key_id and secret_access_key, or a profile; see the guide to the backend 'aws'"


def described(options: AwsOptions) -> str:
    """Which credentials the options select."""
    if options.access_key_id is not None:
        return "temporary keys" if options.session_token is not None else "an access key"
    if options.profile is not None:
        return f"the profile '{options.profile}'"
    return "the default credentials of AWS's tools"


class Signer:
    """Signs requests (SigV4) with the credentials of the options. Threads may share it."""

    def __init__(self, options: AwsOptions) -> None:
        self._options = options
        self._lock = threading.Lock()
        self._credentials: Any = None

    def headers(self, attempt: Attempt, content: bytes, headers: dict[str, str]) -> dict[str, str]:
        """The headers of a POST request, including those of its signature."""
        library = _library()
        keys = self._keys(library, attempt)
        url = f"{self._options.endpoint.rstrip('/')}/"
        request = library.AWSRequest(method="POST", url=url, data=content, headers=headers)
        library.QuietAuth(keys, _SERVICE, self._options.region).add_auth(request)
        return dict(request.headers.items())

    def _keys(self, library: SimpleNamespace, attempt: Attempt) -> Any:
        """The current keys. Temporary ones are renewed before they expire."""
        try:
            with self._lock:
                if self._credentials is None:
                    self._credentials = _find(library, self._options)
                keys = self._credentials.get_frozen_credentials()
        except library.BotoCoreError as error:
            attempt_to_find = described(self._options)
            raise AuthenticationError(f"{attempt_to_find} cannot be used: {error}; {_HOW}") from None
        for secret in (keys.access_key, keys.secret_key, keys.token):
            if secret:
                attempt.secrets.add(secret)
        return keys


def _find(library: SimpleNamespace, options: AwsOptions) -> Any:
    if options.access_key_id is not None and options.secret_access_key is not None:
        token = options.session_token.get_secret_value() if options.session_token is not None else None
        return library.Credentials(
            options.access_key_id.get_secret_value(), options.secret_access_key.get_secret_value(), token
        )
    found = library.Session(profile=options.profile).get_credentials()
    if found is None:
        raise ConfigError(f"no credentials were found; {_HOW}")
    return found


@functools.cache
def _library() -> SimpleNamespace:
    """The parts of `botocore`, imported when the first page is read."""
    try:
        from botocore.auth import SigV4Auth
        from botocore.awsrequest import AWSRequest
        from botocore.credentials import Credentials
        from botocore.exceptions import BotoCoreError
        from botocore.session import Session
    except ImportError:
        raise missing_extra("botocore", "aws", "the backend 'aws'") from None

    class QuietAuth(SigV4Auth):  # type: ignore[misc]  # it ships no types
        """The library's signer without its log messages, which contain the session token."""

        def add_auth(self, request: Any) -> None:
            request.context["timestamp"] = datetime.now(timezone.utc).strftime("%Y%m%dT%H%M%SZ")
            self._modify_request_before_signing(request)
            text = self.string_to_sign(request, self.canonical_request(request))
            self._inject_signature_to_request(request, self.signature(text, request))

    return SimpleNamespace(
        QuietAuth=QuietAuth,
        AWSRequest=AWSRequest,
        Credentials=Credentials,
        BotoCoreError=BotoCoreError,
        Session=Session,
    )
