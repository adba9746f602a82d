"""Calibration: the probability that a word is right, from the confidence that an engine reports.

A confidence of 0.9 means something different for each engine. A calibration table, fitted on pages with
ground truth, holds the share of right words by confidence, and is interpolated linearly. Tables are small
JSON files. Those for the local engines are included, `ocrkit evaluate --fit-calibration` writes others, and
the setting `calibration` selects them.
"""

from __future__ import annotations

import functools
import hashlib
from bisect import bisect_right
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError, model_validator
from typing_extensions import Self

from ocrkit.errors import ConfigError
from ocrkit.result import Confidence, Line, Model, PageResult, Word
from ocrkit.result.blocks import is_unspaced_character


class Curve(Model):
    """The share of right words as a function of the confidence."""

    confidence: tuple[Confidence, ...] = Field(min_length=1)
    """The points of the curve, in increasing order."""
    probability: tuple[Confidence, ...] = Field(min_length=1)
    """The share of right words at each point; it never decreases."""
    words: int = Field(ge=0)
    """The number of words that the curve was fitted on."""

    @model_validator(mode="after")
    def _check_points(self) -> Self:
        if len(self.confidence) != len(self.probability):
            raise ValueError("confidence and probability must have the same number of points")
        steps = zip(self.confidence, self.confidence[1:], strict=False)
        if any(after <= before for before, after in steps):
            raise ValueError("confidence must increase from point to point")
        if list(self.probability) != sorted(self.probability):
            raise ValueError("probability must not decrease")
        return self

    def __call__(self, confidence: float) -> float:
        """The probability that a word of this confidence is right."""
        after = bisect_right(self.confidence, confidence)
        if after == 0:
            return self.probability[0]
        if after == len(self.confidence):
            return self.probability[-1]
        left, right = self.confidence[after - 1], self.confidence[after]
        low, high = self.probability[after - 1], self.probability[after]
        return low + (high - low) * (confidence - left) / (right - left)


class Calibration(Model):
    """The calibration table of a backend."""

    version: Literal[1] = 1
    backend: str
    words: Curve
    unspaced: Curve | None = None
    """For scripts without spaces, where a word may be a single letter; `words` applies if not given."""
    pages: int = Field(0, ge=0)
    note: str = ""
    """The pages it was fitted on, and how they were read."""

    def __call__(self, confidence: float, *, unspaced: bool = False) -> float:
        """The probability that a word of this confidence is right."""
        curve = self.unspaced if unspaced and self.unspaced else self.words
        return curve(confidence)

    @property
    def fingerprint(self) -> str:
        """A short hash that changes with the curves."""
        facts = self.model_dump_json(include={"words", "unspaced"})
        return hashlib.sha256(facts.encode()).hexdigest()[:16]

    def apply(self, page: PageResult) -> PageResult:
        """The page with a probability for each word whose confidence is known."""
        blocks = tuple(
            block.model_copy(update={"lines": tuple(self._apply_to_line(line) for line in block.lines)})
            for block in page.blocks
        )
        return page.model_copy(update={"blocks": blocks})

    def _apply_to_line(self, line: Line) -> Line:
        return line.model_copy(update={"words": tuple(self._apply_to_word(word) for word in line.words)})

    def _apply_to_word(self, word: Word) -> Word:
        if word.confidence is None or word.text != word.raw_text:
            # After a correction, the confidence is that of another word.
            return word if word.probability is None else word.model_copy(update={"probability": None})
        probability = self(word.confidence, unspaced=is_unspaced(word.text))
        return word.model_copy(update={"probability": round(probability, 4)})


def is_unspaced(text: str) -> bool:
    """Whether a word is in a script without spaces, by its first character."""
    return is_unspaced_character(text[0]) if text else False


def calibration_of(backend: str, files: Mapping[str, Path | Literal[False]]) -> Calibration | None:
    """The calibration table of a backend: from the file in the settings, or else the included one.

    None if there is no table, or if the settings turn it off.

    Raises:
        ConfigError: the file cannot be read or is invalid.
    """
    file = files.get(backend)
    if file is None:
        return _load_included(backend)
    return load_calibration(file, backend) if file else None


def load_calibration(path: Path | str, backend: str | None = None) -> Calibration:
    """Load a calibration table, and check that it belongs to the backend, if one is given."""
    path = Path(path).expanduser()
    advice = "create one with `ocrkit evaluate --fit-calibration`"
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise ConfigError(f"the calibration table {path} cannot be read: {reason}; {advice}") from error
    try:
        table = Calibration.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise ConfigError(
            f"{path} is not a valid calibration table: {where}: {first['msg']}; {advice}"
        ) from error
    if backend is not None and table.backend != backend:
        raise ConfigError(
            f"{path} is the calibration table of '{table.backend}', not of '{backend}'; {advice}"
        )
    return table


@functools.cache
def _load_included(backend: str) -> Calibration | None:
    if not backend.isidentifier():  # the dotted path of a custom backend
        return None
    file = resources.files("ocrkit.calibration") / "tables" / f"{backend}.json"
    return Calibration.model_validate_json(file.read_text(encoding="utf-8")) if file.is_file() else None
