"""Reading lines: each is cut out, scaled to the height the network knows, and read on its own.

One line at a time wastes nothing on padding; a batch is as wide as its widest line. The network answers a
distribution over characters for every eight pixels of the line; reading it off (CTC) also says where each
character stands, which is all that is needed for words, their boxes and their confidences.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ocrkit.backends.ppocr.runtime import Network, Tensor, normalised
from ocrkit.opencv import cv2
from ocrkit.page import Pixels

_HEIGHT = 48
_STEP = 8  # the network answers once for so many pixels
_GRAIN = 32  # widths are rounded up to this: every new one costs the runtime a compilation, and memory
_WIDEST = 3200  # longer lines are squeezed


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
        widths: list[int] = []

        def batches() -> Iterator[Tensor]:
            for pixels in strips:
                widths.append(pixels.shape[1])
                yield _padded(normalised(pixels))

        for number, answer in enumerate(self.network.map(batches())):
            yield self._decode(answer[0], widths[number])

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


def strip(image: Pixels, corners: NDArray[np.float32]) -> Pixels:
    """A line cut out along its corners (clockwise from its beginning), upright, at the network's height."""
    width = max(1.0, float(np.linalg.norm(corners[1] - corners[0])))
    height = max(1.0, float(np.linalg.norm(corners[3] - corners[0])))
    target = min(_WIDEST, max(8, round(width * _HEIGHT / height)))
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


def _padded(tensor: Tensor) -> Tensor:
    """Filled up to a round width with 0, which the network has learned to read as nothing."""
    missing = -tensor.shape[3] % _GRAIN
    return np.pad(tensor, ((0, 0), (0, 0), (0, 0), (0, missing))) if missing else tensor
