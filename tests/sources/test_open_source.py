import io
import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from made_files import encoded, picture, pixels, read, text_pdf
from PIL import Image

from ocrkit.config.settings import SourceOptions
from ocrkit.errors import SourceError
from ocrkit.sources import open_source, source_name

PNG = encoded(picture(), "PNG")


def test_every_kind_of_source_gives_the_same_page(tmp_path: Path) -> None:
    path = tmp_path / "page.png"
    path.write_bytes(PNG)
    expected = np.asarray(picture())
    with path.open("rb") as file, Image.open(path) as image:
        for source in (str(path), path, PNG, bytearray(PNG), memoryview(PNG), io.BytesIO(PNG), file, image):
            np.testing.assert_array_equal(pixels(source), expected)
        np.testing.assert_array_equal(pixels(expected), expected)


def test_the_name_of_a_file_is_ignored(tmp_path: Path) -> None:
    for name in ("page.jpg", "page.pdf", "page", "page.txt"):
        (tmp_path / name).write_bytes(PNG)
        assert read(tmp_path / name)[0].info["format"] == "png"


def test_the_file_object_of_the_caller_stays_open_and_where_it_was(tmp_path: Path) -> None:
    path = tmp_path / "page.png"
    path.write_bytes(PNG)
    with path.open("rb") as on_disk:
        for file in (on_disk, io.BytesIO(PNG)):
            file.seek(5)
            read(file)
            assert not file.closed
            assert file.tell() == 5


def test_a_pipe_is_read_to_its_end() -> None:
    reader, writer = os.pipe()

    def feed() -> None:
        with os.fdopen(writer, "wb") as stream:
            stream.write(PNG)

    feeder = threading.Thread(target=feed)
    with os.fdopen(reader, "rb") as stream:
        feeder.start()
        np.testing.assert_array_equal(pixels(stream), np.asarray(picture()))
        feeder.join()


def test_a_named_pipe_is_a_path_like_any_other(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    feeder = threading.Thread(target=path.write_bytes, args=(PNG,))
    feeder.start()
    np.testing.assert_array_equal(pixels(path), np.asarray(picture()))
    feeder.join()


def test_unflushed_data_of_a_file_object_is_read(tmp_path: Path) -> None:
    with (tmp_path / "page.png").open("w+b") as file:
        file.write(PNG)
        np.testing.assert_array_equal(pixels(file), np.asarray(picture()))


def test_a_file_object_that_fails_is_a_source_error() -> None:
    class Broken(io.RawIOBase):
        def readinto(self, _: object) -> int:
            raise OSError("the line went dead")

        def readable(self) -> bool:
            return True

    with pytest.raises(SourceError, match="the line went dead"):
        open_source(Broken())  # type: ignore[arg-type]
    closed = io.BytesIO(PNG)
    closed.close()
    with pytest.raises(SourceError, match="closed file"):
        open_source(closed)


def test_a_file_that_is_deleted_after_opening_is_a_source_error(tmp_path: Path) -> None:
    path = tmp_path / "page.png"
    path.write_bytes(PNG)
    source = open_source(path)
    path.unlink()
    with pytest.raises(SourceError, match="no such file"):
        source.page(0)


def test_a_file_that_was_unlinked_is_still_read(tmp_path: Path) -> None:
    path = tmp_path / "page.png"
    path.write_bytes(PNG)
    with path.open("rb") as file:
        path.unlink()
        np.testing.assert_array_equal(pixels(file), np.asarray(picture()))


def test_changing_the_working_directory_does_not_lose_an_open_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "page.png").write_bytes(PNG)
    monkeypatch.chdir(tmp_path)
    with open_source("page.png") as source:
        monkeypatch.chdir("/")
        assert source.page(0).width == 120


def test_sources_that_cannot_be_opened_say_why(tmp_path: Path) -> None:
    missing = str(tmp_path / "missing.png")
    with pytest.raises(SourceError, match="no such file") as caught:
        open_source(missing)
    assert caught.value.path == missing
    with pytest.raises(SourceError, match="a folder"):
        open_source(tmp_path)
    with pytest.raises(SourceError, match="download it first"):
        open_source("https://example.org/page.png")
    with pytest.raises(SourceError, match="not a valid path"):
        open_source("page\0.png")
    with pytest.raises(SourceError, match="0 bytes"):
        open_source(b"")
    with pytest.raises(SourceError, match="mode 'rb'"):
        open_source(io.StringIO("text"))  # type: ignore[arg-type]
    with pytest.raises(SourceError, match="a list cannot be read"):
        open_source([1, 2])  # type: ignore[arg-type]
    with pytest.raises(SourceError, match=r"HTML page.*Supported are PNG"):
        open_source(b"<html>not found</html>")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "secret.png"
    path.write_bytes(PNG)
    path.chmod(0)
    with pytest.raises(SourceError, match="no permission"):
        open_source(path)


@pytest.mark.parametrize("data", [PNG, encoded(picture(), "TIFF"), encoded(picture(), "GIF"), text_pdf()])
def test_a_source_may_be_closed_twice_and_cannot_be_read_afterwards(data: bytes) -> None:
    source = open_source(data)
    source.close()
    source.close()
    with pytest.raises(SourceError, match="closed"):
        source.page(0)


@pytest.mark.parametrize("data", [PNG, encoded(picture(), "TIFF"), encoded(picture(), "GIF"), text_pdf()])
def test_a_page_that_does_not_exist_is_an_error_with_its_number(data: bytes) -> None:
    with open_source(data) as source, pytest.raises(SourceError, match="the document has 1") as caught:
        source.page(1)
    assert caught.value.page == 2


@pytest.mark.parametrize("image_format", ["PNG", "JPEG", "TIFF", "GIF"])
def test_a_page_may_be_read_again(image_format: str) -> None:
    second = Image.new("RGB", (120, 80), "navy")
    many = {"save_all": True, "append_images": [second]}
    data = encoded(picture(), image_format, **({} if image_format == "JPEG" else many))
    with open_source(data) as source:
        order = [0, 0] if source.page_count == 1 else [1, 1, 0, 1]
        for _ in range(2):
            found = [source.page(index) for index in order]
            assert [page.index for page in found] == order
            np.testing.assert_array_equal(found[0].pixels, found[-1].pixels)


def test_source_names() -> None:
    assert source_name("a/b.png") == "a/b.png"
    assert source_name(Path("a/b.png")) == "a/b.png"
    assert source_name(PNG) is None
    assert source_name(io.BytesIO(PNG)) is None
    assert source_name(np.zeros((2, 2), np.uint8)) is None
    with Path(__file__).open("rb") as file:
        assert source_name(file) == __file__


def test_the_pixel_limit_holds_for_every_kind_of_source() -> None:
    image = Image.new("L", (200, 100))
    options = SourceOptions(max_pixels=19_999)
    for source in (
        encoded(image, "PNG"),
        encoded(image, "TIFF"),
        encoded(image, "GIF"),
        image,
        np.asarray(image),
    ):
        with (
            pytest.raises(SourceError, match=r"200 × 100 pixels.*`max_pixels`"),
            open_source(source, options) as it,
        ):
            it.page(0)


def test_importing_the_package_loads_no_decoder() -> None:
    code = (
        "import sys, ocrkit.sources;"
        "print(*[name for name in ('cv2', 'pypdfium2', 'pdf2image', 'pikepdf') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == ""
