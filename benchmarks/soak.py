"""Read many pages in one process, and show that memory, open files, threads and children do not grow.

    python benchmarks/soak.py --pages 10000 --backend null
    python benchmarks/soak.py --pages 500 --backend ppocr --isolate

The pages are drawn: images of several kinds, scans in PDFs, digital PDFs, and a page that fails now and then.
"""

from __future__ import annotations

import argparse
import gc
import io
import itertools
import tempfile
import time
from pathlib import Path

import psutil
from PIL import Image, ImageDraw

import ocrkit
from ocrkit.errors import OcrkitError


def draw(folder: Path) -> list[Path]:
    """Some documents of each kind."""
    page = Image.new("RGB", (850, 1100), "white")
    writing = ImageDraw.Draw(page)
    for row in range(30):
        writing.text((80, 60 + row * 32), f"Line {row} of a page that is read again and again", "black")
    for kind in ("png", "jpg", "tif", "webp", "bmp", "gif", "jp2"):
        page.save(folder / f"page.{kind}")
    page.save(folder / "scan.pdf", save_all=True, append_images=[page.convert("L")] * 4, resolution=100)
    page.save(folder / "frames.tif", save_all=True, append_images=[page.rotate(1)] * 4)
    buffer = io.BytesIO()
    page.save(buffer, "PNG")
    (folder / "cut.png").write_bytes(buffer.getvalue()[:-2000])
    (folder / "dashes.pdf").write_bytes(
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj "
        b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]/Contents 4 0 R>>endobj "
        b"4 0 obj<</Length 40>>\nstream\n[3 2] 0 d 0 0 m 300 300 l S            \nendstream endobj\n"
        b"trailer<</Root 1 0 R>>\n%%EOF"
    )
    return sorted(folder.iterdir())


def measured(process: psutil.Process) -> dict[str, int]:
    gc.collect()
    return {
        "MB": process.memory_info().rss >> 20,
        "files": process.num_fds() if hasattr(process, "num_fds") else process.num_handles(),
        "threads": process.num_threads(),
        "children": len(process.children(recursive=True)),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=10_000)
    parser.add_argument("--backend", default="null")
    parser.add_argument("--isolate", action="store_true", default=None)
    arguments = parser.parse_args()
    process, read, failed, started = psutil.Process(), 0, 0, time.perf_counter()
    step = max(1, arguments.pages // 10)
    with (
        tempfile.TemporaryDirectory() as folder,
        ocrkit.Ocr(arguments.backend, isolate=arguments.isolate) as ocr,
    ):
        following = step
        for path in itertools.cycle(draw(Path(folder))):
            try:
                read += ocr.recognize(path).page_count
            except OcrkitError:
                failed += 1
            if read >= following:
                following += step
                seconds = time.perf_counter() - started
                print(
                    f"{read:6} pages, {failed:5} failures, {seconds:6.0f} s: {measured(process)}", flush=True
                )
            if read >= arguments.pages:
                return


if __name__ == "__main__":
    main()
