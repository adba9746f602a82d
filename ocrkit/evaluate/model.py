"""What an evaluation says, as plain frozen values."""

from __future__ import annotations

from pathlib import Path

from ocrkit.evaluate.statistics import Difference, Interval
from ocrkit.evaluate.text import Rules
from ocrkit.result import Model


class System(Model):
    """A way to read pages: a column of the tables."""

    name: str
    backend: str
    preprocess: str


class Score(Model):
    """How well one system read one page (or document)."""

    system: str
    sample: str
    category: str
    language: str | None = None
    pages: int = 1
    error: float
    """What counts: `cer`, or for a page whose order is free `flexible_cer`; at most 1."""
    cer: float
    """Edits per character of the truth; above 1 where much was read that is not there."""
    wer: float
    """The same of words."""
    bag_of_words: float
    """1 − F1 of the words, whatever their order."""
    flexible_cer: float
    """1 − flexible character accuracy: edits per character, whatever the order of lines and columns."""
    characters: int = 0
    """Of the truth."""
    lines: int | None = None
    """Of the truth; None where its line breaks are not those of the page."""
    missing_lines: int | None = None
    extra_lines: int | None = None
    word_boxes: float | None = None
    """F1 of words at their places, where the truth says places: boxes that overlap by half."""
    box_overlap: float | None = None
    """The mean overlap (IoU) of those."""
    cells: float | None = None
    """F1 of table cells in their places, where the truth has tables."""
    cell_neighbours: float | None = None
    """F1 of table cells beside one another."""
    seconds: float | None = None
    """From the open page to its text; as it was measured, with other pages being read at the same time."""
    cost: float | None = None
    failure: str | None = None
    """Why it could not be read. It then counts as wrong from the first letter to the last."""


class Summary(Model):
    """How well a system read some pages: all, or those of a category or language."""

    system: str
    group: str | None = None
    """The category or language; None for all pages."""
    samples: int
    failures: int
    error: float
    """The mean of the pages' errors: a short page counts as much as a long one."""
    interval: Interval | None = None
    cer: float
    """The mean, of each page at most 1."""
    wer: float
    bag_of_words: float
    flexible_cer: float
    of_all_characters: float
    """Errors of all pages by characters of all: a long page counts more."""
    missing_lines: float | None = None
    """Per line of the truth."""
    extra_lines: float | None = None
    word_boxes: float | None = None
    box_overlap: float | None = None
    cells: float | None = None
    cell_neighbours: float | None = None
    seconds_per_page: float | None = None
    """The mean."""
    cost_per_page: float | None = None


class Bin(Model):
    """Words of about the same confidence."""

    words: int
    confidence: float
    """Their mean."""
    right: float
    """The share that is right."""


class Reliability(Model):
    """Whether confidences can be believed."""

    system: str
    words: int
    right: float
    """The share of all words that is right."""
    expected_error: float | None = None
    """Expected calibration error: by how much the engine's confidence is off, in the mean of all words."""
    bins: tuple[Bin, ...] = ()
    calibrated_error: float | None = None
    """The same of `Word.probability`; None where there is no table for the backend."""
    calibrated_bins: tuple[Bin, ...] = ()


class Evaluation(Model):
    """How well each system read each page of a folder."""

    folder: Path
    readings: Path
    """Where what was read is kept."""
    systems: tuple[System, ...]
    scores: tuple[Score, ...]
    summaries: tuple[Summary, ...]
    """Over all pages, the best system first."""
    by_category: tuple[Summary, ...]
    by_language: tuple[Summary, ...]
    differences: tuple[Difference, ...]
    """Of every two systems, the better one first."""
    reliability: tuple[Reliability, ...]
    rules: Rules
    """What counted as the same text."""
    languages: tuple[str, ...] = ()
    """What was asked of every page. None: each was read in its own language, where the truth says it."""
    notes: tuple[str, ...] = ()
    """What was not done as one might think, such as pages in a language that is not installed."""
    without_truth: int = 0
    drafts: int = 0

    @property
    def failures(self) -> tuple[Score, ...]:
        """What could not be read."""
        return tuple(score for score in self.scores if score.failure is not None)

    @property
    def worst(self) -> tuple[str, ...]:
        """The pages, those first that the best system reads worst; of equals, the mean of all decides."""
        best = self.summaries[0].system
        errors: dict[str, list[float]] = {}
        first: dict[str, float] = {}
        for score in self.scores:
            errors.setdefault(score.sample, []).append(score.error)
            if score.system == best:
                first[score.sample] = score.error
        mean = {sample: sum(each) / len(each) for sample, each in errors.items()}
        return tuple(sorted(errors, key=lambda sample: (-first[sample], -mean[sample], sample)))

    def of(self, system: str, sample: str) -> Score:
        """One cell of the table."""
        return next(each for each in self.scores if (each.system, each.sample) == (system, sample))
