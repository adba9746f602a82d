"""Reads the lines of a page: in its direction, in its scripts, and once more where they are doubtful."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from ocrkit.backends.ppocr.alphabets import script_of, scripts_on
from ocrkit.backends.ppocr.detection import Quad
from ocrkit.backends.ppocr.fast_recognizer import LineRecognizer
from ocrkit.backends.ppocr.foreign_lines import foreign_lines
from ocrkit.backends.ppocr.line_reader import (
    FULL_WIDTH_SCALE,
    PRINT_WIDTH_SCALE,
    LineReader,
    RecognizedLine,
)
from ocrkit.backends.ppocr.orientation import (
    GOOD_CONFIDENCE,
    TALL_RATIO,
    PageOrientation,
    decide_orientation,
    turn,
)
from ocrkit.backends.ppocr.recognition import Corners
from ocrkit.backends.ppocr.second_look import look_again
from ocrkit.page import Pixels


class PlacedLine(NamedTuple):
    """A recognized line, and its corners in reading direction."""

    corners: Corners
    line: RecognizedLine


def read_page(
    recognizer: LineRecognizer,
    image: Pixels,
    quads: Sequence[Quad],
    *,
    handwritten: bool,
    doubtful_below: float,
    scripts: Collection[str],
) -> tuple[PageOrientation, list[PlacedLine]]:
    """The orientation of the page, and its lines, some of them without any text.

    Lines of print that are clearly in another script are not read.

    Args:
        recognizer: the recognizer for the languages of the request.
        image: the page in RGB.
        quads: the detected lines.
        handwritten: whether handwriting is requested.
        doubtful_below: the confidence below which a line is read again in other ways.
        scripts: the scripts that the recognizer reads.
    """
    scale = FULL_WIDTH_SCALE if handwritten else PRINT_WIDTH_SCALE
    reader = LineReader(recognizer, image, scale)
    orientation = decide_orientation(quads, lambda lines: [line.text for line in reader.read(lines)])
    sample = reader.known
    if orientation.confidence < GOOD_CONFIDENCE and not handwritten:
        scale = FULL_WIDTH_SCALE
        reader = LineReader(recognizer, image, scale)
    if orientation.is_vertical:
        recognizer, scale = recognizer.for_columns(), FULL_WIDTH_SCALE
        reader = LineReader(recognizer, image, scale)
    directions_by_line = [_directions(quad, orientation.turns) for quad in quads]
    foreign: list[PlacedLine] = []
    if not handwritten:
        upright = [directions[0] for directions in directions_by_line if len(directions) == 1]
        skipped = foreign_lines(image, upright, sample, scripts)
        foreign = [
            PlacedLine(corners, reader.unread(corners)) for corners in upright if corners.tobytes() in skipped
        ]
        directions_by_line = [each for each in directions_by_line if each[0].tobytes() not in skipped]
    # One call for all lines distributes them over the threads; `read_best` then uses the cache.
    reader.read([corners for directions in directions_by_line for corners in directions])
    found = [PlacedLine(*reader.read_best(directions)) for directions in directions_by_line]
    if recognizer.limit is None:
        found = _in_scripts_of_page(recognizer, image, scale, found)
    lines = look_again(recognizer, [each.line for each in found], doubtful_below)
    found = [each._replace(line=line) for each, line in zip(found, lines, strict=True)]
    return orientation, [*found, *foreign]


def _in_scripts_of_page(
    recognizer: LineRecognizer, image: Pixels, scale: float, lines: Sequence[PlacedLine]
) -> list[PlacedLine]:
    """The lines, those with letters of a script that the page does not use read again without it."""
    letters = [(each.text, each.confidence) for placed in lines for each in placed.line.text.characters]
    scripts = scripts_on(letters)
    if scripts is None:
        return list(lines)
    expected = {None, *scripts}
    strange = [
        placed.corners
        for placed in lines
        if any(script_of(character) not in expected for character in placed.line.text.text)
    ]
    again = dict(
        zip(
            (corners.tobytes() for corners in strange),
            LineReader(recognizer.limited(scripts), image, scale).read(strange),
            strict=True,
        )
    )
    return [placed._replace(line=again.get(placed.corners.tobytes(), placed.line)) for placed in lines]


def _directions(quad: Quad, turns: int) -> list[Corners]:
    """The directions in which to read a line, on a page whose text is turned by `turns`.

    A line across the others (a note in the margin, vertical Chinese text) may run upward or downward. A short
    one may also be a single narrow letter in the direction of the page.
    """
    usual = turn(quad.corners, turns)
    along, across = (quad.height, quad.width) if turns % 2 else (quad.width, quad.height)
    if across <= TALL_RATIO * along:
        return [usual]
    sideways = [turn(quad.corners, turns + 1), turn(quad.corners, turns + 3)]
    return [usual, *sideways] if across < 3 * along else sideways
