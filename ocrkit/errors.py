"""Every error ocrkit raises.

All errors derive from `OcrkitError`, so one ``except`` clause catches them. On the command line, each branch
has its own exit code:

    OcrkitError                          exit 1
    ├── ConfigError                      exit 2   unknown name, bad option, missing credential
    ├── MissingDependencyError           exit 3   also an ImportError; names the install command
    ├── SourceError                      exit 4   unreadable, encrypted, unsupported, too large
    ├── PreprocessError                  exit 7   a preprocessing step failed
    ├── BackendError                     exit 5
    │   ├── CapabilityError                       unsupported request; names backends that support it
    │   ├── AuthenticationError
    │   │   └── ExpiredTokenError                 the request is retried once with a new token
    │   ├── QuotaError                            balance or quota exhausted; never retried
    │   │   └── BudgetSpentError                  not sent: max_cost or max_calls would be exceeded
    │   ├── RateLimitError                        retryable, .retry_after
    │   ├── BackendTimeoutError                   retryable
    │   ├── BackendUnavailableError               retryable, .retry_after
    │   │   └── CircuitOpenError                       not sent: too many failures in a row
    │   ├── BackendCrashError                     its process crashed or was stopped on this page
    │   ├── BadResponseError
    │   └── UnreadTextError                       with `strict`: text in a script that is not read
    ├── PostprocessError                 exit 8   a post-processing step failed
    ├── DownloadError                    exit 9   a model file cannot be fetched, or its content is wrong
    └── ExportError                      exit 6

A message says what happened, where, and what to do next. Errors can be pickled with all their attributes, so
they can be passed between processes.
"""

from __future__ import annotations

from typing import Any, ClassVar


class OcrkitError(Exception):
    """Base class of all errors that ocrkit raises on purpose."""

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    def __reduce__(self) -> tuple[Any, ...]:
        # The default implementation restores only `args` and would lose the other attributes.
        return _rebuild, (type(self), self.args, dict(self.__dict__))


def _rebuild(kind: type[OcrkitError], args: tuple[object, ...], state: dict[str, object]) -> OcrkitError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(state)
    return error


class ConfigError(OcrkitError):
    """A setting, a name or an option is invalid or missing; the message lists the valid ones."""

    exit_code = 2


class MissingDependencyError(OcrkitError, ImportError):
    """An optional dependency is not installed; `install` is the command that installs it."""

    exit_code = 3

    def __init__(self, message: str, *, install: str | None = None) -> None:
        super().__init__(message)
        self.install = install


class SourceError(OcrkitError):
    """A file cannot be read: it is broken, encrypted, too large, or of an unknown format.

    `path` is the path of the file, if it has one; `page` is the page number, counted from 1.
    """

    exit_code = 4

    def __init__(self, message: str, *, path: str | None = None, page: int | None = None) -> None:
        super().__init__(message)
        self.path = path
        self.page = page

    def __str__(self) -> str:
        where = [str(self.path)] if self.path else []
        where += [f"page {self.page}"] if self.page is not None else []
        return f"{', '.join(where)}: {self.message}" if where else self.message


class PreprocessError(OcrkitError):
    """A preprocessing step failed; `page` is the page number, counted from 1."""

    exit_code = 7

    def __init__(self, message: str, *, page: int | None = None) -> None:
        super().__init__(message)
        self.page = page

    def __str__(self) -> str:
        return self.message if self.page is None else f"page {self.page}: {self.message}"


class BackendError(OcrkitError):
    """A backend could not read a page.

    `backend` is its name, `page` the page number counted from 1, `request_id` the provider's ID of the
    request, and `retry_after` the time in seconds to wait before a retry, if the provider sent one.
    """

    exit_code = 5
    retryable: ClassVar[bool] = False

    def __init__(
        self,
        message: str,
        *,
        backend: str | None = None,
        page: int | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.backend = backend
        self.page = page
        self.request_id = request_id
        self.retry_after = retry_after

    def __str__(self) -> str:
        where = [self.backend] if self.backend else []
        where += [f"page {self.page}"] if self.page is not None else []
        text = f"{', '.join(where)}: {self.message}" if where else self.message
        return f"{text} (request {self.request_id})" if self.request_id else text


class CapabilityError(BackendError):
    """The backend does not support the request; the message names the backends that do."""


class AuthenticationError(BackendError):
    """The provider rejected the credentials."""


class ExpiredTokenError(AuthenticationError):
    """The provider rejected the access token. The transport retries once with a new token."""


class QuotaError(BackendError):
    """The balance or quota is exhausted. A retry does not help."""


class BudgetSpentError(QuotaError):
    """The request was not sent: it would exceed `max_cost` or `max_calls`, which the user set."""


class RateLimitError(BackendError):
    """The provider rejected the request because of its rate limit."""

    retryable = True


class BackendTimeoutError(BackendError):
    """The backend did not answer in time."""

    retryable = True


class BackendUnavailableError(BackendError):
    """The backend cannot be reached or is temporarily out of service."""

    retryable = True


class CircuitOpenError(BackendUnavailableError):
    """The request was not sent: the service failed too often in a row, so requests are paused."""

    retryable = False


class BackendCrashError(BackendError):
    """The process that read the page crashed or used too much memory, and so did a second, new process."""


class BadResponseError(BackendError):
    """The backend sent an invalid response."""


class UnreadTextError(BackendError):
    """The page has text in a script that the backend does not read, and the setting `strict` is on."""


class PostprocessError(OcrkitError):
    """A post-processing step failed; `step` is its name, `page` the page number, counted from 1."""

    exit_code = 8

    def __init__(self, message: str, *, step: str | None = None, page: int | None = None) -> None:
        super().__init__(message)
        self.step = step
        self.page = page

    def __str__(self) -> str:
        return self.message if self.page is None else f"page {self.page}: {self.message}"


class DownloadError(OcrkitError):
    """A model file cannot be fetched, or its content is not what the catalog says."""

    exit_code = 9


class ExportError(OcrkitError):
    """A result cannot be exported."""

    exit_code = 6


def missing_extra(package: str, extra: str, purpose: str) -> MissingDependencyError:
    """The error for a missing package that the extra `ocrkit[extra]` installs."""
    install = f"pip install 'ocrkit[{extra}]'"
    return MissingDependencyError(
        f"{purpose} needs the package '{package}', which is not installed; install it with: {install}",
        install=install,
    )
