"""Limits of costs that hold for all workers of a run, which share no storage."""

from __future__ import annotations

import json
import subprocess
import sys
from decimal import Decimal

import pytest

import ocrkit
from ocrkit.ledger import Amount
from ocrkit.testing import ScriptedBackend, draw_image
from ocrkit.testing.google import GoogleServer


@pytest.fixture(autouse=True)
def _with_ray(require_module):
    require_module("ray")


@pytest.fixture
def server():
    with GoogleServer(ScriptedBackend(["read by the service"])) as running:
        yield running


def tables(server, limits=None, account=None):
    google = {**server.options(), "proxy": "none", "retries": 0, **(account or {})}
    return {
        "backend": "fallback",
        "preprocess": "none",
        "backends": {"google": google},
        "strategies": {"fallback": {"readers": ["google", "null"], **(limits or {})}},
    }


def settings(server, limits=None, account=None):
    return ocrkit.Settings(**tables(server, limits, account))


def limits_of(chosen):
    from ocrkit.distributed.shared_budget import shared_limits

    with ocrkit.Ocr(settings=chosen) as ocr:
        return shared_limits(chosen, ocr.backend)


def asking(keeper):
    return lambda method, *arguments: getattr(keeper, method)(*arguments)


def test_a_strategy_and_an_account_have_limits(server, tmp_path):
    account = {"max_calls": 9, "ledger": str(tmp_path / "account")}
    found = {each.key: each for each in limits_of(settings(server, {"max_cost": 1.0}, account))}
    assert found["strategies.fallback"].most == Amount(Decimal("0.0015"), 1)
    assert found["strategies.fallback"].ledger is None
    assert found["backends.google"].limits.max_calls == 9
    assert limits_of(settings(server)) == ()


@pytest.mark.parametrize("limit", [{"max_calls": 3}, {"max_cost": 0.0045}])
def test_two_workers_spend_no_more_than_the_run_may(server, tmp_path, limit):
    from ocrkit.distributed.shared_budget import BudgetKeeper, Purse

    chosen = settings(server, {**limit, "ledger": str(tmp_path / "run")})
    limits = limits_of(chosen)
    keeper = BudgetKeeper(limits)
    purses = [Purse(asking(keeper), limits) for _ in range(2)]
    image = tmp_path / "page.png"
    draw_image(["a page"]).save(image)
    workers = [ocrkit.Ocr(settings=purse.settings(chosen)) for purse in purses]
    paid = 0
    for turn in range(8):
        with purses[turn % 2].for_page():
            paid += workers[turn % 2].recognize(image)[0].trace.cost is not None
    assert paid == len(server.requests) == 3
    lines = [line.split() for line in (tmp_path / "run").read_text().splitlines()]
    assert sum(int(calls) for _, calls in lines) == 3
    assert sum(Decimal(cost) for cost, _ in lines) == Decimal("0.0045")
    for each in (*workers, *purses):
        each.close()


def test_what_a_lost_worker_had_borrowed_counts_as_spent(server):
    from ocrkit.distributed.shared_budget import BudgetKeeper

    limits = limits_of(settings(server, {"max_calls": 2}))
    keeper = BudgetKeeper(limits)
    assert keeper.lend()["strategies.fallback"].calls == 1  # and never returned
    assert keeper.lend()["strategies.fallback"].calls == 1
    assert keeper.lend()["strategies.fallback"].calls == 0
    keeper.take_back({"strategies.fallback": Amount(calls=1)})
    assert keeper.lend()["strategies.fallback"].calls == 1


def test_readers_of_a_strategy_get_their_share_of_the_rate(server):
    from ocrkit.distributed.quota import settings_for_actor

    chosen = settings(server, account={"requests_per_second": 8, "max_concurrency": 4})
    with ocrkit.Ocr(settings=chosen) as ocr:
        share = settings_for_actor(chosen, ocr.backend, 4).backends["google"]
    assert (share["requests_per_second"], share["max_concurrency"]) == (2, 1)
    assert share["api_key"] == chosen.backends["google"]["api_key"]


READ = """
import json, sys
import ocrkit
from ocrkit.distributed import connected, recognize_into
with connected("local"):
    recognize_into(sys.argv[3], [sys.argv[2]], ocrkit.Settings(**json.loads(sys.argv[1])), workers=2)
"""


@pytest.mark.long
def test_a_limit_holds_for_the_actors_of_a_cluster_and_for_a_resumed_run(server, tmp_path, ray_environment):
    folder = tmp_path / "scans"
    folder.mkdir()
    for number in range(6):
        draw_image([f"page {number}"]).save(folder / f"{number}.png")
    limits = {"max_calls": 3, "ledger": str(tmp_path / "ledger")}

    def run(out):
        text = json.dumps(tables(server, limits))
        command = [sys.executable, "-c", READ, text, str(folder), str(tmp_path / out)]
        return subprocess.run(command, env=ray_environment, capture_output=True, text=True, check=False)

    assert (done := run("out")).returncode == 0, done.stderr
    assert len(server.requests) == 3
    assert sum(int(line.split()[1]) for line in (tmp_path / "ledger").read_text().splitlines()) == 3
    assert (done := run("other")).returncode == 0, done.stderr
    assert len(server.requests) == 3
