"""What a page costs."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from ocrkit.backends.aws import AwsBackend, AwsOptions
from ocrkit.backends.google import GoogleBackend, GoogleOptions
from ocrkit.backends.mistral import MistralBackend
from ocrkit.backends.remote import PriceList
from ocrkit.document import Document
from ocrkit.request import Request
from ocrkit.result import Cost
from ocrkit.testing import ScriptedBackend
from ocrkit.testing.google import GoogleServer
from ocrkit.testing.samples import blank_page

LIST = PriceList({"read": 0.002, "table": 0.01}, currency="EUR", as_of="2031-01-01")


@pytest.mark.parametrize(
    ("charged", "own", "cost"),
    [
        (["read"], {}, Cost(amount=0.002, currency="EUR", calls=1)),
        (["read", "table"], {}, Cost(amount=0.012, currency="EUR", calls=2)),
        (["read", "card"], {}, None),
        (["card"], {"*": 0.5}, Cost(amount=0.5, currency="EUR", calls=1)),
        (["read"], {"read": 0.0}, Cost(amount=0.0, currency="EUR", calls=1)),
        (["table"], {"read": 1.0}, None),
        ([], {}, None),
    ],
)
def test_adds_the_prices_of_all_calls(charged, own, cost):
    assert LIST.cost(charged, own) == cost


def test_prices_of_the_user_have_their_own_currency():
    assert LIST.cost(["read"], {"read": 2.0}, "CNY") == Cost(amount=2.0, currency="CNY", calls=1)


def test_without_a_price_the_cost_is_unknown():
    assert PriceList().cost(["read"], {}) is None


@pytest.mark.parametrize("wrong", [{"prices": {"read": -1}}, {"currency": "euro"}])
def test_rejects_impossible_prices(wrong):
    with pytest.raises(ValidationError):
        GoogleOptions(**wrong)


def test_a_result_says_what_its_page_cost():
    with GoogleServer(ScriptedBackend(["hello"])) as server:
        given = {**server.options(), "proxy": "none"}
        page = blank_page()
        backend = GoogleBackend(GoogleOptions(**given))
        result = backend.recognize(page, Request())
        assert result.trace.cost == Cost(amount=0.0015, currency="USD", calls=1)
        assert "cost: 0.0015 USD, 1 call" in Document(page_count=1, pages=(result,)).explain()
        assert backend.recognize(blank_page(4, 4), Request()).trace.cost is None
        own = GoogleBackend(GoogleOptions(**given, prices={"*": 0.01}, currency="EUR"))
        assert own.recognize(page, Request()).trace.cost == Cost(amount=0.01, currency="EUR", calls=1)


def test_each_feature_of_a_call_may_have_its_price():
    backend = AwsBackend(AwsOptions(region="eu-west-1", features=("forms",)))
    call = backend.choose(Request(scene="table"))
    assert backend.charged(call) == ("TABLES", "FORMS")
    assert backend.prices.cost(backend.charged(call), {}) == Cost(amount=0.065, currency="USD", calls=2)
    layout = AwsBackend(AwsOptions(region="eu-west-1", features=("layout",)))
    assert layout.prices.cost(layout.charged(layout.choose(Request())), {}) is None


@pytest.mark.parametrize("kind", [GoogleBackend, AwsBackend, MistralBackend])
def test_list_prices_are_dated_and_have_a_source(kind):
    assert kind.prices.per_call
    assert kind.prices.as_of >= "2026"
    assert kind.prices.source.startswith("https://")
