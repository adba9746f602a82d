"""What a batch paid, and a budget that holds when a run is killed and resumed."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from decimal import Decimal

import pytest
from typer.testing import CliRunner

import ocrkit
from ocrkit.batch import Batch
from ocrkit.cli import app
from ocrkit.errors import BudgetSpentError
from ocrkit.testing import ScriptedBackend, draw_image, until
from ocrkit.testing.google import GoogleServer

PRICE = Decimal("0.0015")
READ = """
import json, sys
import ocrkit
from ocrkit.batch import Batch
with ocrkit.Ocr(settings=ocrkit.Settings(**json.loads(sys.argv[1]))) as ocr:
    Batch(ocr, sys.argv[3]).run([sys.argv[2]])
"""


@pytest.fixture
def server():
    with GoogleServer(ScriptedBackend(["read by the service"])) as running:
        yield running


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "scans"
    folder.mkdir()
    for number in range(12):
        draw_image([f"page {number}"]).save(folder / f"{number:02}.png")
    return folder


def settings(server, **strategy):
    google = {**server.options(), "proxy": "none", "retries": 0, "max_concurrency": 8}
    return {
        "backend": "fallback",
        "preprocess": "none",
        "workers": 8,
        "backends": {"google": google},
        "strategies": {"fallback": {"readers": ["google", "null"], **strategy}},
    }


def test_the_report_says_what_was_paid_and_not_what_an_earlier_run_paid(server, folder, tmp_path):
    options = {**settings(server, max_calls=5), "cache": str(tmp_path / "cache")}
    with ocrkit.Ocr(settings=ocrkit.Settings(**options)) as ocr:
        report = Batch(ocr, tmp_path / "out").run([folder])
        assert report.progress.costs == {"USD": 0.0075}
        assert report.progress.paid_calls == 5
        assert report.progress.full_costs == {"USD": 0.018}
        assert "; 0.0075 USD for 5 calls (everything: 0.018 USD)" in report.summary
        again = Batch(ocr, tmp_path / "other").run([folder])
    assert again.progress.paid_calls == 0
    assert "; nothing paid (everything: 0.018 USD)" in again.summary


class HeldBackend(ScriptedBackend):
    """Reads two pages, and holds the others until it is released."""

    def __init__(self):
        super().__init__(["read by the service"])
        self.released = threading.Event()

    def recognize(self, page, request):
        result = super().recognize(page, request)
        if len(self.requests) > 2:
            self.released.wait()
        return result


def test_a_budget_holds_when_a_run_is_killed_and_resumed(folder, tmp_path):
    ledger, out, engine = tmp_path / "ledger", tmp_path / "out", HeldBackend()
    with GoogleServer(engine) as server:
        options = settings(server, max_cost=float(7 * PRICE), ledger=str(ledger))
        process = subprocess.Popen([sys.executable, "-c", READ, json.dumps(options), str(folder), str(out)])
        try:
            until(lambda: len(engine.requests) > 2 or process.poll() is not None, seconds=300)
            assert process.poll() is None, "the run ended before it was killed"
            assert len(engine.requests) > 2
        finally:
            process.kill()
            process.wait()
            engine.released.set()
        with ocrkit.Ocr(settings=ocrkit.Settings(**options)) as ocr:
            report = Batch(ocr, out).run([folder])
        assert report.progress.documents_done == 12
        assert len(server.requests) <= 7
    assert sum(Decimal(line.split()[0]) for line in ledger.read_text().splitlines()) == 7 * PRICE


def test_a_dry_run_prints_the_expected_costs_and_sends_nothing(server, folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    google = "\n".join(f"{key} = {json.dumps(value)}" for key, value in server.options().items())
    (tmp_path / "own.toml").write_text(f"[backends.google]\n{google}\n")
    options = ["--config", "own.toml", "-b", "google", "--preprocess", "none", "--dry-run"]
    result = CliRunner().invoke(app, ["batch", str(folder), "--out", "out", *options])
    assert result.exit_code == 0, result.output
    assert "12 pages to read in 12 documents" in result.output
    assert "0.018 USD" in result.output
    assert not (tmp_path / "out").exists()
    result = CliRunner().invoke(app, ["batch", str(folder), "--out", "out", *options, "--json"])
    assert json.loads(result.output)["readers"] == [
        {"name": "google", "calls": 12, "cost": 0.018, "currency": "USD"}
    ]
    result = CliRunner().invoke(app, ["read", str(folder / "00.png"), *options])
    assert "everything by the paid backend: 0.0015 USD" in result.output
    assert server.requests == ()


def test_a_batch_ends_at_its_limit_and_a_later_run_reads_the_rest(server, folder, tmp_path):
    def run(limit):
        options = settings(server, readers=["google"], max_calls=limit)
        with ocrkit.Ocr(settings=ocrkit.Settings(**options)) as ocr:
            return Batch(ocr, tmp_path / "out").run([folder])

    with pytest.raises(BudgetSpentError, match="max_calls = 5 is reached"):
        run(5)
    assert run(7).progress.documents_done == 12  # no page counts as failed
    assert len(server.requests) == 12
