"""The loader and the parser, with the real LangChain."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

import ocrkit


@pytest.fixture(autouse=True)
def _installed(require_module):
    require_module("langchain_core")


def test_the_loader_reads_page_by_page(scripted, backend, letters):
    from ocrkit.integrations.langchain import OcrkitLoader

    loader = OcrkitLoader(letters, ocr=scripted)
    first = next(loader.lazy_load())
    assert len(backend.requests) == 1, "the second page is not read yet"
    assert first.page_content == "The first page\nof two"
    assert first.metadata == {
        "source": letters, "page": 1, "backend": "scripted", "confidence": 0.75, "width": 600, "height": 300, "dpi": 150.0,
        "language": "en",
    }  # fmt: skip
    assert [document.metadata["page"] for document in loader.load()] == [1, 2]
    assert [document.metadata["page"] for document in asyncio.run(loader.aload())] == [1, 2]


def test_selected_pages_of_several_files_are_split_into_blocks(scripted, letters, photo):
    from ocrkit.integrations.langchain import OcrkitLoader

    documents = OcrkitLoader([Path(photo), letters], ocr=scripted, split="block", pages="1").load()
    assert [document.metadata["source"] for document in documents] == [photo, letters]
    assert {document.metadata["block"] for document in documents} == {1}


def test_the_parser_reads_blobs_of_files_and_of_memory(scripted, letters, photo):
    from langchain_core.document_loaders import Blob

    from ocrkit.integrations.langchain import OcrkitParser

    parser = OcrkitParser(ocr=scripted, split="document")
    (on_disk,) = parser.parse(Blob.from_path(letters, metadata={"archive": "7"}))
    assert on_disk.metadata["archive"] == "7"
    assert on_disk.metadata["source"] == letters
    (in_memory,) = parser.parse(Blob.from_data(Path(letters).read_bytes(), metadata={"source": "mail"}))
    assert in_memory.metadata["source"] == "mail"
    assert in_memory.page_content == on_disk.page_content
    (nameless,) = parser.parse(Blob.from_data(Path(photo).read_bytes()))
    assert "source" not in nameless.metadata


def test_documents_survive_json(scripted, letters):
    from langchain_core.documents import Document

    from ocrkit.integrations.langchain import OcrkitLoader

    documents = OcrkitLoader(letters, ocr=scripted, split="block").load()
    assert [Document.model_validate_json(each.model_dump_json()) for each in documents] == documents


@pytest.mark.long
def test_the_loader_makes_its_own_engine_from_settings(letters):
    from ocrkit.integrations.langchain import OcrkitLoader

    documents = OcrkitLoader(letters, languages=["en"], settings={"preprocess": "none"}).load()
    assert [document.page_content for document in documents] == ["The first page\nof two", "And the second"]
    with pytest.raises(ocrkit.SourceError, match="no such file"):
        OcrkitLoader("nowhere.pdf", backend="null").load()
