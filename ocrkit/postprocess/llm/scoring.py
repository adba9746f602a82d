"""How likely a language model finds each reading of a word in its context."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol


class Question(NamedTuple):
    """A word of the page: which of these readings is it?"""

    before: str
    """The text before the word."""
    candidates: tuple[str, ...]
    """The text of the engine first."""
    after: str
    """The words after it."""
    priors: tuple[float, ...] = ()
    """What the choice adds to the score of each candidate: a model need not score those that cannot win."""

    @property
    def start(self) -> str:
        """The text before the word, never empty: a model needs a first token."""
        return self.before or "\n"

    def beginnings(self) -> list[str]:
        """The passage with each candidate, up to its end."""
        space = " " if self.before else ""
        return [f"{self.start}{space}{each}" for each in self.candidates]

    def texts(self) -> list[str]:
        """The whole passage with each candidate."""
        after = f" {self.after}" if self.after else ""
        return [f"{each}{after}" for each in self.beginnings()]


class Scorer(Protocol):
    """A language model in this machine or on a server. Threads may share it."""

    @property
    def name(self) -> str:
        """The name of the model in results."""
        ...

    @property
    def warnings(self) -> tuple[str, ...]:
        """Warnings for every page that the model is used on."""
        ...

    def score(self, questions: Sequence[Question]) -> list[list[float]]:
        """For each question the log-likelihood of each candidate and of what follows it.

        Only differences within a question have a meaning. Raises errors of `ocrkit.errors`.
        """
        ...

    def close(self) -> None: ...
