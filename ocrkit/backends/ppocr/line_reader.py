"""Reads the lines of one page, and caches the text of each line and direction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ocrkit.backends.ppocr.fast_recognizer import LineRecognizer
from ocrkit.backends.ppocr.recognition import Corners, RecognizedText, crop_line
from ocrkit.page import Pixels

# Print compressed to 0.9 of its width is read faster and no less accurately. Handwriting, vertical text and
# print that is hard to read need the full width.
PRINT_WIDTH_SCALE = 0.9
FULL_WIDTH_SCALE = 1.0


class RecognizedLine(NamedTuple):
    """The text of a line, and the crop it was read from."""

    text: RecognizedText
    crop: Pixels


class LineReader:
    """Reads lines of a page by their corners, each at most once per direction."""

    def __init__(self, recognizer: LineRecognizer, image: Pixels, width_scale: float) -> None:
        self._recognizer = recognizer
        self._image = image
        self._width_scale = width_scale
        self._cache: dict[bytes, RecognizedLine] = {}

    def read(self, lines: Sequence[Corners]) -> list[RecognizedLine]:
        """Read lines, each in the direction that its corners give; results are in the same order."""
        unread = [corners for corners in lines if corners.tobytes() not in self._cache]
        crops = [(crop_line(self._image, corners, self._width_scale), corners) for corners in unread]
        # Widest first, so that no core is left with a long line at the end.
        crops.sort(key=lambda item: -item[0].shape[1])
        texts = self._recognizer.read(crop for crop, _ in crops)
        for (crop, corners), text in zip(crops, texts, strict=True):
            self._cache[corners.tobytes()] = RecognizedLine(text, crop)
        return [self._cache[corners.tobytes()] for corners in lines]

    @property
    def known(self) -> dict[bytes, RecognizedText]:
        """The texts of the lines that were read, by their corners."""
        return {corners: line.text for corners, line in self._cache.items()}

    def unread(self, corners: Corners) -> RecognizedLine:
        """A line that is not to be read."""
        return RecognizedLine(RecognizedText(()), crop_line(self._image, corners, self._width_scale))

    def read_best(self, directions: Sequence[Corners]) -> tuple[Corners, RecognizedLine]:
        """Read one line in several directions and return the most confident result."""
        lines = self.read(directions)
        best = max(range(len(lines)), key=lambda index: lines[index].text.confidence)
        return directions[best], lines[best]
