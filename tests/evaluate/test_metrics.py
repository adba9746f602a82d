"""Error rates: held against jiwer, against a plain implementation, and against what they are said to mean."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocrkit.evaluate.flexible import flexible
from ocrkit.evaluate.rates import (
    bag_of_words_error,
    character_error_rate,
    edits,
    overlap,
    word_error_rate,
)
from ocrkit.evaluate.text import Rules

ALPHABET = "abc é“”–-  \n\t.ﬁＡ漢"
TEXTS = st.text(ALPHABET, max_size=40)
WITH_WORDS = TEXTS.filter(lambda text: bool(Rules().plain(text)))
LATIN = st.text("ab c\n", max_size=30)
LINES = [
    "the harbour was quiet",
    "before sunrise and only",
    "two boats had returned",
    "with anything to sell",
]


def plain_distance(one: Sequence[str], other: Sequence[str]) -> int:
    """The textbook's table."""
    row = list(range(len(other) + 1))
    for number, left in enumerate(one, start=1):
        above, row[0] = row[0], number
        for place, right in enumerate(other, start=1):
            above, row[place] = row[place], min(row[place] + 1, row[place - 1] + 1, above + (left != right))
    return row[-1]


@given(TEXTS, WITH_WORDS)
def test_rates_agree_with_a_plain_implementation(found: str, truth: str) -> None:
    rules = Rules()
    for split, rate in ((rules.plain, character_error_rate), (rules.words, word_error_rate)):
        wanted = plain_distance(split(found), split(truth)) / len(split(truth))
        assert rate(found, truth) == pytest.approx(wanted)


@given(LATIN, LATIN.filter(str.strip))
def test_rates_agree_with_jiwer(require_module: Callable[[str], None], found: str, truth: str) -> None:
    require_module("jiwer")
    import jiwer

    rules = Rules()
    found_plain, truth_plain = rules.plain(found), rules.plain(truth)
    assert character_error_rate(found, truth) == pytest.approx(jiwer.cer(truth_plain, found_plain))
    assert word_error_rate(found, truth) == pytest.approx(jiwer.wer(truth_plain, found_plain))


@given(TEXTS)
def test_the_truth_itself_has_no_error(text: str) -> None:
    assert (
        character_error_rate(text, text) == word_error_rate(text, text) == bag_of_words_error(text, text) == 0
    )
    assert flexible(text, text).error_rate == 0


@given(TEXTS, WITH_WORDS)
def test_the_order_can_only_make_it_worse(found: str, truth: str) -> None:
    assert flexible(found, truth).error_rate <= character_error_rate(found, truth) + 1e-9
    assert 0 <= bag_of_words_error(found, truth) <= 1


@given(WITH_WORDS)
def test_what_was_not_read_is_all_wrong(truth: str) -> None:
    assert character_error_rate("", truth) == word_error_rate("", truth) == 1
    assert bag_of_words_error("", truth) == flexible("", truth).error_rate == 1
    assert character_error_rate("x", "") == 1
    assert character_error_rate("", "") == 0


@given(st.permutations(LINES))
def test_lines_in_another_order_are_right_all_the_same(lines: list[str]) -> None:
    found, truth = "\n".join(lines), "\n".join(LINES)
    assert flexible(found, truth).error_rate == 0
    assert bag_of_words_error(found, truth) == 0


def test_columns_read_across_are_right_all_the_same() -> None:
    chance = random.Random(7)
    words = ["".join(chance.choices("abcdefghijklmnop", k=7)) for _ in range(80)]
    left, right = (
        [" ".join(words[at : at + 4]) for at in range(0, 40, 4)],
        [" ".join(words[at : at + 4]) for at in range(40, 80, 4)],
    )
    truth = "\n".join(left + right)
    across = "\n".join(f"{one} {other}" for one, other in zip(left, right, strict=True))
    assert character_error_rate(across, truth) > 0.4
    assert flexible(across, truth).error_rate < 0.02


def test_wrong_letters_stay_wrong_in_any_order() -> None:
    truth = "\n".join(LINES)
    found = "\n".join(reversed(LINES)).replace("harbour", "harb0ur").replace("boats", "boots")
    assert flexible(found, truth).errors in (2, 3)


def test_missing_and_additional_lines_are_counted() -> None:
    truth = "\n".join(LINES)
    found = "\n".join([*LINES[:2], "§$%&/()=", LINES[3]])
    seen = flexible(found, truth)
    assert (seen.truth_lines, seen.missing_lines, seen.extra_lines) == (4, 1, 1)
    split = flexible(truth.replace(" was", "\nwas"), truth)
    assert (split.missing_lines, split.extra_lines) == (0, 0)


@pytest.mark.parametrize(
    ("rules", "one", "other", "same"),
    [
        (Rules(), "e\u0301t\u00e9", "\u00e9te\u0301", True),
        (Rules(), "“a” – ‘b’\u00ad", "\"a\" - 'b'", True),
        (Rules(fold_marks=False), "“a”", '"a"', False),
        (Rules(), "a  \n b", "a b", True),
        (Rules(), "a b", "ab", False),
        (Rules(spaces=False), "a b", "ab", True),
        (Rules(), "ﬁ Ａ ²", "fi A 2", False),
        (Rules(form="NFKC"), "ﬁ Ａ ²", "fi A 2", True),
        (Rules(), "Straße", "STRASSE", False),
        (Rules(fold_case=True), "Straße", "STRASSE", True),
        (Rules().hinted({"casefold", "nfkc", "drop_spaces"}), "ＡＢ c", "a b C", True),
    ],
)
def test_what_counts_as_the_same(rules: Rules, one: str, other: str, same: bool) -> None:
    assert (rules.plain(one) == rules.plain(other)) is same
    assert (character_error_rate(one, other, rules) == 0) is same


def test_letters_of_scripts_without_spaces_are_words() -> None:
    assert Rules().words("港口 ab十cd") == ["港", "口", "ab", "十", "cd"]
    assert Rules(spaces=False).words("a bc") == ["a", "b", "c"]
    assert Rules().words("한국어 말") == ["한국어", "말"]


def test_bags() -> None:
    assert overlap([], []) == 1
    assert overlap(["a", "a"], ["a"]) == pytest.approx(2 / 3)
    assert edits("kitten", "sitting") == 3
