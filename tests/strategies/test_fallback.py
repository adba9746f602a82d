"""`fallback`: the next reader, where one cannot read a page."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

import ocrkit
from ocrkit.errors import (
    AuthenticationError,
    BackendUnavailableError,
    BudgetSpentError,
    CapabilityError,
    CircuitOpenError,
    ConfigError,
    QuotaError,
)
from ocrkit.strategies import Consensus, Fallback
from ocrkit.testing import FailingBackend, ScriptedBackend, draw_page, faults
from ocrkit.testing.google import GoogleServer

PAGE = draw_page(["The first line", "and the second"]).page
QUICK = {"retries": 0, "connect_timeout_seconds": 5, "proxy": "none"}


def settings(server, readers=("google", "null"), **strategy):
    return {
        "backends": {"google": {**server.options(), **QUICK}},
        "strategies": {"fallback": {"readers": list(readers), **strategy}},
    }


@pytest.fixture
def server():
    with GoogleServer(ScriptedBackend(["read by the service"])) as running:
        yield running
        assert running.errors == []


def read(backend="fallback", **arguments):
    with ocrkit.Ocr(backend, preprocess="none", **arguments) as ocr:
        return ocr.recognize(PAGE.pixels)[0]


def test_the_first_reader_answers(server):
    page = read(settings=settings(server))
    assert page.text == "read by the service"
    assert page.backend == "fallback"
    assert [line.read_by for line in page.lines] == ["google"]
    assert page.trace.cost.calls == 1
    assert page.warnings == ()


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        (faults.unavailable(), "BackendUnavailableError"),
        (faults.rate_limited(0.01), "RateLimitError"),
        (faults.truncated_json(), "BadResponseError"),
        (faults.reset(), "BackendUnavailableError"),
        (faults.slow(30), "BackendTimeoutError"),
    ],
)
def test_the_next_reader_answers_and_the_result_says_why(server, fault, why):
    server.fail(GoogleServer.path, fault)
    options = settings(server)
    options["backends"]["google"]["timeout_seconds"] = 1.0
    backend = Fallback("google", ScriptedBackend(["read on this machine"]))
    page = read(backend, settings=options)
    assert page.text == "read on this machine"
    assert [line.read_by for line in page.lines] == ["scripted"]
    decision = next(each for each in page.trace.decisions if each.topic == "fallback")
    assert decision.choice == "scripted"
    assert "google: " in decision.reason
    assert why in decision.reason
    assert "google: " in page.warnings[0]


def test_a_rejected_key_is_an_error_unless_told_otherwise(server):
    options = settings(server)
    options["backends"]["google"]["api_key"] = "AIza-wrong"
    with pytest.raises(AuthenticationError):
        read(settings=options)
    options["strategies"]["fallback"]["on_caller_errors"] = True
    assert read(settings=options).trace.decisions[0].choice == "null"


def test_a_reader_that_cannot_be_created_is_an_error_unless_told_otherwise():
    with pytest.raises(ConfigError, match="nonsense"):
        read(Fallback("nonsense", "null"))
    page = read(Fallback("nonsense", "null", on_caller_errors=True))
    assert "nonsense" in page.trace.decisions[0].reason


def test_an_open_circuit_is_not_waited_for(server):
    server.fail(GoogleServer.path, faults.unavailable(), times=2)
    options = settings(server)
    options["backends"]["google"] |= {"outages_before_pause": 2, "pause_seconds": 600}
    with ocrkit.Ocr("fallback", preprocess="none", settings=options) as ocr:
        pages = [ocr.recognize(PAGE.pixels)[0] for _ in range(3)]
    assert len(server.requests) == 2
    assert CircuitOpenError.__name__ in pages[2].trace.decisions[0].reason


def test_a_reader_that_does_not_support_the_request_is_passed_over(server):
    page = read(settings=settings(server), scene="receipt")
    assert page.trace.decisions[0].choice == "null"
    assert "scene 'receipt'" in page.trace.decisions[0].reason
    assert server.requests == ()


def test_what_no_reader_offers_is_refused_at_once():
    with pytest.raises(CapabilityError, match="scene 'receipt'"):
        read(Fallback("ppocr", "tesseract"), scene="receipt")


def test_the_error_names_all_readers_and_can_be_retried_if_one_of_them_can():
    down = FailingBackend(BackendUnavailableError("is down"))
    poor = FailingBackend(QuotaError("has no balance"))
    with pytest.raises(BackendUnavailableError, match=r"is down.*has no balance"):
        read(Fallback(down, poor))


def test_the_remote_rule_holds_for_readers(server):
    with pytest.raises(ConfigError, match=r"google.*allow_remote = false"):
        read(settings={**settings(server), "allow_remote": False})


def test_a_strategy_may_contain_strategies_and_not_itself(server):
    inner = Fallback(FailingBackend(), ScriptedBackend(["inner"]))
    assert read(Fallback(inner, "null")).lines[0].read_by == "scripted"
    with pytest.raises(ConfigError, match="refers to itself"):
        read(settings=settings(server, readers=["google", "fallback"]))


def test_objects_of_the_caller_are_not_closed():
    own = ScriptedBackend(["own"])
    read(Fallback(own))
    assert own.closed == 0


def test_the_fingerprint_changes_with_the_readers_and_their_options(server):
    def fingerprint(**changes):
        options = settings(server, **changes)
        options["backends"]["ppocr"] = {"threads": 1}
        with ocrkit.Ocr("fallback", settings=options) as ocr:
            return ocr.fingerprint

    assert fingerprint() == fingerprint()
    assert fingerprint() != fingerprint(readers=["null", "google"])
    assert fingerprint() == fingerprint(max_calls=3)


@pytest.mark.parametrize("limit", [{"max_calls": 3}, {"max_cost": 0.0049}])
def test_limits_hold_with_eight_threads(server, limit):
    with (
        ocrkit.Ocr("fallback", preprocess="none", settings=settings(server, **limit)) as ocr,
        ThreadPoolExecutor(8) as threads,
    ):
        pages = list(threads.map(lambda _: ocr.recognize(PAGE.pixels)[0], range(12)))
    assert len(server.requests) == 3
    assert sum(page.trace.cost is not None for page in pages) == 3
    refused = next(page for page in pages if page.trace.decisions[0].choice == "null")
    assert next(iter(limit)) in refused.trace.decisions[0].reason


def test_a_limit_of_costs_needs_prices_in_its_currency(server):
    options = settings(server, max_cost=1.0, currency="EUR")
    with pytest.raises(ConfigError, match=r"in EUR.*in USD.*\[backends.google\]"):
        read(settings=options)
    options["backends"]["google"] |= {"prices": {"*": 0.6}, "currency": "EUR"}
    assert read(settings=options).trace.cost.amount == 0.6


def test_a_ledger_counts_for_later_runs_and_keeps_what_a_killed_one_reserved(server, tmp_path):
    ledger = tmp_path / "runs" / "ledger"
    options = settings(server, max_cost=0.0045, ledger=str(ledger))
    assert read(settings=options).trace.cost is not None
    ledger.write_text(ledger.read_text() + "0.0015 1\n0.0")  # reserved, and killed while it wrote
    ledger.write_text(ledger.read_text() + "0 0\n")
    assert read(settings=options).trace.cost is not None
    assert read(settings=options).trace.cost is None
    assert len(server.requests) == 2


def test_a_call_that_was_refused_costs_nothing(server):
    server.fail(GoogleServer.path, faults.unavailable())
    with ocrkit.Ocr("fallback", preprocess="none", settings=settings(server, max_calls=1)) as ocr:
        assert ocr.recognize(PAGE.pixels)[0].trace.cost is None
        assert ocr.recognize(PAGE.pixels)[0].trace.cost is not None


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        ({}, r"\[strategies.fallback\]: readers is missing.*OCRKIT_STRATEGIES__FALLBACK__READERS"),
        ({"readers": []}, "readers"),
        ({"readers": ["null"], "reader": 1}, "did you mean|unknown key"),
        ({"readers": [3]}, "must be the name of a backend"),
    ],
)
def test_wrong_options(table, problem):
    with pytest.raises(ConfigError, match=problem):
        ocrkit.Ocr("fallback", settings={"strategies": {"fallback": table}})
    with pytest.raises(ConfigError, match="Fallback: "):
        Fallback(3)


def test_limits_of_a_process_are_refused_for_worker_processes(server, tmp_path):
    with pytest.raises(ConfigError, match=r"set `ledger` in \[strategies.fallback\]"):
        ocrkit.Ocr("fallback", settings={**settings(server, max_calls=1), "isolate": True})


@pytest.mark.long
def test_a_ledger_holds_for_worker_processes(server, tmp_path):
    options = settings(server, max_calls=2, ledger=str(tmp_path / "ledger"))
    with ocrkit.Ocr(
        "fallback", preprocess="none", settings={**options, "isolate": True, "workers": 2}
    ) as ocr:
        outcomes = list(ocr.recognize_many([PAGE.pixels] * 4))
    assert len(server.requests) == 2
    assert sum(outcome.document[0].trace.cost is not None for outcome in outcomes) == 2


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("ppocr", r"\[strategies.ppocr\]: 'ppocr' is no strategy.*\[backends.ppocr\]"),
        ("cascad", r"\[strategies.cascad\]: unknown strategy 'cascad'. Did you mean 'cascade'"),
    ],
)
def test_a_wrong_table_is_an_error(name, problem):
    with pytest.raises(ConfigError, match=problem):
        ocrkit.Ocr("null", settings={"strategies": {name: {}}})


@pytest.mark.parametrize("limit", [{"max_calls_per_page": 1}, {"max_cost_per_page": 0.002}])
def test_a_limit_of_a_page_begins_anew_with_each_page(server, limit):
    table = settings(server)["backends"]
    inner = Fallback("google", "null", **limit)
    with ocrkit.Ocr(Consensus(inner, inner), preprocess="none", settings={"backends": table}) as ocr:
        ocr.recognize(PAGE.pixels)
    assert len(server.requests) == 2  # each strategy counts for itself
    outer = Consensus("google", Fallback("google", "null"), **limit)
    with ocrkit.Ocr(outer, preprocess="none", settings={"backends": table}) as ocr:
        with pytest.raises(BudgetSpentError, match=r"_per_page = .* is reached.*\[strategies.consensus\]"):
            ocr.recognize(PAGE.pixels)
        with pytest.raises(BudgetSpentError):
            ocr.recognize(PAGE.pixels)
    assert len(server.requests) == 4


def test_the_error_of_a_limit_says_what_to_do(server, tmp_path):
    backend = Fallback("google", max_calls=0, ledger=tmp_path / "ledger")
    with pytest.raises(
        BudgetSpentError, match=r"raise max_calls in \[strategies.fallback\], or delete .*ledger"
    ):
        read(backend, settings={"backends": settings(server)["backends"]})


def test_a_strategy_inside_reserves_the_most_that_a_page_may_cost_and_counts_what_it_did(server):
    backends = {"backends": settings(server)["backends"]}
    outer = Fallback(Fallback(ScriptedBackend(["local"]), "google"), "null", max_cost=0.0015)
    with ocrkit.Ocr(outer, preprocess="none", settings=backends) as ocr:
        pages = [ocr.recognize(PAGE.pixels)[0] for _ in range(3)]
    assert [page.text for page in pages] == ["local"] * 3
    assert pages[0].trace.cost is None
    assert pages[0].trace.full_cost.amount == 0.0015


def test_what_a_strategy_inside_paid_before_it_failed_is_counted(server):
    backends = {"backends": settings(server)["backends"]}
    inner = Consensus("google", FailingBackend(BackendUnavailableError("is down")))
    outer = Fallback(inner, "null", max_calls=1)
    with ocrkit.Ocr(outer, preprocess="none", settings=backends) as ocr:
        assert [ocr.recognize(PAGE.pixels)[0].text for _ in range(2)] == ["", ""]
    assert len(server.requests) == 1
