"""Confidence intervals cover the mean as often as they claim; tests rarely find differences by chance."""

from __future__ import annotations

import numpy as np
import pytest

from ocrkit.evaluate.statistics import (
    bootstrap_interval,
    compare_pairwise,
    holm_correction,
    permutation_p_value,
)


def test_an_interval_covers_the_mean_about_19_times_in_20() -> None:
    rng = np.random.default_rng(3)
    covered = 0
    for _ in range(200):
        found = bootstrap_interval(rng.exponential(1.0, 60).tolist())
        assert found is not None
        covered += found.low <= 1.0 <= found.high
    assert 178 <= covered <= 200


def test_there_is_no_interval_for_fewer_than_five_pages() -> None:
    assert bootstrap_interval([0.1, 0.2, 0.3, 0.4]) is None
    found = bootstrap_interval([0.25] * 5)
    assert found is not None
    assert (found.low, found.high) == (0.25, 0.25)


def test_a_difference_by_chance_is_rarely_significant() -> None:
    rng = np.random.default_rng(5)
    significant = sum(permutation_p_value(rng.normal(0, 1, 30).tolist()) < 0.05 for _ in range(200))
    assert significant <= 22


def test_a_small_difference_on_every_page_is_significant() -> None:
    better = np.random.default_rng(1).uniform(0, 0.5, 40)
    (found,) = compare_pairwise({"worse": (better + 0.01).tolist(), "better": better.tolist()})
    assert (found.first, found.second) == ("better", "worse")
    assert found.is_significant
    assert found.mean == pytest.approx(-0.01)
    assert found.interval is not None
    assert found.interval.high < 0


def test_equal_systems_have_no_significant_difference() -> None:
    (found,) = compare_pairwise({"one": [0.1] * 30, "other": [0.1] * 30})
    assert found.p == 1
    assert not found.is_significant


def test_three_pages_are_too_few_for_a_significant_difference() -> None:
    assert permutation_p_value([0.5, 0.5, 0.5]) > 0.2  # three random signs agree one time in four


def test_p_values_are_corrected_for_the_number_of_comparisons() -> None:
    assert holm_correction([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm_correction([0.9, 0.8]) == [1.0, 1.0]
