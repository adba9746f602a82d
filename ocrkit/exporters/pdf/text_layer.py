"""The text layer: a content stream with every word, invisible and exactly over its box."""

from __future__ import annotations

import itertools
import math

from ocrkit.exporters._numbers import format_decimal
from ocrkit.exporters.pdf.glyphless import DESCENT, EM, WIDTH, CharacterCodes
from ocrkit.exporters.pdf.word_boxes import WordBox, are_joined, gap_between, lines_of_word_boxes
from ocrkit.geometry import Point, Transform
from ocrkit.result import PageResult

_MIN_GAP = 0.01  # of the height


def content(page: PageResult, to_page_space: Transform, font: str, codes: CharacterCodes) -> bytes:
    """The content stream; empty for a page without text.

    Args:
        page: the result.
        to_page_space: the transform from the pixels of the result to the units of the PDF page.
        font: the name of the font in the resources of the page.
        codes: the codes of the characters; new ones are added.
    """
    lines = [_line(words, to_page_space, font, codes) for words in lines_of_word_boxes(page)]
    if not lines:
        return b""
    return "\n".join(["q", *lines, "Q", ""]).encode()


def _line(words: list[WordBox], to_page_space: Transform, font: str, codes: CharacterCodes) -> str:
    boxes = [_transformed(word, to_page_space) for word in words]
    operators = ["BT 3 Tr"]
    for word, following in itertools.zip_longest(boxes, boxes[1:]):
        height = math.hypot(*word.up)
        scaling = _horizontal_scaling(math.hypot(*word.along), height, len(word.text))
        operators.append(
            f"/{font} {format_decimal(height)} Tf {scaling} Tz {_text_matrix(word)} Tm "
            f"<{codes.encode(word.text)}> Tj"
        )
        if following and not are_joined(word, following):
            gap = max(gap_between(word, following), _MIN_GAP * height)
            operators.append(f"{_horizontal_scaling(gap, height, 1)} Tz <{codes.encode(' ')}> Tj")
    return "\n".join([*operators, "ET"])


def _text_matrix(word: WordBox) -> str:
    """The rotation of the word and the start of its baseline."""
    cosine, sine = (part / math.hypot(*word.along) for part in word.along)
    baseline = -DESCENT / EM
    x, y = word.start.x + baseline * word.up.x, word.start.y + baseline * word.up.y
    return " ".join(map(format_decimal, (cosine, sine, -sine, cosine, x, y)))


def _transformed(word: WordBox, transform: Transform) -> WordBox:
    start, end = transform.point(word.start), transform.point(word.end)
    top = transform.point(Point(word.start.x + word.up.x, word.start.y + word.up.y))
    return WordBox(
        word.text, start, Point(end.x - start.x, end.y - start.y), Point(top.x - start.x, top.y - start.y)
    )


def _horizontal_scaling(length: float, height: float, characters: int) -> str:
    """The scaling in percent that gives characters of this height the given length."""
    return format_decimal(100 * length * EM / (height * WIDTH * characters))
