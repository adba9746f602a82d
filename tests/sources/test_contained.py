"""PDF pages that another process decodes, within limits."""

import gc
import os

import bombs
import numpy as np
import pikepdf
import psutil
import pytest
from made_files import Pdf, picture, read, text_pdf

from ocrkit.config.settings import SourceOptions
from ocrkit.errors import SourceError
from ocrkit.sources import open_source

BOMBS = {name: data for name, (data, _) in bombs.bombs().items()}
QUICK = {"page_seconds": 1}


def drawn() -> bytes:
    pdf = Pdf()
    pdf.scan(picture("RGB"))
    pdf.page(b"1 0 0 rg 10 10 50 40 re f", (200, 100))
    pdf.scan(picture("L"), size=(121, 83))
    return pdf.done()


def test_pages_are_the_same_as_in_this_process() -> None:
    for inside, outside in zip(
        read(drawn(), separate_process="never"), read(drawn(), separate_process="always"), strict=True
    ):
        np.testing.assert_array_equal(inside.pixels, outside.pixels)
        assert (inside.dpi, inside.index, inside.original_size) == (
            outside.dpi,
            outside.index,
            outside.original_size,
        )
        assert {**inside.info, "contained": "no known hazard"} == dict(outside.info)
        assert not outside.pixels.flags.writeable


def test_a_large_page_comes_in_strips() -> None:
    pdf = Pdf()
    pdf.page(b"1 0 0 rg 10 10 500 400 re f", (1300, 700))
    (inside,), (outside,) = (read(pdf.done(), separate_process=each) for each in ("never", "always"))
    assert outside.pixels.nbytes > 32_000_000
    np.testing.assert_array_equal(inside.pixels, outside.pixels)


@pytest.mark.long
@pytest.mark.parametrize("name", ["forms", "tiles"])
def test_a_page_that_takes_too_long_fails_and_the_next_file_is_read(name: str) -> None:
    with open_source(BOMBS[name], SourceOptions(**QUICK)) as source:
        with pytest.raises(
            SourceError, match=r"more than 1 seconds; raise `page_seconds`|may need more memory"
        ) as caught:
            source.page(0)
        assert caught.value.page == 1
    assert len(read(text_pdf(2), separate_process="always", **QUICK)) == 2


def test_the_other_pages_of_a_file_are_read() -> None:
    data = bombs.page(b"[0.5] 0 d 0 0 m 100 100 l S", pages=3)
    assert [page.info["contained"] for page in read(data)] == ["dashed lines"] * 3


def test_a_soft_mask_that_unfolds_to_gigabytes_is_an_error() -> None:
    with (
        open_source(BOMBS["soft mask"]) as source,
        pytest.raises(SourceError, match="an image that is too large"),
    ):
        source.page(0)


@pytest.mark.parametrize("name", ["jpeg", "jpeg 2000", "jbig2"])
def test_an_image_that_is_larger_than_stated_is_refused_by_its_header(name: str) -> None:
    for where in ("auto", "never"):
        with (
            open_source(BOMBS[name], SourceOptions(separate_process=where)) as source,
            pytest.raises(SourceError, match=r"an image of \d+ × \d+ pixels.*`max_pixels`"),
        ):
            source.page(0)


def test_a_wrong_password_is_an_error_at_once() -> None:
    pdf = Pdf()
    pdf.page(b"")
    data = pdf.done(encryption=pikepdf.Encryption(owner="a", user="secret"))
    with pytest.raises(SourceError, match="encrypted; pass its password"):
        open_source(data)
    (page,) = read(data, password="secret")
    assert page.info["contained"] == "encryption"


def test_nothing_is_left_behind(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    source = open_source(drawn(), SourceOptions(separate_process="always"))
    source.page(0)
    assert [path.suffix for path in tmp_path.iterdir()] == [".pdf"]
    source.close()
    source.close()
    forgotten = open_source(drawn(), SourceOptions(separate_process="always"))
    forgotten.page(0)
    del forgotten
    gc.collect()
    assert list(tmp_path.iterdir()) == []
    for _ in range(3):
        read(drawn(), separate_process="always")
    assert len(psutil.Process(os.getpid()).children()) <= 2
