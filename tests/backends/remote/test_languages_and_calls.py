"""The names of languages, and the choice of an endpoint."""

from __future__ import annotations

import pytest

from ocrkit.backends.remote import Call, LanguageTable
from ocrkit.errors import CapabilityError

LANGUAGES = LanguageTable({"en": "ENG", "pt": "POR", "zh-Hans": "CHN", "zh-Hant": "CHN"})


@pytest.mark.parametrize(
    ("language", "name"),
    [("en", "ENG"), ("pt-BR", "POR"), ("zh-TW", "CHN"), ("native:Old_Norse", "Old_Norse")],
)
def test_a_language_has_the_name_of_the_vendor(language, name):
    assert LANGUAGES.name(language) == name


def test_a_language_is_found_by_its_more_general_tag():
    assert LANGUAGES.tag("pt-BR") == "pt"
    assert set(LANGUAGES) == {"en", "pt", "zh-Hans", "zh-Hant"}
    assert LANGUAGES["pt"] == "POR"


def test_an_unknown_language_is_refused_with_advice():
    with pytest.raises(CapabilityError, match=r"does not read language 'he'.*'native:NAME'"):
        LANGUAGES.name("he")


def test_an_endpoint_may_read_only_some_languages():
    LANGUAGES.require(("en", "en-GB"), {"en"}, "cards")
    with pytest.raises(CapabilityError, match="cards reads only en, not pt-BR, native:x"):
        LANGUAGES.require(("pt-BR", "en", "native:x"), {"en"}, "cards")


def test_a_call_is_shown_with_its_parameters():
    call = Call("recognize", {"languages": ["en", "de"], "words": True})
    assert str(call) == "recognize languages=en+de words=True"
    assert str(Call("recognize")) == "recognize"
