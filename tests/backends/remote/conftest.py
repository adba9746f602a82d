"""A backend of the tiny service, which the tests of the transport use as well."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[2] / "http"))
from tiny import KEY, SECRET, TinyServer
from tiny_backend import TinyOptions


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
        return TinyOptions(**{**usual, **given})

    return make
