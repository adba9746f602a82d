"""What Baidu's error codes mean. Reference: https://ai.baidu.com/ai-doc/OCR/dk3h7y5vr."""

from __future__ import annotations

from ocrkit.errors import (
    AuthenticationError,
    BackendError,
    BackendUnavailableError,
    CapabilityError,
    ExpiredTokenError,
    QuotaError,
    RateLimitError,
)
from ocrkit.http import ErrorTable, rows

_CONSOLE = "https://console.bce.baidu.com/ai/#/ai/ocr/overview/index"
_KEYS = f"check api_key and secret_key of the application at {_CONSOLE}"
_CARD = "send a picture on which the card fills most of the space"

CODES = ErrorTable(
    rows(AuthenticationError, f"tick this endpoint for the application at {_CONSOLE}", 6),
    rows(AuthenticationError, _KEYS, 13, 14, 15, 100, 216110),
    rows(
        ExpiredTokenError, "a new token was refused, too; see that the application is still there", 110, 111
    ),
    rows(
        QuotaError,
        f"the allowance of this endpoint is used up: buy a package, or switch payment on, at {_CONSOLE}",
        17,
        19,
    ),
    rows(RateLimitError, "lower requests_per_second: accounts that do not pay have 2", 18),
    rows(RateLimitError, "the service has too much to do; try later", 4),
    rows(BackendUnavailableError, "the service is out of order for now", 1, 2, 216630, 216634, 336000),
    rows(BackendUnavailableError, "if it stays so, the page has too much text: cut it into parts", 282000),
    rows(BackendError, "there is no such endpoint; check the option endpoint", 3, 216102),
    rows(
        BackendError,
        "it does not take one of the parameters; see what was passed as a 'native:' language",
        216100,
        216101,
        216103,
        282003,
        283300,
        336001,
    ),
    rows(
        CapabilityError,
        "the service does not take this picture",
        216200,
        216201,
        216202,
        216203,
        216205,
        282100,
        282101,
        282114,
    ),
    rows(BackendError, "that belongs to an older way to read tables", 282808, 282809, 282810),
    rows(None, f"no bank card was found; {_CARD}", 216631),
    rows(None, f"no identity card was found; {_CARD}", 216633),
    rows(None, "nothing was found that could be read", 282102, 282103),
)
"""Codes of the endpoints."""

TOKEN_CODES = ErrorTable(
    rows(AuthenticationError, _KEYS, "invalid_client", "unauthorized_client", "invalid_grant"),
    rows(BackendUnavailableError, "the service is out of order for now", "server_error", "temporarily_*"),
)
"""Codes of the token service, which speaks OAuth."""
