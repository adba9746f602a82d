import numpy as np
from made_files import encoded, picture, read
from PIL import Image

from ocrkit.sources import open_source


def animation(count: int) -> bytes:
    frames = []
    for number in range(count):
        frame = Image.new("L", (64, 48), 255)
        frame.paste(number % 200, (number % 60, 0, number % 60 + 4, 48))
        frames.append(frame)
    return encoded(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=20)


def test_frames_are_composited() -> None:
    """A frame that stores only what changed is still a whole page."""
    first = picture("L").convert("P")
    second = first.copy()
    second.paste(0, (100, 60, 110, 70))
    data = encoded(first, "GIF", save_all=True, append_images=[second], duration=50)
    pages = read(data)
    assert [page.info["frame"] for page in pages] == [0, 1]
    for page, expected in zip(pages, (first, second), strict=True):
        found = page.pixels if page.is_gray else page.pixels[..., 0]
        np.testing.assert_array_equal(found, np.asarray(expected.convert("L")))


def test_transparent_frames_become_white() -> None:
    clear = Image.new("RGBA", (20, 20), (0, 0, 0, 0))
    clear.paste((10, 10, 10, 255), (5, 5, 10, 10))
    (page,) = read(encoded(clear, "GIF"))
    assert page.pixels[0, 0].min() == 255
    assert page.pixels[7, 7].max() < 40


def test_a_thousand_frames_are_read_one_at_a_time() -> None:
    with open_source(animation(1000)) as source:
        assert source.page_count == 1000
        for index in range(0, 1000, 10):
            assert source.page(index).pixels[20, index % 60 + 1].max() == index % 200
        assert source.page(999).info["frame"] == 999
