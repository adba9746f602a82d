"""Check boxes and radio buttons on drawn forms: precision, recall, and errors of the state.

    python benchmarks/marks.py [--pages 120] [--seed 1] [--save DIR]

Each page has its own resolution, style and damage, with text, bullets, tables, character boxes and rings that are
no marks. The seeds below 1000 were used for tuning; the figures in the documentation are of seed 9000.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ocrkit.geometry import Box
from ocrkit.marks.detection import find_marks
from ocrkit.page import Page

FONTS = (
    "DejaVuSans.ttf",
    "DejaVuSerif.ttf",
    "DejaVuSans-Bold.ttf",
    "DejaVuSansCondensed.ttf",
    "NotoSerifCJK-Regular.ttc",
)
WORDS = (
    "Of Office Open Order Of One Over 100 2000 80 OO Old Oslo do book good foot B8 D0 Q00 DOB "
    "I agree to the terms name date of birth male female yes no single married other please tick send"
).split()
ALONE = ("O", "0", "o", "D", "8", "B")
"""Letters and digits that stand alone in a hundredth of the places of words, and in cells of tables."""
DAMAGES = ("none", "rotated", "noise", "jpeg", "blur", "faint", "rotated jpeg", "gray paper")
FILLS = ("empty", "tick", "tick out", "cross", "cross out", "filled", "scribble", "dot")


@dataclass
class Mark:
    box: Box
    selected: bool
    style: str


@dataclass
class Drawn:
    image: Image.Image
    marks: list[Mark] = field(default_factory=list)
    style: str = ""


class Form:
    """A page under construction; lengths in millimeters times the resolution."""

    def __init__(self, rng: random.Random, dpi: int) -> None:
        self.rng, self.unit = rng, dpi / 25.4
        self.image = Image.new("L", (round(210 * self.unit), round(297 * self.unit)), 255)
        self.pen = ImageDraw.Draw(self.image)
        self.letter = rng.uniform(3.0, 4.4) * self.unit
        self.font = ImageFont.truetype(rng.choice(FONTS), round(self.letter))
        self.size = rng.uniform(0.8, 1.7) * self.letter
        self.width = max(1, round(rng.uniform(0.25, 0.7) * self.unit * (0.7 if dpi < 130 else 1)))
        self.rounded = rng.random() < 0.2
        self.marks: list[Mark] = []

    def text(self, x: float, y: float, count: int) -> float:
        words = " ".join(self.word() for _ in range(count))
        self.pen.text((x, y), words, font=self.font, fill=0)
        return x + self.pen.textlength(words, font=self.font)

    def word(self) -> str:
        return self.rng.choice(ALONE if self.rng.random() < 0.01 else WORDS)

    def mark(self, x: float, y: float, shape: str, fill: str) -> None:
        size, box = self.size, (x, y, x + self.size, y + self.size)
        if shape == "circle":
            self.pen.ellipse(box, outline=0, width=self.width)
        elif self.rounded:
            self.pen.rounded_rectangle(box, radius=size * 0.15, outline=0, width=self.width)
        else:
            self.pen.rectangle(box, outline=0, width=self.width)
        self.fill(x, y, size, shape, fill)
        self.marks.append(Mark(Box(*box), fill != "empty", f"{shape} {fill}"))

    def fill(self, x: float, y: float, size: float, shape: str, fill: str) -> None:
        pen = max(1, round(self.rng.uniform(0.06, 0.16) * size))
        inside = self.rng.uniform(0.2, 0.3)

        def at(u: float, v: float) -> tuple[float, float]:
            shake = self.rng.uniform(-0.04, 0.04)
            return x + (u + shake) * size, y + (v + shake) * size

        low, high = inside, 1 - inside
        if fill == "tick":
            self.pen.line([at(low, 0.55), at(0.45, high), at(high, low)], fill=0, width=pen)
        elif fill == "tick out":
            self.pen.line([at(0.15, 0.5), at(0.45, 0.95), at(1.35, -0.35)], fill=0, width=pen)
        elif fill in ("cross", "cross out"):
            low, high = (low, high) if fill == "cross" else (-0.1, 1.1)
            self.pen.line([at(low, low), at(high, high)], fill=0, width=pen)
            self.pen.line([at(low, high), at(high, low)], fill=0, width=pen)
        elif fill == "filled":
            box = (x, y, x + size, y + size)
            (self.pen.ellipse if shape == "circle" else self.pen.rectangle)(box, fill=0)
        elif fill == "dot":
            self.pen.ellipse((*at(low, low), *at(high, high)), fill=0)
        elif fill == "scribble":
            points = [at(low + (high - low) * k / 7, low if k % 2 else high) for k in range(8)]
            self.pen.line(points, fill=0, width=pen)

    def options(self, y: float) -> None:
        """A row of marks with labels."""
        shape = "circle" if self.rng.random() < 0.35 else "square"
        x = self.rng.uniform(15, 30) * self.unit
        for _ in range(self.rng.randint(1, 3)):
            fills = FILLS if shape == "square" else ("empty", "dot", "cross", "tick out", "filled")
            fill = "empty" if self.rng.random() < 0.5 else self.rng.choice(fills)
            self.mark(x, y + (self.letter * 1.15 - self.size) / 2, shape, fill)
            x = self.text(
                x + self.size + self.rng.uniform(0.25, 0.8) * self.letter, y, self.rng.randint(1, 3)
            )
            x += self.rng.uniform(1.5, 4) * self.letter

    def bullets(self, y: float) -> float:
        sign = self.rng.choice("•■▪●–◦")
        for _ in range(3):
            self.pen.text((20 * self.unit, y), sign, font=self.font, fill=0)
            self.text(20 * self.unit + 1.5 * self.letter, y, 5)
            y += 1.5 * self.letter
        return y

    def table(self, y: float) -> float:
        side = self.rng.uniform(1.2, 2.2) * self.letter
        rows, columns, left = self.rng.randint(1, 4), self.rng.randint(2, 6), 20 * self.unit
        for row in range(rows + 1):
            self.pen.line(
                (left, y + row * side, left + columns * side, y + row * side), fill=0, width=self.width
            )
        for column in range(columns + 1):
            self.pen.line(
                (left + column * side, y, left + column * side, y + rows * side), fill=0, width=self.width
            )
        for row in range(rows):
            for column in range(columns):
                if self.rng.random() < 0.4:
                    place = left + (column + 0.3) * side, y + (row + 0.1) * side
                    self.pen.text(place, self.rng.choice("XVO08B1"), font=self.font, fill=0)
        return y + rows * side

    def character_boxes(self, y: float) -> float:
        side, x = 1.4 * self.letter, 20 * self.unit
        for digit in "".join(self.rng.choice("0123456789") for _ in range(self.rng.randint(5, 9))):
            self.pen.rectangle((x, y, x + side, y + side), outline=0, width=self.width)
            if self.rng.random() < 0.8:
                self.pen.text((x + 0.35 * side, y + 0.1 * side), digit, font=self.font, fill=0)
            x += side * self.rng.choice((1.0, 1.15))
        return y + side

    def done(self, damage: str) -> Drawn:
        pixels = np.asarray(self.image)
        generator = np.random.default_rng(self.rng.randrange(2**32))
        marks = self.marks
        if "rotated" in damage:
            center = self.image.width / 2, self.image.height / 2
            degrees = self.rng.choice((-1, 1)) * self.rng.uniform(0.5, 2.0)
            matrix = cv2.getRotationMatrix2D(center, -degrees, 1.0)
            pixels = cv2.warpAffine(pixels, matrix, self.image.size, flags=cv2.INTER_LINEAR, borderValue=255)
            marks = [Mark(_turned(mark.box, matrix), mark.selected, mark.style) for mark in marks]
        if damage == "blur":
            pixels = cv2.GaussianBlur(pixels, (0, 0), 0.08 * self.unit + 0.5)
        if damage == "faint":
            pixels = (110 + pixels.astype(np.float32) * 145 / 255).astype(np.uint8)
        if damage == "gray paper":
            shade = np.linspace(0.65, 1.0, pixels.shape[1], dtype=np.float32)
            pixels = (pixels * shade).astype(np.uint8)
        if damage in ("noise", "gray paper"):
            pixels = np.clip(pixels + generator.normal(0, 14, pixels.shape), 0, 255).astype(np.uint8)
        if damage == "noise":
            specks = generator.random(pixels.shape)
            pixels = np.where(specks < 0.002, 0, np.where(specks > 0.998, 255, pixels)).astype(np.uint8)
        if "jpeg" in damage:
            _, data = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 25])
            pixels = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE)
        return Drawn(Image.fromarray(pixels), marks, damage)


def _turned(box: Box, matrix: np.ndarray) -> Box:
    points = np.array([(x, y, 1) for x, y in box.polygon]) @ matrix.T
    return Box(*points.min(axis=0), *points.max(axis=0))


def draw(seed: int) -> Drawn:
    """A page of its own style: text, options, bullets, tables, character boxes."""
    rng = random.Random(seed)
    form = Form(rng, rng.choice((100, 150, 200, 300)))
    y = 15 * form.unit
    while y < 265 * form.unit:
        kind = rng.choice(("text", "text", "options", "options", "options", "bullets", "table", "boxes"))
        if kind == "options":
            form.options(y)
            y += max(form.letter * 1.2, form.size)
        elif kind == "text":
            for _ in range(rng.randint(1, 4)):
                form.text(15 * form.unit, y, 9)
                y += 1.4 * form.letter
        else:
            make = {"bullets": form.bullets, "table": form.table, "boxes": form.character_boxes}[kind]
            y = make(y)
        y += rng.uniform(0.5, 1.5) * form.letter
    return form.done(rng.choice(DAMAGES))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=120)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--save", type=Path)
    options = parser.parse_args()
    counts, missed, false, seconds = Counter(), Counter(), Counter(), 0.0
    for number in range(options.pages):
        drawn = draw(options.seed + number)
        page = Page(np.asarray(drawn.image))
        started = time.perf_counter()
        found = find_marks(page)
        seconds += time.perf_counter() - started
        wrong = score(drawn, found, counts, missed, false)
        if options.save and wrong:
            options.save.mkdir(parents=True, exist_ok=True)
            picture(drawn, found).save(options.save / f"{options.seed + number}.png")
    right, extra, lost, state = (counts[key] for key in ("right", "false", "missed", "state"))
    print(f"pages {options.pages}, marks {right + lost}, {seconds / options.pages:.2f} s a page")
    print(f"precision {right / max(1, right + extra):.4f}  recall {right / max(1, right + lost):.4f}  "
          f"state right {1 - state / max(1, right):.4f}")  # fmt: skip
    print("missed:", dict(missed.most_common(12)))
    print("false on:", dict(false.most_common(12)))


def score(drawn: Drawn, found: list, counts: Counter, missed: Counter, false: Counter) -> bool:
    rest = list(found)
    errors = 0
    for mark in drawn.marks:
        match = next((each for each in rest if each.box and _overlap(each.box, mark.box) > 0.6), None)
        if match is None:
            counts["missed"] += 1
            missed[f"{mark.style}, {drawn.style}"] += 1
            errors += 1
            continue
        rest.remove(match)
        counts["right"] += 1
        if (match.state == "selected") != mark.selected:
            counts["state"] += 1
            missed[f"state of {mark.style}, {drawn.style}"] += 1
            errors += 1
    counts["false"] += len(rest)
    false[drawn.style] += len(rest)
    return bool(errors or rest)


def _overlap(one: Box, other: Box) -> float:
    shared = one.intersection(other)
    return shared.area / (one.area + other.area - shared.area) if shared else 0.0


def picture(drawn: Drawn, found: list) -> Image.Image:
    image = drawn.image.convert("RGB")
    pen = ImageDraw.Draw(image)
    for mark in drawn.marks:
        pen.rectangle(tuple(mark.box), outline="blue", width=2)
    for mark in found:
        color = "green" if mark.state == "selected" else "red"
        pen.polygon([tuple(point) for point in mark.polygon], outline=color, width=3)
    return image


if __name__ == "__main__":
    main()
