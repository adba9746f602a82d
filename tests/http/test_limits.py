"""Rate limiter, account limits, circuit breaker, deadline and back-off, with a clock that the test moves."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocrkit.errors import BackendUnavailableError, CircuitOpenError
from ocrkit.http import Connection
from ocrkit.http.account_limits import AccountLimits
from ocrkit.http.circuit_breaker import CircuitBreaker
from ocrkit.http.deadline import Deadline
from ocrkit.http.rate_limiter import RateLimiter, window
from ocrkit.http.retry import LONGEST_BACKOFF, backoff
from ocrkit.testing import until

_TOLERANCE = 1e-6


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


def sent_within(times, seconds):
    """The largest number of requests in any half-open window."""
    return max(sum(start <= each < start + seconds - _TOLERANCE for each in times) for start in times)


def send(limiter, clock, pauses):
    """Send a request after each pause, as soon as the limiter allows it; returns when."""
    times = []
    for pause in pauses:
        clock.now += pause
        while delay := limiter.delay():
            clock.now += delay
        limiter.count()
        times.append(clock.now)
    return times


@given(st.floats(0.001, 1000))
def test_a_window_is_close_to_the_rate_and_never_above_it(rate):
    requests, seconds = window(rate)
    assert 0.5 * rate < requests / seconds <= rate * (1 + 1e-9)
    assert requests >= 1
    assert seconds <= 4 or rate < 1


@given(st.floats(0.01, 50), st.lists(st.floats(0, 10) | st.just(0.0), min_size=1, max_size=60))
def test_no_window_has_more_requests_than_the_rate_allows(rate, pauses):
    clock = Clock()
    times = send(RateLimiter(rate, clock), clock, pauses)
    requests, seconds = window(rate)
    assert sent_within(times, seconds) <= requests


@given(st.floats(0.01, 50), st.integers(1, 60))
def test_requests_are_not_delayed_longer_than_needed(rate, count):
    clock = Clock()
    times = send(RateLimiter(rate, clock), clock, [0.0] * count)
    requests, seconds = window(rate)
    assert times[-1] - times[0] <= (count - 1) // requests * seconds * (1 + 1e-9)


@given(st.floats(0.1, 20), st.floats(0.1, 20), st.integers(1, 20), st.integers(1, 20))
def test_a_lower_rate_applies_at_once_to_the_requests_counted_so_far(rate, other, before, after):
    clock = Clock()
    limiter = RateLimiter(rate, clock)
    first = send(limiter, clock, [0.0] * before)
    limiter.lower(other)
    assert limiter.rate == min(rate, other)
    requests, seconds = window(limiter.rate)
    kept = first[-min(requests, window(rate)[0]) :]
    assert sent_within(kept[-requests:] + send(limiter, clock, [0.0] * after), seconds) <= requests


def test_the_rate_is_shared_by_threads():
    limits = AccountLimits(connection(requests_per_second=1, max_concurrency=8))
    started = time.monotonic()

    def send_one(_):
        with limits.slot(threading.Event()):
            return time.monotonic()

    with ThreadPoolExecutor(2) as threads:
        times = sorted(threads.map(send_one, range(2)))
    assert times[1] - started >= 1


def test_an_endpoint_with_its_own_rate_does_not_slow_the_others():
    limits = AccountLimits(connection(max_concurrency=8))
    closed, never = threading.Event(), threading.Event()
    table = ("table", 0.001)

    def read_another_table():
        with limits.slot(closed, table):
            return True

    with ThreadPoolExecutor(1) as threads:
        with limits.slot(never, table):
            second = threads.submit(read_another_table)
        with limits.slot(never), limits.slot(never, ("card", 0.001)):
            assert not until(second.done, seconds=0.05)
        closed.set()
        limits.wake()
        with pytest.raises(BackendUnavailableError, match="closed"):
            second.result(timeout=60)


@pytest.mark.parametrize("stricter", [{"requests_per_second": 0.001}, {"max_concurrency": 1}])
def test_closing_ends_the_wait_for_a_slot(stricter):
    limits = AccountLimits(connection())
    limits.apply(connection(**stricter))
    closed = threading.Event()
    waiting = threading.Event()

    def wait():
        waiting.set()
        with limits.slot(closed):
            pass

    with ThreadPoolExecutor(1) as threads, limits.slot(threading.Event()):
        page = threads.submit(wait)
        assert waiting.wait(60)
        assert not until(page.done, seconds=0.05)
        closed.set()
        limits.wake()
        with pytest.raises(BackendUnavailableError, match="closed"):
            page.result(timeout=60)


def test_a_released_slot_goes_to_a_waiting_thread():
    limits = AccountLimits(connection(max_concurrency=1))
    never = threading.Event()

    def use(_):
        with limits.slot(never):
            return True

    with ThreadPoolExecutor(4) as threads:
        with limits.slot(never):
            pages = [threads.submit(use, number) for number in range(4)]
            assert not until(lambda: any(page.done() for page in pages), seconds=0.05)
        assert all(page.result(timeout=60) for page in pages)


def connection(**options):
    return Connection(endpoint="https://ocr.example", **options)


def test_the_circuit_opens_after_outages_in_a_row():
    breaker = CircuitBreaker(2, 30, Clock())
    breaker.record_failure("status 503")
    breaker.record_success()
    breaker.record_failure("status 503")
    breaker.admit()
    breaker.record_failure("status 504")
    with pytest.raises(CircuitOpenError, match=r"the last 2 calls failed \(status 504\).*in 30 s"):
        breaker.admit()


def test_one_call_probes_the_service_after_the_pause():
    clock = Clock()
    breaker = CircuitBreaker(1, 30, clock)
    breaker.record_failure("status 503")
    clock.now += 30
    breaker.admit()
    with pytest.raises(CircuitOpenError, match="another call"):
        breaker.admit()
    breaker.record_failure("status 503")  # the probe failed: another pause
    with pytest.raises(CircuitOpenError, match="in 30 s"):
        breaker.admit()
    clock.now += 30
    breaker.admit()
    breaker.record_abort()  # the probe was interrupted: the next call probes
    breaker.admit()
    breaker.record_success()
    breaker.admit()
    assert not breaker.is_open


def test_a_paused_deadline_does_not_count_down():
    clock = Clock()
    deadline = Deadline(10, clock)
    clock.now += 4
    with deadline.paused():
        clock.now += 100
    assert deadline.remaining() == 6
    clock.now += 7
    assert deadline.remaining() == 0


@given(st.integers(1, 10**6), st.floats(0, 1e6))
def test_backoff_doubles_up_to_a_limit(attempt, first):
    highest = min(first * 2 ** min(attempt - 1, 100), LONGEST_BACKOFF)
    assert 0 <= backoff(attempt, first) <= highest
