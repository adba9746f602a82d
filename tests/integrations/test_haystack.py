"""The converter, with the real Haystack."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import pytest

import ocrkit

pytestmark = [
    pytest.mark.skipif(sys.version_info < (3, 11), reason="Haystack needs Python 3.11"),
    pytest.mark.long,  # it takes half a gigabyte
]

NULL = {"backend": "null", "settings": {"preprocess": "none"}}


@pytest.fixture(autouse=True)
def _installed(require_module):
    require_module("haystack")


def test_files_and_streams_become_documents_with_metadata(letters, photo):
    from haystack.dataclasses import ByteStream

    from ocrkit.integrations.haystack import OcrkitConverter

    stream = ByteStream(Path(letters).read_bytes(), meta={"file_path": "far/away.pdf", "archive": "7"})
    sources = [Path(letters), photo, stream]
    documents = OcrkitConverter(settings={"preprocess": "none"}).run(sources, [{"n": 1}, {"n": 2}, {"n": 3}])
    first, blank, third = documents["documents"]
    assert first.content == "The first page\nof two\fAnd the second", "splitters count pages by form feeds"
    assert first.meta["file_path"] == "letters.pdf"
    assert first.meta["page_count"] == 2
    assert (blank.content, blank.meta["n"]) == ("", 2)
    assert third.meta["file_path"] == "away.pdf"
    assert third.meta["archive"] == "7"
    assert third.content == first.content


def test_pages_become_documents_with_full_paths(letters):
    from ocrkit.integrations.haystack import OcrkitConverter

    converter = OcrkitConverter(split="page", store_full_path=True, settings={"preprocess": "none"})
    documents = converter.run([letters], {"archive": "7"})["documents"]
    assert [document.meta["page"] for document in documents] == [1, 2]
    assert {document.meta["file_path"] for document in documents} == {letters}
    assert {document.meta["archive"] for document in documents} == {"7"}
    assert len({document.id for document in documents}) == 2


def test_a_file_that_cannot_be_read_is_logged_and_skipped(photo, tmp_path, caplog):
    from ocrkit.integrations.haystack import OcrkitConverter

    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.7 and no more")
    with caplog.at_level(logging.WARNING):
        found = OcrkitConverter(**NULL).run([str(tmp_path / "broken.pdf"), "nowhere.png", photo])["documents"]
    assert [document.meta["file_path"] for document in found] == ["photo.png"]
    assert "broken.pdf" in caplog.text
    assert "nowhere.png: there is no such file" in caplog.text


def test_an_error_of_the_engine_ends_the_run(photo):
    from ocrkit.integrations.haystack import OcrkitConverter

    with pytest.raises(ocrkit.CapabilityError, match="no local reader reads tlh"):
        OcrkitConverter(languages=["tlh"]).run([photo])


def test_a_saved_pipeline_loads_again_and_its_splitter_counts_pages(letters):
    from haystack import Pipeline
    from haystack.components.preprocessors import DocumentSplitter

    from ocrkit.integrations.haystack import OcrkitConverter

    pipeline = Pipeline()
    pipeline.add_component("read", OcrkitConverter(languages="en", settings={"preprocess": "none"}))
    pipeline.add_component("split", DocumentSplitter(split_by="page", split_length=1))
    pipeline.connect("read", "split")
    again = Pipeline.loads(pipeline.dumps(), allowed_modules=["ocrkit.integrations.haystack"])
    assert again.to_dict() == pipeline.to_dict()
    documents = again.run({"read": {"sources": [letters]}})["split"]["documents"]
    assert [document.meta["page_number"] for document in documents] == [1, 2]
    assert documents[1].content == "And the second"
