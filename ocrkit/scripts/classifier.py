"""The classifier: the script of a line, seen in its picture before its text is trusted.

A small convolutional network looks at up to two windows of a line. OpenCV runs it: it is installed with every
engine, loads in milliseconds and starts no threads of its own. `training/scripts` holds the program that
trains the model, and `docs/explanation/scripts.md` what it confuses.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Collection, Iterable
from importlib import resources
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ocrkit.letters import LATIN
from ocrkit.opencv import cv2
from ocrkit.page import Pixels
from ocrkit.scripts.names import NONE
from ocrkit.scripts.strips import strip, windows

CLASSES = (
    "Latn", "Viet", "Grek", "Cyrl", "Arab", "Hebr", "Deva", "Beng", "Taml", "Telu", "Thai", "Geor", "Armn",
    "Ethi", "Khmr", "Hang", "Jpan", "Hani", "Gujr", "Guru", "Knda", "Mlym", "Orya", "Sinh", "Laoo", "Mymr",
    "Tibt", "Zyyy",
)  # fmt: skip
"""The outputs of the network. `Viet` is Latin script with the marks of Vietnamese, `Zyyy` is no script."""
_VIETNAMESE = CLASSES.index("Viet")


class Guess(NamedTuple):
    """The probabilities of the classes for one line."""

    probabilities: NDArray[np.float32]

    @property
    def script(self) -> str:
        """The most probable script, as an ISO 15924 code; `Zyyy` for digits, signs and drawings."""
        return self._best[0]

    @property
    def probability(self) -> float:
        """The probability of that script."""
        return self._best[1]

    @property
    def vietnamese(self) -> float:
        """The probability of Latin script with the marks of Vietnamese."""
        return float(self.probabilities[_VIETNAMESE])

    def of(self, script: str) -> float:
        """The probability of a script."""
        if script == LATIN:
            return float(self.probabilities[CLASSES.index(LATIN)]) + self.vietnamese
        return float(self.probabilities[CLASSES.index(script)]) if script in CLASSES else 0.0

    def weighed(self, scripts: Collection[str], factor: float) -> Guess:
        """The probabilities if these scripts are more probable by a factor, because of other evidence."""
        names = {*scripts, *({"Viet"} if LATIN in scripts else ())}
        weights = np.array([factor if name in names else 1.0 for name in CLASSES], np.float32)
        weighed = self.probabilities * weights
        return Guess(np.asarray(weighed / weighed.sum(), np.float32))

    @property
    def _best(self) -> tuple[str, float]:
        code = CLASSES[int(self.probabilities.argmax())]
        code = LATIN if code == "Viet" else code
        return code, self.of(code)


def classify(crops: Iterable[Pixels]) -> list[Guess]:
    """The scripts of lines, by their pictures; see `strips.cut`."""
    network = _network()
    return [Guess(network(windows(strip(crop)))) for crop in crops]


class _Network:
    """The loaded model. Threads may share it; one of them uses it at a time."""

    def __init__(self) -> None:
        file = resources.files("ocrkit.scripts") / "model.onnx"
        self._net: Any = cv2.dnn.readNetFromONNX(np.frombuffer(file.read_bytes(), np.uint8))
        self._lock = threading.Lock()

    def __call__(self, inks: NDArray[np.float32]) -> NDArray[np.float32]:
        """The mean of the probabilities over the windows of a line; empty windows do not count."""
        found = []
        with self._lock:
            for ink in inks:
                self._net.setInput(np.ascontiguousarray(ink[np.newaxis, np.newaxis]))
                found.append(np.array(self._net.forward()[0]))
        scores = np.stack(found)
        exponents = np.exp(scores - scores.max(axis=1, keepdims=True))
        probabilities: NDArray[np.float32] = (exponents / exponents.sum(axis=1, keepdims=True)).mean(axis=0)
        return probabilities


@functools.cache
def _network() -> _Network:
    return _Network()


__all__ = ["CLASSES", "NONE", "Guess", "classify"]
