"""A provider's error codes as a table: which error each one is, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from ocrkit.errors import BackendError, BadResponseError
from ocrkit.http.response import Response, status_error


class ErrorRow(NamedTuple):
    """One code, or all codes with a prefix if it ends in `*`."""

    code: str
    error: type[BackendError] | None
    """None: the service found nothing, which is an empty result and not an error."""
    advice: str = ""
    """The advice to the user."""


def rows(error: type[BackendError] | None, advice: str, *codes: str | int) -> tuple[ErrorRow, ...]:
    """Rows for several codes with the same meaning."""
    return tuple(ErrorRow(str(code), error, advice) for code in codes)


class ErrorDetails(NamedTuple):
    """The details of an error, as the service reports them."""

    code: str | int
    message: str | None = None
    request_id: str | None = None


class ErrorTable:
    """Looks up codes: the exact one first, then the longest prefix. Iterating gives the rows."""

    def __init__(self, *groups: tuple[ErrorRow, ...], default: type[BackendError] = BackendError) -> None:
        self._rows = {row.code: row for group in groups for row in group}
        self._default = default
        if len(self._rows) != sum(len(group) for group in groups):
            raise ValueError("the table has the same code twice")

    def __iter__(self) -> Iterator[ErrorRow]:
        return iter(self._rows.values())

    def __len__(self) -> int:
        return len(self._rows)

    def row(self, code: str | int | None) -> ErrorRow:
        """The row for a code; for an unknown code, a row with the default error."""
        text = "" if code is None else str(code)
        if text in self._rows:
            return self._rows[text]
        prefixes = [key for key in self._rows if key.endswith("*") and text.startswith(key[:-1])]
        return self._rows[max(prefixes, key=len)] if prefixes else ErrorRow(text, self._default)

    def __contains__(self, code: str | int | None) -> bool:
        return self.row(code).code in self._rows

    def means_empty(self, code: str | int | None) -> bool:
        """Whether the code only says that the service found nothing."""
        return self.row(code).error is None

    def error(
        self,
        code: str | int | None,
        message: str | None = "",
        *,
        request_id: str | None = None,
        retry_after: float | None = None,
    ) -> BackendError:
        """The error for a code, with the provider's message and the advice of the row."""
        row = self.row(code)
        kind = row.error or self._default
        text = _described(code, message) or "the service refused the request without a reason"
        if row.advice:
            text = f"{text.rstrip('.')}; {row.advice}"
        return kind(text, request_id=request_id, retry_after=retry_after)

    def check(
        self,
        response: Response,
        find: Callable[[Any], ErrorDetails | None],
        *,
        retry_after: float | None = None,
    ) -> None:
        """Raise the error in a JSON response, or that of its status. A code for an empty result passes.

        A code that is not in the table raises the error of the status.

        Args:
            response: any response of the service, or of a gateway before it.
            find: the error in the JSON data. `None`, `LookupError` and `TypeError` mean that there is none.
            retry_after: the wait that the service requests, if it is not in the usual header.
        """
        try:
            error = _found(find, response.json())
        except BadResponseError:  # the page of a gateway
            response.raise_for_status()
            raise
        is_success = 200 <= response.status < 300
        if error is None or (error.code not in self and not is_success):
            _raise_for_status(response, error)
        elif not self.means_empty(error.code):
            request_id = _request_id(response, error)
            wait = response.retry_after if retry_after is None else retry_after
            raise self.error(error.code, error.message, request_id=request_id, retry_after=wait)


def _found(find: Callable[[Any], ErrorDetails | None], data: Any) -> ErrorDetails | None:
    try:
        error = find(data)
    except (LookupError, TypeError, AttributeError):
        return None
    if error is None or not isinstance(error.code, (str, int)):
        return None
    return error if isinstance(error.message, str) else error._replace(message=None)


def _raise_for_status(response: Response, error: ErrorDetails | None) -> None:
    """Raise the error of a status that is not success, with all that the service says about it."""
    if 200 <= response.status < 300:
        return
    failure = status_error(
        response.status, request_id=_request_id(response, error), retry_after=response.retry_after
    )
    details = _described(error.code, error.message) if error is not None else ""
    if not details:
        raise failure
    text = f"{failure.message}: {details}"
    raise type(failure)(text, request_id=failure.request_id, retry_after=failure.retry_after)


def _request_id(response: Response, error: ErrorDetails | None) -> str | None:
    own = error.request_id if error is not None else None
    return own if isinstance(own, str) else response.request_id


def _described(code: str | int | None, message: str | None) -> str:
    return ": ".join(part for part in (f"code {code}" if code is not None else "", message or "") if part)
