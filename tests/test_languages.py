"""Language tags in canonical spelling, and how requested tags match offered ones."""

import pytest

from ocrkit.errors import ConfigError
from ocrkit.languages import canonical_language, match_language


@pytest.mark.parametrize(
    ("given", "tag"),
    [
        ("EN", "en"), ("en_us", "en-US"), ("zh", "zh-Hans"), ("zh-CN", "zh-Hans"), ("zh-tw", "zh-Hant"),
        ("ZH-hant-HK", "zh-Hant-HK"), ("sr-latn", "sr-Latn"), ("eng", "en"), ("chi", "zh-Hans"), ("haw", "haw"),
        (" de ", "de"), ("native:chi_tra_vert", "native:chi_tra_vert"),
    ],
)  # fmt: skip
def test_tags_are_canonical(given, tag):
    assert canonical_language(given) == tag


@pytest.mark.parametrize(
    ("name", "tag"),
    [("english", "en"), ("chi_sim", "zh-Hans"), ("chi_tra_vert", "zh-Hant"), ("jp", "ja"), ("Deutsch", None)],
)
def test_a_name_of_another_kind_is_refused_with_the_tag_to_use(name, tag):
    with pytest.raises(ConfigError, match=f"use '{tag}'" if tag else "use BCP-47"):
        canonical_language(name)


@pytest.mark.parametrize("nonsense", ["", "e", "english language", "12", "de--AT"])
def test_an_invalid_tag_is_an_error(nonsense):
    with pytest.raises(ConfigError, match="BCP-47"):
        canonical_language(nonsense)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [("de-AT", "de"), ("pt-BR", "pt-BR"), ("pt-PT", "pt"), ("sr-Latn-RS", "sr-Latn"), ("sr-Latn", "sr-Latn"),
     ("az-Latn", None), ("ko", None), ("zh", "zh-Hans")],
)  # fmt: skip
def test_the_nearest_offered_tag_matches(wanted, found):
    assert match_language(wanted, ["de", "pt", "pt-BR", "sr-Latn", "sr", "az", "zh-Hans"]) == found
