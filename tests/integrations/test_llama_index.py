"""The reader, with the real LlamaIndex."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _installed(require_module):
    require_module("llama_index")


@pytest.mark.long
def test_the_reader_reads_page_by_page(scripted, backend, letters):
    from ocrkit.integrations.llama_index import OcrkitReader

    reader = OcrkitReader(ocr=scripted)
    first = next(iter(reader.lazy_load_data(letters, extra_info={"archive": "7"})))
    assert len(backend.requests) == 1, "the second page is not read yet"
    assert first.text == "The first page\nof two"
    assert first.metadata["page"] == 1
    assert first.metadata["archive"] == "7"
    assert [document.metadata["page"] for document in reader.load_data(letters, pages="2")] == [2]


def test_technical_metadata_are_hidden_from_models(scripted, letters):
    from llama_index.core.schema import MetadataMode

    from ocrkit.integrations.llama_index import OcrkitReader

    (document,) = OcrkitReader(ocr=scripted, split="block").load_data(letters, pages="2")
    assert document.metadata["right"] == 600
    for mode in (MetadataMode.EMBED, MetadataMode.LLM):
        assert (
            document.get_content(mode)
            == f"source: {letters}\npage: 2\nblock: 1\nkind: text\nlanguage: en\n\nAnd the second"
        )


def test_a_directory_reader_uses_the_reader(scripted, letters, tmp_path):
    from llama_index.core import SimpleDirectoryReader

    from ocrkit.integrations.llama_index import OcrkitReader

    extractor = {".pdf": OcrkitReader(ocr=scripted, split="document")}
    (document,) = SimpleDirectoryReader(str(tmp_path), file_extractor=extractor).load_data()
    assert document.text == "The first page\nof two\n\nAnd the second"
    assert document.metadata["file_type"] == "application/pdf"
    assert document.metadata["page_count"] == 2


def test_files_are_read_from_another_file_system(scripted, letters):
    import fsspec

    from ocrkit.integrations.llama_index import OcrkitReader

    memory = fsspec.filesystem("memory")
    memory.put(letters, "/far/letters.pdf")
    documents = OcrkitReader(ocr=scripted).load_data("/far/letters.pdf", fs=memory)
    assert [document.metadata["source"] for document in documents] == ["/far/letters.pdf"] * 2


@pytest.mark.long
def test_the_reader_makes_its_own_engine_from_settings(letters):
    from ocrkit.integrations.llama_index import OcrkitReader

    (document,) = OcrkitReader(settings={"preprocess": "none"}).load_data(letters, pages="2")
    assert document.text == "And the second"
