"""A collection of broken and hostile files: every one is pages or one typed error, soon and within bounds."""

import json
import os
import random
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from made_files import Pdf, encoded, picture, png_with_header, text_pdf, tiff_of
from PIL import Image

READ_ALL = """
import json, os, re, resource, signal, sys
from pathlib import Path
import cv2, logging
from PIL import Image
from ocrkit.errors import SourceError
from ocrkit.sources import open_source
resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
def world():
    return (Image.MAX_IMAGE_PIXELS, cv2.getNumThreads(), dict(os.environ), os.getcwd(),
            list(logging.root.handlers), logging.root.level)
before, results = world(), {}
for path in sorted(Path(sys.argv[1]).iterdir()):
    signal.alarm(20)  # a file that hangs ends the whole run
    try:
        with open_source(path) as source:
            outcome = f"{len([source.page(index).index for index in range(source.page_count)])} pages"
    except SourceError as error:
        outcome = "error" if error.path == str(path) else f"without its path: {error!r}"
    except BaseException as error:
        outcome = repr(error)
    results[path.name] = outcome
# Not ru_maxrss: a child inherits that from the parent it was forked from.
peak = int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) // 1024
print(json.dumps({"results": results, "peak": peak, "untouched": world() == before}))
"""


def flipped(data: bytes, seed: int) -> bytes:
    chance = random.Random(seed)
    damaged = bytearray(data)
    for _ in range(12):
        damaged[chance.randrange(len(data) // 3, len(data))] ^= 1 << chance.randrange(8)
    return bytes(damaged)


def collection() -> dict[str, bytes]:
    image = Image.effect_noise((160, 120), 60).convert("RGB")
    good = {
        name: encoded(image, image_format, **options)
        for name, image_format, options in (
            ("jpg", "JPEG", {}), ("png", "PNG", {}), ("gif", "GIF", {}), ("webp", "WEBP", {}),
            ("bmp", "BMP", {}), ("tif", "TIFF", {"compression": "tiff_lzw"}), ("jp2", "JPEG2000", {}),
            ("avif", "AVIF", {}), ("ppm", "PPM", {}),
        )
    } | {"pdf": text_pdf(2)}  # fmt: skip
    pages = Pdf()
    for _ in range(300):
        pages.page()
    huge = Pdf()
    huge.page(b"", (288_000, 288_000))
    files = {
        "empty.png": b"",
        "one_byte.pdf": b"%",
        "html.jpg": b"<html>404</html>",
        "zip.pdf": b"PK\x03\x04" + bytes(100),
        "random.bin": random.Random(1).randbytes(4096),
        "zero_width.png": png_with_header(0, 10),
        "header_only.png": png_with_header(60_000, 60_000),
        "bilevel_bomb.png": png_with_header(30_000, 30_000, 1, 0, zlib.compress(bytes(3751 * 3000))),
        "widest.png": png_with_header(2**31 - 1, 1),
        "bomb.gif": b"GIF89a\xff\xff\xff\xff\0\0\0,\0\0\0\0\xff\xff\xff\xff\0\x02",
        "bomb.tif": tiff_of(np.asarray(picture("L"))).replace(b"\x00\x01\x04\x00\x01\0\0\0\x78\0\0\0", b"\x00\x01\x04\x00\x01\0\0\0\0\0\xff\0"),
        "one_pixel.png": encoded(Image.new("L", (1, 1)), "PNG"),
        "strip.png": encoded(Image.new("L", (12_000, 3)), "PNG"),
        "pages.pdf": pages.done(),
        "huge_page.pdf": huge.done(),
        "no_pages.pdf": Pdf().done(),
        "pages.tif": encoded(Image.new("1", (8, 8)), "TIFF", save_all=True, append_images=[Image.new("1", (8, 8))] * 300),
    }  # fmt: skip
    for name, data in good.items():
        files[f"good.{name}"] = data
        files[f"trailing.{name}"] = data + bytes(5000)
        files[f"magic_only.{name}"] = data[:8]
        for share in (0.3, 0.6, 0.95):
            files[f"cut_{share}.{name}"] = data[: int(len(data) * share)]
        for seed in range(6):
            files[f"flipped_{seed}.{name}"] = flipped(data, seed)
    return files


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    folder, temporary = tmp_path_factory.mktemp("malformed"), tmp_path_factory.mktemp("temporary")
    for name, data in collection().items():
        (folder / name).write_bytes(data)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", READ_ALL, str(folder)],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "TMPDIR": str(temporary)},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout.splitlines()[-1])
    found["left over"] = [path.name for path in Path(temporary).iterdir()]
    return found


def test_every_file_is_pages_or_one_typed_error(report: dict) -> None:
    for name, outcome in report["results"].items():
        assert outcome == "error" or outcome.endswith(" pages"), f"{name}: {outcome}"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("empty.png", "error"), ("one_byte.pdf", "error"), ("html.jpg", "error"), ("zip.pdf", "error"),
        ("random.bin", "error"), ("zero_width.png", "error"), ("header_only.png", "error"),
        ("bilevel_bomb.png", "error"), ("widest.png", "error"), ("bomb.gif", "error"), ("bomb.tif", "error"),
        ("no_pages.pdf", "error"), ("one_pixel.png", "1 pages"), ("strip.png", "1 pages"),
        ("pages.pdf", "300 pages"), ("huge_page.pdf", "1 pages"), ("pages.tif", "301 pages"),
    ]
    + [(f"{state}.{name}", expected)
       for name in ("jpg", "png", "gif", "webp", "bmp", "tif", "jp2", "avif", "ppm")
       for state, expected in (("good", "1 pages"), ("trailing", "1 pages"), ("magic_only", "error"),
                               ("cut_0.3", "error"), ("cut_0.6", "error"), ("cut_0.95", "error"))],
)  # fmt: skip
def test_each_malformed_file_has_its_expected_outcome(report: dict, name: str, expected: str) -> None:
    assert report["results"][name] == expected


def test_memory_stays_within_bounds(report: dict) -> None:
    assert report["peak"] < 1500


def test_no_global_state_changes_and_no_file_is_left(report: dict) -> None:
    assert report["untouched"]
    assert report["left over"] == []
