"""The script of a letter."""

import sys

import pytest

from ocrkit.letters import COMMON, UNKNOWN, script_of_letter
from ocrkit.scripts import SCRIPTS


@pytest.mark.parametrize(
    ("character", "script"),
    [("a", "Latn"), ("ß", "Latn"), ("Ａ", "Latn"), ("я", "Cyrl"), ("ά", "Grek"), ("漢", "Hani"), ("々", "Hani"),
     ("か", "Jpan"), ("ー", "Jpan"), ("ｶ", "Jpan"), ("한", "Hang"), ("ཀ", "Tibt"), ("Ꮳ", "Cher"), ("ހ", "Thaa"),
     ("ㄅ", "Bopo")],
)  # fmt: skip
def test_a_letter_has_the_code_of_its_script(character, script) -> None:
    assert script_of_letter(character) == script


@pytest.mark.parametrize("character", ["7", "१", "。", "€", "´", "º", "µ", "𝑥", " "])
def test_signs_and_digits_belong_to_no_script(character) -> None:
    assert script_of_letter(character) == COMMON


def test_a_letter_of_a_script_without_a_code_is_still_a_letter() -> None:
    assert script_of_letter("𐌰") == UNKNOWN


def test_every_script_of_the_classifier_has_letters() -> None:
    found = {script_of_letter(chr(number)) for number in range(sys.maxunicode + 1)}
    assert set(SCRIPTS) <= found
