"""From what an engine calls its confidence to how often such words are right.

Each engine means something else by 0.9. A table, fitted on pages whose text is known, says for an engine how
many of its words with that confidence were right; between its points lies a straight line. Tables are small
JSON files. Those for the local engines come with the package, `ocrkit evaluate --fit-calibration` makes
others, and the setting `calibration` names them.
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
    """How often words are right, by their confidence."""

    confidence: tuple[Confidence, ...] = Field(min_length=1)
    """Points, in rising order."""
    probability: tuple[Confidence, ...] = Field(min_length=1)
    """The share of right words at each of them; it never falls."""
    words: int = Field(ge=0)
    """How many it was fitted on."""

    @model_validator(mode="after")
    def _rises(self) -> Self:
        if len(self.confidence) != len(self.probability):
            raise ValueError("confidence and probability must have as many points")
        steps = zip(self.confidence, self.confidence[1:], strict=False)
        if any(after <= before for before, after in steps):
            raise ValueError("confidence must rise from point to point")
        if list(self.probability) != sorted(self.probability):
            raise ValueError("probability must not fall")
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
    """How often words of an engine are right."""

    version: Literal[1] = 1
    backend: str
    words: Curve
    unspaced: Curve | None = None
    """For scripts without spaces, where a word may be a single letter; as for all others if not given."""
    pages: int = Field(0, ge=0)
    note: str = ""
    """Of which pages, and how they were read."""

    def __call__(self, confidence: float, *, unspaced: bool = False) -> float:
        """The probability that a word of this confidence is right."""
        curve = self.unspaced if unspaced and self.unspaced else self.words
        return curve(confidence)

    @property
    def fingerprint(self) -> str:
        """A short text that changes when a probability could."""
        facts = self.model_dump_json(include={"words", "unspaced"})
        return hashlib.sha256(facts.encode()).hexdigest()[:16]

    def applied(self, page: PageResult) -> PageResult:
        """The page with the probability of each word whose confidence is known."""
        blocks = tuple(
            block.model_copy(update={"lines": tuple(self._line(line) for line in block.lines)})
            for block in page.blocks
        )
        return page.model_copy(update={"blocks": blocks})

    def _line(self, line: Line) -> Line:
        return line.model_copy(update={"words": tuple(self._word(word) for word in line.words)})

    def _word(self, word: Word) -> Word:
        if word.confidence is None or word.text != word.raw_text:
            # A word that was changed is no longer the one that the engine was sure of.
            return word if word.probability is None else word.model_copy(update={"probability": None})
        probability = self(word.confidence, unspaced=is_unspaced(word.text))
        return word.model_copy(update={"probability": round(probability, 4)})


def is_unspaced(text: str) -> bool:
    """Whether a word is of a script without spaces, by its first letter."""
    return is_unspaced_character(text[0]) if text else False


def calibration_of(backend: str, files: Mapping[str, Path | Literal[False]]) -> Calibration | None:
    """The table for a backend: the file that the settings name, else the one that comes with ocrkit, if any.

    None where there is none, and where the settings want none.

    Raises:
        ConfigError: the file cannot be read, or is no such table.
    """
    file = files.get(backend)
    if file is None:
        return _shipped(backend)
    return load_calibration(file, backend) if file else None


def load_calibration(path: Path | str, backend: str | None = None) -> Calibration:
    """A table from a file; with a backend, it has to be for that one."""
    path = Path(path).expanduser()
    advice = "make one with `ocrkit evaluate --fit-calibration`"
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise ConfigError(f"the calibration {path} cannot be read: {reason}; {advice}") from error
    try:
        table = Calibration.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise ConfigError(f"{path} is no calibration: {where}: {first['msg']}; {advice}") from error
    if backend is not None and table.backend != backend:
        raise ConfigError(
            f"{path} is the calibration of '{table.backend}' and not of '{backend}': their confidences mean "
            "different things"
        )
    return table


@functools.cache
def _shipped(backend: str) -> Calibration | None:
    if not backend.isidentifier():  # a stranger's dotted path
        return None
    file = resources.files("ocrkit.calibration") / "tables" / f"{backend}.json"
    return Calibration.model_validate_json(file.read_text(encoding="utf-8")) if file.is_file() else None
