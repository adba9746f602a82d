"""Drawn layouts with a known reading order: the boxes and texts that an engine would find, without pixels.

A layout is a sequence of elements from top to bottom. An element is a word and a number, such as `prose 12`
for twelve lines of prose, or `Columns`, whose columns are sequences again. Texts, letter sizes, gutters and
the small errors of detection are drawn at random, so that each seed is another page of the same kind.
"""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from ocrkit.geometry import Box, Point, Transform
from ocrkit.result import Block, Line, PageResult, Trace, Word

WIDTH = 1200.0
_LETTER = 0.48  # mean width of a letter, in letter heights
_WORDS = (
    "the of and to in a is that for it was on are as with they at be this from have or by one had not but "
    "what all were when we there can an your which their said if do will each about how up out them then "
    "she many some so these would other into has more her two like him see time could no make than first "
    "been its who now people my made over did down only way find use may water long little very after words "
    "called just where most know harbor ledger committee investigation measurement temperature government "
    "understanding municipal agreement railway machinery station evening department children considerable"
).split()
_NAMES = (
    "Anna Becker Carlsson Dubois Evans Fischer Garcia Hansen Ivanov Jensen Keller Lopez Martin Novak".split()
)
_GOODS = (
    "BREAD,MILK 2 L,COFFEE BEANS DARK,WATER 6X1.5L,APPLES ROYAL GALA,TOMATO,BUTTER UNSALTED,RICE 5 KG,"
    "PEN BLUE,NOTEBOOK A5,SCREWS M4 X 20,PAINT BRUSH NO 8,CHICKEN CHOP,NASI LEMAK,TEH TARIK,BATTERY AAA"
).split(",")
_LABELS = (
    "Name:,Date of birth:,Place of birth:,Address:,Telephone:,Nationality:,Occupation:,Signature:".split(",")
)


@dataclass(frozen=True)
class Columns:
    """Columns side by side, read one after the other."""

    columns: tuple[tuple[Element, ...], ...]
    shares: tuple[float, ...] = ()
    """Widths relative to one another; equal if empty."""
    gutter: float = 1.6
    """In line heights."""
    shifts: tuple[float, ...] = ()
    """How far each column begins below the first one, in line heights."""


Element: TypeAlias = "str | Columns"
Layout: TypeAlias = tuple[Element, ...]


def side_by_side(*columns: Sequence[Element], **options: object) -> Columns:
    return Columns(tuple(map(tuple, columns)), **options)  # type: ignore[arg-type]


@dataclass
class Drawing:
    """Lines in reading order, and the place where the next one goes."""

    rng: random.Random
    size: float = 20.0
    """Letter height."""
    lines: list[list[Word]] = field(default_factory=list)
    justified: bool = False
    length: float = 1.0
    """Factor of the number of lines of prose."""

    @property
    def pitch(self) -> float:
        return 1.32 * self.size

    def text(
        self, text: str, left: float, top: float, size: float | None = None, *, width: float = 0.0
    ) -> None:
        """Add a line of words, justified if a width is given."""
        size = size or self.size
        noise = [self.rng.gauss(0, 0.03) * size for _ in range(3)]
        parts = text.split(" ")
        space = 0.3 * size
        if width and len(parts) > 1:
            letters = sum(map(len, parts)) * _LETTER * size
            space = min(1.2 * size, max(space, (width - letters) / (len(parts) - 1)))
        words, x = [], left + noise[0]
        for part in parts:
            right = x + _LETTER * size * len(part)
            box = Box(x, top + noise[1], right, top + size + noise[2])
            words.append(Word(text=part, polygon=box.polygon, confidence=0.9))
            x = right + space
        self.lines.append(words)

    def opening(self) -> str:
        """The first word of a cell or of a paragraph."""
        word = self.rng.choice(_WORDS)
        return word.capitalize() if self.rng.random() < 0.9 else word

    def words(self, width: float, size: float | None = None, *, start: str = "") -> str:
        """Prose that fills a width as far as the next word allows."""
        size = size or self.size
        parts = [start] if start else []
        while True:
            word = self.rng.choice(_WORDS)
            if not parts or parts[-1].endswith("."):
                word = word.capitalize() if self.rng.random() < 0.3 or parts else word
            elif self.rng.random() < 0.09:
                word += "."
            letters = sum(map(len, parts)) + len(word)
            if parts and letters * _LETTER * size + len(parts) * 0.3 * size > width:
                return " ".join(parts)
            parts.append(word)


def _prose(draw: Drawing, count: int, left: float, top: float, width: float, *, size: float = 1.0) -> float:
    """Lines that fill their column; paragraphs end in a shorter line and begin with an indent or a space."""
    height = draw.size * size
    count = max(min(count, 3), round(count * draw.length))
    indent = draw.rng.choice([0.0, 1.4 * height])
    length = draw.rng.randint(4, 9)
    for number in range(count):
        is_first, is_last = number % length == 0, number % length == length - 1 or number == count - 1
        share = draw.rng.uniform(0.25, 0.9) if is_last else 1.0
        start = indent if is_first else 0.0
        room = (width - start) * share
        fill = room if draw.justified and not is_last else 0.0
        text = draw.words(room, height, start=draw.opening() if is_first else "")
        draw.text(text, left + start, top, height, width=fill)
        top += 1.32 * height
    return top


def _small(draw: Drawing, count: int, left: float, top: float, width: float) -> float:
    return _prose(draw, count, left, top, width, size=0.85)


def _short_lines(draw: Drawing, count: int, left: float, top: float, width: float) -> float:
    for _ in range(count):
        draw.text(draw.words(width * draw.rng.uniform(0.35, 0.9)), left, top)
        top += draw.pitch
    return top


def _items(
    draw: Drawing, count: int, left: float, top: float, width: float, *, mark: Callable[[int], str]
) -> float:
    top += draw.rng.choice([0.0, 0.4]) * draw.size
    indent = draw.rng.choice([0.0, 1.0]) * draw.size
    for number in range(count):
        text = draw.words((width - indent) * draw.rng.uniform(0.4, 0.95), start=mark(number))
        draw.text(text, left + indent, top)
        top += draw.pitch
    return top + 0.3 * draw.size


def _numbered(draw: Drawing, count: int, left: float, top: float, width: float) -> float:
    return _items(draw, count, left, top, width, mark=lambda number: f"{number + 1}.")


def _apart(draw: Drawing, count: int, left: float, top: float, width: float) -> float:
    """A numbered list whose numbers and texts are found as fragments of their own; some items go on."""
    top += 0.4 * draw.size
    for number in range(count):
        draw.text(f"{number + 1}.", left, top)
        for row in range(draw.rng.choice([1, 1, 2])):
            draw.text(
                draw.words((width - 2 * draw.size) * (1.0 if row == 0 else 0.5)), left + 2 * draw.size, top
            )
            top += draw.pitch
    return top


def _bullets(draw: Drawing, count: int, left: float, top: float, width: float) -> float:
    return _items(draw, count, left, top, width, mark=lambda _: "•")


def _references(draw: Drawing, count: int, left: float, top: float, width: float) -> float:
    """References with a hanging indent: most have two or three lines."""
    for number in range(count):
        for row in range(draw.rng.randint(1, 3)):
            indent = 1.5 * draw.size if row else 0.0
            text = draw.words(
                (width - indent) * (1 if row == 0 else 0.7),
                0.85 * draw.size,
                start="" if row else f"[{number + 1}]",
            )
            draw.text(text, left + indent, top, 0.85 * draw.size)
            top += 1.32 * 0.85 * draw.size
    return top


def _heading(draw: Drawing, rows: int, left: float, top: float, width: float) -> float:
    size = draw.size * draw.rng.choice([1.0, 1.2, 1.5])
    top += 0.7 * draw.size
    for _ in range(rows):
        draw.text(draw.words(min(width, 14 * size) * draw.rng.uniform(0.5, 0.95), size), left, top, size)
        top += 1.3 * size
    return top + 0.4 * draw.size


def _title(draw: Drawing, rows: int, left: float, top: float, width: float) -> float:
    size = 2.0 * draw.size
    for _ in range(rows):
        text = draw.words(width * draw.rng.uniform(0.5, 0.9), size)
        own = sum(map(len, text.split())) * _LETTER * size + text.count(" ") * 0.3 * size
        draw.text(text, left + (width - own) / 2, top, size)
        top += 1.3 * size
    return top + draw.size


def _centered(draw: Drawing, rows: int, left: float, top: float, width: float) -> float:
    for _ in range(rows):
        text = draw.words(width * draw.rng.uniform(0.25, 0.6))
        own = sum(map(len, text.split())) * _LETTER * draw.size + text.count(" ") * 0.3 * draw.size
        draw.text(text, left + (width - own) / 2, top)
        top += draw.pitch
    return top + 0.6 * draw.size


def _picture(draw: Drawing, rows: int, left: float, top: float, width: float) -> float:
    return top + rows * draw.pitch


def _caption(draw: Drawing, rows: int, left: float, top: float, width: float) -> float:
    top += 0.3 * draw.size
    for row in range(rows):
        text = draw.words(
            width * (0.95 if row < rows - 1 else 0.6), 0.8 * draw.size, start="" if row else "Figure 3."
        )
        draw.text(text, left, top, 0.8 * draw.size)
        top += 1.05 * draw.size
    return top + 0.8 * draw.size


def _quote(draw: Drawing, rows: int, left: float, top: float, width: float) -> float:
    top += 0.8 * draw.size
    size = 1.35 * draw.size
    for _ in range(rows):
        draw.text(draw.words(width * 0.8, size), left + 0.1 * width, top, size)
        top += 1.3 * size
    return top + 0.8 * draw.size


def _footnotes(draw: Drawing, rows: int, left: float, top: float, width: float) -> float:
    top += 1.2 * draw.size
    for number in range(rows):
        draw.text(
            draw.words(width * 0.93, 0.75 * draw.size, start=str(number + 1)), left, top, 0.75 * draw.size
        )
        top += 1.0 * draw.size
    return top


def _number(draw: Drawing) -> str:
    return f"{draw.rng.randint(1, 900) * draw.rng.choice([1, 1, 1, 1000]) / 100:,.2f}"


def _table(draw: Drawing, rows: int, left: float, top: float, width: float, *, columns: int = 4) -> float:
    """A label, then figures."""
    top += 0.6 * draw.size
    step = 0.62 * width / (columns - 1)
    for row in range(rows):
        label = draw.words(0.3 * width, start=draw.rng.choice(_NAMES))
        draw.text(label, left, top)
        for column in range(1, columns):
            text = str(1990 + column) if row == 0 else _number(draw)
            own = len(text) * _LETTER * draw.size
            draw.text(text, left + 0.38 * width + column * step - own, top)
        top += 1.1 * draw.pitch
    return top + 0.8 * draw.size


def _form(draw: Drawing, rows: int, left: float, top: float, width: float) -> float:
    for row in range(rows):
        draw.text(_LABELS[row % len(_LABELS)], left, top)
        draw.text(" ".join(draw.rng.sample(_NAMES, 2)), left + 0.35 * width, top)
        top += 1.6 * draw.pitch
    return top


def _form_pairs(draw: Drawing, rows: int, left: float, top: float, width: float) -> float:
    """Two pairs of label and value in a row."""
    for row in range(rows):
        for half in range(2):
            start = left + half * 0.52 * width
            draw.text(_LABELS[(2 * row + half) % len(_LABELS)], start, top)
            draw.text(draw.rng.choice(_NAMES), start + 0.24 * width, top)
        top += 1.7 * draw.pitch
    return top


def _prices(draw: Drawing, rows: int, left: float, top: float, width: float) -> float:
    """A receipt: article and price."""
    for _ in range(rows):
        price = _number(draw)
        draw.text(draw.rng.choice(_GOODS), left, top)
        draw.text(
            price,
            left + width - len(price) * _LETTER * draw.size,
            top + draw.rng.uniform(-0.15, 0.15) * draw.size,
        )
        top += draw.pitch
    return top


def _quantities(draw: Drawing, rows: int, left: float, top: float, width: float) -> float:
    """A receipt: the article on one row, below it quantity, price and amount."""
    for _ in range(rows):
        draw.text(draw.rng.choice(_GOODS), left, top)
        top += draw.pitch
        for text, share in (
            (f"{draw.rng.randint(1, 9)} x", 0.1),
            (_number(draw), 0.45),
            (_number(draw), 0.8),
        ):
            draw.text(text, left + share * width, top)
        top += draw.pitch
    return top


def _items_in_columns(draw: Drawing, rows: int, left: float, top: float, width: float) -> float:
    """An invoice: quantity, article, price and amount in each row."""
    for row in range(rows):
        texts = (
            ("Qty", "Description", "Price", "Amount")
            if row == 0
            else (str(draw.rng.randint(1, 20)), draw.rng.choice(_GOODS).title(), _number(draw), _number(draw))
        )
        for text, share in zip(texts, (0.0, 0.12, 0.66, 0.84), strict=True):
            draw.text(text, left + share * width, top + draw.rng.uniform(-0.1, 0.1) * draw.size)
        top += 1.15 * draw.pitch
    return top + draw.size


def _address(draw: Drawing, rows: int, left: float, top: float, width: float) -> float:
    texts = [
        f"{draw.rng.choice(_NAMES)} & {draw.rng.choice(_NAMES)} Ltd", f"{draw.rng.randint(1, 90)} Long Street",
        f"{draw.rng.randint(10000, 99999)} Springfield", f"Tel. 0{draw.rng.randint(30, 99)} {draw.rng.randint(100000, 999999)}",
        "office@example.org", "www.example.org",
    ]  # fmt: skip
    for text in texts[:rows]:
        draw.text(text, left, top)
        top += draw.pitch
    return top + draw.size


def _initial(draw: Drawing, rows: int, left: float, top: float, width: float) -> float:
    """A paragraph that begins with a drop capital of three lines."""
    capital = 3.3 * draw.size
    draw.text("W", left, top, capital)
    for row in range(rows):
        start = 1.8 * draw.size * (row < 3)
        draw.text(draw.words(width - start), left + start, top)
        top += draw.pitch
    return top


def _formula(draw: Drawing, rows: int, left: float, top: float, width: float) -> float:
    for number in range(rows):
        top += 0.5 * draw.size
        draw.text("f(x) = a x + b", left + 0.3 * width, top)
        draw.text(f"({number + 1})", left + 0.93 * width, top)
        top += 1.8 * draw.size
    return top


def _signatures(draw: Drawing, rows: int, left: float, top: float, width: float) -> float:
    top += 2 * draw.size
    for half in range(2):
        draw.text(" ".join(draw.rng.sample(_NAMES, 2)), left + half * 0.6 * width, top)
    return top + draw.pitch


def _head(draw: Drawing, rows: int, left: float, top: float, width: float) -> float:
    """A running head: the title at the left and the page number at the right."""
    draw.text(draw.words(0.3 * width, 0.8 * draw.size), left, top, 0.8 * draw.size)
    draw.text(str(draw.rng.randint(2, 400)), left + width - draw.size, top, 0.8 * draw.size)
    return top + 2.5 * draw.size


def _folio(draw: Drawing, rows: int, left: float, top: float, width: float) -> float:
    """A page number in the middle."""
    draw.text(str(draw.rng.randint(2, 400)), left + width / 2, top + 1.5 * draw.size, 0.9 * draw.size)
    return top + 3 * draw.size


def _contents(draw: Drawing, rows: int, left: float, top: float, width: float) -> float:
    """A table of contents: titles and page numbers far from them."""
    page = 1
    for _ in range(rows):
        page += draw.rng.randint(1, 12)
        draw.text(draw.words(width * draw.rng.uniform(0.2, 0.7)).capitalize(), left, top)
        draw.text(str(page), left + width - 2 * draw.size, top)
        top += 1.15 * draw.pitch
    return top


def _cells(draw: Drawing, rows: int, left: float, top: float, width: float) -> float:
    """A table whose cells have several lines, at smaller distances than its rows."""
    for _ in range(rows):
        bottom = top
        for column, share in enumerate((0.0, 0.3, 0.65)):
            y = top
            for line in range(draw.rng.randint(1 + (column > 0), 3)):
                room = (0.25, 0.3, 0.3)[column] * width * (0.95 if line == 0 else 0.8)
                draw.text(draw.words(room, start="" if line else draw.opening()), left + share * width, y)
                y += draw.pitch
            bottom = max(bottom, y)
        top = bottom + 0.8 * draw.size
    return top


def _dialogue(draw: Drawing, rows: int, left: float, top: float, width: float) -> float:
    """A speaker in the margin of what is said."""
    for _ in range(rows):
        draw.text(f"{draw.rng.choice(_NAMES).upper()}:", left, top)
        for _ in range(draw.rng.randint(1, 3)):
            draw.text(draw.words(0.75 * width), left + 0.2 * width, top)
            top += draw.pitch
        top += 0.3 * draw.size
    return top


def _verses(draw: Drawing, rows: int, left: float, top: float, width: float) -> float:
    """Verses in stanzas, with numbers of lines in the margin."""
    for row in range(rows):
        draw.text(draw.words(width * draw.rng.uniform(0.4, 0.7), start=draw.opening()), left, top)
        if row % 5 == 4:
            draw.text(str(row + 1), left + 0.9 * width, top)
        top += draw.pitch * (1.9 if row % 4 == 3 else 1)
    return top


_ELEMENTS: dict[str, Callable[[Drawing, int, float, float, float], float]] = {
    "prose": _prose, "small": _small, "lines": _short_lines, "numbered": _numbered, "apart": _apart, "bullets": _bullets, "references": _references,
    "heading": _heading, "title": _title, "centered": _centered, "picture": _picture, "caption": _caption,
    "quote": _quote, "footnotes": _footnotes, "table": _table, "form": _form, "pairs": _form_pairs,
    "prices": _prices, "quantities": _quantities, "items": _items_in_columns, "address": _address,
    "initial": _initial, "formula": _formula, "signatures": _signatures, "head": _head, "folio": _folio,
    "contents": _contents, "cells": _cells, "dialogue": _dialogue, "verses": _verses,
    "space": lambda draw, rows, left, top, width: top + rows * draw.pitch,
}  # fmt: skip


def _draw(draw: Drawing, layout: Sequence[Element], left: float, top: float, width: float) -> float:
    """Draw a layout into a column; returns the bottom."""
    for element in layout:
        if isinstance(element, Columns):
            top = _draw_columns(draw, element, left, top, width)
        else:
            name, count = element.split()
            top = _ELEMENTS[name](draw, int(count), left, top, width)
    return top


def _draw_columns(draw: Drawing, columns: Columns, left: float, top: float, width: float) -> float:
    gutter = columns.gutter * draw.size
    shares = columns.shares or (1.0,) * len(columns.columns)
    room = width - gutter * (len(shares) - 1)
    bottoms = []
    for index, layout in enumerate(columns.columns):
        own = room * shares[index] / sum(shares)
        shift = columns.shifts[index] if columns.shifts else 0.0
        bottoms.append(_draw(draw, layout, left, top + shift * draw.size, own))
        left += own + gutter
    return max(bottoms) + 0.6 * draw.size


def draw_page(layout: Layout, seed: int = 0) -> tuple[PageResult, list[list[Word]]]:
    """A page as an engine without reading order returns it, and the words of each line in reading order."""
    rng = random.Random(seed)
    draw = Drawing(
        rng, size=rng.uniform(16, 24), justified=rng.random() < 0.5, length=rng.choice([1.0, 0.6, 0.35])
    )
    bottom = _draw(draw, layout, 80, 80, WIDTH - 160)
    skew = Transform.rotation(rng.choice([0.0, 0.0, 0.4, -0.3]), Point(WIDTH / 2, bottom / 2))
    words = [
        [word.model_copy(update={"polygon": skew.polygon(word.polygon or ())}) for word in line]
        for line in draw.lines
    ]
    blocks = [Block.of([Line.of(line)]) for line in words]
    rng.shuffle(blocks)
    height = math.ceil(bottom + 80)
    return PageResult(
        width=int(WIDTH), height=height, blocks=tuple(blocks), trace=Trace(backend="drawn")
    ), words


def neighbors_kept(result: PageResult, truth: Sequence[Sequence[Word]]) -> float:
    """The share of pairs of consecutive lines of the truth that also follow one another in the result."""
    number = {word.polygon: index for index, line in enumerate(truth) for word in line}
    found = [number[word.polygon] for word in result.words]
    order = [index for index, _ in itertools.groupby(found)]
    pairs = set(itertools.pairwise(order))
    expected = list(itertools.pairwise(range(len(truth))))
    return sum(pair in pairs for pair in expected) / max(1, len(expected))
