import io
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pikepdf
import pytest
from made_files import Pdf, close_to, picture, pixels, read, text_pdf

from ocrkit.config.settings import SourceOptions
from ocrkit.errors import MissingDependencyError, SourceError
from ocrkit.sources import open_source

POPPLER = {"rasterizer": "pdf2image"}


@pytest.fixture(autouse=True)
def poppler(require_program: Callable[[str], str]) -> None:
    require_program("pdftoppm")
    require_program("pdfinfo")


def test_both_rasterizers_give_about_the_same_page(tmp_path: Path) -> None:
    pdf = Pdf()
    pdf.page(b"1 0 0 rg 10 60 40 10 re f BT 0 g /F 14 Tf 20 20 Td (Some text) Tj ET")
    pdf.page(b"0 0 0 rg 10 60 40 10 re f", Rotate=90)
    pdf.page(b"0 0 0 rg 10 60 40 10 re f", CropBox=pikepdf.Array([0, 40, 60, 80]))
    pdf.scan(picture("L", (480, 320)))
    path = tmp_path / "pages.pdf"
    path.write_bytes(pdf.done())
    for source in (path, path.read_bytes()):
        ours = read(source, embedded_images=False, dpi=144)
        theirs = read(source, dpi=144, **POPPLER)
        assert len(ours) == len(theirs) == 4
        for one, other in zip(ours, theirs, strict=True):
            assert close_to(one.pixels, other.pixels, 5)
            assert one.dpi == other.dpi
            assert one.is_gray == other.is_gray


def test_pages_are_rendered_one_by_one_and_in_any_order() -> None:
    with open_source(text_pdf(4), SourceOptions.model_validate({"dpi": 50, **POPPLER})) as source:
        assert source.page_count == 4
        assert [source.page(index).number for index in (3, 0)] == [4, 1]
        with pytest.raises(SourceError, match="the document has 4"):
            source.page(4)


def test_nothing_is_left_in_the_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    source = open_source(io.BytesIO(text_pdf()), SourceOptions.model_validate(POPPLER))
    assert len(list(tmp_path.iterdir())) == 1
    source.page(0)
    source.close()
    source.close()
    assert not list(tmp_path.iterdir())
    with pytest.raises(SourceError, match="closed"):
        source.page(0)
    with pytest.raises(SourceError):
        open_source(text_pdf()[:40], SourceOptions.model_validate(POPPLER))
    assert not list(tmp_path.iterdir())


def test_passwords() -> None:
    pdf = Pdf()
    pdf.page(b"0 0 0 rg 10 60 40 10 re f")
    locked = pdf.done(encryption=pikepdf.Encryption(user="secret", owner="owner", R=6))
    with pytest.raises(SourceError, match="encrypted; pass its password"):
        read(locked, **POPPLER)
    with pytest.raises(SourceError, match="given password is wrong"):
        read(locked, password="guess", **POPPLER)
    assert pixels(locked, password="secret", dpi=72, **POPPLER).shape == (80, 120)


def test_broken_files_are_one_error() -> None:
    for data in (text_pdf()[:40], b"%PDF-1.4\n%%EOF", Pdf().done()):
        with pytest.raises(SourceError):
            read(data, **POPPLER)


def test_a_huge_page_is_rendered_at_a_lower_dpi() -> None:
    pdf = Pdf()
    pdf.page(b"", (20_000, 20_000))
    (page,) = read(pdf.done(), max_pixels=1_000_000, **POPPLER)
    assert page.width * page.height <= 1_000_000
    assert page.warnings


def test_the_page_limit_holds() -> None:
    with pytest.raises(SourceError, match="`max_pages`"):
        read(text_pdf(3), max_pages=2, **POPPLER)


def test_without_poppler_the_error_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingDependencyError, match=r"apt-get install poppler-utils.*brew install poppler"):
        read(text_pdf(), **POPPLER)


def test_a_page_has_8_bit_pixels_and_names_its_rasterizer() -> None:
    (page,) = read(text_pdf(), dpi=50, **POPPLER)
    assert page.pixels.dtype == np.uint8
    assert page.info["rasterizer"] == "pdf2image"
