"""Characters wrong: ocrkit's local engines beside plain rapidocr, plain Tesseract and kreuzberg, on the same pages.

    python -m venv peers && peers/bin/pip install kreuzberg rapidocr onnxruntime pytesseract pdf2image
    python benchmarks/accuracy.py --peers peers/bin/python --pages DIR   # a folder as `ocrkit evaluate` takes it
    python benchmarks/accuracy.py --peers peers/bin/python               # drawn pages, clean and made bad

All are told the language of a page where its truth says it and the language is installed, and read it alone: no page
of a folder helps another. Only ocrkit is told that a picture is a single line; the others have no common way to say so.
Scores are those of `ocrkit evaluate`. Seconds of the others are those of one file after the other, with all the
processors they take; those of ocrkit are with two pages at once, and, with --readings, of the day they were read.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import calibration
import pytesseract

import ocrkit
from ocrkit import Block, Document, Line, PageResult, Trace
from ocrkit.backends.tesseract.languages import PACKS
from ocrkit.evaluate import Rules, Sample, Score, Summary, find_samples
from ocrkit.evaluate.evaluation import way_of
from ocrkit.evaluate.phrases import percent
from ocrkit.evaluate.readings import Outcome, read_all
from ocrkit.evaluate.scoring import grouped, scored, summary
from ocrkit.evaluate.statistics import compared
from ocrkit.request import match_language

PEERS = ("rapidocr", "tesseract", "kreuzberg")
READ_FILES = Path(__file__).parent / "peers" / "read_files.py"


def by_ocrkit(
    backends: Sequence[str], profiles: Sequence[str], samples: Sequence[Sample], readings: Path
) -> Iterator[Score]:
    settings = ocrkit.load_settings(overrides={"workers": 2}).settings
    ways = [
        way_of(backend, profile, settings, f"ocrkit {backend}, {profile}")
        for backend in backends
        for profile in profiles
    ]
    kept = read_all(ways, samples, readings, languages=(), progress=shown, retry_failed=False)
    print(file=sys.stderr)
    for way in ways:
        for sample in samples:
            yield scored(way.system.name, sample, kept.outcome(way.system.name, sample), Rules(), None)


def by_peer(python: str, name: str, samples: Sequence[Sample]) -> Iterator[Score]:
    installed = set(pytesseract.get_languages())
    rows = [
        json.dumps({"id": each.id, "file": str(each.file.resolve()), "pack": pack(each, installed)})
        for each in samples
    ]
    process = subprocess.Popen(
        [python, str(READ_FILES), name],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    assert process.stdin is not None
    assert process.stdout is not None
    answers = {}
    for number, row in enumerate(rows, 1):
        print(row, file=process.stdin, flush=True)
        line = process.stdout.readline()
        if not line:
            raise SystemExit(f"{name} has ended at {row}")
        answer = json.loads(line)
        answers[answer["id"]] = answer
        shown(f"plain {name}", number, len(rows), None)
    process.stdin.close()
    process.wait()
    print(file=sys.stderr)
    for sample in samples:
        answer = answers[sample.id]
        outcome = Outcome(None, answer["error"]) if "error" in answer else Outcome(document(answer))
        yield scored(f"plain {name}" if name != "kreuzberg" else name, sample, outcome, Rules(), None)


def pack(sample: Sample, installed: set[str]) -> str:
    """Tesseract's name for the language, as ocrkit finds it."""
    tag = sample.language or "en"
    key = match_language(tag, PACKS)
    return next((name for name in PACKS.get(key or "", ()) if name in installed), "eng")


def document(answer: dict[str, str]) -> Document:
    """A text as a result, for the same judge."""
    lines = tuple(Line(text=line) for line in answer["text"].splitlines())
    trace = Trace(backend="peer", timings={"recognize": float(answer["seconds"])})
    return Document(
        page_count=1, pages=(PageResult(width=1, height=1, blocks=(Block(lines=lines),), trace=trace),)
    )


def shown(system: str, done: int, count: int, _: object) -> None:
    print(f"\r{system}: {done} of {count}   ", end="", file=sys.stderr, flush=True)


def chosen(samples: Sequence[Sample], category: str | None, most: int | None) -> Iterator[Sample]:
    seen: Counter[str] = Counter()
    for sample in samples:
        seen[sample.category] += 1
        if category in (None, sample.category) and (most is None or seen[sample.category] <= most):
            yield sample


def table(summaries: Sequence[Summary], groups: Sequence[Summary]) -> None:
    names = [each.system for each in summaries]
    print(f"| wrong | pages | {' | '.join(names)} |\n|---|---:|{'---:|' * len(names)}")
    for group in dict.fromkeys(each.group for each in groups):
        own = {each.system: each for each in groups if each.group == group}
        print(
            f"| {group} | {own[names[0]].samples} | {' | '.join(percent(own[name].error) for name in names)} |"
        )
    print(
        f"| **all** | {summaries[0].samples} | {' | '.join(f'**{percent(each.error)}**' for each in summaries)} |"
    )
    for title, value in (
        ("words lost", lambda each: percent(each.bag_of_words)),
        ("lines missing", lambda each: percent(each.missing_lines or 0)),
        ("seconds a sample", lambda each: f"{each.seconds_per_page:.2f}"),
        ("failed", lambda each: str(each.failures)),
    ):
        print(f"| {title} | | {' | '.join(value(each) for each in summaries)} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument(
        "--pages", type=Path, help="a folder of pages with their truth; drawn ones if not given"
    )
    parser.add_argument("--peers", help="the python that has the others")
    parser.add_argument("--names", default=",".join(PEERS), help="which of the others")
    parser.add_argument("--backends", default="ppocr,tesseract")
    parser.add_argument("--profiles", default="none,auto")
    parser.add_argument("--category", help="only pages of this one")
    parser.add_argument("--sample", type=int, help="so many pages of each category")
    parser.add_argument("--readings", type=Path, help="where what ocrkit read is kept")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.pages or Path(temporary) / "drawn"
        if arguments.pages is None:
            folder.mkdir()
            calibration.draw(folder, 1)
        samples = list(chosen(find_samples(folder).samples, arguments.category, arguments.sample))
        readings = arguments.readings or Path(temporary) / "readings"
        scores = list(
            by_ocrkit(arguments.backends.split(","), arguments.profiles.split(","), samples, readings)
        )
        for name in arguments.names.split(",") if arguments.peers else ():
            scores += by_peer(arguments.peers, name, samples)
    systems = {each.system: [score for score in scores if score.system == each.system] for each in scores}
    summaries = sorted(map(summary, systems.values()), key=lambda each: each.error)
    table(summaries, grouped(scores, "category"))
    print()
    for each in compared({name: [score.error for score in own] for name, own in systems.items()}):
        if each.first == summaries[0].system:
            print(f"{each.first} − {each.second}: {100 * each.mean:+.1f} points, p = {each.p:.2g}")


if __name__ == "__main__":
    main()
