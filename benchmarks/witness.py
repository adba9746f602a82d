"""Measure the witness: the truth of pages is altered as vision models alter it, and held against the local engine.

    python benchmarks/witness.py                    # drawn pages: layouts and languages
    python benchmarks/witness.py --pages DIR        # and a folder as for `ocrkit evaluate`
    python benchmarks/witness.py --readings DIR     # keep what the engine reads, so that a second run is quick

On each page, and in three ways with different random numbers, 2 % of the words are removed, as many are invented, as
many are replaced by other words, and a quarter of the numbers get one other digit. Paragraphs are one line, hyphens at
line ends are gone, tables go row by row, headings and cells have Markdown signs, and blocks are in random order.
Word boxes are compared with the ink that was drawn.
"""

from __future__ import annotations

import argparse
import random
import re
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np
import pages
from PIL import Image, ImageDraw, ImageFont

import ocrkit
from ocrkit import Block, Document, Line, PageResult, Trace, Word
from ocrkit.calibration import is_unspaced
from ocrkit.config.settings import SourceOptions
from ocrkit.evaluate import find_samples
from ocrkit.geometry import Box
from ocrkit.page import Page
from ocrkit.sources import open_source
from ocrkit.witness import held_to
from ocrkit.witness.reading import folded_tokens

Alteration: TypeAlias = Literal["removed", "invented", "replaced", "digits"]

LANGUAGES = ("en", "de", "fr", "sv", "zh", "ja")
WIDTH, HEIGHT, MARGIN = 1654, 2339, 150
SHARE, DIGITS_SHARE, ROUNDS = 0.02, 0.25, 3


@dataclass
class Item:
    """A word of the truth; in Chinese and Japanese, a character."""

    text: str
    boxes: list[Box] = field(default_factory=list)
    space: str = " "


@dataclass
class Drawing:
    """A page as an image with its blocks of words."""

    name: str
    image: Image.Image
    blocks: list[list[list[Item]]]
    """Blocks of lines of words. A block of several lines is a table with four columns."""
    language: str


class Pen:
    """Draws words and keeps their boxes."""

    def __init__(self, language: str, file: str, size: int) -> None:
        self.image = Image.new("L", (WIDTH, HEIGHT), 255)
        self.draw = ImageDraw.Draw(self.image)
        self.unspaced = language in ("zh", "ja")
        self.font = ImageFont.truetype(pages.CJK if self.unspaced else file, size)
        self.size = size
        self.space = 0 if self.unspaced else self.draw.textlength(" ", self.font)

    def word(self, x: float, y: float, text: str) -> tuple[float, Box]:
        self.draw.text((x, y), text, font=self.font, fill=0)
        box = Box(*self.draw.textbbox((x, y), text, font=self.font))
        return self.draw.textlength(text, self.font), box

    def paragraph(
        self, words: Sequence[str], left: float, right: float, y: float
    ) -> tuple[list[Item], float]:
        """Words between two margins, the longest hyphenated at line ends."""
        items: list[Item] = []
        x = left
        for word in words:
            item, text = Item(word, space="" if self.unspaced else " "), word
            width = self.draw.textlength(text, self.font)
            if x + width > right:
                half = len(text) // 2
                part = text[:half] + "-"
                fits = x + self.draw.textlength(part, self.font) <= right
                if len(text) >= 8 and text.isalpha() and not self.unspaced and fits:
                    item.boxes.append(self.word(x, y, part)[1])
                    x, y, text = left, y + 1.5 * self.size, text[half:]
                else:
                    x, y = left, y + 1.5 * self.size
            width, box = self.word(x, y, text)
            item.boxes.append(box)
            items.append(item)
            x += width + self.space
        return items, y + 1.5 * self.size


def vocabulary(language: str, rng: random.Random) -> list[str]:
    from wordfreq import top_n_list

    if language in ("zh", "ja"):
        return [each for each in top_n_list(language, 4000) if each.isalpha() and not each.isascii()]
    words = [each for each in top_n_list(language, 4000) if each.isalpha()]
    return [word.capitalize() if rng.random() < 0.1 else word for word in words]


def value(rng: random.Random) -> str:
    return rng.choice(
        [
            f"{rng.randint(1, 9999):,}.{rng.randint(0, 99):02}",
            f"{rng.randint(1, 28):02}.{rng.randint(1, 12):02}.20{rng.randint(10, 29)}",
            f"{rng.choice('ABCEHKMRTX')}{rng.randint(100, 9999)}-{rng.randint(10, 99)}",
            str(rng.randint(2, 99999)),
        ]
    )


def sentence(words: Sequence[str], count: int, rng: random.Random) -> list[str]:
    found = [value(rng) if rng.random() < 0.08 else rng.choice(words) for _ in range(count)]
    if is_unspaced(words[0]):
        return [part for each in found for part in ([each] if each[0].isascii() else each)]
    return [word + rng.choice(",.;") if rng.random() < 0.12 else word for word in found]


def prose(language: str, columns: int, rng: random.Random) -> Drawing:
    file, size = rng.choice([(pages.SERIF, 30), (pages.SANS, 28), (pages.MONO, 26)])
    pen, words = Pen(language, file, size), vocabulary(language, rng)
    blocks = []
    width = (WIDTH - 2 * MARGIN - (columns - 1) * 60) / columns
    for column in range(columns):
        left, y = MARGIN + column * (width + 60), float(MARGIN)
        while y < HEIGHT - MARGIN - 12 * size:
            items, y = pen.paragraph(
                sentence(words, rng.randint(25, 70) // columns + 10, rng), left, left + width, y
            )
            blocks.append([items])
            y += size
    return Drawing(f"{columns} column{'s' if columns > 1 else ''}", pen.image, blocks, language)


def invoice(language: str, rng: random.Random) -> Drawing:
    pen, words = Pen(language, pages.SANS, 28), vocabulary(language, rng)
    blocks, y = [], float(MARGIN)
    for _ in range(6):
        label, y_next = pen.paragraph([*sentence(words, 2, rng), ":"][:2], MARGIN, 800, y)
        number, _ = pen.paragraph([value(rng)], 900, WIDTH, y)
        blocks.append([label + number])
        y = y_next + 10
    y += 60
    table: list[list[Item]] = []
    blocks.append(table)
    for _ in range(22):
        texts = (
            [value(rng), *sentence(words, rng.randint(1, 3), rng)],
            [str(rng.randint(1, 40))],
            [f"{rng.randint(1, 999)}.{rng.randint(0, 99):02}"],
            [f"{rng.randint(1, 9999):,}.{rng.randint(0, 99):02}"],
        )
        for left, cell in zip((MARGIN, 1000, 1150, 1330), texts, strict=True):
            table.append(pen.paragraph(cell, left, left + 850, y)[0])
        y += 1.7 * pen.size
    return Drawing("invoice", pen.image, blocks, language)


def drawings(languages: Sequence[str], count: int) -> Iterator[Drawing]:
    for language in languages:
        for number in range(count):
            rng = random.Random(f"{language} {number}")
            yield prose(language, 1, rng)
            yield prose(language, 2, rng)
            yield invoice(language, rng)


@dataclass
class Piece:
    """A word of the altered text."""

    text: str
    item: Item | None = None
    """The word of the truth, if there is one."""
    kind: Alteration | None = None


@dataclass
class Said:
    """An altered text."""

    page: PageResult
    pieces: list[Piece]
    removed: list[Item]

    @property
    def gone(self) -> list[Item]:
        """The words of the truth that the text does not have any more."""
        return [*self.removed, *(piece.item for piece in self.pieces if piece.item and piece.kind)]


def altered(
    blocks: Sequence[Sequence[Sequence[Item]]], size: tuple[int, int], language: str, rng: random.Random
) -> Said:
    language = language.partition("-")[0]
    words = vocabulary(language if language in LANGUAGES else "en", rng)
    order = list(range(len(blocks)))
    if rng.random() < 0.5:
        rng.shuffle(order)
    pieces: list[Piece] = []
    removed: list[Item] = []
    made = []
    for number in order:
        lines = []
        for items in blocks[number]:
            first = len(pieces)
            pieces += _altered_pieces(items, words, removed, rng)
            sign = rng.choice(["", "# ", "- ", "| "])
            lines.append(Line(text=(sign + "".join(piece.text for piece in pieces[first:])).strip()))
        made.append(Block(lines=tuple(lines), kind="table" if len(lines) > 1 else "text"))
    page = PageResult(width=size[0], height=size[1], blocks=tuple(made), trace=Trace(backend="model"))
    return Said(page, pieces, removed)


def _altered_pieces(
    items: Sequence[Item], words: Sequence[str], removed: list[Item], rng: random.Random
) -> Iterator[Piece]:
    since = 2
    for item in items:
        kind = _kind(item, rng) if since >= 2 else None
        since = 0 if kind else since + 1
        if kind in ("invented", "replaced"):
            yield Piece(_other(words, item, rng) + item.space, item if kind == "replaced" else None, kind)
        if kind == "removed":
            removed.append(item)
        elif kind == "digits":
            yield Piece(_with_other_digit(item.text, rng) + item.space, item, kind)
        elif kind != "replaced":
            yield Piece(item.text + item.space, item)


def _kind(item: Item, rng: random.Random) -> Alteration | None:
    if re.search("[0-9]", item.text) and rng.random() < DIGITS_SHARE:
        return "digits"
    chance = rng.random()
    if chance < SHARE:
        return "invented"
    if any(map(str.isalnum, item.text)):
        return "removed" if chance < 2 * SHARE else "replaced" if chance < 3 * SHARE else None
    return None


def _other(words: Sequence[str], item: Item, rng: random.Random) -> str:
    if not item.space:
        return rng.choice([each for each in words if item.text not in each])
    while True:
        word = rng.choice(words)
        if word.casefold() not in item.text.casefold() and item.text.casefold() not in word.casefold():
            return word


def _with_other_digit(text: str, rng: random.Random) -> str:
    place = rng.choice([number for number, character in enumerate(text) if character in "0123456789"])
    return (
        text[:place] + rng.choice([each for each in "0123456789" if each != text[place]]) + text[place + 1 :]
    )


@dataclass
class Figures:
    """Counts over pages of one kind."""

    done: Counter[Alteration] = field(default_factory=Counter)
    found: Counter[Alteration] = field(default_factory=Counter)
    words: int = 0
    false_flags: int = 0
    seen_words: int = 0
    false_missing: int = 0
    errors: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    examples: list[str] = field(default_factory=list)

    def add(self, other: Figures) -> None:
        for name, value in vars(other).items():
            mine = getattr(self, name)
            if isinstance(mine, Counter):
                mine.update(value)
            elif isinstance(mine, list):
                mine += value
            else:
                setattr(self, name, mine + value)


def measure(said: Said, seen: PageResult, page: Page) -> Figures:
    figures = Figures(seen_words=len(seen.words))
    started = time.perf_counter()
    result = held_to(said.page, seen, page)
    figures.seconds.append(time.perf_counter() - started)
    piece_at = [number for number, piece in enumerate(said.pieces) for _ in "".join(piece.text.split())]
    offset = 0
    flagged: set[int] = set()
    for line in result.lines:
        for word in line.words:
            length = len("".join(word.text.split()))
            if word.text in ("#", "-", "|") and (
                offset >= len(piece_at) or not said.pieces[piece_at[offset]].text.startswith(word.text)
            ):
                continue
            numbers = list(dict.fromkeys(piece_at[offset : offset + length]))
            offset += length
            if word.finding:
                flagged.update(numbers)
            _count_word(word, numbers, said, figures)
    for number, piece in enumerate(said.pieces):
        if piece.kind:
            figures.done[piece.kind] += 1
            figures.found[piece.kind] += number in flagged
            if number not in flagged:
                around = "".join(each.text for each in said.pieces[max(0, number - 3) : number + 4])
                figures.examples.append(f"MISSED {piece.kind} {piece.text!r} in {around!r}")
    _count_missing(said, result, figures)
    return figures


def _count_word(word: Word, numbers: Sequence[int], said: Said, figures: Figures) -> None:
    pieces = [said.pieces[number] for number in numbers]
    if any(piece.kind for piece in pieces) or not any(map(str.isalnum, word.text)):
        return
    figures.words += 1
    if word.finding:
        figures.false_flags += 1
        seen = word.alternatives[-1].text if word.alternatives else ""
        figures.examples.append(f"FALSE {word.finding} {word.text!r} seen {seen!r}")
    truth = [box for piece in pieces for box in (piece.item.boxes if piece.item else ())]
    if truth:
        error = _box_error(word.box, truth, joined=len(pieces) > 1)
        figures.errors.append(error)
        if error > 8:
            figures.examples.append(f"PLACE {word.text!r} {error:.0f} {word.box} {truth[0]}")


def _box_error(box: Box | None, truth: Sequence[Box], *, joined: bool) -> float:
    """The largest distance of the left, the right and the middle from the ink; a hyphenated word has two places."""
    if box is None:
        return float("inf")
    if joined:
        whole = truth[0]
        for each in truth[1:]:
            whole = whole.union(each)
        truth = [whole]
    return min(
        max(abs(box.left - each.left), abs(box.right - each.right), abs(box.center.y - each.center.y))
        for each in truth
    )


def _count_missing(said: Said, result: PageResult, figures: Figures) -> None:
    """Removed words that are findings, and findings about words that were not removed."""
    drawn = any(item.boxes for item in said.gone)
    left = Counter(_folded(item.text) for item in said.gone)
    seen = _folded(" ".join(each.seen for each in result.findings))
    for item in said.removed:
        figures.done["removed"] += 1
        if item.boxes:
            hit = any(_covers(each.box, box) for each in result.findings for box in item.boxes)
        else:
            hit = _folded(item.text) in seen
        figures.found["removed"] += hit
        if not hit:
            figures.examples.append(f"MISSED removed {item.text!r}")
    for each in result.findings:
        if each.kind != "missing":
            continue
        for text in each.seen.split():
            if drawn:
                known = any(_covers(each.box, box) for item in said.gone for box in item.boxes)
            else:
                known = left[_folded(text)] > 0
                left[_folded(text)] -= 1
            if not known:
                figures.false_missing += 1
                figures.examples.append(f"FALSE missing {text!r}")


def _folded(text: str) -> str:
    return "".join(token for token, _ in folded_tokens(text))


def _covers(box: Box | None, other: Box) -> bool:
    if box is None:
        return False
    x, y = other.center
    return box.left - 5 <= x <= box.right + 5 and box.top - 5 <= y <= box.bottom + 5


def read(image: Image.Image | Path, name: str, language: str, readings: Path) -> PageResult | None:
    """What the engine reads, from a file if it was read before."""
    kept = readings / f"{name.replace('/', '_').replace(' ', '_')}.json"
    if not kept.exists():
        try:
            kept.write_text(ocrkit.recognize(image, backend="ppocr", languages=[language]).to_json(), "utf-8")
        except ocrkit.CapabilityError:
            return None
    return Document.from_json(kept.read_text("utf-8")).pages[0]


def measure_drawn(languages: Sequence[str], count: int, readings: Path) -> dict[str, Figures]:
    found: dict[str, Figures] = {}
    for number, drawing in enumerate(drawings(languages, count)):
        seen = read(
            drawing.image,
            f"{drawing.language} {drawing.name} {number // 3 % max(1, count)}",
            drawing.language,
            readings,
        )
        assert seen is not None
        for turn in range(ROUNDS):
            rng = random.Random(f"{number} {turn}")
            said = altered(drawing.blocks, drawing.image.size, drawing.language, rng)
            figures = measure(said, seen, Page(np.asarray(drawing.image)))
            for name in (drawing.language, drawing.name, "all drawn"):
                found.setdefault(name, Figures()).add(figures)
        print(f"\r{number + 1} drawn pages", end="", file=sys.stderr, flush=True)
    return found


def measure_folder(folder: Path, readings: Path, category: str | None) -> dict[str, Figures]:
    found: dict[str, Figures] = {}
    for sample in find_samples(folder).samples:
        if not sample.text.strip() or category not in (None, sample.category):
            continue
        seen = read(sample.file, f"file-{sample.id}", sample.language or "en", readings)
        if seen is None:
            continue
        with closing(open_source(sample.file, SourceOptions())) as source:
            if source.page_count > 1:
                continue  # its ground truth is that of all pages
            page = source.page(0)
        unspaced = (sample.language or "").startswith(("zh", "ja"))
        blocks = [
            [
                [
                    Item(text, [], "" if unspaced else " ")
                    for text in ("".join(line.split()) if unspaced else line.split())
                ]
            ]
            for line in sample.text.splitlines()
            if line.strip()
        ]
        for turn in range(ROUNDS):
            said = altered(
                blocks,
                (seen.width, seen.height),
                sample.language or "en",
                random.Random(f"{sample.id} {turn}"),
            )
            figures = measure(said, seen, page)
            for name in (sample.category, "all files"):
                found.setdefault(name, Figures()).add(figures)
    return found


def report(found: dict[str, Figures], *, examples: int) -> None:
    kinds: tuple[Alteration, ...] = ("invented", "removed", "replaced", "digits")
    print(
        f"\n| pages | words | {' | '.join(kinds)} | false flags | false missing | within 5 px | within 10 px | no place |"
    )
    print("|---" * (len(kinds) + 7) + "|")
    for name, figures in found.items():
        rates = [
            f"{figures.found[kind] / figures.done[kind]:.1%} of {figures.done[kind]}"
            if figures.done[kind]
            else "–"
            for kind in kinds
        ]
        errors = figures.errors
        places = [
            f"{sum(map(fits, errors)) / len(errors):.1%}" if errors else "–"
            for fits in (lambda e: e <= 5, lambda e: e <= 10, lambda e: e == float("inf"))
        ]
        false = (
            f"{figures.false_flags / max(1, figures.words):.2%}",
            f"{figures.false_missing / max(1, figures.seen_words * ROUNDS // ROUNDS):.2%}",
        )
        print(f"| {name} | {figures.words} | {' | '.join((*rates, *false, *places))} |")
        if examples:
            shown = random.Random(1).sample(figures.examples, min(examples, len(figures.examples)))
            print(*(f"    {each}" for each in shown), sep="\n")
    if not found:
        return
    seconds = [each for name, figures in found.items() for each in figures.seconds if name.startswith("all")]
    print(
        f"\n{len(seconds)} comparisons, median {statistics.median(seconds) * 1000:.0f} ms, longest {max(seconds) * 1000:.0f} ms"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--pages", type=Path, help="a folder as for `ocrkit evaluate`")
    parser.add_argument("--category", help="only the pages of this category of the folder")
    parser.add_argument("--readings", type=Path, help="a folder that keeps what the engine reads")
    parser.add_argument("--languages", nargs="+", default=LANGUAGES, choices=LANGUAGES)
    parser.add_argument("--count", type=int, default=2, help="drawings of each layout and language")
    parser.add_argument("--examples", type=int, default=0, help="print some errors of each row")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        readings = arguments.readings or Path(folder)
        readings.mkdir(parents=True, exist_ok=True)
        report(measure_drawn(arguments.languages, arguments.count, readings), examples=arguments.examples)
        if arguments.pages:
            report(measure_folder(arguments.pages, readings, arguments.category), examples=arguments.examples)


if __name__ == "__main__":
    main()
