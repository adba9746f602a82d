"""Responses that are handed out as they arrive."""

from __future__ import annotations

import threading

import pytest
from tiny import SECRET

from ocrkit import errors
from ocrkit.http import Transport
from ocrkit.testing import Answer, Cassette, faults, until

HANGS = 3600


def read_lines(attempt, *, stop_after=None, **arguments):
    """The lines of the response, up to a limit."""
    lines = []
    with attempt.stream("POST", "/chat", json={}, **arguments) as stream:
        for line in stream.lines():
            lines.append(line)
            if len(lines) == stop_after:
                break
    return lines


def test_pieces_are_handed_out_as_they_arrive(server, options):
    first_was_read = threading.Event()

    def pieces():
        yield b"data: one\n"
        assert first_was_read.wait(60), "the first piece was held back"
        yield b"data: two\r\nda"
        yield b"ta: three"

    server.route("POST", "/chat", lambda _: Answer(pieces()))

    def operation(attempt):
        lines = []
        with attempt.stream("POST", "/chat", json={}) as stream:
            for line in stream.lines():
                lines.append(line)
                first_was_read.set()
        return lines

    assert Transport("tiny", options()).call(operation) == ["data: one", "data: two", "data: three"]


def test_leaving_early_closes_the_connection(server, options):
    closed = threading.Event()

    def endless():
        try:
            while True:
                yield b"data: more\n" * 1000
        finally:
            closed.set()

    server.route("POST", "/chat", lambda _: Answer(endless()))
    transport = Transport("tiny", options())
    assert len(transport.call(lambda attempt: read_lines(attempt, stop_after=3))) == 3
    assert until(closed.is_set)
    server.route("GET", "/next", {})
    assert transport.request("GET", "/next").status == 200


def test_keeps_the_deadline_between_pieces(server, options):
    def pieces():
        yield b"data: one\n"
        server.pause(HANGS)

    server.route("POST", "/chat", lambda _: Answer(pieces()))
    with pytest.raises(errors.BackendTimeoutError):
        Transport("tiny", options(timeout_seconds=0.4)).call(read_lines)


def test_retries_a_stream_that_breaks_off(server, options):
    server.fail("/chat", faults.cut("data: one\ndata: two\n"), faults.rate_limited(0.001))
    server.route("POST", "/chat", Answer("data: one\ndata: two\n"))
    with Transport("tiny", options()).session() as session:
        assert session.call(read_lines) == ["data: one", "data: two"]
        assert session.attempts == 3


def test_an_error_status_is_checked_before_anything_is_handed_out(server, options):
    server.route("POST", "/chat", Answer({"error": f"no model for {SECRET}"}, 400))

    def check(response):
        raise errors.BackendError(response.json()["error"])

    with pytest.raises(errors.BackendError, match="no model") as caught:
        Transport("tiny", options()).call(lambda attempt: read_lines(attempt, check=check))
    assert SECRET not in str(caught.value)


def test_a_stream_is_recorded_and_replayed(server, options, tmp_path):
    path = tmp_path / "answers.jsonl"
    server.route("POST", "/chat", lambda _: Answer(iter([b"data: one\n", b"data: two\n"])))

    def operation(attempt):
        return read_lines(attempt)

    recording = Transport("tiny", options(), recorder=Cassette(path, "record"))
    assert recording.call(operation) == ["data: one", "data: two"]
    sent = len(server.requests)
    replay = Transport("tiny", options(), recorder=Cassette(path))
    assert replay.call(operation) == ["data: one", "data: two"]
    assert len(server.requests) == sent


def test_a_stream_that_was_left_early_is_replayed_as_far_as_it_was_read(server, options, tmp_path):
    path = tmp_path / "answers.jsonl"
    server.route("POST", "/chat", lambda _: Answer(iter([b"data: one\n", b"data: two\n"])))
    recording = Transport("tiny", options(), recorder=Cassette(path, "record"))
    recording.call(lambda attempt: read_lines(attempt, stop_after=1))
    replay = Transport("tiny", options(), recorder=Cassette(path))
    assert replay.call(lambda attempt: read_lines(attempt, stop_after=1)) == ["data: one"]


def test_a_broken_stream_is_not_recorded(server, options, tmp_path):
    path = tmp_path / "answers.jsonl"
    server.route("POST", "/chat", faults.cut("data: one\ndata: two\n"))
    recording = Transport("tiny", options(retries=0), recorder=Cassette(path, "record"))
    with pytest.raises(errors.BackendUnavailableError):
        recording.call(read_lines)
    assert not path.exists()
