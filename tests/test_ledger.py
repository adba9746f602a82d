"""Counts of money and calls, also those of an account in all runs."""

from __future__ import annotations

from decimal import Decimal

import pytest

import ocrkit
from ocrkit.errors import BudgetSpentError, ConfigError, QuotaError
from ocrkit.ledger import Amount, Counter, Limits, paying
from ocrkit.testing import ScriptedBackend, draw_page
from ocrkit.testing.google import GoogleServer

PAGE = draw_page(["A line"]).page
ONE = Amount(Decimal("0.5"), 1)


def test_a_counter_lends_what_is_left_and_counts_only_what_is_limited():
    counter = Counter(Limits(max_calls=3))
    assert counter.lend(Amount(Decimal(7), 2)) == Amount(Decimal(0), 2)
    assert counter.lend(Amount(Decimal(7), 2)).calls == 1
    assert counter.lend(Amount(Decimal(7), 2)).calls == 0
    assert counter.spent == Amount(Decimal(0), 3)


def test_a_deleted_ledger_begins_a_new_count(tmp_path):
    counter = Counter(Limits(max_calls=1), tmp_path / "ledger")
    counter.reserve(ONE)
    with pytest.raises(BudgetSpentError, match=r"max_calls = 1 is reached: 1 calls .* delete .*ledger"):
        counter.reserve(ONE)
    (tmp_path / "ledger").unlink()
    counter.reserve(ONE)


def test_a_refused_call_is_taken_back_everywhere():
    run, page = Counter(Limits()), Counter(Limits(max_calls=1))
    with pytest.raises(QuotaError), paying((page, run), ONE):
        raise QuotaError("no balance")
    assert run.spent == page.spent == Amount()
    with paying((run, page), ONE) as paid:
        paid.append(Amount(Decimal("0.4"), 1))
    with pytest.raises(BudgetSpentError), paying((run, page), ONE):
        pass
    assert run.spent == page.spent == Amount(Decimal("0.4"), 1)


@pytest.mark.parametrize("limit", [{"max_calls": 2}, {"max_cost": 0.003}])
def test_the_limit_of_an_account_holds_for_all_runs(tmp_path, limit):
    with GoogleServer(ScriptedBackend(["read"])) as server:
        table = {**server.options(), "proxy": "none", "ledger": str(tmp_path / "ledger"), **limit}
        for _ in range(2):
            with ocrkit.Ocr("google", preprocess="none", settings={"backends": {"google": table}}) as ocr:
                assert ocr.recognize(PAGE.pixels)[0].text == "read"
        with ocrkit.Ocr("google", preprocess="none", settings={"backends": {"google": table}}) as ocr:
            with pytest.raises(BudgetSpentError, match=r"in \[backends.google\], or delete"):
                ocr.recognize(PAGE.pixels)
            assert "of these calls" in str(ocr.estimate([PAGE.pixels]).limits) or "max_cost" in limit
        assert len(server.requests) == 2


def test_limits_of_an_account_need_a_ledger():
    with pytest.raises(ConfigError, match=r"\[backends.google\]: .*need `ledger`"):
        ocrkit.Ocr("google", settings={"backends": {"google": {"api_key": "x", "max_calls": 3}}})
