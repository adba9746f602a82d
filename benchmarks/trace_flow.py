"""The way of one page through ocrkit: the files it passes, the calls it takes, and how deep they go.

    python benchmarks/trace_flow.py                 # the page of a PNG, by the null backend
    python benchmarks/trace_flow.py --by-file       # and how many calls each file takes
    python benchmarks/trace_flow.py --mermaid       # a sequence diagram of the packages, for a Mermaid viewer

Everything is imported and used once before, so only the way of a page is counted: each time a function of
ocrkit is entered, or a generator of ocrkit is continued.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

from PIL import Image, ImageDraw

import ocrkit

ROOT = Path(ocrkit.__file__).parent


class Call(NamedTuple):
    """A function that was entered, and how many functions of ocrkit were around it."""

    file: str
    function: str
    depth: int

    @property
    def package(self) -> str:
        return self.file.removesuffix(".py").partition("/")[0]


def trace(run: Callable[[], object]) -> list[Call]:
    """The calls of a function, in order."""
    calls: list[Call] = []
    depths: Counter[int] = Counter()

    def note(frame: FrameType, event: str, _: Any) -> None:
        if event not in {"call", "return"} or not frame.f_code.co_filename.startswith(f"{ROOT}/"):
            return
        thread = threading.get_ident()
        depths[thread] += 1 if event == "call" else -1
        if event == "call":
            code = frame.f_code
            name = getattr(code, "co_qualname", code.co_name)  # from Python 3.11 on with the class
            calls.append(Call(code.co_filename[len(str(ROOT)) + 1 :], name, depths[thread]))

    threading.setprofile(note)
    sys.setprofile(note)
    try:
        run()
    finally:
        sys.setprofile(None)
        threading.setprofile(None)  # type: ignore[arg-type]
    return calls


def summary(calls: list[Call]) -> str:
    files = len({call.file for call in calls})
    return f"{files} files, {len(calls)} calls, depth {max((call.depth for call in calls), default=0)}"


def sequence(calls: list[Call]) -> str:
    """A Mermaid diagram of the calls that lead from one package to another; repeated ones are drawn once."""
    lines = ["sequenceDiagram"]
    stack: list[str] = []
    drawn = set()
    for call in calls:
        caller = stack[call.depth - 2] if 1 < call.depth <= len(stack) + 1 else "caller"
        stack[call.depth - 1 :] = [call.package]
        arrow = (caller, call.package, call.function)
        if caller != call.package and arrow not in drawn:
            drawn.add(arrow)
            lines.append(f"    {caller}->>{call.package}: {call.function.replace('<', '').replace('>', '')}")
    return "\n".join(lines)


def page(folder: str) -> Path:
    image = Image.new("L", (400, 300), 255)
    ImageDraw.Draw(image).text((20, 20), "One page.", fill=0)
    path = Path(folder) / "page.png"
    image.save(path)
    return path


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("file", nargs="?", type=Path, help="a file to read instead of a drawn page")
    arguments.add_argument("--backend", default="null")
    arguments.add_argument("--by-file", action="store_true", help="list the files by their number of calls")
    arguments.add_argument("--mermaid", action="store_true", help="print a sequence diagram and nothing else")
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = given.file or page(folder)

        def read() -> object:
            return ocrkit.recognize(file, backend=given.backend, pages="1")

        read()
        calls = trace(read)
        with ocrkit.Ocr(given.backend) as ocr:
            ocr.recognize(file, pages="1")
            warm = trace(lambda: ocr.recognize(file, pages="1"))
    if given.mermaid:
        print(sequence(calls))
        return
    print(f"ocrkit.recognize:      {summary(calls)}")
    print(f"Ocr.recognize, again:  {summary(warm)}")
    if given.by_file:
        for name, count in Counter(call.file for call in calls).most_common():
            print(f"{count:6} {name}")


if __name__ == "__main__":
    main()
