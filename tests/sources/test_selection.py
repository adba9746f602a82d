import pytest

from ocrkit.errors import ConfigError
from ocrkit.sources import PageSelection, parse_pages


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1", [0]),
        ("1-3,7", [0, 1, 2, 6]),
        (" 2 , 4 - 5 ", [1, 3, 4]),
        ("8-", [7, 8, 9]),
        ("-2", [0, 1]),
        ("last", [9]),
        ("9-last", [8, 9]),
        ("1–2", [0, 1]),
        ("7,1", [6, 0]),
        ("1-3,2", [0, 1, 2]),
    ],
)
def test_page_selections_are_parsed(text: str, expected: list[int]) -> None:
    assert parse_pages(text, 10) == expected


@pytest.mark.parametrize("text", ["", " ", ",", "a", "1..3", "1-2-3", "-", "1,,2", "1 2", "٣", "+1"])
def test_an_invalid_selection_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ConfigError, match=r"write it as '1-3,7'.*pages 1 to 10"):
        parse_pages(text, 10)


@pytest.mark.parametrize("text", ["0", "11", "5-11", "0-3", "999999999"])
def test_a_page_that_does_not_exist_is_refused_with_the_valid_range(text: str) -> None:
    with pytest.raises(ConfigError, match="this document has pages 1 to 10"):
        parse_pages(text, 10)


def test_a_backwards_range_is_refused_with_a_correction() -> None:
    with pytest.raises(ConfigError, match="write '3-5'"):
        parse_pages("5-3", 10)


@pytest.mark.parametrize(
    ("pages", "expected"),
    [(3, [2]), (range(2, 5), [1, 2, 3]), ([7, 1, 7], [6, 0]), ((4,), [3]), ({9}, [8])],
)
def test_pages_may_be_numbers(pages: PageSelection, expected: list[int]) -> None:
    assert parse_pages(pages, 10) == expected


@pytest.mark.parametrize("pages", [[], range(1, 1), [1, "2"], True, 1.5, object()])
def test_another_value_is_refused(pages: PageSelection) -> None:
    with pytest.raises(ConfigError, match="a page selection must be a number, a range"):
        parse_pages(pages, 10)


@pytest.mark.parametrize("pages", [11, [1, 12], range(9, 12)])
def test_a_number_that_does_not_exist_is_refused(pages: PageSelection) -> None:
    with pytest.raises(ConfigError, match="pages 1 to 10"):
        parse_pages(pages, 10)


@pytest.mark.parametrize("pages", [0, -1, range(3), [2, 0]])
def test_pages_are_counted_from_one(pages: PageSelection) -> None:
    with pytest.raises(ConfigError, match="pages are counted from 1"):
        parse_pages(pages, 10)
