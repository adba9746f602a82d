"""Error rates, compared with jiwer and with a plain implementation, and checked for their properties."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocrkit.evaluate.flexible_cer import match_flexibly
from ocrkit.evaluate.normalization import Rules
from ocrkit.evaluate.rates import (
    bag_f1,
    bag_of_words_error,
    character_error_rate,
    edit_distance,
    word_error_rate,
)

ALPHABET = "abc é“”–-  \n\t.ﬁＡ漢"
TEXTS = st.text(ALPHABET, max_size=40)
NONEMPTY_TEXTS = TEXTS.filter(lambda text: bool(Rules().normalize(text)))
LATIN_TEXTS = st.text("ab c\n", max_size=30)
LINES = [
    "the harbour was quiet",
    "before sunrise and only",
    "two boats had returned",
    "with anything to sell",
]


def textbook_distance(one: Sequence[str], other: Sequence[str]) -> int:
    row = list(range(len(other) + 1))
    for number, left in enumerate(one, start=1):
        diagonal, row[0] = row[0], number
        for index, right in enumerate(other, start=1):
            distance = min(row[index] + 1, row[index - 1] + 1, diagonal + (left != right))
            diagonal, row[index] = row[index], distance
    return row[-1]


@given(TEXTS, NONEMPTY_TEXTS)
def test_rates_agree_with_a_textbook_implementation(found: str, truth: str) -> None:
    rules = Rules()
    for split, rate in ((rules.normalize, character_error_rate), (rules.words, word_error_rate)):
        expected = textbook_distance(split(found), split(truth)) / len(split(truth))
        assert rate(found, truth) == pytest.approx(expected)


@given(LATIN_TEXTS, LATIN_TEXTS.filter(str.strip))
def test_rates_agree_with_jiwer(require_module: Callable[[str], None], found: str, truth: str) -> None:
    require_module("jiwer")
    import jiwer

    normalized_found, normalized_truth = map(Rules().normalize, (found, truth))
    assert character_error_rate(found, truth) == pytest.approx(jiwer.cer(normalized_truth, normalized_found))
    assert word_error_rate(found, truth) == pytest.approx(jiwer.wer(normalized_truth, normalized_found))


@given(TEXTS)
def test_the_truth_has_no_errors(text: str) -> None:
    assert (
        character_error_rate(text, text) == word_error_rate(text, text) == bag_of_words_error(text, text) == 0
    )
    assert match_flexibly(text, text).error_rate == 0


@given(TEXTS, NONEMPTY_TEXTS)
def test_the_flexible_rate_is_at_most_the_cer(found: str, truth: str) -> None:
    assert match_flexibly(found, truth).error_rate <= character_error_rate(found, truth) + 1e-9
    assert 0 <= bag_of_words_error(found, truth) <= 1


@given(NONEMPTY_TEXTS)
def test_an_empty_output_is_entirely_wrong(truth: str) -> None:
    assert character_error_rate("", truth) == word_error_rate("", truth) == 1
    assert bag_of_words_error("", truth) == match_flexibly("", truth).error_rate == 1


def test_any_output_for_an_empty_page_is_wrong() -> None:
    assert character_error_rate("x", "") == 1
    assert character_error_rate("", "") == 0


@given(st.permutations(LINES))
def test_lines_in_another_order_are_no_flexible_errors(lines: list[str]) -> None:
    found, truth = "\n".join(lines), "\n".join(LINES)
    assert match_flexibly(found, truth).error_rate == 0
    assert bag_of_words_error(found, truth) == 0


def test_columns_read_across_are_hardly_any_flexible_errors() -> None:
    rng = random.Random(7)
    words = ["".join(rng.choices("abcdefghijklmnop", k=7)) for _ in range(80)]
    lines = [" ".join(words[start : start + 4]) for start in range(0, 80, 4)]
    truth = "\n".join(lines)
    across = "\n".join(f"{left} {right}" for left, right in zip(lines[:10], lines[10:], strict=True))
    assert character_error_rate(across, truth) > 0.4
    assert match_flexibly(across, truth).error_rate < 0.02


def test_wrong_letters_are_flexible_errors_in_any_order() -> None:
    truth = "\n".join(LINES)
    found = "\n".join(reversed(LINES)).replace("harbour", "harb0ur").replace("boats", "boots")
    assert match_flexibly(found, truth).errors in (2, 3)


def test_missing_and_extra_lines_are_counted() -> None:
    truth = "\n".join(LINES)
    found = "\n".join([*LINES[:2], "§$%&/()=", LINES[3]])
    matching = match_flexibly(found, truth)
    assert (matching.truth_lines, matching.missing_lines, matching.extra_lines) == (4, 1, 1)


def test_a_split_line_is_neither_missing_nor_extra() -> None:
    truth = "\n".join(LINES)
    matching = match_flexibly(truth.replace(" was", "\nwas"), truth)
    assert (matching.missing_lines, matching.extra_lines) == (0, 0)


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
        (Rules().with_hints({"casefold", "nfkc", "drop_spaces"}), "ＡＢ c", "a b C", True),
    ],
)
def test_rules_decide_which_differences_count(rules: Rules, one: str, other: str, same: bool) -> None:
    assert (rules.normalize(one) == rules.normalize(other)) is same
    assert (character_error_rate(one, other, rules) == 0) is same


def test_letters_of_scripts_without_spaces_are_words() -> None:
    assert Rules().words("港口 ab十cd") == ["港", "口", "ab", "十", "cd"]
    assert Rules(spaces=False).words("a bc") == ["a", "b", "c"]
    assert Rules().words("한국어 말") == ["한국어", "말"]


def test_bag_f1_and_edit_distance_of_small_examples() -> None:
    assert bag_f1([], []) == 1
    assert bag_f1(["a", "a"], ["a"]) == pytest.approx(2 / 3)
    assert edit_distance("kitten", "sitting") == 3
