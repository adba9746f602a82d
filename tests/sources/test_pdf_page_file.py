"""Pages of a PDF as files of their own."""

from __future__ import annotations

import io
import pickle
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pikepdf
import pytest
from made_files import Pdf, picture, read, text_pdf

from ocrkit.errors import SourceError
from ocrkit.page import Page
from ocrkit.sources import open_source
from ocrkit.sources.pdf_page_file import LoadedPageFile

BAR = b"0 0 0 rg 10 60 40 10 re f "


def made(**entries: object) -> bytes:
    pdf = Pdf()
    pdf.page(BAR, **entries)
    pdf.scan(picture())
    return pdf.done()


def single(page: Page) -> bytes:
    assert page.source is not None
    assert page.source.media_type == "application/pdf"
    return page.source.read()


def test_the_file_of_a_page_shows_the_same_as_its_pixels() -> None:
    for page in read(made()):
        data = single(page)
        with pikepdf.open(io.BytesIO(data)) as pdf:
            assert len(pdf.pages) == 1
        (again,) = read(data)
        assert np.array_equal(again.pixels, page.pixels)
        assert again.info["rendered"] == page.info["rendered"]


def test_the_same_page_is_the_same_file() -> None:
    data = single(read(made())[0])
    assert data == single(read(made())[0])
    assert b"D:20000101" in data
    assert data.count(b"0" * 32) == 2


def test_it_is_read_after_the_source_was_closed(tmp_path: Path) -> None:
    path = tmp_path / "one.pdf"
    path.write_bytes(made())
    source = open_source(path)
    page = source.page(0)
    source.close()
    assert single(page).startswith(b"%PDF-")
    path.unlink()
    with pytest.raises(SourceError):
        single(page)


def test_another_process_extracts_it_from_the_file_or_gets_it_from_memory(tmp_path: Path) -> None:
    path = tmp_path / "one.pdf"
    path.write_bytes(made())
    from_disk, from_memory = read(path)[0], read(made())[0]
    sent = pickle.loads(pickle.dumps(from_disk))
    assert single(sent) == single(from_disk)
    path.unlink()
    with pytest.raises(SourceError):
        single(sent)  # only the path was sent
    copy = pickle.loads(pickle.dumps(from_memory))
    assert isinstance(copy.source, LoadedPageFile)
    assert [np.array_equal(page.pixels, from_memory.pixels) for page in read(single(copy))] == [True]


@pytest.mark.parametrize("entries", [{"Rotate": 90}, {"CropBox": [10, 10, 100, 70]}], ids=str)
def test_a_rotated_or_cropped_page_has_none(entries: dict[str, object]) -> None:
    """Readers disagree on where such a page begins."""
    assert read(made(**entries))[0].source is None


def test_a_page_of_an_encrypted_document_is_not_encrypted() -> None:
    buffer = io.BytesIO()
    with pikepdf.open(io.BytesIO(made())) as pdf:
        pdf.save(buffer, encryption=pikepdf.Encryption(user="greenhouse", owner="greenhouse"))
    page = read(buffer.getvalue(), password="greenhouse", separate_process="never")[0]
    (again,) = read(single(page))
    assert np.array_equal(again.pixels, page.pixels)
    assert "greenhouse" not in repr(page.source)


def test_a_page_that_is_decoded_in_a_process_of_its_own_has_none() -> None:
    assert read(made(), separate_process="always")[0].source is None


def test_a_derived_page_and_an_image_have_none() -> None:
    page = read(made())[0]
    assert page.derive(page.pixels).source is None
    assert page.derive(page.pixels, dpi=72).source is None
    assert Page(np.zeros((9, 9), np.uint8)).source is None


def test_threads_read_at_once() -> None:
    pages = read(text_pdf(6))
    with ThreadPoolExecutor(6) as threads:
        files = list(threads.map(single, pages))
    for data, page in zip(files, pages, strict=True):
        (again,) = read(data)
        assert np.array_equal(again.pixels, page.pixels)
