"""Measure how well probabilities find the lines that are worth reading again.

    python benchmarks/strategies.py --pages DIR --readings FOLDER
    python benchmarks/cascade_curve.py --pages DIR --readings FOLDER

The second reader is simulated: it reads the ground truth of a line, in which a share of the letters is wrong. The truth
of a line is found by alignment of the whole page. Pages on which a third of the letters is wrong are left out, because
there the alignment cannot tell lines apart. Printed is the share of the possible gain in character errors, by the share
of the letters of all pages that is read again.
"""

from __future__ import annotations

import argparse
import random
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

from strategies import ENGINES, Read, read

from ocrkit.alignment import align_characters
from ocrkit.evaluate.rates import character_error_rate
from ocrkit.strategies.merging import line_probabilities

WORST = 0.3
WORK = (0.1, 0.2, 0.3, 0.5)
WRONG = (0.0, 0.01, 0.02)


class Text(NamedTuple):
    """A document, line by line."""

    first: list[str]
    second: list[str]
    probability: list[float]
    truth: str

    def error(self, below: float) -> float:
        pairs = zip(self.first, self.second, self.probability, strict=True)
        text = "\n".join(again if value < below else once for once, again, value in pairs)
        return min(1.0, character_error_rate(text, self.truth))


def true_lines(lines: list[str], truth: str) -> list[str]:
    """The truth of each line; text that lies between two lines belongs to none."""
    found = "\n".join(lines)
    starts, ends = [0] * (len(found) + 1), [0] * (len(found) + 1)
    for _, first, second in align_characters(found, truth):
        length = first.stop - first.start
        for step in range(length + 1):
            place = second.start + (round(step * (second.stop - second.start) / length) if length else 0)
            ends[first.start + step] = place if step or not length else ends[first.start]
            starts[first.start + step] = place
        starts[first.stop] = second.stop
    offsets = [0, *accumulate(len(line) + 1 for line in lines)]
    return [truth[starts[at] : ends[at + len(line)]] for at, line in zip(offsets, lines, strict=False)]


def documents(readings: list[Read], engine: int, wrong: float) -> list[Text]:
    chance = random.Random(1)
    texts = []
    for sample, pages in readings:
        lines = [line for page in pages for line in page[engine].lines]
        probabilities = [value for page in pages for value in line_probabilities(page[engine])]
        first = [line.text for line in lines]
        if not lines or character_error_rate("\n".join(first), sample.text) > WORST:
            continue
        second = [
            "".join("#" if letter.strip() and chance.random() < wrong else letter for letter in line)
            for line in true_lines(first, sample.text)
        ]
        texts.append(Text(first, second, probabilities, sample.text))
    return texts


def gains(texts: list[Text]) -> list[str]:
    """For each amount of work, the bar that causes it and the share of the gain."""
    lines = sorted(
        (value, len(line)) for text in texts for value, line in zip(text.probability, text.first, strict=True)
    )
    letters = sum(length for _, length in lines)
    worst, best = (sum(text.error(bar) for text in texts) for bar in (-1.0, 2.0))
    found = []
    for work in WORK:
        done = list(accumulate(length for _, length in lines))
        bar = next(
            value for (value, _), sum_so_far in zip(lines, done, strict=True) if sum_so_far > work * letters
        )
        gain = (worst - sum(text.error(bar) for text in texts)) / (worst - best)
        found.append(f"{work:.0%} below {bar:.2f}: {gain:.0%}")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pages", type=Path, required=True)
    parser.add_argument("--readings", type=Path, required=True)
    options = parser.parse_args()
    readings = list(read(options.pages, 0, options.readings))  # only those that are kept
    for number, engine in enumerate(ENGINES):
        for wrong in WRONG:
            texts = documents(readings, number, wrong)
            print(
                f"{engine}, {len(texts)} documents, second reader {wrong:.0%} wrong:", ", ".join(gains(texts))
            )


if __name__ == "__main__":
    main()
