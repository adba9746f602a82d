"""OpenTelemetry spans, if its API is installed."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from ocrkit.errors import OcrkitError


class Span(Protocol):
    """The part of an OpenTelemetry span that is used here."""

    def set_attribute(self, key: str, value: Any) -> None: ...


class _NoSpan:
    def set_attribute(self, key: str, value: Any) -> None:
        """Do nothing."""


@functools.cache
def _trace_api() -> Any:
    try:
        from opentelemetry import trace
    except ImportError:
        return None
    return trace


@contextlib.contextmanager
def span(name: str, attributes: Mapping[str, str | int | float | None]) -> Iterator[Span]:
    """A span around the block. It records only the type of an error: the message may hold secrets."""
    trace = _trace_api()
    if trace is None:
        yield _NoSpan()
        return
    known = {key: value for key, value in attributes.items() if value is not None}
    tracer = trace.get_tracer("ocrkit")
    with tracer.start_as_current_span(
        name,
        attributes=known,
        kind=trace.SpanKind.CLIENT,
        record_exception=False,
        set_status_on_exception=False,
    ) as current:
        try:
            yield current
        except OcrkitError as error:
            current.set_attribute("error.type", type(error).__name__)
            current.set_status(trace.StatusCode.ERROR)
            raise
