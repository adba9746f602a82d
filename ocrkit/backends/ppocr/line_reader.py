"""The lines of one page, each read at most once in each direction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ocrkit.backends.ppocr.recognition import Corners, Reading, Recognizer, strip
from ocrkit.page import Pixels

# Print is read no worse, and faster, a little narrower than it is. Not so handwriting, and what reads badly.
PRINT = 0.9
AS_IT_IS = 1.0


class ReadLine(NamedTuple):
    """What a line says, and the strip it was read from."""

    reading: Reading
    pixels: Pixels


class LineReader:
    """Reads lines of a page by their corners and remembers what they said."""

    def __init__(self, recognizer: Recognizer, image: Pixels, narrowing: float) -> None:
        self._recognizer = recognizer
        self._image = image
        self._narrowing = narrowing
        self._known: dict[bytes, ReadLine] = {}

    def __call__(self, outlines: Sequence[Corners]) -> list[ReadLine]:
        """Read lines, each beginning at its first corner; the answers are in their order."""
        fresh = [corners for corners in outlines if corners.tobytes() not in self._known]
        strips = [(strip(self._image, corners, self._narrowing), corners) for corners in fresh]
        # The widest first, so that no core waits at the end for another one that has just begun.
        strips.sort(key=lambda item: -item[0].shape[1])
        readings = self._recognizer.read(pixels for pixels, _ in strips)
        for (pixels, corners), reading in zip(strips, readings, strict=True):
            self._known[corners.tobytes()] = ReadLine(reading, pixels)
        return [self._known[corners.tobytes()] for corners in outlines]

    def best(self, outlines: Sequence[Corners]) -> tuple[Corners, ReadLine]:
        """Of several directions for one line, the one that reads with the most confidence."""
        lines = self(outlines)
        choice = max(range(len(lines)), key=lambda index: lines[index].reading.confidence)
        return outlines[choice], lines[choice]
