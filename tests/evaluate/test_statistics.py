"""Intervals that hold the mean as often as they say, and differences that are some."""

from __future__ import annotations

import numpy as np
import pytest

from ocrkit.evaluate.statistics import chance_of, compared, holm, interval


def test_an_interval_holds_the_mean_nineteen_times_of_twenty() -> None:
    chance = np.random.default_rng(3)
    held = 0
    for _ in range(200):
        found = interval(chance.exponential(1.0, 60).tolist())
        assert found is not None
        held += found.low <= 1.0 <= found.high
    assert 178 <= held <= 200


def test_an_interval_of_few_pages_is_none() -> None:
    assert interval([0.1, 0.2, 0.3, 0.4]) is None
    same = interval([0.25] * 5)
    assert same is not None
    assert (same.low, same.high) == (0.25, 0.25)


def test_chance_alone_is_rarely_called_a_difference() -> None:
    chance = np.random.default_rng(5)
    called = sum(chance_of(chance.normal(0, 1, 30).tolist()) < 0.05 for _ in range(200))
    assert called <= 22


def test_a_small_difference_on_every_page_is_one() -> None:
    better = np.random.default_rng(1).uniform(0, 0.5, 40)
    (found,) = compared({"worse": (better + 0.01).tolist(), "better": better.tolist()})
    assert (found.first, found.second) == ("better", "worse")
    assert found.is_significant
    assert found.mean == pytest.approx(-0.01)
    assert found.interval is not None
    assert found.interval.high < 0


def test_the_same_is_no_difference() -> None:
    (found,) = compared({"one": [0.1] * 30, "other": [0.1] * 30})
    assert found.p == 1
    assert not found.is_significant


def test_few_pages_prove_nothing() -> None:
    assert chance_of([0.5, 0.5, 0.5]) > 0.2  # three coins fall the same way one time of four


def test_several_comparisons_are_held_to_more() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
