"""Pages a minute on all cores: ocrkit beside its peers, on one scanned PDF and one folder, in one run.

    python -m venv peers && peers/bin/pip install \\
        pdf2image pytesseract ocrmypdf kreuzberg rapidocr onnxruntime
    python benchmarks/throughput.py --peers peers/bin/python     # the comparison
    python benchmarks/throughput.py --ways                       # one page at a time, threads, processes
    python benchmarks/throughput.py --outside                    # what ocrkit costs without its engine
    python benchmarks/throughput.py --memory                     # peaks for 20 and 500 pages

Each contender is a program of its own, timed from its start to its end, models and all, turn by turn, so that
a busy machine is busy for everybody. What they read is compared with what was drawn: a fast wrong text shows.
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
    """A way to read a PDF or a folder into a text."""

    name: str
    engine: str
    program: tuple[str, ...]
    """`{source}` and `{out}` are filled in."""
    environment: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Usage:
    """What a program took."""

    seconds: float
    processor: float
    megabytes: float
    """The peak of all its processes together, each shared page counted once."""


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
        ("ocrkit, tesseract program", "tesseract", "tesseract", {"OCRKIT_BACKENDS__TESSERACT__DOOR": "pytesseract"}),
        ("ocrkit, tesserocr", "tesseract", "tesseract", {"OCRKIT_BACKENDS__TESSERACT__DOOR": "tesserocr"}),
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
    """Run it to its end and watch it from outside."""
    command = [part.format(source=source, out=out) for part in contender.program]
    environment = {**os.environ, **contender.environment}
    before = os.times()
    started = time.perf_counter()
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    peak = [0.0]
    watcher = threading.Thread(target=watch, args=(process.pid, peak), daemon=True)
    watcher.start()
    _, said = process.communicate()
    seconds = time.perf_counter() - started
    watcher.join()
    if process.returncode:
        raise SystemExit(f"{contender.name} failed: {said.strip()}")
    after = os.times()
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return Usage(seconds, used, peak[0])


def watch(pid: int, peak: list[float]) -> None:
    """The most memory a program and all that it started held at once."""
    try:
        root = psutil.Process(pid)
        while root.is_running() and root.status() != psutil.STATUS_ZOMBIE:
            peak[0] = max(peak[0], sum(held(each) for each in (root, *root.children(recursive=True))) / 1e6)
            time.sleep(0.25)
    except psutil.Error:
        pass


def held(process: psutil.Process) -> float:
    try:
        info = process.memory_full_info()
        return float(getattr(info, "pss", info.uss))
    except psutil.Error:  # it ended just now
        return 0.0


def text_of(out: Path) -> str:
    files = sorted(out.rglob("*.txt")) if out.is_dir() else [out]
    return "\n".join(file.read_text(encoding="utf-8") for file in files)


def material(folder: Path, count: int) -> tuple[dict[str, Path], str]:
    """The same drawn pages as a scanned PDF and as a folder of PNGs, at 200 dpi, and their text."""
    images, truths = [], []
    scans = folder / "scans"
    scans.mkdir()
    for number in range(count):
        font_file, point = list(pages.SETTINGS.values())[number % len(pages.SETTINGS)]
        image, truth = pages.draw("en", font_file=font_file, point=point)
        mark = f"page {number + 1}"  # no two are the same: ocrkit would notice
        ImageDraw.Draw(image).text((160, 30), mark, font=ImageFont.truetype(font_file, 36), fill=0)
        truth = f"{mark}\n{truth}"
        image.save(scans / f"{number:03}.png", dpi=(200, 200))
        images.append(image)
        truths.append(truth)
    pdf(folder / "scan.pdf", images)
    return {"scanned PDF": folder / "scan.pdf", "folder of PNGs": scans}, "\n".join(truths)


def pdf(path: Path, images: list[Image.Image]) -> None:
    images[0].save(path, save_all=True, append_images=images[1:], resolution=200, quality=90)


def compare(arguments: argparse.Namespace) -> None:
    everybody = list(contenders(arguments.peers))
    if arguments.only:
        everybody = [each for each in everybody if arguments.only in each.name]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sources, truth = material(folder, arguments.pages)
        usages: dict[tuple[str, str], list[Usage]] = defaultdict(list)
        lost: dict[tuple[str, str], float] = {}
        for round_ in range(arguments.rounds):
            for kind, source in sources.items():
                for each in everybody[round_ % len(everybody) :] + everybody[: round_ % len(everybody)]:
                    out = folder / "out"
                    usages[kind, each.name].append(run(each, source, out))
                    lost[kind, each.name] = words_lost(text_of(out), truth)
                    shutil.rmtree(out) if out.is_dir() else out.unlink()
        for kind in sources:
            table(kind, everybody, usages, lost, arguments)


def table(
    kind: str,
    everybody: list[Contender],
    usages: dict[tuple[str, str], list[Usage]],
    lost: dict[tuple[str, str], float],
    arguments: argparse.Namespace,
) -> None:
    print(f"\n{kind}, {arguments.pages} pages, {JOBS} cores, median of {arguments.rounds}:\n")
    print("| engine | with | pages a minute | times the loop | CPU s a page | peak MB | words lost |")
    print("|---|---|---|---|---|---|---|")
    first = {each.engine: each.name for each in reversed(everybody)}  # the plain loop of each engine
    for each in sorted(everybody, key=lambda each: each.engine):
        mine, loop = usages[kind, each.name], usages[kind, first[each.engine]]
        ratio = statistics.median(
            theirs.seconds / ours.seconds for theirs, ours in zip(loop, mine, strict=True)
        )
        print(
            f"| {each.engine} | {each.name} "
            f"| {60 * arguments.pages / statistics.median(usage.seconds for usage in mine):.0f} "
            f"| {ratio:.2f} "
            f"| {statistics.median(usage.processor for usage in mine) / arguments.pages:.2f} "
            f"| {max(usage.megabytes for usage in mine):.0f} "
            f"| {lost[kind, each.name]:.4f} |",
            flush=True,
        )


WAYS = {
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


def ways(count: int, rounds: int) -> None:
    """Pages a minute of one document, models loaded, by how many pages are read at once and where."""
    print(f"\n| pages a minute | {' | '.join(WAYS)} |\n|---|{'---|' * len(WAYS)}")
    with tempfile.TemporaryDirectory() as name:
        source = material(Path(name), count)[0]["scanned PDF"]
        for title, (backend, options) in BACKENDS.items():
            speeds: dict[str, list[float]] = defaultdict(list)
            with contextlib.ExitStack() as stack:
                readers = {
                    way: stack.enter_context(
                        ocrkit.Ocr(
                            settings=ocrkit.Settings(
                                backend=backend, languages=("en",), backends={backend: options}, **how
                            )
                        )
                    )
                    for way, how in WAYS.items()
                }
                for ocr in readers.values():
                    ocr.recognize(source, pages=f"1-{JOBS}")
                for _ in range(rounds):
                    for way, ocr in readers.items():
                        started = time.perf_counter()
                        for _page in ocr.stream(source):
                            pass
                        speeds[way].append(60 * count / (time.perf_counter() - started))
            cells = [f"{statistics.median(speeds[way]):.0f}" for way in WAYS]
            print(f"| {title} | {' | '.join(cells)} |", flush=True)


class Clocked:
    """A backend with a clock around each page."""

    def __init__(self, backend: ocrkit.OcrBackend) -> None:
        self.name, self.capabilities, self.recognize_, self.close = (
            backend.name, backend.capabilities, backend.recognize, backend.close
        )  # fmt: skip
        self.seconds = 0.0

    def fingerprint(self) -> str:
        return "for one run only"

    def recognize(self, page: ocrkit.Page, request: ocrkit.Request) -> ocrkit.PageResult:
        started = processor_time()
        result = self.recognize_(page, request)
        self.seconds += processor_time() - started
        return result


def outside(count: int) -> None:
    """The share of the processor's time that is not the engine's, in a batch that writes text and JSON.

    One thread reads page after page in this process; what it costs to start is not counted.
    """
    print("\n| source | with | ms a page outside the engine | share |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        sources, _ = material(Path(name), count)
        for kind, source in sources.items():
            for backend in ("ppocr", "tesseract"):
                total, engine = spent(backend, source, Path(name) / f"{source.name}-{backend}")
                apart = 1000 * (total - engine) / count
                print(f"| {kind} | {backend} | {apart:.0f} | {1 - engine / total:.1%} |", flush=True)


def spent(backend: str, source: Path, out: Path) -> tuple[float, float]:
    """The processor's seconds of a whole batch, and those inside the engine."""
    with ocrkit.Ocr(backend, threads=1) as owner:
        clocked = Clocked(owner.backend)
        with ocrkit.Ocr(clocked, languages=["en"], workers=1) as ocr:
            ocr.recognize(pages.draw("en")[0])  # what is loaded at first
            clocked.seconds, started = 0.0, processor_time()
            ocrkit.Batch(ocr, out, formats=["text", "json"]).run([source])
            return processor_time() - started, clocked.seconds


def processor_time() -> float:
    """Of this process and of the programs it has started."""
    times = os.times()
    return time.process_time() + times.children_user + times.children_system


def memory() -> None:
    """The peak of a whole run for a short and a long document, by the command line and as a stream."""
    image, _ = pages.draw("en", point=24, dpi=100)  # few large letters: the pages are many, not full
    stream = (
        "import ocrkit, sys\nwith ocrkit.Ocr() as ocr:\n    for page in ocr.stream(sys.argv[1]): page.text"
    )
    program = str(Path(sys.executable).with_name("ocrkit"))
    ways = {
        "ocrkit batch": (program, "batch", "{source}", "--out", "{out}", "-f", "json", "--quiet"),
        "ocr.stream": (sys.executable, "-c", stream, "{source}"),
    }
    print("\n| way | peak MB, 20 pages | 500 pages | ratio |\n|---|---|---|---|")
    for way, command in ways.items():
        peaks = []
        for count in (20, 500):
            with tempfile.TemporaryDirectory() as name:
                source = Path(name) / "scan.pdf"
                pdf(source, [image] * count)
                peaks.append(run(Contender(way, "ppocr", command), source, Path(name) / "out").megabytes)
        print(f"| {way} | {peaks[0]:.0f} | {peaks[1]:.0f} | {peaks[1] / peaks[0]:.2f} |", flush=True)


def versions(peers: str | None) -> None:
    names = "pdf2image pytesseract ocrmypdf kreuzberg rapidocr onnxruntime tesserocr openvino".split()
    code = f"""
from importlib.metadata import distributions
found = {{each.name: each.version for each in distributions()}}
print(", ".join(f"{{name}} {{found[name]}}" for name in {names} if name in found))"""
    for who, command in {
        "peers": [peers or sys.executable, "-c", code],
        "ocrkit's": [sys.executable, "-c", code],
        "program": ["tesseract", "--version"],
    }.items():
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        print(f"{who}: {said.splitlines()[0]}")
    print(f"ocrkit {ocrkit.__version__}, Python {sys.version.split()[0]}, {JOBS} cores")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--peers", help="the Python that has the peers; without, only ocrkit runs")
    parser.add_argument("--pages", type=int, default=24)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="", help="contenders whose name has this")
    parser.add_argument("--ways", action="store_true")
    parser.add_argument("--outside", action="store_true")
    parser.add_argument("--memory", action="store_true")
    arguments = parser.parse_args()
    versions(arguments.peers)
    if arguments.ways:
        ways(arguments.pages, arguments.rounds)
    elif arguments.outside:
        outside(arguments.pages)
    elif arguments.memory:
        memory()
    else:
        compare(arguments)


if __name__ == "__main__":
    main()
