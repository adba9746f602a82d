"""The tiny service and its options."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from tiny import KEY, SECRET, TinyClient, TinyConnection, TinySdkClient, TinyServer


@pytest.fixture
def server():
    with TinyServer() as made:
        yield made
    assert made.errors == []


@pytest.fixture
def options(server):
    def make(**given):
        usual = {
            "endpoint": server.url,
            "key": KEY,
            "secret": SECRET,
            "retry_wait_seconds": 0.001,
            "proxy": "none",
        }
        return TinyConnection(**{**usual, **given})

    return make


@pytest.fixture(params=[TinyClient, TinySdkClient], ids=["own http", "sdk"])
def client_class(request):
    return request.param
