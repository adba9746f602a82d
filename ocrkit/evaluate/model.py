"""The results of an evaluation, as frozen models."""

from __future__ import annotations

from pathlib import Path

from ocrkit.evaluate.normalization import Rules
from ocrkit.evaluate.statistics import Difference, Interval
from ocrkit.result import Model


class System(Model):
    """A backend combined with a preprocessing profile or steps."""

    name: str
    backend: str
    preprocess: str


class Score(Model):
    """How well one system read one page or document."""

    system: str
    sample: str
    category: str
    language: str | None = None
    pages: int = 1
    error: float
    """The decisive rate: `cer`, or `flexible_cer` for a page with the hint `order_free`; at most 1."""
    cer: float
    """Edits per character of the ground truth; above 1 if the output is much longer."""
    wer: float
    """Edits per word of the ground truth."""
    bag_of_words: float
    """1 − F1 of the words, in any order."""
    flexible_cer: float
    """1 − flexible character accuracy: edits per character, with lines and columns in any order."""
    characters: int = 0
    """Characters of the ground truth."""
    lines: int | None = None
    """Lines of the ground truth; None if its line breaks are not those of the page."""
    missing_lines: int | None = None
    extra_lines: int | None = None
    word_boxes: float | None = None
    """F1 of words whose boxes overlap by at least half; None if the ground truth has no boxes."""
    box_overlap: float | None = None
    """The mean IoU of those words."""
    cells: float | None = None
    """F1 of table cells with the same row, column and spans; None if the ground truth has no tables."""
    cell_neighbors: float | None = None
    """F1 of pairs of neighboring table cells."""
    seconds: float | None = None
    """From the open page to its text, as measured while other pages were read at the same time."""
    cost: float | None = None
    full_cost: float | None = None
    """What it would have cost if the paid reader of a strategy had read all of it."""
    failure: str | None = None
    """Why the page could not be read. All of its characters then count as wrong."""


class Summary(Model):
    """How well a system read all pages, or those of a category or language."""

    system: str
    group: str | None = None
    """The category or language; None for all pages."""
    samples: int
    failures: int
    error: float
    """The mean over pages: a short page counts as much as a long one."""
    interval: Interval | None = None
    cer: float
    """The mean over pages, of which each counts at most 1."""
    wer: float
    bag_of_words: float
    flexible_cer: float
    of_all_characters: float
    """Errors of all pages per character of all pages: a long page counts more."""
    missing_lines: float | None = None
    """Per line of the ground truth."""
    extra_lines: float | None = None
    word_boxes: float | None = None
    box_overlap: float | None = None
    cells: float | None = None
    cell_neighbors: float | None = None
    seconds_per_page: float | None = None
    cost_per_page: float | None = None
    full_cost_per_page: float | None = None
    """If the paid reader of a strategy had read everything."""


class Bin(Model):
    """Words of similar confidence."""

    words: int
    confidence: float
    """The mean confidence."""
    right: float
    """The share of right words."""


class Reliability(Model):
    """How well confidences predict which words are right."""

    system: str
    words: int
    right: float
    """The share of right words."""
    expected_error: float | None = None
    """Expected calibration error (ECE) of the engine's confidence."""
    bins: tuple[Bin, ...] = ()
    calibrated_error: float | None = None
    """ECE of `Word.probability`; None if the backend has no calibration table."""
    calibrated_bins: tuple[Bin, ...] = ()


class CorrectedWord(Model):
    """A word that post-processing changed."""

    sample: str
    step: str
    before: str
    after: str
    was_right: bool
    is_right: bool


class StepCorrections(Model):
    """What a post-processing step of a system corrected, in words."""

    system: str
    step: str
    words: int
    """All words that were read."""
    right: int
    """Wrong words made right."""
    wrong: int
    """Right words made wrong."""
    still_wrong: int
    """Wrong words made another wrong word."""
    missed: int
    """Wrong words that the step left as they were."""
    examples: tuple[CorrectedWord, ...] = ()

    def per_thousand(self, count: int) -> float:
        """A count of words per thousand words read."""
        return 1000 * count / self.words if self.words else 0.0


class Evaluation(Model):
    """How well each system read each page of a folder."""

    folder: Path
    readings: Path
    """The folder with the recognition results."""
    systems: tuple[System, ...]
    scores: tuple[Score, ...]
    summaries: tuple[Summary, ...]
    """Over all pages; the best system first."""
    by_category: tuple[Summary, ...]
    by_language: tuple[Summary, ...]
    differences: tuple[Difference, ...]
    """Between every two systems, the better one first."""
    reliability: tuple[Reliability, ...]
    corrections: tuple[StepCorrections, ...] = ()
    """Of each post-processing step that corrected words."""
    rules: Rules
    """Which differences between texts count."""
    languages: tuple[str, ...] = ()
    """Requested for every page. If empty, each page was read in its own language, if known."""
    notes: tuple[str, ...] = ()
    """Remarks, such as on pages in a language that is not installed."""
    without_truth: int = 0
    """Pages left out because they have no ground truth."""
    drafts: int = 0
    """Pages left out because their ground truth is a draft."""

    @property
    def failures(self) -> tuple[Score, ...]:
        """The pages that could not be read."""
        return tuple(score for score in self.scores if score.failure is not None)

    @property
    def worst(self) -> tuple[str, ...]:
        """Sample ids, from the page that the best system reads worst; the mean of all systems breaks ties."""
        best = self.summaries[0].system
        errors: dict[str, list[float]] = {}
        of_best: dict[str, float] = {}
        for score in self.scores:
            errors.setdefault(score.sample, []).append(score.error)
            if score.system == best:
                of_best[score.sample] = score.error
        mean = {sample: sum(each) / len(each) for sample, each in errors.items()}
        return tuple(sorted(errors, key=lambda sample: (-of_best[sample], -mean[sample], sample)))

    def of(self, system: str, sample: str) -> Score:
        """The score of one system on one page."""
        return next(each for each in self.scores if (each.system, each.sample) == (system, sample))
