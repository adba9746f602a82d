"""The banner of trial mode, in texts that release 26.10 returned."""

import pytest

from ocrkit.aspose_engine import without_banner

BANNER = "\n ************* Trial Licenses ************* \n"


@pytest.mark.parametrize(
    ("returned", "text"),
    [
        (f"The quick b{BANNER}", "The quick b"),
        (f"The guick brown fox\njumps \n ************* T{BANNER}", "The guick brown fox\njumps"),
        (f"\n ************* Trial Licen{BANNER}", ""),
        (f"\n ************* Trial Li{BANNER}", ""),
        (BANNER, ""),
        (f"first{BANNER}second{BANNER}", "first\nsecond"),
    ],
)
def test_the_banner_is_removed(returned, text):
    assert without_banner(returned) == (text, True)


@pytest.mark.parametrize("text", ["", "a letter", "*************", "price *****\nlist", "Trial Licenses"])
def test_other_text_stays(text):
    assert without_banner(text) == (text, False)


def test_stars_before_the_banner_stay():
    assert without_banner(f"terms *{BANNER}") == ("terms *", True)
