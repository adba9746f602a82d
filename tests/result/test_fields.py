"""Names and dates of fields."""

from __future__ import annotations

from pathlib import Path

import pytest

from ocrkit.result.fields import FIELD_NAMES, date_value, period_values

REFERENCE = Path(__file__).parents[2] / "docs" / "reference" / "json.md"


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
def test_dates_are_normalized(text, value):
    assert date_value(text) == value


@pytest.mark.parametrize(
    "text", ["长期", "09/32", "3/9/1988", "1988/13/9", "1988年3月40日", "19881340", "", "0"]
)
def test_other_text_is_not_changed(text):
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
def test_a_period_is_split_into_two_dates(text, ends):
    assert period_values(text) == ends


@pytest.mark.parametrize("text", ["", "长期", "2035.06.12", "2035-06-12", "09/2032", "-", "2015.06.12-"])
def test_other_text_is_no_period(text):
    assert period_values(text) is None


def test_all_field_names_are_documented():
    text = REFERENCE.read_text(encoding="utf-8")
    for names in FIELD_NAMES.values():
        for name in names:
            assert f"`{name}`" in text
