"""Pieces of text, as every framework gets them."""

from __future__ import annotations

import json

import pytest

import ocrkit
from ocrkit.errors import ConfigError
from ocrkit.integrations.chunks import ChunkReader
from ocrkit.testing import ScriptedBackend, draw_image

ON_A_PAGE = {"backend": "scripted", "width": 600, "height": 300, "dpi": 150.0}


def pieces(source, **options):
    return list(ChunkReader(**options).read(source, name="letters"))


def test_by_page(scripted, letters):
    first, second = pieces(letters, ocr=scripted)
    assert first == (
        "The first page\nof two",
        {"source": "letters", "page": 1, "confidence": 0.75, "language": "en", **ON_A_PAGE},
    )
    assert (second.text, second.metadata["page"]) == ("And the second", 2)


def test_by_block(scripted, letters):
    first, _ = pieces(letters, ocr=scripted, split="block")
    place = {"left": 0, "top": 0, "right": 600, "bottom": 300}
    assert first.text == "The first page\nof two"
    assert first.metadata == {
        "source": "letters", "page": 1, "block": 1, "kind": "text", "confidence": 0.75, "language": "en", **ON_A_PAGE, **place
    }  # fmt: skip


def test_by_document(scripted, letters):
    (whole,) = pieces(letters, ocr=scripted, split="document")
    assert whole.text == "The first page\nof two\n\nAnd the second"
    assert whole.metadata == {
        "source": "letters",
        "page_count": 2,
        "backend": "scripted",
        "confidence": 0.75,
        "language": "en",
    }


def test_metadata_are_flat_and_known():
    """What a store of vectors takes: no lists, and nothing that is not there."""
    backend = ScriptedBackend(["x"], confidence=None)
    reader = ChunkReader(ocr=ocrkit.Ocr(backend, preprocess="none"), split="block")
    ((_, metadata),) = reader.read(draw_image("x"))
    assert {"confidence", "dpi", "language", "source"}.isdisjoint(metadata)
    assert all(isinstance(value, (str, int, float)) for value in metadata.values())
    json.dumps(metadata)


def test_pages_come_as_they_are_read(backend, scripted, letters):
    coming = ChunkReader(ocr=scripted).read(letters)
    assert backend.requests == []
    next(coming)
    assert len(backend.requests) == 1


def test_some_pages_and_a_format(scripted, letters):
    backend = ScriptedBackend(["• one * two"], confidence=0.5)
    reader = ChunkReader(ocr=ocrkit.Ocr(backend, preprocess="none"), text_format="markdown")
    assert [text for text, _ in reader.read(letters, pages="2")] == [r"- one \* two"]


def test_pages_without_text_make_no_piece(letters, photo):
    ocr = ocrkit.Ocr(ScriptedBackend([], ["words"]), preprocess="none")
    assert [piece.metadata["page"] for piece in pieces(letters, ocr=ocr)] == [2]
    assert [piece.metadata["page"] for piece in pieces(letters, ocr=ocr, split="block")] == [2]
    (whole,) = pieces(photo, ocr=ocr, split="document")
    assert (whole.text, whole.metadata["page_count"]) == ("", 1)


def test_the_language_is_told_where_it_is_one(letters):
    class Tells(ScriptedBackend):
        def recognize(self, page, request):
            result = super().recognize(page, request)
            (block,) = result.blocks
            blocks = (
                block.model_copy(update={"language": "de"}),
                block.model_copy(update={"language": "de"}),
            )
            return result.model_copy(update={"blocks": blocks})

    ocr = ocrkit.Ocr(Tells(["Wort"]), preprocess="none")
    for split in ("document", "page", "block"):
        assert pieces(letters, ocr=ocr, split=split)[0].metadata["language"] == "de"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"split": "line"}, "split is one of document, page, block, not 'line'"),
        ({"text_format": "pdf"}, "text_format is one of text, markdown, layout, not 'pdf'"),
        ({"backend": "null", "ocr": 0}, "leave out either"),
    ],
)
def test_slips_show_at_once(options, said):
    with pytest.raises(ConfigError, match=said):
        ChunkReader(**options)
