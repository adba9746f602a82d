"""Answers that are recorded and replayed."""

from __future__ import annotations

import json

import pytest
from tiny import KEY, SECRET, TOKEN, TinyClient

from ocrkit import errors
from ocrkit.http import Transport
from ocrkit.testing import Answer, Cassette, faults

ONE, OTHER = b"\x89PNG one", b"\x89PNG other"
DEAD = "http://127.0.0.1:9"


def test_an_archive_is_read_again_without_the_service(server, options, client_class, tmp_path):
    path = tmp_path / "answers.jsonl"
    texts = iter(["first", "second"])
    server.route("POST", "/ocr", lambda _: {"lines": [{"text": next(texts)}]})
    recording = client_class(options(), Cassette(path, "record"))
    assert [recording.read(content).texts for content in (ONE, OTHER)] == [["first"], ["second"]]
    sent = len(server.requests)

    replay = client_class(options(endpoint=DEAD), Cassette(path))
    texts = [replay.read(content).texts for content in (OTHER, ONE, ONE)]
    assert texts == [["second"], ["first"], ["first"]]
    assert len(server.requests) == sent


def test_no_secret_is_recorded(server, options, client_class, tmp_path):
    path = tmp_path / "answers.jsonl"
    server.fail("/ocr", Answer({"error": 17, "message": f"{SECRET} of {KEY} with {TOKEN}"}))
    client = client_class(options(), Cassette(path, "record"))
    with pytest.raises(errors.QuotaError):
        client.read()
    client.read()
    recorded = path.read_text()
    assert recorded.count("\n") >= 2
    assert not [secret for secret in (KEY, SECRET, TOKEN) if secret in recorded]


def test_errors_are_replayed(server, options, client_class, tmp_path):
    path = tmp_path / "answers.jsonl"
    server.fail("/ocr", Answer({"error": 2}), times=2)
    server.fail("/ocr", Answer({"error": 17, "id": "r-5"}))
    with pytest.raises(errors.QuotaError):
        client_class(options(), Cassette(path, "record")).read()
    with pytest.raises(errors.QuotaError, match="buy a package") as caught:
        client_class(options(endpoint=DEAD), Cassette(path)).read()
    assert caught.value.request_id == "r-5"


def test_retries_are_replayed_as_they_were(server, options, tmp_path):
    path = tmp_path / "answers.jsonl"
    server.fail("/ocr", Answer({"error": 111}), faults.rate_limited(3000))
    server.route("POST", "/ocr", {"id": "r-1", "lines": []})
    with pytest.raises(errors.RateLimitError):  # the wait is longer than the deadline
        TinyClient(options(), Cassette(path, "record")).read()
    assert len(Cassette(path)) == 2
    with pytest.raises(errors.RateLimitError) as caught:
        TinyClient(options(endpoint=DEAD, retries=0), Cassette(path)).read()
    assert caught.value.retry_after == 3000


def test_replaying_sends_nothing(server, options, tmp_path):
    path = tmp_path / "answers.jsonl"
    TinyClient(options(), Cassette(path, "record")).read(ONE)
    sent = len(server.requests)
    with pytest.raises(errors.BackendError, match="no answer was recorded for 'POST /ocr'"):
        TinyClient(options(), Cassette(path)).read(OTHER)
    assert len(server.requests) == sent


def test_mode_once_sends_what_is_not_recorded(server, options, tmp_path):
    path = tmp_path / "answers.jsonl"
    for _ in range(2):
        for content in (ONE, OTHER):
            assert TinyClient(options(), Cassette(path, "once")).read(content).texts == ["hello"]
    assert len(server.requests_to("/ocr")) == 2


def test_answers_can_be_matched_by_order(options, tmp_path):
    path = tmp_path / "answers.jsonl"
    TinyClient(options(), Cassette(path, "record")).read(ONE)
    replay = TinyClient(options(endpoint=DEAD), Cassette(path, match="order"))
    assert replay.read(OTHER).texts == ["hello"]


def test_any_body_is_recorded(server, options, tmp_path):
    path = tmp_path / "answers.jsonl"
    bodies = {"/text": "ä text", "/bytes": b"\xff\xfe\x00", "/html": faults.html()}
    for name, body in bodies.items():
        server.route("GET", name, body)
    recording = Transport("tiny", options(), recorder=Cassette(path, "record"))
    real = [recording.request("GET", name).body for name in bodies]
    replay = Transport("tiny", options(endpoint=DEAD), recorder=Cassette(path))
    assert [replay.request("GET", name).body for name in bodies] == real


def test_reads_a_recording_of_an_earlier_version(options, tmp_path):
    """The format of the file is kept: answers were paid for."""
    path = tmp_path / "answers.jsonl"
    reply = {"status": 200, "headers": {}, "json": {"id": "r-1", "lines": [{"text": "kept"}]}}
    path.write_text(json.dumps({"what": "POST /ocr", "page": ONE.hex(), "reply": reply}) + "\n")
    assert TinyClient(options(endpoint=DEAD), Cassette(path)).read(ONE).texts == ["kept"]


def test_reports_a_missing_or_invalid_recording(tmp_path):
    with pytest.raises(errors.ConfigError, match="no such recording"):
        Cassette(tmp_path / "none.jsonl")
    (tmp_path / "bad.jsonl").write_text('{"what": 1}\n')
    with pytest.raises(errors.ConfigError, match="line 1"):
        Cassette(tmp_path / "bad.jsonl")
