"""The text of a page as the content of a PDF page: invisible, each word exactly over its box."""

from __future__ import annotations

import math

from ocrkit.exporters.pdf.glyphless import DESCENT, EM, WIDTH, Codes
from ocrkit.exporters.pdf.word_boxes import Placed, are_joined, gap_between, placed_lines
from ocrkit.geometry import Point, Transform
from ocrkit.result import PageResult

_SMALLEST_GAP = 0.01  # of the height


def content(page: PageResult, to_paper: Transform, font: str, codes: Codes) -> bytes:
    """Nothing where nothing was read.

    Args:
        page: what was read.
        to_paper: leads from the pixels of the page to the units of the PDF page.
        font: the name of the font among the resources of the page.
        codes: the codes of the characters; new ones are added.
    """
    lines = [_line(words, to_paper, font, codes) for words in placed_lines(page)]
    if not lines:
        return b""
    return "\n".join(["q", *lines, "Q", ""]).encode()


def _line(words: list[Placed], to_paper: Transform, font: str, codes: Codes) -> str:
    on_paper = [_moved(word, to_paper) for word in words]
    parts = ["BT 3 Tr"]
    for index, word in enumerate(on_paper):
        height = math.hypot(*word.up)
        cosine, sine = (part / math.hypot(*word.along) for part in word.along)
        rise = -DESCENT / EM
        place = (
            cosine,
            sine,
            -sine,
            cosine,
            word.start.x + rise * word.up.x,
            word.start.y + rise * word.up.y,
        )
        stretch = _stretch(math.hypot(*word.along), height, len(word.text))
        matrix = " ".join(map(_number, place))
        parts.append(f"/{font} {_number(height)} Tf {stretch} Tz {matrix} Tm <{codes.encoded(word.text)}> Tj")
        following = on_paper[index + 1] if index + 1 < len(on_paper) else None
        if following and not are_joined(word, following):
            gap = max(gap_between(word, following), _SMALLEST_GAP * height)
            parts.append(f"{_stretch(gap, height, 1)} Tz <{codes.encoded(' ')}> Tj")
    return "\n".join([*parts, "ET"])


def _moved(word: Placed, transform: Transform) -> Placed:
    start, end = transform.point(word.start), transform.point(word.end)
    top = transform.point(Point(word.start.x + word.up.x, word.start.y + word.up.y))
    return Placed(
        word.text, start, Point(end.x - start.x, end.y - start.y), Point(top.x - start.x, top.y - start.y)
    )


def _stretch(length: float, height: float, letters: int) -> str:
    """By how much letters have to be stretched along the line, in percent."""
    return _number(100 * length * EM / (height * WIDTH * letters))


def _number(value: float) -> str:
    text = f"{value:.4f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
