"""What the transport promises, against a real server with every kind of fault."""

from __future__ import annotations

import gc
import logging
import socket
import threading
import traceback
from concurrent.futures import ThreadPoolExecutor

import pytest
from tiny import KEY, SECRET, TOKEN, TinyClient, TinySdkClient

from ocrkit import errors
from ocrkit.errors import CircuitOpenError, ExpiredTokenError
from ocrkit.http import Attempt, Pending, Transport
from ocrkit.testing import Answer, faults, until

HANGS = 3600  # seconds: longer than any test waits; the end of the server ends it


def test_a_call_returns_the_answer_with_its_request_id(options, client_class):
    reading = client_class(options()).read()
    assert (reading.texts, reading.request_id, reading.attempts) == (["hello"], "r-1", 1)


# ── retries ──


@pytest.mark.parametrize(
    "fault",
    [
        faults.reset(),
        faults.cut({"lines": []}),
        faults.bad_gateway(),
        faults.unavailable(),
        faults.rate_limited(),
        faults.rate_limited(0.01),
        Answer({}, 503, headers={"Retry-After": "0.01"}),
        Answer({"error": 18, "message": "slower"}),
        Answer({"error": 2}),
    ],
    ids=repr,
)
def test_retries_a_transient_error(server, options, fault):
    server.fail("/ocr", fault, times=2)
    reading = TinyClient(options()).read()
    assert (reading.texts, reading.attempts) == (["hello"], 3)
    assert len(server.requests_to("/ocr")) == 3


@pytest.mark.parametrize("fault", [faults.reset(), faults.bad_gateway(), Answer({"error": 2})], ids=repr)
def test_retries_a_transient_error_of_an_sdk(server, options, fault):
    server.fail("/ocr", fault, times=2)
    assert TinySdkClient(options()).read().attempts == 3


@pytest.mark.parametrize(
    ("fault", "kind", "says"),
    [
        (faults.unauthorized(), errors.AuthenticationError, "credentials"),
        (Answer({"error": "auth.wrong", "message": "who?"}), errors.AuthenticationError, "console"),
        (Answer({"error": 17, "id": "r-9"}), errors.QuotaError, "buy a package"),
        (Answer({"error": 4711, "message": "strange"}), errors.BackendError, "code 4711: strange"),
        (Answer({}, 400), errors.BackendError, "400"),
        (Answer({}, 413), errors.CapabilityError, "too large"),
        (faults.truncated_json(), errors.BadResponseError, "not JSON"),
        (faults.deep_json(), errors.BadResponseError, "nested too deeply"),
        (faults.html(), errors.BadResponseError, "text/html"),
        (faults.moved("https://elsewhere.example/ocr?token=x"), errors.BadResponseError, "elsewhere.example"),
    ],
    ids=lambda value: repr(value)[:50],
)
def test_does_not_retry_a_permanent_error(server, options, fault, kind, says):
    server.fail("/ocr", fault)
    with pytest.raises(kind, match=says) as caught:
        TinyClient(options()).read(page_number=4)
    assert (caught.value.backend, caught.value.page) == ("tiny", 4)
    assert len(server.requests_to("/ocr")) == 1
    assert "r-9" in str(caught.value) or "id" not in str(fault.body)


def test_a_code_for_an_empty_page_is_not_an_error(server, options, client_class):
    server.fail("/ocr", Answer({"error": "no_text"}))
    assert client_class(options()).read().texts == []


def test_a_wrong_media_type_does_not_matter(server, options):
    server.fail("/ocr", Answer('{"lines": []}', content_type="text/html"))
    assert TinyClient(options()).read().texts == []


def test_gives_up_after_the_last_retry(server, options, client_class):
    server.fail("/ocr", faults.unavailable(), times=10)
    with pytest.raises(errors.BackendUnavailableError):
        client_class(options(retries=2)).read()
    assert len(server.requests_to("/ocr")) == 3


# ── deadlines and waits ──


@pytest.mark.parametrize("fault", [faults.slow(HANGS), faults.drip(HANGS)], ids=["slow", "drip"])
def test_keeps_the_deadline(server, options, fault):
    server.fail("/ocr", fault, times=10)
    with pytest.raises(errors.BackendTimeoutError):
        TinyClient(options(timeout_seconds=0.4, retries=9)).read()
    assert len(server.requests_to("/ocr")) <= 1  # no time is left for a second request


def test_an_sdk_gets_the_time_that_is_left(server, options):
    server.fail("/ocr", faults.slow(HANGS), times=10)
    with pytest.raises((errors.BackendUnavailableError, errors.BackendTimeoutError)):
        TinySdkClient(options(timeout_seconds=0.4, retries=9)).read()
    assert len(server.requests_to("/ocr")) <= 1


def test_a_requested_wait_beyond_the_deadline_is_not_begun(server, options):
    server.fail("/ocr", faults.rate_limited(HANGS))
    with pytest.raises(errors.RateLimitError, match="asks to wait 3600 s") as caught:
        TinyClient(options()).read()
    assert caught.value.retry_after == HANGS


def test_closing_ends_the_wait_for_a_retry(server, options):
    client = TinyClient(options())
    server.fail("/ocr", faults.rate_limited(60))
    with ThreadPoolExecutor(1) as threads:
        page = threads.submit(client.read)
        assert until(lambda: len(server.requests_to("/ocr")) == 1)
        until(lambda: client.close() or page.done())
        with pytest.raises(errors.BackendUnavailableError, match="closed"):
            page.result(timeout=60)
    assert client.read().texts == ["hello"]  # and it opens again


def test_polls_until_the_job_is_done(server, options):
    states = iter([{}, {"wait": 0.001}, {"done": "yes"}])
    server.route("GET", "/job", lambda _: next(states))
    with Transport("tiny", options()).session() as session:
        assert session.poll(job_state, first_wait=0.001) == "yes"


def test_polls_until_the_deadline(server, options):
    server.route("GET", "/job", {})
    with (
        Transport("tiny", options(timeout_seconds=0.2)).session() as session,
        pytest.raises(errors.BackendTimeoutError),
    ):
        session.poll(job_state, first_wait=0.01)
    assert server.requests_to("/job")


def test_a_poll_waits_as_long_as_the_service_asks(server, options):
    server.route("GET", "/job", {"wait": HANGS})
    transport = Transport("tiny", options())
    with ThreadPoolExecutor(1) as threads, transport.session() as session:
        job = threads.submit(session.poll, job_state, first_wait=0.001)
        assert until(lambda: len(server.requests_to("/job")) == 1)
        until(lambda: transport.close() or job.done())
        with pytest.raises(errors.BackendUnavailableError, match="closed"):
            job.result(timeout=60)
    assert len(server.requests_to("/job")) == 1


def job_state(attempt):
    answer = attempt.request("GET", "/job").json()
    return answer.get("done") or Pending(answer.get("wait"))


def test_a_whole_address_may_have_a_query(server, options):
    server.route("GET", "/job", lambda request: dict(request.query))
    response = Transport("tiny", options()).request("GET", f"{server.url}/job?version=1", params={"id": "7"})
    assert response.json() == {"version": "1", "id": "7"}


# ── tokens ──


def test_threads_and_instances_share_one_token(server, options):
    clients = [TinyClient(options()) for _ in range(2)]
    with ThreadPoolExecutor(8) as threads:
        readings = list(threads.map(lambda number: clients[number % 2].read(), range(16)))
    assert [reading.texts for reading in readings] == [["hello"]] * 16
    assert len(server.requests_to("/token")) == 1


def test_an_expired_token_is_renewed_once(server, options):
    expired = Answer({"error": 111, "message": "expired"})
    client = TinyClient(options())
    server.fail("/ocr", expired)
    assert client.read().attempts == 2
    assert len(server.requests_to("/token")) == 2
    server.fail("/ocr", expired, times=2)
    with pytest.raises(ExpiredTokenError):
        client.read()
    assert len(server.requests_to("/token")) == 3


def test_a_token_is_renewed_before_it_expires(server, options):
    server.route("POST", "/token", {"access_token": TOKEN, "expires_in": 0.0001})
    client = TinyClient(options())
    client.read()
    client.read()
    assert len(server.requests_to("/token")) == 2


def test_wrong_credentials_are_tried_once_for_all_threads(server, options):
    client = TinyClient(options(secret="not the right one"))

    def fails(_):
        with pytest.raises(errors.AuthenticationError):
            client.read()

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(fails, range(16)))
    assert len(server.requests_to("/token")) == 1
    assert server.requests_to("/ocr") == ()


def test_retries_the_fetching_of_a_token(server, options):
    server.fail("/token", faults.unavailable())
    assert TinyClient(options()).read().texts == ["hello"]


# ── limits and circuit breaker ──


def test_all_instances_share_the_strictest_concurrency_limit(server, options):
    entered = threading.Semaphore(0)
    proceed = threading.Event()

    def answer(_):
        entered.release()
        proceed.wait(60)
        return {"lines": []}

    server.route("POST", "/ocr", answer)
    clients = [TinyClient(options(max_concurrency=limit)) for limit in (8, 2)]
    with ThreadPoolExecutor(8) as threads:
        readings = [threads.submit(clients[number % 2].read) for number in range(12)]
        for _ in range(2):
            assert entered.acquire(timeout=60)
        assert not entered.acquire(timeout=0.05), "a third request was sent"
        proceed.set()
        assert all(reading.result(timeout=60).texts == [] for reading in readings)
    assert server.most_at_once == 2


def test_other_credentials_have_other_limits(options):
    ours, theirs, also_ours = (
        Transport("tiny", options(secret=secret)) for secret in (SECRET, "another one", SECRET)
    )
    assert ours.limits is also_ours.limits
    assert ours.limits is not theirs.limits


def test_nothing_is_sent_while_the_circuit_is_open(server, options):
    client = TinyClient(options(outages_before_pause=3, pause_seconds=HANGS, retries=0))
    server.fail("/ocr", faults.unavailable(), times=3)
    for _ in range(3):
        with pytest.raises(errors.BackendUnavailableError):
            client.read()
    with pytest.raises(CircuitOpenError, match=r"the last 3 calls failed .*503"):
        client.read()
    assert len(server.requests_to("/ocr")) == 3


def test_the_circuit_closes_after_a_successful_probe(server, options):
    client = TinyClient(options(outages_before_pause=1, pause_seconds=0.01, retries=0))
    server.fail("/ocr", faults.unavailable())
    with pytest.raises(errors.BackendUnavailableError, match="503"):
        client.read()

    def is_answered():
        try:
            return client.read().texts == ["hello"]
        except CircuitOpenError:
            return False

    assert until(is_answered)
    assert not client.transport.limits.circuit_breaker.is_open


def test_a_refusal_is_not_an_outage(server, options):
    client = TinyClient(options(outages_before_pause=2))
    server.fail("/ocr", Answer({"error": 17}), times=5)
    for _ in range(5):
        with pytest.raises(errors.QuotaError):
            client.read()
    assert client.read().texts == ["hello"]


# ── secrets and logs ──


def shown(error):
    """All that a program could print of an error."""
    texts = [repr(error), str(error), *traceback.format_exception(error)]
    while error is not None:
        texts.append(str(vars(error)))
        error = error.__cause__ or error.__context__
    return "\n".join(texts)


@pytest.mark.parametrize(
    "fault",
    [
        faults.reset(),
        faults.bad_gateway(),
        faults.unauthorized(),
        faults.truncated_json(),
        Answer({"error": 17, "message": f"no balance for {KEY} with {SECRET} and {TOKEN}"}),
    ],
    ids=lambda fault: str(fault.status),
)
def test_shows_no_secret(server, options, client_class, fault, caplog):
    caplog.set_level(logging.DEBUG)
    server.fail("/ocr", fault, times=9)
    client = client_class(options(retries=1))
    with pytest.raises(errors.OcrkitError) as caught:
        client.read()
    log = "\n".join(f"{record.getMessage()} {vars(record)}" for record in caplog.records)
    text = shown(caught.value) + log + repr(client.transport) + repr(client.options)
    for secret in (KEY, SECRET, "s3cr3t%2Fof%2Bthe%3Daccount", TOKEN):
        assert secret not in text


def test_an_unexpected_error_of_an_sdk_becomes_a_redacted_backend_error(options):
    def operation(attempt: Attempt):
        raise KeyError(f"after {SECRET}") from ConnectionError(f"https://x/?client_secret={SECRET}")

    with pytest.raises(errors.BackendError, match="KeyError") as caught:
        Transport("tiny", options()).call(operation)
    assert SECRET not in shown(caught.value)


def test_log_records_have_searchable_fields(server, options, caplog):
    caplog.set_level(logging.DEBUG, "ocrkit.http")
    server.fail("/ocr", Answer({"error": 2, "id": "r-7"}))
    TinyClient(options()).read(page_number=3)
    retry = next(record for record in caplog.records if record.levelno == logging.INFO)
    assert (retry.backend, retry.page, retry.attempt) == ("tiny", 3, 1)
    assert retry.wait >= 0
    done = caplog.records[-1]
    assert (done.page, done.attempt) == (3, 2)


def test_an_unclosed_client_in_a_reference_cycle_closes_its_connections(server, options):
    """The collector may reach the sockets before the client. An unclosed socket fails this test."""
    before = set(map(id, _open_sockets()))
    clients = [TinyClient(options())]
    clients[0].read()
    clients[0].itself = clients
    sockets = [held for held in _open_sockets() if id(held) not in before]
    assert sockets
    holder = [clients.pop()]
    gc.collect()  # the sockets, which are referenced here, now precede the client
    holder[0].itself = holder
    del holder, clients, sockets
    gc.collect()


def _open_sockets():
    return [held for held in gc.get_objects() if isinstance(held, socket.socket) and held.fileno() != -1]
