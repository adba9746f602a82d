"""What documents would cost, before anything is sent."""

from __future__ import annotations

import pytest

import ocrkit
from ocrkit.batch import Batch
from ocrkit.errors import ConfigError
from ocrkit.strategies import Cascade, Consensus, Fallback
from ocrkit.testing import ScriptedBackend, draw_image
from ocrkit.testing.google import GoogleServer


@pytest.fixture
def server():
    with GoogleServer(ScriptedBackend(["read by the service"])) as running:
        yield running


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "scans"
    folder.mkdir()
    for number in range(6):
        draw_image([f"page {number}"]).save(folder / f"{number}.png")
    return folder


def ocr(server, backend="google", **settings):
    google = {**server.options(), "proxy": "none", "retries": 0}
    return ocrkit.Ocr(backend, preprocess="none", settings={"backends": {"google": google}, **settings})


def test_a_paid_backend(server, folder):
    with ocr(server) as reader:
        found = reader.estimate(sorted(folder.iterdir()))
    (paid,) = found.readers
    assert (paid.name, paid.calls, paid.cost, paid.currency) == ("google", 6, 0.009, "USD")
    assert (found.documents, found.pages, found.examined, found.sent) == (6, 6, 6, 6)
    assert found.full_costs[0].amount == 0.009
    assert server.requests == ()


def test_the_rest_is_extrapolated_from_pages_that_are_spread_evenly(server, folder):
    with ocr(server) as reader:
        found = reader.estimate(sorted(folder.iterdir()), examined=2)
    assert (found.examined, found.readers[0].calls) == (2, 6)
    assert any("other 4 pages" in text for text in found.assumptions)


def test_a_local_backend_costs_nothing(folder):
    with ocrkit.Ocr("null") as reader:
        found = reader.estimate(sorted(folder.iterdir()))
    assert (found.pages, found.readers, found.examined) == (6, (), 0)
    assert "nothing is paid" in found.assumptions[0]


def test_only_doubtful_pages_of_a_cascade_are_counted(server, folder):
    class Local(ScriptedBackend):
        """Is sure of every page but those with an odd number of calls."""

        def recognize(self, page, request):
            result = super().recognize(page, request)
            sure = self.calls_so_far % 2
            self.calls_so_far += 1
            line = result.lines[0]
            words = tuple(
                word.model_copy(update={"confidence": 0.99 if sure else 0.1}) for word in line.words
            )
            block = result.blocks[0].with_lines([line.model_copy(update={"words": words})])
            return result.model_copy(update={"blocks": (block,)})

        calls_so_far = 0

    with ocr(server, Cascade(first=Local(["page 1"]), then="google")) as reader:
        found = reader.estimate(sorted(folder.iterdir()))
    assert (found.readers[0].calls, found.sent) == (3, 3)
    assert found.full_costs[0].amount == 0.009
    assert server.requests == ()


@pytest.mark.parametrize(
    ("strategy", "calls"),
    [
        (Fallback("google", "ppocr"), 6),
        (Fallback("ppocr", "google"), 0),
        (Consensus("ppocr", "google"), 6),
        (Fallback(Consensus("ppocr", "google"), "null"), 6),
    ],
)
def test_local_readers_do_not_read_where_nothing_depends_on_them(server, folder, strategy, calls):
    with ocr(server, strategy) as reader:
        found = reader.estimate(sorted(folder.iterdir()))
    assert sum(each.calls for each in found.readers) == calls
    assert server.requests == ()


def test_pages_of_the_cache_and_of_an_earlier_run_are_not_counted(server, folder, tmp_path):
    with ocr(server, cache=str(tmp_path / "cache")) as reader:
        reader.recognize(folder / "0.png")
        assert reader.estimate(sorted(folder.iterdir())).cached == 1
        Batch(reader, tmp_path / "out").run([folder / "0.png", folder / "1.png"])
        sent = len(server.requests)
        found = Batch(reader, tmp_path / "out").estimate([folder])
        assert (found.finished, found.pages, found.cached) == (2, 4, 0)
        assert not (tmp_path / "other").exists()
        Batch(reader, tmp_path / "other").estimate([folder])
        assert not (tmp_path / "other").exists()
        assert len(server.requests) == sent
        reader.recognize(folder / "5.png")  # the stand-ins wrote nothing into the cache
        assert len(server.requests) == sent + 1


def test_limits_that_would_be_reached_are_named(server, folder, tmp_path):
    (tmp_path / "ledger").write_text("0.0015 1\n")
    strategy = Fallback("google", "null", max_calls=4, max_cost=0.006, ledger=str(tmp_path / "ledger"))
    with ocr(server, strategy) as reader:
        found = reader.estimate(sorted(folder.iterdir()))
    assert "max_calls = 4 in [strategies.fallback] allows 3 of these calls" in found.limits
    assert "allows 0.0045 USD of this cost" in found.limits[1]
    assert (tmp_path / "ledger").read_text() == "0.0015 1\n"


def test_a_backend_without_a_known_price_says_so(folder):
    options = {"secret_id": "x", "secret_key": "y"}
    with ocrkit.Ocr("tencent", settings={"backends": {"tencent": options}}) as reader:
        found = reader.estimate(sorted(folder.iterdir()))
    assert (found.readers[0].calls, found.readers[0].cost, found.full_costs) == (6, None, ())


def test_documents_that_cannot_be_opened_are_listed(server, tmp_path):
    (tmp_path / "broken.png").write_bytes(b"no image")
    with ocr(server) as reader:
        found = reader.estimate([tmp_path / "broken.png"])
    assert "broken.png" in found.unreadable[0]


def test_a_strategy_object_has_its_readers_already(server, folder):
    with ocr(server, Fallback("google")) as inner:
        ready = inner.backend
        with (
            ocrkit.Ocr(ready) as reader,
            pytest.raises(ConfigError, match=r"pass a description such as `Fallback\(…\)`"),
        ):
            reader.estimate([folder / "0.png"])
