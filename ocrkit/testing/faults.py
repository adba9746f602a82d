"""Faulty answers, for `VendorServer.fail`."""

from __future__ import annotations

from typing import Any

from ocrkit.testing.vendor import Answer


def slow(seconds: float) -> Answer:
    return Answer({}, delay_seconds=seconds)


def drip(seconds: float, pieces: int = 20) -> Answer:
    """A byte now and then: each wait is short, their sum is long."""
    return Answer(b" " * pieces, delay_seconds=seconds / pieces, pieces=pieces)


def reset() -> Answer:
    return Answer(b"", cut_after=0)


def cut(body: Any) -> Answer:
    """A connection that is reset within the body."""
    return Answer(body, cut_after=10)


def truncated_json() -> Answer:
    """Complete as HTTP, incomplete as JSON."""
    return Answer('{"words_result": [{"wor', content_type="application/json")


def deep_json() -> Answer:
    """JSON nested fifty thousand levels deep, which exceeds the recursion limit of a parser."""
    return Answer("[" * 50_000 + "]" * 50_000, content_type="application/json")


def bad_gateway() -> Answer:
    return Answer("<html><body><h1>502 Bad Gateway</h1></body></html>", 502, "text/html")


def html() -> Answer:
    """The login page of a public network instead of an answer."""
    return Answer("<html><body>Please sign in</body></html>", 200, "text/html")


def unavailable() -> Answer:
    return Answer({}, 503)


def rate_limited(retry_after: float | str | None = None) -> Answer:
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    return Answer({}, 429, headers=headers)


def unauthorized() -> Answer:
    return Answer({}, 401)


def moved(to: str) -> Answer:
    return Answer(b"", 302, headers={"Location": to})
