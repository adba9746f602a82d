"""First use of the embedded engine from many threads at once, in new processes, again and again.

    python benchmarks/first_use.py --rounds 20 --threads 6 --burning 8

Each round starts a process in which all threads read their first page at the same moment: with one `Ocr` for
all of them, or with one each. Processes that only burn CPU time compete with it. A process that does not end
within the limit has hung; its stacks are printed.
"""

from __future__ import annotations

import argparse
import multiprocessing
import statistics
import subprocess
import sys
import time

PROGRAM = """
import faulthandler, resource, sys, threading
import ocrkit
from ocrkit.testing import draw_page

count, one, limit = int(sys.argv[1]), sys.argv[2] == "one", float(sys.argv[3])
faulthandler.dump_traceback_later(limit, exit=True)
page, texts, start = draw_page(["all at once"]).page.pixels, [], threading.Barrier(count)
shared = ocrkit.Ocr(settings=ocrkit.Settings(threads=1)) if one else None

def read():
    start.wait()
    ocr = shared or ocrkit.Ocr(settings=ocrkit.Settings(threads=1))
    texts.append(ocr.recognize(page).text)
    if not one:
        ocr.close()

threads = [threading.Thread(target=read) for _ in range(count)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert texts == ["all at once"] * count, texts
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000)
"""


def burn() -> None:
    while True:
        sum(range(100_000))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--threads", type=int, default=6)
    parser.add_argument("--burning", type=int, default=0)
    parser.add_argument("--limit", type=float, default=300, help="seconds after which a process has hung")
    chosen = parser.parse_args()
    burning = [multiprocessing.Process(target=burn, daemon=True) for _ in range(chosen.burning)]
    for process in burning:
        process.start()
    try:
        for sharing in ("one", "each"):
            soak(sharing, chosen)
    finally:
        for process in burning:
            process.kill()


def soak(sharing: str, chosen: argparse.Namespace) -> None:
    seconds, megabytes, failed = [], [], 0
    command = [sys.executable, "-c", PROGRAM, str(chosen.threads), sharing, str(chosen.limit)]
    for _ in range(chosen.rounds):
        began = time.perf_counter()
        run = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
        if run.returncode:
            failed += 1
            continue
        seconds.append(time.perf_counter() - began)
        megabytes.append(float(run.stdout))
    if seconds:
        print(
            f"{sharing} Ocr, {chosen.threads} threads, {chosen.burning} burning: {len(seconds)} of {chosen.rounds} rounds "
            f"ended, {min(seconds):.1f} / {statistics.median(seconds):.1f} / {max(seconds):.1f} s, "
            f"{max(megabytes):.0f} MB at most; {failed} hung or failed",
            flush=True,
        )


if __name__ == "__main__":
    main()
