"""Translation of Tesseract's errors."""

from __future__ import annotations

from ocrkit.errors import (
    BackendError,
    BackendTimeoutError,
    BackendUnavailableError,
    BadResponseError,
    OcrkitError,
)

# By class name, because each runner has its own copy of pytesseract with its own exception classes. An error
# without an entry has that of its nearest base class.
ERRORS: dict[str, tuple[type[BackendError], str]] = {
    "TimeoutError": (BackendTimeoutError, "no response in time; increase the option 'timeout_seconds'"),
    "TesseractNotFoundError": (BackendUnavailableError, "the program no longer exists"),
    "TesseractError": (BackendUnavailableError, "the program failed"),
    "OSError": (BackendUnavailableError, "the program cannot be started"),
    "MemoryError": (BackendUnavailableError, "not enough memory for this page"),
    "UnicodeError": (BadResponseError, "the output is not valid text"),
    "ValueError": (BadResponseError, "the output cannot be parsed"),
    "RuntimeError": (BackendUnavailableError, "the engine failed"),
}


def translate_error(error: Exception, *, page: int | None = None) -> OcrkitError:
    """Translate an error of Tesseract; an `OcrkitError` is returned as it is."""
    if isinstance(error, OcrkitError):
        return error
    for kind in type(error).__mro__:
        if kind.__name__ in ERRORS:
            error_class, meaning = ERRORS[kind.__name__]
            return error_class(f"{meaning}: {error}", backend="tesseract", page=page)
    return BackendError(f"{type(error).__name__}: {error}", backend="tesseract", page=page)
