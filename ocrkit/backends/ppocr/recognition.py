"""Reading lines: each is cut out, scaled to the height the network knows, and read on its own.

One line at a time wastes nothing on padding; a batch is as wide as its widest line. The network answers a
distribution over characters for every eight pixels of the line; reading it off (CTC) also says where each
character stands, which is all that is needed for words, their boxes and their confidences.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ocrkit.backends.ppocr.runtime import Network, Tensor, normalised
from ocrkit.opencv import cv2
from ocrkit.page import Pixels

Corners: TypeAlias = NDArray[np.float32]
"""Four corners, clockwise from where the text begins at the top."""

_HEIGHT = 48
_STEP = 8  # the network answers once for so many pixels
_GRAIN = 32  # widths are rounded up to this: every new one costs the runtime a compilation, and memory
_WIDEST = 2400  # longer lines are read in parts
_SPACE = 0.2  # a part that ends at a gap this wide, in heights of the line, ends at a space


class Character(NamedTuple):
    """A character with its place along the line, from 0 at its beginning to 1 at its end."""

    text: str
    confidence: float
    position: float


class Reading(NamedTuple):
    """What one line says."""

    characters: tuple[Character, ...]

    @property
    def text(self) -> str:
        return "".join(character.text for character in self.characters)

    @property
    def confidence(self) -> float:
        if not self.characters:
            return 0.0
        return sum(character.confidence for character in self.characters) / len(self.characters)


class _Part(NamedTuple):
    """A part of a strip, in columns; `spaced` if a space comes before it."""

    start: int
    end: int
    spaced: bool = False


@dataclass(frozen=True)
class Recognizer:
    """Reads lines with one network and its alphabet."""

    network: Network
    alphabet: tuple[str, ...]

    @classmethod
    def of(cls, network: Network) -> Recognizer:
        """The recogniser whose model carries its own alphabet, as all PP-OCR models in ONNX form do."""
        characters = network.metadata["character"].splitlines()
        return cls(network, ("", *characters, " "))

    def read(self, strips: Iterable[Pixels]) -> Iterator[Reading]:
        """The readings of strips made by `strip`, in their order."""
        waiting: deque[list[_Part]] = deque()

        def batches() -> Iterator[Tensor]:
            for pixels in strips:
                parts = _parts(pixels)
                waiting.append(parts)
                for part in parts:
                    yield _padded(normalised(pixels[:, part.start : part.end]))

        pieces: list[Reading] = []
        for answer in self.network.map(batches()):
            parts = waiting[0]
            part = parts[len(pieces)]
            pieces.append(self._decode(answer[0], part.end - part.start))
            if len(pieces) == len(parts):
                yield _joined(waiting.popleft(), pieces)
                pieces = []

    def _decode(self, distribution: Tensor, width: int) -> Reading:
        """Greedy CTC: the best character of every step, repeats and blanks taken out."""
        best = distribution.argmax(axis=1)
        changed = np.flatnonzero((best != 0) & (best != np.concatenate(([0], best[:-1]))))
        confidences = distribution[changed, best[changed]]
        characters = tuple(
            Character(self.alphabet[best[step]], float(confidence), min(1.0, (step + 0.5) * _STEP / width))
            for step, confidence in zip(changed, confidences, strict=True)
        )
        return Reading(characters)


def strip(image: Pixels, corners: Corners, narrowing: float = 1.0) -> Pixels:
    """A line cut out along its corners (clockwise from its beginning), upright, at the network's height.

    With a `narrowing` below 1 it is that much narrower than its shape asks for, and read that much faster.
    """
    width = max(1.0, float(np.linalg.norm(corners[1] - corners[0])))
    height = max(1.0, float(np.linalg.norm(corners[3] - corners[0])))
    target = max(8, round(narrowing * width * _HEIGHT / height))
    if abs(corners[0][1] - corners[1][1]) < 1.5 and corners[1][0] > corners[0][0]:
        left, top = np.floor(corners.min(axis=0)).astype(int)
        right, bottom = np.ceil(corners.max(axis=0)).astype(int)
        cut = image[max(0, top) : max(1, bottom), max(0, left) : max(1, right)]
    else:
        size = max(1, round(width)), max(1, round(height))
        goal = np.array([[0, 0], [size[0], 0], [0, size[1]]], dtype=np.float32) - 0.5
        warp = cv2.getAffineTransform(corners[[0, 1, 3]] - 0.5, goal)  # OpenCV counts from pixel centres
        turned = cv2.warpAffine(image, warp, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
        cut = np.asarray(turned, dtype=np.uint8)
    how = cv2.INTER_AREA if cut.shape[0] > 2 * _HEIGHT else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(cut, (target, _HEIGHT), interpolation=how), dtype=np.uint8)


def _parts(pixels: Pixels) -> list[_Part]:
    """A strip as one part, or, where it is too wide, cut at its widest gaps."""
    width = pixels.shape[1]
    if width <= _WIDEST:
        return [_Part(0, width)]
    ink = inked(pixels).sum(axis=0) > 0
    parts: list[_Part] = []
    start, spaced = 0, False
    while width - start > _WIDEST:
        window = start + _WIDEST // 2, start + _WIDEST
        gap = widest_gap(ink[slice(*window)]) or (_WIDEST // 2 - 1, _WIDEST // 2)
        cut = window[0] + sum(gap) // 2
        parts.append(_Part(start, cut, spaced))
        start, spaced = cut, gap[1] - gap[0] >= _SPACE * _HEIGHT
    return [*parts, _Part(start, width, spaced)]


def _joined(parts: Sequence[_Part], pieces: Sequence[Reading]) -> Reading:
    """One reading of several; positions are places along the whole line again."""
    if len(parts) == 1:
        return pieces[0]
    width = parts[-1].end
    characters: list[Character] = []
    for part, piece in zip(parts, pieces, strict=True):
        found = [
            each._replace(position=(part.start + each.position * (part.end - part.start)) / width)
            for each in piece.characters
        ]
        if part.spaced and characters and found:
            certain = min(characters[-1].confidence, found[0].confidence)
            characters.append(Character(" ", certain, part.start / width))
        characters += found
    return Reading(tuple(characters))


def inked(pixels: Pixels) -> NDArray[np.bool_]:
    """Where a strip stands out from its own background."""
    gray = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), dtype=np.uint8)
    distance = cv2.absdiff(gray, np.full_like(gray, np.median(gray)))
    threshold, _ = cv2.threshold(distance, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    marks: NDArray[np.bool_] = distance > max(threshold * 0.7, 12.0)
    return marks


def widest_gap(ink: NDArray[np.bool_]) -> tuple[int, int] | None:
    """The longest run without ink, as the positions where it begins and ends."""
    edges = np.flatnonzero(np.diff(np.concatenate(([True], ink, [True])).astype(np.int8)))
    if edges.size < 2:
        return None
    starts, ends = edges[::2], edges[1::2]
    longest = int(np.argmax(ends - starts))
    return int(starts[longest]), int(ends[longest])


def _padded(tensor: Tensor) -> Tensor:
    """Filled up to a round width with 0, which the network has learned to read as nothing."""
    missing = -tensor.shape[3] % _GRAIN
    return np.pad(tensor, ((0, 0), (0, 0), (0, 0), (0, missing))) if missing else tensor
