"""Scripts of languages, texts and alphabets."""

from __future__ import annotations

import string

import pytest

from ocrkit.scripts import (
    SCRIPTS,
    VIETNAMESE,
    name_of,
    readable_scripts,
    script_of_language,
    script_of_text,
    scripts_of_languages,
)


@pytest.mark.parametrize(
    ("tag", "script"),
    [
        ("en", "Latn"),
        ("el", "Grek"),
        ("ru", "Cyrl"),
        ("sr", "Cyrl"),
        ("sr-Latn", "Latn"),
        ("zh-Hant", "Hani"),
        ("ja", "Jpan"),
        ("ko", "Hang"),
        ("az-Cyrl", "Cyrl"),
        ("de-Latf", "Latn"),
        ("native:chi_tra_vert", None),
    ],
)
def test_a_language_has_a_script(tag, script):
    assert script_of_language(tag) == script


def test_a_reader_of_japanese_reads_chinese_characters_and_latin_letters():
    assert scripts_of_languages(["ja"]) == {"Jpan", "Hani", "Latn"}
    assert scripts_of_languages(["ru", "vi"]) == {"Cyrl", "Latn", VIETNAMESE}


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("Grüße", "Latn"),
        ("Ελληνικά and a word", "Grek"),
        ("漢字とかな", "Jpan"),
        ("漢字", "Hani"),
        ("हिन्दी", "Deva"),
        ("12.50 €", None),
        ("", None),
    ],
)
def test_the_script_of_a_text_is_that_of_most_letters(text, script):
    assert script_of_text(text) == script


def test_an_alphabet_reads_a_script_only_with_its_accented_letters():
    greek = [chr(code) for code in range(0x391, 0x3CA)]
    assert readable_scripts([*string.ascii_letters, *greek]) == ("Latn",)
    assert readable_scripts([*string.ascii_letters, *greek, *"άέήίόύώ"]) == ("Latn", "Grek")


def test_every_script_has_a_name_and_a_language():
    assert all(script.name and script.languages for script in SCRIPTS.values())
    assert name_of("Deva") == "Devanagari"
    assert name_of("Cher") == "Cher"
