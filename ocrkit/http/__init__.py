"""The one transport of everything remote: TLS, deadlines, THE retry loop, limits, tokens, redaction.

A backend says what it asks and how it understands the answer; how a request gets there, how often and how
long, is here. Nothing of this needs to be installed to import it: `Transport` says what is missing.
"""

from ocrkit.http.attempt import Attempt
from ocrkit.http.error_codes import ErrorRow, ErrorTable, rows
from ocrkit.http.fitting import ImageLimits, fit
from ocrkit.http.options import Connection, check_address, is_loopback
from ocrkit.http.recording import Recorded, Recorder
from ocrkit.http.redaction import Secrets
from ocrkit.http.response import Response, status_error
from ocrkit.http.session import Session
from ocrkit.http.token import Token
from ocrkit.http.transport import Transport
from ocrkit.http.unsent import too_small

__all__ = [
    "Attempt",
    "Connection",
    "ErrorRow",
    "ErrorTable",
    "ImageLimits",
    "Recorded",
    "Recorder",
    "Response",
    "Secrets",
    "Session",
    "Token",
    "Transport",
    "check_address",
    "fit",
    "is_loopback",
    "rows",
    "status_error",
    "too_small",
]
