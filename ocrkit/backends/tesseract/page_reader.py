"""Reading one page: as it lies, and turned where it reads badly, within one deadline."""

from __future__ import annotations

import time
from dataclasses import dataclass

from ocrkit.backends.tesseract.page_image import PageImage, Turn, turned
from ocrkit.backends.tesseract.parse import mean_confidence, parse, stands_on_end
from ocrkit.backends.tesseract.runners import Orientation, Runner
from ocrkit.page import Page
from ocrkit.result import Block, Decision

# Real pages of print were read with a mean confidence of 0.66 or more standing upright (most with 0.8 to
# 0.95) and of 0.39 or less standing on their head.
_READ_BADLY = 0.55
_CLEARLY_BETTER = 0.1
# A page on its side is read about as well lying as standing; standing is preferred, for its outlines.
_AS_GOOD = 0.05
_TURNS: tuple[Turn, ...] = (0, 90, 180, 270)


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """What one call of the engine gave."""

    view: PageImage
    blocks: tuple[Block, ...]

    @property
    def score(self) -> float:
        return mean_confidence(self.blocks)

    @property
    def lies_on_its_side(self) -> bool:
        return stands_on_end(self.blocks)


class Reader:
    """The calls to the engine for one page, and what was decided on the way."""

    def __init__(
        self, runner: Runner, packs: tuple[str, ...], segmentation: int, timeout_seconds: float | None
    ) -> None:
        self._runner = runner
        self._packs = packs
        self._segmentation = segmentation
        self._deadline = time.monotonic() + timeout_seconds if timeout_seconds else None
        self.decisions: list[Decision] = []
        self.warnings: list[str] = []

    def read(self, page: Page, view: PageImage) -> Reading:
        tsv = self._runner.read(view, self._packs, self._segmentation, self._seconds_left())
        return Reading(view, parse(tsv, view.to_page, page.width, page.height))

    def read_upright(self, page: Page, view: PageImage) -> Reading:
        """Read the page as it lies; where that goes badly, the other ways round too, and keep the best.

        Orientation detection alone is no judge: it is sure of wrong turns on good pages. It suggests and the
        reading decides, so that a page that reads well as it lies is never turned and costs nothing.
        """
        first = best = self.read(page, view)
        if not view.has_letters or not _doubtful(first):
            return first
        suggested = self._suggestion(view)
        for turn in _ways(first, suggested):
            reading = self.read(page, turned(view, turn))
            if _better(reading, best):
                best = reading
            if not _doubtful(best):
                break
        self._explain(first, best, suggested)
        return best

    def _suggestion(self, view: PageImage) -> Orientation | None:
        if "osd" not in self._runner.packs():
            self.warnings.append(
                "the page reads badly and Tesseract's pack 'osd', which detects how it lies, is not installed"
            )
            return None
        return self._runner.orientation(view, self._seconds_left())

    def _seconds_left(self) -> float | None:
        if self._deadline is None:
            return None
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the time for the page is used up")
        return left

    def _explain(self, first: Reading, best: Reading, suggested: Orientation | None) -> None:
        turn = best.view.turn
        choice = f"turned by {turn}°" if turn else "as it lies"
        side = ", on its side" if first.lies_on_its_side else ""
        reason = f"as it lies it reads with confidence {first.score:.2f}{side}"
        reason += f", turned with {best.score:.2f}" if turn else ", no other way better"
        if suggested:
            reason += (
                f"; detection said {suggested.turn}°, script {suggested.script}, "
                f"with a certainty of {suggested.confidence:.1f}"
            )
        self.decisions.append(Decision(topic="orientation", choice=choice, reason=reason))


def _doubtful(reading: Reading) -> bool:
    return reading.score < _READ_BADLY or reading.lies_on_its_side


def _better(reading: Reading, best: Reading) -> bool:
    if best.lies_on_its_side and not reading.lies_on_its_side and best.view.turn == 0:
        return reading.score >= best.score - _AS_GOOD
    return reading.score > best.score + _CLEARLY_BETTER


def _ways(first: Reading, suggested: Orientation | None) -> list[Turn]:
    """The turns worth trying, the likeliest first."""
    likely: list[Turn] = [turn for turn in _TURNS if suggested and suggested.turn == turn]
    if first.lies_on_its_side or not first.blocks:
        likely += (90, 270)
    if not first.lies_on_its_side:
        likely += (180,)
    return [turn for turn in dict.fromkeys(likely) if turn]
