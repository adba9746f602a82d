"""The text chunks that all frameworks share."""

from __future__ import annotations

import json

import pytest

import ocrkit
from ocrkit.errors import ConfigError
from ocrkit.integrations.chunks import ChunkReader
from ocrkit.testing import ScriptedBackend, draw_image

PAGE_METADATA = {"backend": "scripted", "width": 600, "height": 300, "dpi": 150.0}


def chunks(source, **options):
    return list(ChunkReader(**options).read(source, name="letters"))


def test_a_page_is_a_chunk(scripted, letters):
    first, second = chunks(letters, ocr=scripted)
    assert first == (
        "The first page\nof two",
        {"source": "letters", "page": 1, "confidence": 0.75, "language": "en", **PAGE_METADATA},
    )
    assert (second.text, second.metadata["page"]) == ("And the second", 2)


def test_a_block_is_a_chunk(scripted, letters):
    first, _ = chunks(letters, ocr=scripted, split="block")
    box = {"left": 0, "top": 0, "right": 600, "bottom": 300}
    assert first.text == "The first page\nof two"
    assert first.metadata == {
        "source": "letters", "page": 1, "block": 1, "kind": "text", "confidence": 0.75, "language": "en", **PAGE_METADATA, **box
    }  # fmt: skip


def test_a_document_is_a_chunk(scripted, letters):
    (whole,) = chunks(letters, ocr=scripted, split="document")
    assert whole.text == "The first page\nof two\n\nAnd the second"
    assert whole.metadata == {
        "source": "letters",
        "page_count": 2,
        "backend": "scripted",
        "confidence": 0.75,
        "language": "en",
    }


def test_metadata_are_flat_and_leave_out_unknown_values():
    """Some vector stores accept neither lists nor None."""
    backend = ScriptedBackend(["x"], confidence=None)
    reader = ChunkReader(ocr=ocrkit.Ocr(backend, preprocess="none"), split="block")
    ((_, metadata),) = reader.read(draw_image("x"))
    assert {"confidence", "dpi", "language", "source"}.isdisjoint(metadata)
    assert all(isinstance(value, (str, int, float)) for value in metadata.values())
    json.dumps(metadata)


def test_each_chunk_is_available_once_its_page_is_read(backend, scripted, letters):
    stream = ChunkReader(ocr=scripted).read(letters)
    assert backend.requests == []
    next(stream)
    assert len(backend.requests) == 1


def test_selected_pages_are_read_in_the_chosen_format(scripted, letters):
    backend = ScriptedBackend(["• one * two"], confidence=0.5)
    reader = ChunkReader(ocr=ocrkit.Ocr(backend, preprocess="none"), text_format="markdown")
    assert [text for text, _ in reader.read(letters, pages="2")] == [r"- one \* two"]


def test_pages_without_text_are_skipped(letters, photo):
    ocr = ocrkit.Ocr(ScriptedBackend([], ["words"]), preprocess="none")
    assert [chunk.metadata["page"] for chunk in chunks(letters, ocr=ocr)] == [2]
    assert [chunk.metadata["page"] for chunk in chunks(letters, ocr=ocr, split="block")] == [2]
    (whole,) = chunks(photo, ocr=ocr, split="document")
    assert (whole.text, whole.metadata["page_count"]) == ("", 1)


def test_the_language_is_given_if_all_blocks_share_it(letters):
    class German(ScriptedBackend):
        def recognize(self, page, request):
            result = super().recognize(page, request)
            (block,) = result.blocks
            german = block.model_copy(update={"language": "de"})
            return result.model_copy(update={"blocks": (german, german)})

    ocr = ocrkit.Ocr(German(["Wort"]), preprocess="none")
    for split in ("document", "page", "block"):
        assert chunks(letters, ocr=ocr, split=split)[0].metadata["language"] == "de"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"split": "line"}, "split must be one of document, page, block, not 'line'"),
        ({"text_format": "pdf"}, "text_format must be one of text, markdown, layout, not 'pdf'"),
        ({"backend": "null", "ocr": 0}, "pass either `ocr` or these arguments"),
    ],
)
def test_wrong_arguments_are_rejected_at_once(options, message):
    with pytest.raises(ConfigError, match=message):
        ChunkReader(**options)
