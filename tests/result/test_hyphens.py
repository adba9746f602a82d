"""A hyphen at the end of a line is removed only where one word is the only reading."""

from __future__ import annotations

import importlib.util

import pytest

from ocrkit.result.hyphens import is_line_break_hyphen
from ocrkit.word_frequency import word_frequency

HAS_LISTS = importlib.util.find_spec("wordfreq") is not None


def joined(divided, language, **options):
    return is_line_break_hyphen(*divided.split("/"), frozenset(), language, **options)


@pytest.mark.parametrize(
    ("language", "divided"),
    [
        ("en", "govern-/ment"),
        ("en-GB", "bureau-/cratic"),
        ("de", "Schiffs-/fahrt"),
        ("de", "ge-/gangen"),
        ("sv", "färj-/karlen"),
        ("es", "comuni-/dad"),
        ("it", "tra-/ghetto"),
    ],
)
@pytest.mark.parametrize("has_lists", [True, False])
def test_one_word_is_joined_with_and_without_word_lists(language, divided, has_lists):
    frequency = word_frequency if has_lists else lambda word, language: None
    assert joined(divided, language, frequency=frequency)


@pytest.mark.skipif(not HAS_LISTS, reason="needs ocrkit[spelling]")
@pytest.mark.parametrize(
    ("language", "divided"),
    [("en", "negoti-/ating"), ("en", "re-/port"), ("fr", "commu-/nauté"), ("pt", "comuni-/dade")],
)
def test_word_lists_know_more_words(language, divided):
    assert joined(divided, language)
    assert not joined(divided, language, frequency=lambda word, language: None)


@pytest.mark.parametrize(
    ("language", "divided"),
    [
        ("en", "well-/known"),
        ("en", "re-/elected"),
        ("en", "co-/operation"),
        ("en", "twenty-/one"),
        ("en", "X-/ray"),
        ("en", "mother-/in-law"),
        ("en", "Anglo-/Saxon"),
        ("de", "Vor-/und Nachteile"),
        ("fr", "grand-/mère"),
        ("pt", "fazê-/lo"),
        ("ru", "кто-/то"),
        ("ru", "из-/за"),
        ("ru", "что-/то"),
        ("de", "US-/amerikanisch"),
        ("nl", "PC-/gebruiker"),
        ("sv", "TV-/serie"),
    ],
)
def test_a_compound_keeps_its_hyphen(language, divided):
    assert not joined(divided, language)
    assert not joined(divided, language, frequency=lambda word, language: None)
