import gc
import shutil
import subprocess
import sys
import threading
import tracemalloc
from pathlib import Path

import numpy as np
import pikepdf
import pytest
from made_files import Pdf, close_to, picture, pixels, read, text_pdf
from PIL import Image

from ocrkit.config.settings import SourceOptions
from ocrkit.errors import SourceError
from ocrkit.sources import open_source

CORNER = b"0 0 0 rg 10 60 40 10 re f "
"""A black bar, 40 × 10 points, near the top left corner of a page of 120 × 80."""


def ink(page: np.ndarray) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of what is dark."""
    rows, columns = np.nonzero((page if page.ndim == 2 else page.min(axis=2)) < 128)
    return int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1


def made(content: bytes = CORNER, **entries: object) -> bytes:
    pdf = Pdf()
    pdf.page(content, **entries)
    return pdf.done()


def test_a_page_is_rendered_at_the_requested_dpi() -> None:
    (page,) = read(made())
    assert (page.width, page.height, page.dpi) == (500, 334, 300)
    assert page.info["rendered"] is True
    assert page.is_gray
    (page,) = read(made(), dpi=72)
    assert ink(page.pixels) == (10, 10, 50, 20)
    (page,) = read(made(size=(612, 792)))
    assert (page.width, page.height) == (2550, 3300)


def test_color_stays_color() -> None:
    found = pixels(made(b"1 0 0 rg 10 60 40 10 re f"), dpi=72)
    assert found[15, 20].tolist() == [255, 0, 0]


@pytest.mark.parametrize(
    ("turn", "expected"),
    [(0, (10, 10, 50, 20)), (90, (60, 10, 70, 50)), (180, (70, 60, 110, 70)), (270, (10, 70, 20, 110))],
)
def test_the_rotation_of_a_page_is_applied(turn: int, expected: tuple[int, int, int, int]) -> None:
    assert ink(pixels(made(Rotate=turn), dpi=72)) == expected


def test_pages_may_be_read_in_any_order() -> None:
    with open_source(text_pdf(5)) as source:
        assert source.page_count == 5
        assert [source.page(index).number for index in (4, 0, 2)] == [5, 1, 3]


def test_a_file_on_disk_and_one_in_memory_are_the_same(tmp_path: Path) -> None:
    path = tmp_path / "Überweisung 1.pdf"
    path.write_bytes(made())
    np.testing.assert_array_equal(pixels(path), pixels(path.read_bytes()))


def test_bytes_before_the_header_are_skipped() -> None:
    assert ink(pixels(b"From: a mail gateway\r\n\r\n" + made(), dpi=72)) == (10, 10, 50, 20)


def test_a_huge_page_is_rendered_at_a_lower_dpi_with_a_warning() -> None:
    (page,) = read(
        made(b"0 0 0 rg 0 0 100000 100000 re f", size=(14400 * 20, 14400 * 20)), max_pixels=1_000_000
    )
    assert page.width * page.height <= 1_000_000
    assert page.dpi == pytest.approx(0.25, abs=0.01)
    assert "`max_pixels` allows 1,000,000 pixels" in page.warnings[0]


@pytest.mark.parametrize("size", [(1, 1), (0.5, 2000), (100_000, 3)])
def test_unusual_page_sizes_are_rendered(size: tuple[float, float]) -> None:
    (page,) = read(made(b"", size=size))
    assert page.width >= 1
    assert page.height >= 1


def test_media_boxes_with_swapped_corners_and_crop_boxes() -> None:
    swapped = made(MediaBox=pikepdf.Array([120, 80, 0, 0]))
    assert ink(pixels(swapped, dpi=72)) == (10, 10, 50, 20)
    cropped = made(CropBox=pikepdf.Array([5, 40, 65, 80]))
    (page,) = read(cropped, dpi=72)
    assert (page.width, page.height) == (60, 40)
    assert ink(page.pixels) == (5, 10, 45, 20)


def test_filled_form_fields_and_annotations_are_drawn() -> None:
    pdf = Pdf()
    page = pdf.page(b"", (200, 100))
    look = pikepdf.Stream(pdf.file, b"0 0 0 rg 0 0 60 20 re f")
    look.Type, look.Subtype = pikepdf.Name.XObject, pikepdf.Name.Form
    look.BBox = pikepdf.Array([0, 0, 60, 20])
    field = pdf.file.make_indirect(
        pikepdf.Dictionary(
            Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Widget, FT=pikepdf.Name.Tx, T="name", V="Ada",
            Rect=pikepdf.Array([20, 20, 80, 40]), F=4, AP=pikepdf.Dictionary(N=look),
        )
    )  # fmt: skip
    page.Annots = pikepdf.Array([field])
    pdf.file.Root.AcroForm = pikepdf.Dictionary(Fields=pikepdf.Array([field]))
    left, top, right, bottom = ink(pixels(pdf.done(), dpi=72))
    assert (left, top, right, bottom) == (20, 60, 80, 80)


@pytest.mark.parametrize("level", [2, 3, 4, 6])
def test_encrypted_files(level: int) -> None:
    pdf = Pdf()
    pdf.page(CORNER)
    locked = pdf.done(
        encryption=pikepdf.Encryption(
            user="sésame", owner="owner", R=level, aes=level >= 4, metadata=level >= 4
        )
    )
    with pytest.raises(SourceError, match="encrypted; pass its password"):
        open_source(locked)
    with pytest.raises(SourceError, match="given password is wrong") as caught:
        read(locked, password="guess-me")
    assert "guess-me" not in str(caught.value)
    assert ink(pixels(locked, password="sésame", dpi=72)) == (10, 10, 50, 20)
    assert ink(pixels(locked, password="owner", dpi=72)) == (10, 10, 50, 20)
    owner_only = pdf.done(encryption=pikepdf.Encryption(user="", owner="owner", R=6))
    assert ink(pixels(owner_only, dpi=72)) == (10, 10, 50, 20)
    assert ink(pixels(made(), password="not needed", dpi=72)) == (10, 10, 50, 20)


def test_broken_files_are_one_error() -> None:
    good = text_pdf(3)
    for data in (good[:15] + b"\n%%EOF", good[: len(good) // 3], b"%PDF-1.7\n" + bytes(range(256)) * 20):
        with pytest.raises(SourceError, match=r"damaged|no pages"):
            read(data)
    assert len(read(good.replace(b"startxref", b"startxxxx"), dpi=36)) == 3


def test_a_document_without_pages_is_an_error() -> None:
    with pytest.raises(SourceError, match="no pages"):
        open_source(Pdf().done())
    pdf = Pdf()
    pdf.page()
    with pytest.raises(SourceError, match="encrypted"):
        open_source(pdf.done(encryption=pikepdf.Encryption(user="a", owner="b")))
    with pytest.raises(SourceError, match="no pages"):
        open_source(Pdf().done())


def test_a_page_tree_that_contains_itself_is_an_error() -> None:
    body = (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        b"2 0 obj<</Type/Pages/Kids[2 0 R]/Count 1>>endobj\ntrailer<</Root 1 0 R/Size 3>>\n%%EOF"
    )
    with pytest.raises(SourceError):
        read(body)


def test_a_form_that_draws_itself_ends() -> None:
    pdf = Pdf()
    form = pdf.file.make_indirect(pikepdf.Stream(pdf.file, CORNER + b"/X Do"))
    form.Type, form.Subtype = pikepdf.Name.XObject, pikepdf.Name.Form
    form.BBox = pikepdf.Array([0, 0, 120, 80])
    form.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(X=form))
    pdf.page(b"/I0 Do", images=[form])
    assert len(read(pdf.done())) == 1


def test_a_missing_page_object_costs_that_page_only() -> None:
    pdf = Pdf()
    for _ in range(3):
        pdf.page(CORNER)
    pdf.file.pages[1].obj.Contents = pdf.file.make_indirect(pikepdf.Dictionary(Not="a stream"))
    with open_source(pdf.done()) as source:
        assert [source.page(index).number for index in (0, 2)] == [1, 3]


def test_too_many_pages_are_refused() -> None:
    with pytest.raises(SourceError, match="2 pages allowed; raise `max_pages`"):
        open_source(text_pdf(3), SourceOptions(max_pages=2))


def test_pages_are_not_held_in_memory() -> None:
    data = text_pdf(40)
    tracemalloc.start()
    try:
        with open_source(data, SourceOptions(dpi=150)) as source:
            for index in range(40):
                source.page(index)
        assert tracemalloc.get_traced_memory()[1] < 6_000_000
    finally:
        tracemalloc.stop()


def test_threads_may_read_different_documents_at_the_same_time() -> None:
    """A slow consumer holds nothing up: every reader stops in the middle and waits for the others."""
    data = [text_pdf(4) for _ in range(4)]
    expected = [page.pixels for page in read(data[0], dpi=72)]
    all_have_a_page = threading.Barrier(4, timeout=60)
    failures: list[str] = []

    def work(mine: bytes) -> None:
        with open_source(mine, SourceOptions(dpi=72)) as source:
            for index in range(4):
                page = source.page(index)
                all_have_a_page.wait()
                if not np.array_equal(page.pixels, expected[index]):
                    failures.append(f"page {page.number} differs")

    threads = [threading.Thread(target=work, args=(mine,)) for mine in data]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


def test_documents_that_are_not_closed_do_no_harm() -> None:
    for _ in range(30):
        source = open_source(made())
        source.page(0)
        del source
    gc.collect()
    assert ink(pixels(made(), dpi=72)) == (10, 10, 50, 20)


def test_reading_writes_nothing_to_stderr(capfd: pytest.CaptureFixture[str]) -> None:
    pdf = Pdf()
    pdf.scan(picture("L"))
    pdf.scan(picture("RGB"))
    read(pdf.done())
    assert capfd.readouterr() == ("", "")


def test_rendering_comes_close_to_the_image_it_shows() -> None:
    pdf = Pdf()
    pdf.scan(picture("L", (500, 334)), size=(120, 80.16))
    taken = pixels(pdf.done())
    rendered = pixels(pdf.done(), embedded_images=False)
    assert taken.shape == rendered.shape
    assert close_to(taken, rendered, 1)


@pytest.fixture(scope="module")
def long_scan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty pages of noise, a megabyte each."""
    path = tmp_path_factory.mktemp("long") / "scan.pdf"
    noise = np.random.default_rng(0).integers(0, 256, (1000, 1000), dtype=np.uint8)
    page = Image.fromarray(noise)
    page.save(path, save_all=True, append_images=[page] * 39, quality=90, resolution=100)
    assert path.stat().st_size > 30_000_000
    return path


MEASURE = """
import sys
import psutil
from ocrkit.config.settings import SourceOptions
from ocrkit.sources import open_source
def held():
    return psutil.Process().memory_full_info().uss
with open_source(sys.argv[1], SourceOptions()) as source:
    after = [held() for index in range(40) if source.page(index)]
print(after[-1] - after[4])
"""


@pytest.mark.long
def test_a_long_file_does_not_stay_in_memory(long_scan: Path) -> None:
    done = subprocess.run([sys.executable, "-c", MEASURE, long_scan], capture_output=True, check=True)
    assert int(done.stdout) < 22_000_000


def test_a_file_that_is_replaced_during_reading_is_read_as_it_was(long_scan: Path, tmp_path: Path) -> None:
    path = tmp_path / "scan.pdf"
    shutil.copy(long_scan, path)
    with open_source(path, SourceOptions()) as source:
        source.page(0)
        (tmp_path / "other.pdf").write_bytes(made())
        (tmp_path / "other.pdf").replace(path)
        assert [source.page(index).width for index in range(1, 40)] == [1000] * 39
