"""Score the reading order on drawn layouts, and draw the picture in docs/explanation/reading-order.md.

    python benchmarks/reading_order.py                                        # the score of each kind of layout
    python benchmarks/reading_order.py docs/explanation/reading-order.webp    # the picture

The score is the share of pairs of consecutive lines that stay consecutive. In the picture, each block has a color,
and a path connects the lines in reading order.
"""

from __future__ import annotations

import argparse
import random
import statistics
from itertools import pairwise
from pathlib import Path

import layout_kinds
from PIL import Image, ImageDraw

from ocrkit.geometry import Box
from ocrkit.postprocess.reading_order import order
from ocrkit.result import Block, Line, PageResult, Trace

WIDTH, HEIGHT, PITCH = 420, 480, 15
COLORS = ("#c0392b", "#2471a3", "#1e8449", "#7d3c98", "#b9770e")


def line(text: str, left: float, top: float, width: float, height: float = 10) -> Line:
    return Line(text=text, polygon=Box(left, top, left + width, top + height).polygon)


def columns_around_a_picture() -> list[Line]:
    lines = [line("A heading over both columns", 80, 20, 260, 18)]
    for row in range(26):
        top = 60 + row * PITCH
        inset = 65 if 7 <= row < 19 else 0
        if row < 24:
            lines.append(line("words of prose that fill it", 20, top, 180 - inset))
        lines.append(line("words of prose that fill it", 220 + inset, top + 5, 180 - inset))
    return [*lines, line("9", 205, 462, 10)]


def table_with_cells_of_several_lines() -> list[Line]:
    lines = [
        line("Column by column", 20, 20, 90),
        line("What it holds", 150, 20, 80),
        line("Sum", 380, 20, 25),
    ]
    top = 50.0
    for label, value in ((2, 3), (1, 4), (3, 2), (2, 4), (1, 2)):
        lines += [line("label of the row", 20, top + row * 13, 95 - 20 * row) for row in range(label)]
        lines += [line("of a cell that goes on", 150, top + row * 13, 195 - 15 * row) for row in range(value)]
        lines.append(line("12.50", 372, top, 33))
        top += max(label, value) * 13 + 14
    return lines


def draw(lines: list[Line]) -> Image.Image:
    random.Random(3).shuffle(lines)
    blocks = tuple(Block.of([each]) for each in lines)
    result = order(PageResult(width=WIDTH, height=HEIGHT, blocks=blocks, trace=Trace(backend="drawn")))
    image = Image.new("RGB", (WIDTH, HEIGHT), "white")
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 0, WIDTH - 1, HEIGHT - 1), outline="#cccccc")
    for number, block in enumerate(result.blocks):
        for each in block.lines:
            pen.polygon(each.polygon or (), outline=COLORS[number % len(COLORS)], fill="#f4f6f7")
    middles = [each.box.center for each in result.lines if each.box]
    for start, end in pairwise(middles):
        pen.line((*start, *end), fill="#555555")
    return image


def print_scores(pages: int) -> None:
    scores = dict(layout_kinds.score(order, range(pages)))
    for name, value in sorted(scores.items(), key=lambda each: each[1]):
        print(f"{value:7.1%}  {name}")
    print(f"{statistics.fmean(scores.values()):7.1%}  mean of {len(scores)} kinds, {pages} pages of each")


def draw_picture(picture: Path) -> None:
    drawn = (columns_around_a_picture(), table_with_cells_of_several_lines())
    whole = Image.new("RGB", (WIDTH * 2 + 20, HEIGHT), "white")
    for number, lines in enumerate(drawn):
        whole.paste(draw(lines), (number * (WIDTH + 20), 0))
    whole.save(picture, lossless=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument(
        "picture", type=Path, nargs="?", help="the file to write; scores are printed without it"
    )
    parser.add_argument("--pages", type=int, default=10, help="drawn pages of each kind")
    arguments = parser.parse_args()
    if arguments.picture:
        draw_picture(arguments.picture)
    else:
        print_scores(arguments.pages)


if __name__ == "__main__":
    main()
