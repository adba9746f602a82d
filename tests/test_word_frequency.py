"""How common words are."""

import pytest

from ocrkit.word_frequency import word_frequency

pytest.importorskip("wordfreq")


def test_common_words_have_higher_frequencies_than_rare_ones() -> None:
    common, rare, nonsense = (word_frequency(word, "en") for word in ("house", "Quixotic", "xqzvh"))
    assert common is not None
    assert rare is not None
    assert common > rare > 0 == nonsense


def test_regions_and_kinds_of_norwegian_share_a_list() -> None:
    assert word_frequency("huset", "nn") == word_frequency("huset", "nb-NO") == word_frequency("huset", "no")


def test_languages_without_a_list_have_no_frequencies() -> None:
    assert word_frequency("ev", "tr") is None
