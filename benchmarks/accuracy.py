"""Compare the accuracy of ocrkit's local engines with plain rapidocr, plain Tesseract and kreuzberg.

    python -m venv peers && peers/bin/pip install kreuzberg rapidocr onnxruntime pytesseract pdf2image
    python benchmarks/accuracy.py --peers peers/bin/python --pages DIR   # a folder as for `ocrkit evaluate`
    python benchmarks/accuracy.py --peers peers/bin/python               # drawn pages, clean and degraded

All programs read the same pages, each page on its own, in its language if the ground truth names one and the language is
installed. Only ocrkit gets the information that an image is a single line; the others have no common option for it.
The scores are those of `ocrkit evaluate`. The peers read one file after another, with all cores that they use; ocrkit
reads two pages at a time. With --readings, its seconds may be from an earlier run.
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
from ocrkit.evaluate.evaluation import system_config
from ocrkit.evaluate.page_scoring import score_page, summarize, summarize_by
from ocrkit.evaluate.phrases import percent
from ocrkit.evaluate.readings import Outcome, read_all
from ocrkit.evaluate.statistics import compare_pairwise
from ocrkit.request import match_language

PEERS = ("rapidocr", "tesseract", "kreuzberg")
READ_FILES = Path(__file__).parent / "peers" / "read_files.py"


def read_with_ocrkit(
    backends: Sequence[str], profiles: Sequence[str], samples: Sequence[Sample], readings: Path
) -> Iterator[Score]:
    settings = ocrkit.load_settings(overrides={"workers": 2}).settings
    configs = [
        system_config(backend, profile, settings, f"ocrkit {backend}, {profile}")
        for backend in backends
        for profile in profiles
    ]
    kept = read_all(configs, samples, readings, languages=(), progress=show_progress, retry_failed=False)
    print(file=sys.stderr)
    for config in configs:
        name = config.system.name
        for sample in samples:
            yield score_page(name, sample, kept.outcome(name, sample), Rules(), None)


def read_with_peer(python: str, name: str, samples: Sequence[Sample]) -> Iterator[Score]:
    installed = set(pytesseract.get_languages())
    rows = [
        json.dumps({"id": each.id, "file": str(each.file.resolve()), "pack": tesseract_pack(each, installed)})
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
            raise SystemExit(f"{name} exited at {row}")
        answer = json.loads(line)
        answers[answer["id"]] = answer
        show_progress(f"plain {name}", number, len(rows), None)
    process.stdin.close()
    process.wait()
    print(file=sys.stderr)
    for sample in samples:
        answer = answers[sample.id]
        outcome = Outcome(None, answer["error"]) if "error" in answer else Outcome(to_document(answer))
        system = name if name == "kreuzberg" else f"plain {name}"
        yield score_page(system, sample, outcome, Rules(), None)


def tesseract_pack(sample: Sample, installed: set[str]) -> str:
    """The language pack that ocrkit would choose, if it is installed; else English."""
    tag = sample.language or "en"
    key = match_language(tag, PACKS)
    return next((name for name in PACKS.get(key or "", ()) if name in installed), "eng")


def to_document(answer: dict[str, str]) -> Document:
    lines = tuple(Line(text=line) for line in answer["text"].splitlines())
    trace = Trace(backend="peer", timings={"recognize": float(answer["seconds"])})
    return Document(
        page_count=1, pages=(PageResult(width=1, height=1, blocks=(Block(lines=lines),), trace=trace),)
    )


def show_progress(system: str, done: int, count: int, _: object) -> None:
    print(f"\r{system}: {done} of {count}   ", end="", file=sys.stderr, flush=True)


def select(samples: Sequence[Sample], category: str | None, per_category: int | None) -> Iterator[Sample]:
    seen: Counter[str] = Counter()
    for sample in samples:
        seen[sample.category] += 1
        if category in (None, sample.category) and (
            per_category is None or seen[sample.category] <= per_category
        ):
            yield sample


def print_table(summaries: Sequence[Summary], groups: Sequence[Summary]) -> None:
    names = [each.system for each in summaries]
    print(f"| wrong | pages | {' | '.join(names)} |\n|---|---:|{'---:|' * len(names)}")
    for group in dict.fromkeys(each.group for each in groups):
        own = {each.system: each for each in groups if each.group == group}
        print(
            f"| {group} | {own[names[0]].samples} | {' | '.join(with_interval(own[name]) for name in names)} |"
        )
    print(
        f"| **all** | {summaries[0].samples} | {' | '.join(f'**{with_interval(each)}**' for each in summaries)} |"
    )
    for title, value in (
        ("in the order of the truth", lambda each: percent(each.cer)),
        ("words lost", lambda each: percent(each.bag_of_words)),
        ("lines missing", lambda each: percent(each.missing_lines or 0)),
        ("seconds per sample", lambda each: f"{each.seconds_per_page:.2f}"),
        ("failed", lambda each: str(each.failures)),
    ):
        print(f"| {title} | | {' | '.join(value(each) for each in summaries)} |")


def with_interval(summary: Summary) -> str:
    """The error with its 95 % interval, in percent."""
    if summary.interval is None:
        return percent(summary.error)
    low, high = 100 * summary.interval.low, 100 * summary.interval.high
    return f"{percent(summary.error)} ({low:.1f} to {high:.1f})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument(
        "--pages", type=Path, help="a folder of pages with ground truth; by default drawn pages"
    )
    parser.add_argument("--peers", help="the Python interpreter in whose environment the peers are installed")
    parser.add_argument("--names", default=",".join(PEERS), help="the peers to run")
    parser.add_argument("--backends", default="ppocr,tesseract")
    parser.add_argument("--profiles", default="none,auto")
    parser.add_argument("--category", help="read only this category")
    parser.add_argument("--sample", type=int, help="the number of pages of each category")
    parser.add_argument("--readings", type=Path, help="the folder for ocrkit's results")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.pages or Path(temporary) / "drawn"
        if arguments.pages is None:
            folder.mkdir()
            calibration.draw(folder, 1)
        samples = list(select(find_samples(folder).samples, arguments.category, arguments.sample))
        readings = arguments.readings or Path(temporary) / "readings"
        scores = list(
            read_with_ocrkit(arguments.backends.split(","), arguments.profiles.split(","), samples, readings)
        )
        for name in arguments.names.split(",") if arguments.peers else ():
            scores += read_with_peer(arguments.peers, name, samples)
    systems = {each.system: [score for score in scores if score.system == each.system] for each in scores}
    summaries = sorted(map(summarize, systems.values()), key=lambda each: each.error)
    print_table(summaries, summarize_by(scores, "category"))
    print()
    for each in compare_pairwise({name: [score.error for score in own] for name, own in systems.items()}):
        if each.first == summaries[0].system:
            print(f"{each.first} − {each.second}: {100 * each.mean:+.1f} points, p = {each.p:.2g}")


if __name__ == "__main__":
    main()
