"""A request is compared with the capabilities of a backend."""

from ocrkit.request import Capabilities, Request


def test_a_request_has_canonical_tags_without_duplicates():
    assert Request(languages=("EN", "de", "en")).languages == ("en", "de")


def test_missing_capabilities_are_described():
    offered = Capabilities(languages=frozenset({"en"}))
    request = Request(languages=("en-GB", "ru", "native:old"), mode="handwritten", scene="receipt")
    assert offered.missing(request) == ["language 'ru'", "mode 'handwritten'", "scene 'receipt'"]
    assert Capabilities().missing(Request(languages=("ru",))) == []
