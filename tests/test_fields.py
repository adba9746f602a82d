"""What cards say has one name and one form, whichever service read it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ocrkit.result.fields import FIELD_NAMES, date_value, period_values

REFERENCE = Path(__file__).parents[1] / "docs" / "reference" / "json.md"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1988年3月9日", "1988-03-09"),
        ("1988/3/9", "1988-03-09"),
        ("1988.03.09", "1988-03-09"),
        ("1988-03-09", "1988-03-09"),
        ("19880309", "1988-03-09"),
        (" 2032年9月 ", "2032-09"),
        ("09/2032", "2032-09"),
    ],
)
def test_a_date_has_one_form(text, value):
    assert date_value(text) == value


@pytest.mark.parametrize(
    "text", ["长期", "09/32", "3/9/1988", "1988/13/9", "1988年3月40日", "19881340", "", "0"]
)
def test_what_is_not_surely_a_date_stays_as_it_is(text):
    assert date_value(text) == text


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("2015.06.12-2035.06.12", ("2015-06-12", "2035-06-12")),
        ("20150612-20350612", ("2015-06-12", "2035-06-12")),
        ("2015.06.12 - 长期", ("2015-06-12", "长期")),
        ("2015-06-12至2035-06-12", ("2015-06-12", "2035-06-12")),
        ("2015-06-12-长期", ("2015-06-12", "长期")),
        ("2015年6月12日—2035年6月12日", ("2015-06-12", "2035-06-12")),
    ],
)
def test_a_span_has_two_ends(text, ends):
    assert period_values(text) == ends


@pytest.mark.parametrize("text", ["", "长期", "2035.06.12", "2035-06-12", "09/2032", "-", "2015.06.12-"])
def test_what_is_no_span_is_none(text):
    assert period_values(text) is None


def test_all_names_are_in_the_reference():
    text = REFERENCE.read_text(encoding="utf-8")
    for names in FIELD_NAMES.values():
        for name in names:
            assert f"`{name}`" in text
