"""Answers written down once and given back."""

from __future__ import annotations

import pytest
from tiny import KEY, SECRET, TOKEN, TinyBackend

from ocrkit import errors
from ocrkit.http import Transport
from ocrkit.request import Request
from ocrkit.testing import Answer, Cassette, draw_page, faults

ONE, OTHER = (draw_page([text]).page for text in ("one", "other"))
DEAD = "http://127.0.0.1:9"


def backend(kind, options, tape, **given):
    made = options(**given)
    return kind(made, Transport("tiny", made, recorder=tape))


def read(made, page=ONE):
    return made.recognize(page, Request())


def test_an_archive_is_read_anew_without_the_service(server, options, kind, tmp_path):
    path = tmp_path / "tape.jsonl"
    texts = iter(["first", "second"])
    server.route("POST", "/ocr", lambda _: {"lines": [{"text": next(texts), "box": [1, 1, 9, 9]}]})
    recording = backend(kind, options, Cassette(path, "record"))
    told = [read(recording, page).text for page in (ONE, OTHER)]
    asked = len(server.requests)

    again = backend(kind, options, Cassette(path), endpoint=DEAD)
    assert [read(again, page).text for page in (OTHER, ONE, ONE)] == ["second", "first", "first"]
    assert told == ["first", "second"]
    assert len(server.requests) == asked


def test_no_secret_is_written_down(server, options, kind, tmp_path):
    path = tmp_path / "tape.jsonl"
    server.fail("/ocr", Answer({"error": 17, "message": f"{SECRET} of {KEY} with {TOKEN}"}))
    made = backend(kind, options, Cassette(path, "record"))
    with pytest.raises(errors.QuotaError):
        read(made)
    read(made)
    written = path.read_text()
    assert written.count("\n") >= 2
    assert not [secret for secret in (KEY, SECRET, TOKEN) if secret in written]


def test_errors_are_played_too(server, options, kind, tmp_path):
    path = tmp_path / "tape.jsonl"
    server.fail("/ocr", Answer({"error": 2}), times=2)
    server.fail("/ocr", Answer({"error": 17, "id": "r-5"}))
    with pytest.raises(errors.QuotaError):
        read(backend(kind, options, Cassette(path, "record")))
    with pytest.raises(errors.QuotaError, match="Buy a package") as caught:
        read(backend(kind, options, Cassette(path), endpoint=DEAD))
    assert caught.value.request_id == "r-5"


def test_a_conversation_with_repetitions_is_played_as_it_was(server, options, tmp_path):
    path = tmp_path / "tape.jsonl"
    server.fail("/ocr", Answer({"error": 111}), faults.rate_limited(30))
    server.route("POST", "/ocr", {"id": "r-1", "lines": []})
    with pytest.raises(errors.RateLimitError):  # the wait is longer than the deadline
        read(backend(TinyBackend, options, Cassette(path, "record"), timeout_seconds=20))
    assert len(Cassette(path)) == 2
    played = backend(TinyBackend, options, Cassette(path), endpoint=DEAD, retries=0)
    with pytest.raises(errors.RateLimitError) as caught:
        read(played)
    assert caught.value.retry_after == 30


def test_what_was_not_recorded_is_not_asked_for(server, options, tmp_path):
    path = tmp_path / "tape.jsonl"
    read(backend(TinyBackend, options, Cassette(path, "record")))
    asked = len(server.requests)
    with pytest.raises(errors.BackendError, match="no answer was recorded for 'POST /ocr'"):
        read(backend(TinyBackend, options, Cassette(path)), OTHER)
    assert len(server.requests) == asked


def test_once_asks_for_what_is_missing(server, options, tmp_path):
    path = tmp_path / "tape.jsonl"
    for _ in range(2):
        for page in (ONE, OTHER):
            assert read(backend(TinyBackend, options, Cassette(path, "once")), page).text == "hello"
    assert len(server.requests_to("/ocr")) == 2


def test_pages_that_are_drawn_are_matched_by_order(server, options, tmp_path):
    path = tmp_path / "tape.jsonl"
    read(backend(TinyBackend, options, Cassette(path, "record")))
    played = backend(TinyBackend, options, Cassette(path, match="order"), endpoint=DEAD)
    assert read(played, OTHER).text == "hello"


def test_a_body_is_kept_whatever_it_is(server, options, tmp_path):
    path = tmp_path / "tape.jsonl"
    bodies = {"/text": "ä text", "/bytes": b"\xff\xfe\x00", "/html": faults.html()}
    for name, body in bodies.items():
        server.route("GET", name, body)
    tape = Transport("tiny", options(), recorder=Cassette(path, "record"))
    real = [tape.request("GET", name).body for name in bodies]
    played = Transport("tiny", options(endpoint=DEAD), recorder=Cassette(path))
    assert [played.request("GET", name).body for name in bodies] == real


def test_a_file_that_is_no_recording_is_said_to_be_none(tmp_path):
    with pytest.raises(errors.ConfigError, match="no such recording"):
        Cassette(tmp_path / "none.jsonl")
    (tmp_path / "bad.jsonl").write_text('{"what": 1}\n')
    with pytest.raises(errors.ConfigError, match="line 1"):
        Cassette(tmp_path / "bad.jsonl")
