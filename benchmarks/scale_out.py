"""Measure the overhead of Ray: `ocrkit batch`, the same with `--ray local`, and a run into Parquet, in turn.

    python benchmarks/scale_out.py                      # the embedded engine, 40 and 240 pages
    python benchmarks/scale_out.py --driver             # the cost per page in the driver of a batch
    python benchmarks/scale_out.py --memory             # memory for 300 and for 6000 pages, without an engine

Each contender is a separate program with the same number of processes, timed from start to end with a small and a
large number of pages: the difference gives the cost per page, the rest is the cost of starting.
"""

from __future__ import annotations

import argparse
import os
import pickle
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

import pages
from PIL import Image, ImageDraw, ImageFont

from ocrkit import cpu

JOBS = cpu.available()
PAGES_PER_FILE = 10

BATCH = (sys.executable, "-m", "ocrkit", "batch", "{source}", "--out", "{out}", "-f", "json", "--quiet")
RECOGNIZE_INTO = (
    "import sys\nfrom ocrkit.distributed import recognize_into\n"
    "recognize_into(sys.argv[2], [sys.argv[1]], address='local')"
)
CONTENDERS = {
    "ocrkit batch": BATCH,
    "ocrkit batch --ray local": (*BATCH, "--ray", "local"),
    "recognize_into": (sys.executable, "-c", RECOGNIZE_INTO, "{source}", "{out}"),
}


def create_pdfs(folder: Path, count: int) -> Path:
    """Create PDFs of ten unique pages each. With few, large letters, a page takes a fraction of a second."""
    source = folder / f"scans-{count}"
    source.mkdir()
    image, _ = pages.draw("en", point=20, dpi=100)
    font = ImageFont.truetype(pages.SERIF, 28)
    for first in range(0, count, PAGES_PER_FILE):
        images = []
        for number in range(first, min(first + PAGES_PER_FILE, count)):
            images.append(image.copy())
            ImageDraw.Draw(images[-1]).text((80, 20), f"page {number + 1}", font=font, fill=0)
        path = source / f"{first:04}.pdf"
        images[0].save(path, save_all=True, append_images=images[1:], resolution=100, quality=90)
    return source


def time_command(command: tuple[str, ...], source: Path, backend: str, *, show: bool = False) -> float:
    environment = {
        **os.environ,
        "OCRKIT_BACKEND": backend,
        "OCRKIT_WORKERS": str(JOBS),
        "OCRKIT_THREADS": "1",
        "RAY_USAGE_STATS_ENABLED": "0",
    }
    with tempfile.TemporaryDirectory() as out:
        arguments = [part.replace("{source}", str(source)).replace("{out}", f"{out}/out") for part in command]
        started = time.perf_counter()
        done = subprocess.run(arguments, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(done.stderr)
        if show:
            print(done.stdout.strip(), flush=True)
        return time.perf_counter() - started


def compare(backend: str, few: int, many: int, rounds: int) -> None:
    times: dict[tuple[str, int], list[float]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as name:
        sources = {count: create_pdfs(Path(name), count) for count in (few, many)}
        for _ in range(rounds):
            for count, source in sources.items():
                for title, command in CONTENDERS.items():
                    times[title, count].append(time_command(command, source, backend))
                    print(title, count, round(times[title, count][-1], 1), os.getloadavg(), file=sys.stderr)
    print(f"\n{backend}, {JOBS} processes with one thread each, medians of {rounds} rounds\n")
    print(
        f"| | s for {few} pages | s for {many} pages | ms per page | relative to `ocrkit batch` | s to start |"
    )
    print("|---|---|---|---|---|---|")
    plain = statistics.median(slopes(times, "ocrkit batch", few, many))
    for title in CONTENDERS:
        slope = statistics.median(slopes(times, title, few, many))
        start = statistics.median(times[title, few]) - few * slope
        print(
            f"| {title} | {statistics.median(times[title, few]):.1f} | {statistics.median(times[title, many]):.1f} "
            f"| {1000 * slope:.0f} | {slope / plain:.2f} | {start:.1f} |"
        )


def slopes(times: dict[tuple[str, int], list[float]], title: str, few: int, many: int) -> list[float]:
    pairs = zip(times[title, few], times[title, many], strict=True)
    return [(long - short) / (many - few) for short, long in pairs]


def driver() -> None:
    """The CPU time for a dense page in the process that writes the journal, and the size of its row."""
    import ocrkit
    from ocrkit.batch.journal import compressed

    result = ocrkit.recognize(pages.draw("en")[0]).pages[0]
    data = result.model_dump_json()
    pickled = pickle.dumps(result)
    started = time.process_time()
    for _ in range(20):
        compressed(pickle.loads(pickled))
    print(
        f"{1000 * (time.process_time() - started) / 20:.1f} ms to receive and pack {len(result.words)} words"
    )
    print(
        f"{len(data) / 1e3:.0f} kB of JSON, {len(compressed(result)) / 1e3:.0f} kB compressed, {len(pickled) / 1e3:.0f} kB pickled"
    )


MEASURE_MEMORY = """
import os, resource, sys, threading, time
from ocrkit.distributed import recognize_into
peak = [0]
def watch():
    while True:
        state = os.statvfs("/dev/shm")
        peak[0] = max(peak[0], (state.f_blocks - state.f_bfree) * state.f_frsize)
        time.sleep(0.05)
threading.Thread(target=watch, daemon=True).start()
state = recognize_into(sys.argv[2], [sys.argv[1]], address="local")
held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(f"| {state.pages_read} | {state.seconds:.1f} | {held / 1e3:.0f} | {peak[0] / 1e6:.1f} |")
"""


def memory() -> None:
    """Run tiny pages, 100 per file, through the backend `null`."""
    print("| pages | seconds after start | MB of the driver | MB of shared memory |\n|---|---|---|---|")
    for count in (300, 6000):
        with tempfile.TemporaryDirectory() as name:
            source = Path(name) / "scans"
            source.mkdir()
            for number in range(count // 100):
                first, *more = [Image.new("L", (40, 24), (number + index) % 256) for index in range(100)]
                first.save(source / f"{number:03}.tif", save_all=True, append_images=more)
            time_command(
                (sys.executable, "-c", MEASURE_MEMORY, "{source}", "{out}"), source, "null", show=True
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--backend", default="ppocr")
    parser.add_argument("--few", type=int, default=40)
    parser.add_argument("--many", type=int, default=240)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--driver", action="store_true", help="measure the cost per page in the driver")
    parser.add_argument("--memory", action="store_true", help="measure the memory")
    arguments = parser.parse_args()
    if arguments.driver:
        driver()
    elif arguments.memory:
        memory()
    else:
        compare(arguments.backend, arguments.few, arguments.many, arguments.rounds)


if __name__ == "__main__":
    main()
