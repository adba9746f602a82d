"""Every error ocrkit raises.

All of them derive from `OcrkitError`, so one ``except`` clause is enough; the command line turns each
branch into its own exit code:

    OcrkitError                          exit 1
    ├── ConfigError                      exit 2   unknown name, bad option, missing credential
    ├── MissingDependencyError           exit 3   also an ImportError; says the exact install command
    ├── SourceError                      exit 4   unreadable, encrypted, unsupported, too large
    ├── PreprocessError                  exit 7   a preprocessing step failed
    ├── BackendError                     exit 5
    │   ├── CapabilityError                       what was asked is not offered; names who offers it
    │   ├── AuthenticationError
    │   │   └── ExpiredTokenError                 the call is made once more with a new token
    │   ├── QuotaError                            balance or allowance used up; never retried
    │   ├── RateLimitError                        retryable, .retry_after
    │   ├── BackendTimeoutError                   retryable
    │   ├── BackendUnavailableError               retryable, .retry_after
    │   │   └── CircuitOpenError                       nothing was sent after too many outages in a row
    │   ├── BackendCrashError                     its process died, or had to be ended, on this page
    │   └── BadResponseError
    ├── PostprocessError                 exit 8   a post-processing step failed
    └── ExportError                      exit 6

A message says what happened, where, and what to do next. Errors travel between processes: every one of
them survives pickling with its attributes.
"""

from __future__ import annotations

from typing import Any, ClassVar


class OcrkitError(Exception):
    """The root of everything ocrkit raises on purpose."""

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    def __reduce__(self) -> tuple[Any, ...]:
        # The default rebuilds an exception from `args` alone and would lose the keyword attributes.
        return _rebuild, (type(self), self.args, dict(self.__dict__))


def _rebuild(kind: type[OcrkitError], args: tuple[object, ...], state: dict[str, object]) -> OcrkitError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(state)
    return error


class ConfigError(OcrkitError):
    """A setting, a name or an option is wrong or missing; the message lists the choices."""

    exit_code = 2


class MissingDependencyError(OcrkitError, ImportError):
    """Something optional is not installed; `install` is the exact command that installs it."""

    exit_code = 3

    def __init__(self, message: str, *, install: str | None = None) -> None:
        super().__init__(message)
        self.install = install


class SourceError(OcrkitError):
    """A file cannot be read: broken, encrypted, of an unknown kind, or too large.

    `path` names the file where there is one; `page` is the number of the page, counted from 1.
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
    """A preprocessing step failed; `page` is the number of the page, counted from 1."""

    exit_code = 7

    def __init__(self, message: str, *, page: int | None = None) -> None:
        super().__init__(message)
        self.page = page

    def __str__(self) -> str:
        return self.message if self.page is None else f"page {self.page}: {self.message}"


class BackendError(OcrkitError):
    """A backend could not read a page.

    `backend` is its name, `page` the number of the page counted from 1, `request_id` what a remote
    provider calls the request, `retry_after` the wait in seconds that it asks for.
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
    """The backend does not support what was asked of it; the message names the backends that do."""


class AuthenticationError(BackendError):
    """The provider did not accept the credentials."""


class ExpiredTokenError(AuthenticationError):
    """The provider did not take the access token. The transport fetches another one, once."""


class QuotaError(BackendError):
    """The balance or the allowance is used up. Trying again does not help."""


class RateLimitError(BackendError):
    """Too many requests at once; `retry_after` is the wait in seconds where the provider says it."""

    retryable = True


class BackendTimeoutError(BackendError):
    """The backend did not answer in time."""

    retryable = True


class BackendUnavailableError(BackendError):
    """The backend cannot be reached or is out of order for now."""

    retryable = True


class CircuitOpenError(BackendUnavailableError):
    """Nothing was sent: the service failed too often in a row, and is left alone for a while."""

    retryable = False


class BackendCrashError(BackendError):
    """The process that read the page crashed or took too much memory, and so did a second, fresh one."""


class BadResponseError(BackendError):
    """The backend answered something that cannot be understood."""


class PostprocessError(OcrkitError):
    """A post-processing step failed; `step` is its name, `page` the number of the page, counted from 1."""

    exit_code = 8

    def __init__(self, message: str, *, step: str | None = None, page: int | None = None) -> None:
        super().__init__(message)
        self.step = step
        self.page = page

    def __str__(self) -> str:
        return self.message if self.page is None else f"page {self.page}: {self.message}"


class ExportError(OcrkitError):
    """A result cannot be written."""

    exit_code = 6


def missing_extra(package: str, name: str, purpose: str) -> MissingDependencyError:
    """The error for a package that comes with the extra `ocrkit[name]` and is not installed."""
    install = f"pip install 'ocrkit[{name}]'"
    return MissingDependencyError(
        f"{purpose} needs the package '{package}', which is not installed. Install it with: {install}",
        install=install,
    )
