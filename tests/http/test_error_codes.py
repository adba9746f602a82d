"""Error tables, statuses, headers, redaction."""

from __future__ import annotations

import json
from email.utils import format_datetime

import pytest

from ocrkit import errors
from ocrkit.http import ErrorDetails, ErrorTable, Response, Secrets, rows

TABLE = ErrorTable(
    rows(errors.AuthenticationError, "look at the console", "Auth*", 14),
    rows(errors.QuotaError, "pay", "AuthFailure.NoMoney"),
    rows(errors.RateLimitError, "", "Busy"),
    rows(None, "", "Empty"),
)


def test_the_exact_code_wins_and_then_the_longest_prefix():
    assert isinstance(TABLE.error("AuthFailure.NoMoney", "no"), errors.QuotaError)
    assert isinstance(TABLE.error("AuthFailure.Other", "no"), errors.AuthenticationError)
    assert isinstance(TABLE.error(14, "no"), errors.AuthenticationError)
    assert type(TABLE.error("4711", "no")) is errors.BackendError


def test_an_error_has_code_message_and_advice():
    error = TABLE.error(14, "IAM failed.", request_id="r-1")
    assert str(error) == "code 14: IAM failed; look at the console (request r-1)"
    assert TABLE.error("Busy", "", retry_after=3).retry_after == 3
    assert TABLE.error(None).message


def test_a_code_may_mean_an_empty_result():
    assert TABLE.means_empty("Empty")
    assert not TABLE.means_empty("Busy")
    assert not TABLE.means_empty(None)


def test_a_table_contains_exact_codes_and_prefixes():
    assert 14 in TABLE
    assert "AuthFailure.Other" in TABLE
    assert "Other" not in TABLE


def error_of(answer):
    return ErrorDetails(answer["error"]["code"], answer["error"].get("message"), answer.get("id"))


def response(status, answer, **headers):
    return Response(status, headers, json.dumps(answer).encode())


@pytest.mark.parametrize(
    ("status", "answer", "kind", "says"),
    [
        (
            400,
            {"error": {"code": "Auth7", "message": "no"}},
            errors.AuthenticationError,
            "code Auth7: no; look at",
        ),
        (200, {"error": {"code": "Busy"}}, errors.RateLimitError, "code Busy"),
        (200, {"error": {"code": "new"}}, errors.BackendError, "code new"),
        (
            502,
            {"error": {"code": "new", "message": "down"}},
            errors.BackendUnavailableError,
            "502.*code new: down",
        ),
        (503, {"message": "no code"}, errors.BackendUnavailableError, "503"),
        (401, ["unexpected"], errors.AuthenticationError, "401"),
    ],
)
def test_checks_the_error_in_a_json_response(status, answer, kind, says):
    with pytest.raises(errors.BackendError, match=says) as caught:
        TABLE.check(response(status, answer), error_of)
    assert type(caught.value) is kind


def test_a_checked_error_has_the_request_id_and_the_wait():
    answer = response(429, {"error": {"code": "Busy"}, "id": "r-5"}, **{"retry-after": "3"})
    with pytest.raises(errors.RateLimitError) as caught:
        TABLE.check(answer, error_of)
    assert (caught.value.request_id, caught.value.retry_after) == ("r-5", 3)
    with pytest.raises(errors.RateLimitError) as caught:
        TABLE.check(answer, error_of, retry_after=0.5)
    assert caught.value.retry_after == 0.5


def test_an_unknown_code_keeps_what_the_service_says():
    answer = response(400, {"error": {"code": "new", "message": "a new rule"}, "id": "r-6"})
    with pytest.raises(errors.BackendError, match="code new: a new rule") as caught:
        TABLE.check(answer, error_of)
    assert caught.value.request_id == "r-6"
    assert "a new rule" in repr(caught.value)


@pytest.mark.parametrize("answer", [{"lines": []}, {"error": {"code": "Empty"}}, {"error": None}, []])
def test_a_success_and_an_empty_result_pass(answer):
    TABLE.check(response(200, answer), error_of)


@pytest.mark.parametrize(
    ("status", "kind"), [(200, errors.BadResponseError), (504, errors.BackendTimeoutError)]
)
def test_a_response_that_is_not_json_has_the_error_of_its_status(status, kind):
    with pytest.raises(kind):
        TABLE.check(Response(status, {}, b"<html>"), error_of)


def test_iterates_over_its_rows_and_rejects_a_duplicate_code():
    assert [row.code for row in TABLE] == ["Auth*", "14", "AuthFailure.NoMoney", "Busy", "Empty"]
    with pytest.raises(ValueError, match="twice"):
        ErrorTable(rows(None, "", 1), rows(None, "", "1"))


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, errors.BackendError),
        (401, errors.AuthenticationError),
        (402, errors.QuotaError),
        (403, errors.AuthenticationError),
        (408, errors.BackendTimeoutError),
        (413, errors.CapabilityError),
        (429, errors.RateLimitError),
        (500, errors.BackendUnavailableError),
        (504, errors.BackendTimeoutError),
    ],
)
def test_every_status_has_its_error(status, kind):
    with pytest.raises(kind) as caught:
        Response(status, {"x-request-id": "r-1", "retry-after": "7"}).raise_for_status()
    assert caught.value.request_id == "r-1"
    assert getattr(caught.value, "retry_after", 7) == 7


def test_retry_after_may_be_a_date():
    import datetime as dt

    then = dt.datetime.now(dt.timezone.utc) + dt.timedelta(hours=1)
    assert 3000 < Response(429, {"retry-after": format_datetime(then, usegmt=True)}).retry_after <= 3600
    assert Response(429, {"retry-after": "soon"}).retry_after is None
    assert Response(429).retry_after is None


@pytest.mark.parametrize(
    "text",
    [
        "GET https://x/y?access_token=24.6c5e&a=b failed",
        "https://x/?client_id=abc123&client_secret=zzz999",
        "Authorization: Bearer abcdef.ghijkl",
        "proxy http://user:hunter22@proxy:3128",
    ],
)
def test_redacts_what_looks_like_a_secret(text):
    cleaned = Secrets().redact(text)
    for secret in ("24.6c5e", "abc123", "zzz999", "abcdef.ghijkl", "hunter22"):
        assert secret not in cleaned
    assert "***" in cleaned
