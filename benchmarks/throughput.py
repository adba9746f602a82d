"""Compare the throughput of ocrkit and its peers on all cores, for a scanned PDF and for a folder of images.

    python -m venv peers && peers/bin/pip install \\
        pdf2image pytesseract ocrmypdf kreuzberg rapidocr onnxruntime
    python benchmarks/throughput.py --peers peers/bin/python     # the comparison
    python benchmarks/throughput.py --ways                       # one page at a time, threads, processes
    python benchmarks/throughput.py --outside                    # CPU time outside the engine
    python benchmarks/throughput.py --memory                     # peak memory for 20 and 500 pages

Each contender is a separate program, timed from start to end, including loading models. Contenders take turns, so
that other load on the machine affects all of them. Their texts are compared with the ground truth, so that speed at
the expense of accuracy is visible.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pages
import psutil
from PIL import Image, ImageDraw, ImageFont
from scoring import words_lost

import ocrkit
from ocrkit import cpu

PEERS = Path(__file__).parent / "peers"
JOBS = cpu.available()


@dataclass(frozen=True)
class Contender:
    """A program that reads a PDF or a folder into a text."""

    name: str
    engine: str
    program: tuple[str, ...]
    """The command, with the placeholders `{source}` and `{out}`."""
    environment: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Usage:
    """The resources that a program used."""

    seconds: float
    cpu_seconds: float
    megabytes: float
    """The peak memory of all its processes together, with shared memory counted once."""


def contenders(peers: str | None) -> Iterator[Contender]:
    if peers:
        folder = str(Path(peers).parent)
        path = {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}

        def script(name: str) -> tuple[str, ...]:
            return (peers, str(PEERS / f"{name}.py"), "{source}", "{out}")

        yield Contender("pdf2image + pytesseract loop", "tesseract", script("pytesseract_loop"), path)
        yield Contender(
            "the same, OMP_THREAD_LIMIT=1", "tesseract", script("pytesseract_loop"), path | {"OMP_THREAD_LIMIT": "1"}
        )  # fmt: skip
        ocrmypdf = ("sh", str(PEERS / "ocrmypdf_jobs.sh"), "{source}", "{out}", str(JOBS))
        yield Contender(f"ocrmypdf --jobs {JOBS}", "tesseract", ocrmypdf, path)
        yield Contender("kreuzberg", "tesseract", script("kreuzberg_batch"), path)
        yield Contender("rapidocr loop", "PP-OCR", script("rapidocr_loop"), path)
    program = str(Path(sys.executable).with_name("ocrkit"))
    for name, engine, backend, environment in (
        ("ocrkit, tesseract program", "tesseract", "tesseract", {"OCRKIT_BACKENDS__TESSERACT__RUNNER": "pytesseract"}),
        ("ocrkit, tesserocr", "tesseract", "tesseract", {"OCRKIT_BACKENDS__TESSERACT__RUNNER": "tesserocr"}),
        ("ocrkit, ppocr", "PP-OCR", "ppocr", {}),
    ):  # fmt: skip
        command = (
            program,
            "batch",
            "{source}",
            "--out",
            "{out}",
            "--backend",
            backend,
            "--lang",
            "en",
            "--quiet",
        )
        yield Contender(name, engine, command, environment)


def run(contender: Contender, source: Path, out: Path) -> Usage:
    """Run a contender, and measure its time and memory from outside."""
    command = [part.format(source=source, out=out) for part in contender.program]
    environment = {**os.environ, **contender.environment}
    before = os.times()
    started = time.perf_counter()
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    peak = [0.0]
    watcher = threading.Thread(target=watch_memory, args=(process.pid, peak), daemon=True)
    watcher.start()
    _, stderr = process.communicate()
    seconds = time.perf_counter() - started
    watcher.join()
    if process.returncode:
        raise SystemExit(f"{contender.name} failed: {stderr.strip()}")
    after = os.times()
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return Usage(seconds, used, peak[0])


def watch_memory(pid: int, peak: list[float]) -> None:
    """Record the peak memory of a process and its descendants."""
    try:
        root = psutil.Process(pid)
        while root.is_running() and root.status() != psutil.STATUS_ZOMBIE:
            peak[0] = max(
                peak[0], sum(resident_memory(each) for each in (root, *root.children(recursive=True))) / 1e6
            )
            time.sleep(0.25)
    except psutil.Error:
        pass


def resident_memory(process: psutil.Process) -> float:
    try:
        info = process.memory_full_info()
        return float(getattr(info, "pss", info.uss))
    except psutil.Error:  # the process has just ended
        return 0.0


def text_of(out: Path) -> str:
    files = sorted(out.rglob("*.txt")) if out.is_dir() else [out]
    return "\n".join(file.read_text(encoding="utf-8") for file in files)


def create_sources(folder: Path, count: int) -> tuple[dict[str, Path], str]:
    """Draw pages, as a scanned PDF and as a folder of PNGs at 200 dpi, and return their text."""
    images, truths = [], []
    scans = folder / "scans"
    scans.mkdir()
    for number in range(count):
        font_file, point = list(pages.SETTINGS.values())[number % len(pages.SETTINGS)]
        image, truth = pages.draw("en", font_file=font_file, point=point)
        mark = f"page {number + 1}"  # makes each page unique, so that no result comes from a cache
        ImageDraw.Draw(image).text((160, 30), mark, font=ImageFont.truetype(font_file, 36), fill=0)
        truth = f"{mark}\n{truth}"
        image.save(scans / f"{number:03}.png", dpi=(200, 200))
        images.append(image)
        truths.append(truth)
    save_pdf(folder / "scan.pdf", images)
    return {"scanned PDF": folder / "scan.pdf", "folder of PNGs": scans}, "\n".join(truths)


def save_pdf(path: Path, images: list[Image.Image]) -> None:
    images[0].save(path, save_all=True, append_images=images[1:], resolution=200, quality=90)


def compare(arguments: argparse.Namespace) -> None:
    all_contenders = list(contenders(arguments.peers))
    if arguments.only:
        all_contenders = [each for each in all_contenders if arguments.only in each.name]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sources, truth = create_sources(folder, arguments.pages)
        usages: dict[tuple[str, str], list[Usage]] = defaultdict(list)
        lost: dict[tuple[str, str], float] = {}
        for number in range(arguments.rounds):
            first = number % len(all_contenders)  # each round starts with another one
            for kind, source in sources.items():
                for each in all_contenders[first:] + all_contenders[:first]:
                    out = folder / "out"
                    usages[kind, each.name].append(run(each, source, out))
                    lost[kind, each.name] = words_lost(text_of(out), truth)
                    shutil.rmtree(out) if out.is_dir() else out.unlink()
        for kind in sources:
            print_table(kind, all_contenders, usages, lost, arguments)


def print_table(
    kind: str,
    all_contenders: list[Contender],
    usages: dict[tuple[str, str], list[Usage]],
    lost: dict[tuple[str, str], float],
    arguments: argparse.Namespace,
) -> None:
    print(f"\n{kind}, {arguments.pages} pages, {JOBS} cores, median of {arguments.rounds}:\n")
    print(
        "| engine | program | pages per minute | speed-up over the loop | CPU s per page | peak MB | words lost |"
    )
    print("|---|---|---|---|---|---|---|")
    first = {each.engine: each.name for each in reversed(all_contenders)}  # the plain loop of each engine
    for each in sorted(all_contenders, key=lambda each: each.engine):
        own, loop = usages[kind, each.name], usages[kind, first[each.engine]]
        ratio = statistics.median(
            plain.seconds / usage.seconds for plain, usage in zip(loop, own, strict=True)
        )
        print(
            f"| {each.engine} | {each.name} "
            f"| {60 * arguments.pages / statistics.median(usage.seconds for usage in own):.0f} "
            f"| {ratio:.2f} "
            f"| {statistics.median(usage.cpu_seconds for usage in own) / arguments.pages:.2f} "
            f"| {max(usage.megabytes for usage in own):.0f} "
            f"| {lost[kind, each.name]:.4f} |",
            flush=True,
        )


MODES = {
    "one page at a time, one thread": {"workers": 1, "threads": 1, "isolate": False},
    "one page at a time, all cores": {"workers": 1, "isolate": False},
    "threads": {"workers": JOBS, "isolate": False},
    "processes": {"workers": JOBS, "isolate": True},
}
BACKENDS: dict[str, tuple[str, dict[str, str]]] = {
    "ppocr": ("ppocr", {}),
    "tesseract by tesserocr": ("tesseract", {"runner": "tesserocr"}),
    "tesseract as a program": ("tesseract", {"runner": "pytesseract"}),
}


def compare_modes(count: int, rounds: int) -> None:
    """Pages per minute of one document with loaded models, by threads and processes."""
    print(f"\n| pages per minute | {' | '.join(MODES)} |\n|---|{'---|' * len(MODES)}")
    with tempfile.TemporaryDirectory() as name:
        source = create_sources(Path(name), count)[0]["scanned PDF"]
        for title, (backend, options) in BACKENDS.items():
            speeds: dict[str, list[float]] = defaultdict(list)
            with contextlib.ExitStack() as stack:
                readers = {
                    mode: stack.enter_context(
                        ocrkit.Ocr(
                            settings=ocrkit.Settings(
                                backend=backend, languages=("en",), backends={backend: options}, **values
                            )
                        )
                    )
                    for mode, values in MODES.items()
                }
                for ocr in readers.values():
                    ocr.recognize(source, pages=f"1-{JOBS}")
                for _ in range(rounds):
                    for mode, ocr in readers.items():
                        started = time.perf_counter()
                        for _page in ocr.stream(source):
                            pass
                        speeds[mode].append(60 * count / (time.perf_counter() - started))
            cells = [f"{statistics.median(speeds[mode]):.0f}" for mode in MODES]
            print(f"| {title} | {' | '.join(cells)} |", flush=True)


class TimedBackend:
    """A backend that measures the CPU time of each page."""

    def __init__(self, backend: ocrkit.OcrBackend) -> None:
        self.name, self.capabilities, self.close = backend.name, backend.capabilities, backend.close
        self._recognize = backend.recognize
        self.seconds = 0.0

    def fingerprint(self) -> str:
        return "not reused"

    def recognize(self, page: ocrkit.Page, request: ocrkit.Request) -> ocrkit.PageResult:
        started = cpu_time()
        result = self._recognize(page, request)
        self.seconds += cpu_time() - started
        return result


def outside(count: int) -> None:
    """The share of CPU time outside the engine, in a batch that writes text and JSON.

    One thread reads the pages in this process; the start is not measured.
    """
    print("\n| source | backend | ms per page outside the engine | share |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        sources, _ = create_sources(Path(name), count)
        for kind, source in sources.items():
            for backend in ("ppocr", "tesseract"):
                total, engine = measure_batch(backend, source, Path(name) / f"{source.name}-{backend}")
                milliseconds = 1000 * (total - engine) / count
                print(f"| {kind} | {backend} | {milliseconds:.0f} | {1 - engine / total:.1%} |", flush=True)


def measure_batch(backend: str, source: Path, out: Path) -> tuple[float, float]:
    """The CPU seconds of a whole batch, and those inside the engine."""
    with ocrkit.Ocr(backend, threads=1) as owner:
        timed = TimedBackend(owner.backend)
        with ocrkit.Ocr(timed, languages=["en"], workers=1) as ocr:
            ocr.recognize(pages.draw("en")[0])  # loads the models
            timed.seconds, started = 0.0, cpu_time()
            ocrkit.Batch(ocr, out, formats=["text", "json"]).run([source])
            return cpu_time() - started, timed.seconds


def cpu_time() -> float:
    """The CPU time of this process and of its child processes."""
    times = os.times()
    return time.process_time() + times.children_user + times.children_system


def memory() -> None:
    """The peak memory for a short and a long document, with the command line and as a stream."""
    image, _ = pages.draw("en", point=24, dpi=100)  # few, large letters, because there are many pages
    stream = (
        "import ocrkit, sys\nwith ocrkit.Ocr() as ocr:\n    for page in ocr.stream(sys.argv[1]): page.text"
    )
    program = str(Path(sys.executable).with_name("ocrkit"))
    commands = {
        "ocrkit batch": (program, "batch", "{source}", "--out", "{out}", "-f", "json", "--quiet"),
        "ocr.stream": (sys.executable, "-c", stream, "{source}"),
    }
    print("\n| program | peak MB, 20 pages | 500 pages | ratio |\n|---|---|---|---|")
    for name, command in commands.items():
        peaks = []
        for count in (20, 500):
            with tempfile.TemporaryDirectory() as folder:
                source = Path(folder) / "scan.pdf"
                save_pdf(source, [image] * count)
                peaks.append(run(Contender(name, "ppocr", command), source, Path(folder) / "out").megabytes)
        print(f"| {name} | {peaks[0]:.0f} | {peaks[1]:.0f} | {peaks[1] / peaks[0]:.2f} |", flush=True)


def versions(peers: str | None) -> None:
    names = "pdf2image pytesseract ocrmypdf kreuzberg rapidocr onnxruntime tesserocr openvino".split()
    code = f"""
from importlib.metadata import distributions
found = {{each.name: each.version for each in distributions()}}
print(", ".join(f"{{name}} {{found[name]}}" for name in {names} if name in found))"""
    for name, command in {
        "peers": [peers or sys.executable, "-c", code],
        "ocrkit's": [sys.executable, "-c", code],
        "program": ["tesseract", "--version"],
    }.items():
        output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        print(f"{name}: {output.splitlines()[0]}")
    print(f"ocrkit {ocrkit.__version__}, Python {sys.version.split()[0]}, {JOBS} cores")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument(
        "--peers",
        help="the Python interpreter in whose environment the peers are installed; without it, only ocrkit runs",
    )
    parser.add_argument("--pages", type=int, default=24)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="", help="only contenders whose name contains this")
    parser.add_argument("--ways", action="store_true", help="compare threads and processes")
    parser.add_argument("--outside", action="store_true", help="measure the CPU time outside the engine")
    parser.add_argument("--memory", action="store_true", help="measure the peak memory")
    arguments = parser.parse_args()
    versions(arguments.peers)
    if arguments.ways:
        compare_modes(arguments.pages, arguments.rounds)
    elif arguments.outside:
        outside(arguments.pages)
    elif arguments.memory:
        memory()
    else:
        compare(arguments)


if __name__ == "__main__":
    main()
