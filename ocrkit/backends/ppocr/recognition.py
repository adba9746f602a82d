"""Text recognition: crop each line, scale it to the input height of the network, and decode the output.

Lines are read one at a time: a batch would pad all its lines to the widest. The network gives a probability
distribution over characters for every eight pixels. CTC decoding also gives the position of each character,
from which words, their boxes and their confidences follow.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ocrkit.backends.ppocr.alphabets import Limit, Script
from ocrkit.backends.ppocr.candidates import Step, steps_of
from ocrkit.backends.ppocr.runtime import Network, Tensor, normalize
from ocrkit.backends.ppocr.vertical_cells import with_passed_over
from ocrkit.opencv import cv2
from ocrkit.page import Pixels

Corners: TypeAlias = NDArray[np.float32]
"""Four corners, clockwise from the top left of the text in reading direction."""

_HEIGHT = 48
_STEP = 8  # pixels per output step of the network
_WIDTH_MULTIPLE = 32  # widths are rounded up: each new width costs the runtime a compilation, and memory
_MAX_WIDTH = 2400  # wider lines are read in parts
_SPACE = 0.2  # a gap at least this wide, relative to the line height, is a space
DOUBTFUL = 0.9  # characters below this confidence are ambiguous


class RecognizedCharacter(NamedTuple):
    """A character and its position along the line, from 0 (start) to 1 (end)."""

    text: str
    confidence: float
    position: float


class RecognizedText(NamedTuple):
    """The recognized characters of one line."""

    characters: tuple[RecognizedCharacter, ...]
    steps: tuple[Step, ...] = ()
    """What the network considered along the line; empty if all its characters are clear."""

    @property
    def text(self) -> str:
        return "".join(character.text for character in self.characters)

    @property
    def confidence(self) -> float:
        if not self.characters:
            return 0.0
        return sum(character.confidence for character in self.characters) / len(self.characters)


class _Part(NamedTuple):
    """A range of columns of a crop."""

    start: int
    end: int
    after_space: bool = False


@dataclass(frozen=True)
class Recognizer:
    """Reads crops of lines with one network and its alphabet."""

    network: Network
    alphabet: tuple[str, ...]
    name: str = ""
    """The model, as reported in results."""
    limit: Limit | None = None
    """The characters to choose among, except where a line is clearly in another script."""
    is_for_columns: bool = False
    """Whether the lines are turned columns of vertical text."""

    @classmethod
    def with_alphabet(cls, network: Network, characters: Sequence[str], name: str) -> Recognizer:
        """Create a recognizer whose network knows these characters, a blank before them and a space after."""
        return cls(network, ("", *characters, " "), name)

    def limited(self, scripts: frozenset[Script] | None) -> Recognizer:
        """The same recognizer for text in these scripts; for any text without scripts."""
        return replace(self, limit=None if scripts is None else Limit.of(self.alphabet, scripts))

    def for_columns(self) -> Recognizer:
        """The same recognizer for turned columns of vertical text."""
        return replace(self, is_for_columns=True)

    def read(self, crops: Iterable[Pixels]) -> Iterator[RecognizedText]:
        """Read crops made by `crop_line`, in order."""
        # The crops that the network has not finished, and their parts.
        pending: deque[tuple[Pixels, list[_Part]]] = deque()

        def inputs() -> Iterator[Tensor]:
            for crop in crops:
                parts = _split(crop)
                pending.append((crop, parts))
                for part in parts:
                    yield _pad(normalize(crop[:, part.start : part.end]))

        texts: list[RecognizedText] = []
        for output in self.network.map(inputs()):
            crop, parts = pending[0]
            part = parts[len(texts)]
            texts.append(self._decode(output[0], crop[:, part.start : part.end]))
            if len(texts) == len(parts):
                pending.popleft()
                yield _join(parts, texts)
                texts = []

    def _decode(self, distribution: Tensor, crop: Pixels) -> RecognizedText:
        """Greedy CTC decoding: the best character of each step, without repeats and blanks."""
        width = crop.shape[1]
        if self.is_for_columns:
            distribution = with_passed_over(distribution[: -(-width // _STEP)], self.alphabet, ink_mask(crop))
        best = distribution.argmax(axis=1)
        if self.limit is not None and self.limit.applies(distribution, best):
            distribution = self.limit.narrow(distribution)
            best = distribution.argmax(axis=1)
        steps = np.flatnonzero((best != 0) & (best != np.concatenate(([0], best[:-1]))))
        confidences = distribution[steps, best[steps]]
        positions = np.minimum(1.0, (np.arange(len(best)) + 0.5) * _STEP / width).tolist()
        characters = tuple(
            RecognizedCharacter(self.alphabet[best[step]], float(confidence), positions[step])
            for step, confidence in zip(steps, confidences, strict=True)
        )
        clear = not steps.size or confidences.min() >= DOUBTFUL
        return RecognizedText(
            characters, () if clear else steps_of(distribution, best, positions, self.alphabet)
        )


def crop_line(image: Pixels, corners: Corners, width_scale: float = 1.0) -> Pixels:
    """Crop a line, rotate it upright, and scale it to the input height of the network.

    A `width_scale` below 1 compresses the crop horizontally, which makes recognition faster.
    """
    width = max(1.0, float(np.linalg.norm(corners[1] - corners[0])))
    height = max(1.0, float(np.linalg.norm(corners[3] - corners[0])))
    target = max(8, round(width_scale * width * _HEIGHT / height))
    if abs(corners[0][1] - corners[1][1]) < 1.5 and corners[1][0] > corners[0][0]:
        last = image.shape[1] - 1, image.shape[0] - 1  # a line may begin at the very edge of the image
        left, top = np.clip(np.floor(corners.min(axis=0)).astype(int), 0, last)
        right, bottom = np.maximum(np.ceil(corners.max(axis=0)).astype(int), (left + 1, top + 1))
        crop = image[top:bottom, left:right]
    else:
        size = max(1, round(width)), max(1, round(height))
        goal = np.array([[0, 0], [size[0], 0], [0, size[1]]], dtype=np.float32) - 0.5
        warp = cv2.getAffineTransform(corners[[0, 1, 3]] - 0.5, goal)  # OpenCV counts from pixel centers
        warped = cv2.warpAffine(image, warp, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
        crop = np.asarray(warped, dtype=np.uint8)
    interpolation = cv2.INTER_AREA if crop.shape[0] > 2 * _HEIGHT else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(crop, (target, _HEIGHT), interpolation=interpolation), dtype=np.uint8)


def _split(crop: Pixels) -> list[_Part]:
    """Split a crop that is too wide for the network at its widest gaps."""
    width = crop.shape[1]
    if width <= _MAX_WIDTH:
        return [_Part(0, width)]
    ink = ink_mask(crop).sum(axis=0) > 0
    parts: list[_Part] = []
    start, after_space = 0, False
    while width - start > _MAX_WIDTH:
        window = start + _MAX_WIDTH // 2, start + _MAX_WIDTH
        gap = widest_gap(ink[slice(*window)]) or (_MAX_WIDTH // 2 - 1, _MAX_WIDTH // 2)
        cut = window[0] + sum(gap) // 2
        parts.append(_Part(start, cut, after_space))
        start, after_space = cut, gap[1] - gap[0] >= _SPACE * _HEIGHT
    return [*parts, _Part(start, width, after_space)]


def _join(parts: Sequence[_Part], texts: Sequence[RecognizedText]) -> RecognizedText:
    """Join the texts of the parts; positions are relative to the whole line again."""
    if len(parts) == 1:
        return texts[0]
    width = parts[-1].end
    characters: list[RecognizedCharacter] = []
    steps: list[Step] = []
    for part, text in zip(parts, texts, strict=True):
        start, scale = part.start / width, (part.end - part.start) / width
        found = [each._replace(position=start + each.position * scale) for each in text.characters]
        steps += [step._replace(position=start + step.position * scale) for step in text.steps]
        if part.after_space and characters and found:
            confidence = min(characters[-1].confidence, found[0].confidence)
            characters.append(RecognizedCharacter(" ", confidence, part.start / width))
        characters += found
    return RecognizedText(tuple(characters), tuple(steps))


def ink_mask(crop: Pixels) -> NDArray[np.bool_]:
    """The pixels that differ from the background of the crop."""
    gray = np.asarray(cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY), dtype=np.uint8)
    distance = cv2.absdiff(gray, np.full_like(gray, np.median(gray)))
    threshold, _ = cv2.threshold(distance, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    ink: NDArray[np.bool_] = distance > max(threshold * 0.7, 12.0)
    return ink


def widest_gap(ink: NDArray[np.bool_]) -> tuple[int, int] | None:
    """Start and end of the longest run without ink."""
    edges = np.flatnonzero(np.diff(np.concatenate(([True], ink, [True])).astype(np.int8)))
    if edges.size < 2:
        return None
    starts, ends = edges[::2], edges[1::2]
    longest = int(np.argmax(ends - starts))
    return int(starts[longest]), int(ends[longest])


def _pad(tensor: Tensor) -> Tensor:
    """Pad the width to a multiple with 0, which the network is trained to ignore."""
    missing = -tensor.shape[3] % _WIDTH_MULTIPLE
    return np.pad(tensor, ((0, 0), (0, 0), (0, 0), (0, missing))) if missing else tensor
