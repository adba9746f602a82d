"""A program that reads each file of a folder in a process of its own, with defaults, and prints what came of it.

Its lines are JSON: the name, the outcome, the CPU seconds, and the peak of the memory of any process involved.
"""

import json
import os
import re
import resource
import sys
from pathlib import Path

from ocrkit.errors import OcrkitError
from ocrkit.sources import contained, open_source


def outcome_of(path: Path) -> str:
    try:
        with open_source(path) as source:
            pages = 0
            for index in range(min(source.page_count, 20)):
                try:
                    page = source.page(index)
                    pages += page.pixels.size > 0
                except OcrkitError as error:
                    if not error.message or len(error.message) > 1000:
                        return f"an unclear error: {error.message[:200]!r}"
    except OcrkitError as error:
        return "error" if str(path) in str(error) else f"an error without the path: {error}"
    except BaseException as error:  # noqa: BLE001 – what it must not be
        return f"a foreign exception: {error!r}"[:300]
    return f"{pages} pages"


def report(path: Path) -> dict[str, object]:
    outcome = outcome_of(path)
    contained._kill_idle()  # so that its memory and time are counted
    own, child = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    status = Path("/proc/self/status").read_text()
    peak = max(int(re.search(r"VmHWM:\s+(\d+)", status)[1]), child.ru_maxrss) / 1024
    seconds = sum(each.ru_utime + each.ru_stime for each in (own, child))
    return {"name": path.name, "outcome": outcome, "seconds": round(seconds, 2), "peak": round(peak)}


def main() -> None:
    import cv2  # noqa: F401 – once, before the forks
    import pypdfium2  # noqa: F401

    for path in sorted(Path(sys.argv[1]).iterdir()):
        sys.stdout.flush()
        process = os.fork()
        if process == 0:
            print(json.dumps(report(path)), flush=True)
            os._exit(0)
        _, status = os.waitpid(process, 0)
        if status:
            print(json.dumps({"name": path.name, "outcome": f"died with {status}", "seconds": 0, "peak": 0}))


if __name__ == "__main__":
    main()
