"""The transport of everything remote: TLS, deadlines, retries, limits, tokens, redaction.

A backend builds requests and parses responses; this package decides how a request reaches its service, how
often, and for how long. It handles bytes, not pages or results. It can be imported without
the extra `remote`; `Transport` reports a missing package.
"""

from ocrkit.http.attempt import Attempt, RequestArguments
from ocrkit.http.error_codes import ErrorDetails, ErrorRow, ErrorTable, rows
from ocrkit.http.options import Connection, check_address, is_loopback
from ocrkit.http.recording import Recorded, Recorder
from ocrkit.http.redaction import Secrets
from ocrkit.http.response import Response, ResponseStream, status_error
from ocrkit.http.session import Pending, Session
from ocrkit.http.token import Token
from ocrkit.http.transport import Transport

__all__ = [
    "Attempt",
    "Connection",
    "ErrorDetails",
    "ErrorRow",
    "ErrorTable",
    "Pending",
    "Recorded",
    "Recorder",
    "RequestArguments",
    "Response",
    "ResponseStream",
    "Secrets",
    "Session",
    "Token",
    "Transport",
    "check_address",
    "is_loopback",
    "rows",
    "status_error",
]
