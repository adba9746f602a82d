"""Reads one page within a deadline, in other orientations too if its confidence is low."""

from __future__ import annotations

import time
from dataclasses import dataclass

from ocrkit.backends.tesseract.page_image import PageImage, QuarterTurn, rotate
from ocrkit.backends.tesseract.parse import is_sideways, mean_confidence, parse
from ocrkit.backends.tesseract.runners import DetectedOrientation, Runner
from ocrkit.page import Page
from ocrkit.result import Block, Decision

# Scanned pages of print had a mean confidence of 0.66 or more upright (most 0.8 to 0.95), and of 0.39 or less
# upside down.
_LOW_CONFIDENCE = 0.55
_CLEARLY_BETTER = 0.1
# A sideways page has about the same confidence upright; upright is preferred, for its word polygons.
_EQUALLY_GOOD = 0.05
_ROTATIONS: tuple[QuarterTurn, ...] = (0, 90, 180, 270)


@dataclass(frozen=True, slots=True, eq=False)
class Recognition:
    """The result of one call of the engine."""

    image: PageImage
    blocks: tuple[Block, ...]

    @property
    def confidence(self) -> float:
        return mean_confidence(self.blocks)

    @property
    def is_sideways(self) -> bool:
        return is_sideways(self.blocks)


class TesseractReader:
    """Calls the engine for one page, and collects decisions and warnings."""

    def __init__(
        self, runner: Runner, packs: tuple[str, ...], segmentation: int, timeout_seconds: float | None
    ) -> None:
        self._runner = runner
        self._packs = packs
        self._segmentation = segmentation
        self._deadline = time.monotonic() + timeout_seconds if timeout_seconds else None
        self.decisions: list[Decision] = []
        self.warnings: list[str] = []

    def read(self, page: Page, image: PageImage) -> Recognition:
        """Read the page in the orientation of the image."""
        output = self._runner.read(image, self._packs, self._segmentation, self._seconds_left())
        blocks = parse(output.tsv, image.to_page, page.width, page.height, output.alternatives)
        return Recognition(image, blocks)

    def read_upright(self, page: Page, image: PageImage) -> Recognition:
        """Read the page, and if its confidence is low, read it in other orientations and keep the best.

        Orientation detection alone is not reliable: it reports wrong rotations for good pages with high
        confidence. It only suggests a rotation, and confidence decides. So a page that is read well is never
        rotated and costs no extra call.
        """
        first = best = self.read(page, image)
        if not image.has_letters or not _is_doubtful(first):
            return first
        detected = self._detect_orientation(image)
        for rotation in _rotations_to_try(first, detected):
            recognition = self.read(page, rotate(image, rotation))
            if _is_better(recognition, best):
                best = recognition
            if not _is_doubtful(best):
                break
        self._record_orientation(first, best, detected)
        return best

    def _detect_orientation(self, image: PageImage) -> DetectedOrientation | None:
        if "osd" not in self._runner.packs():
            self.warnings.append(
                "the page has low confidence, and the pack 'osd', with which Tesseract detects the "
                "orientation, is not installed"
            )
            return None
        return self._runner.detect_orientation(image, self._seconds_left())

    def _seconds_left(self) -> float | None:
        if self._deadline is None:
            return None
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the time limit of the page is exceeded")
        return left

    def _record_orientation(
        self, first: Recognition, best: Recognition, detected: DetectedOrientation | None
    ) -> None:
        rotation = best.image.rotation
        choice = f"rotation {rotation}°" if rotation else "no rotation"
        sideways = ", words sideways" if first.is_sideways else ""
        reason = f"confidence {first.confidence:.2f} without rotation{sideways}"
        reason += (
            f", {best.confidence:.2f} with {rotation}°" if rotation else ", not better in other orientations"
        )
        if detected:
            reason += (
                f"; detected rotation {detected.rotation}°, script {detected.script} "
                f"(detection confidence {detected.confidence:.1f})"
            )
        self.decisions.append(Decision(topic="orientation", choice=choice, reason=reason))


def _is_doubtful(recognition: Recognition) -> bool:
    return recognition.confidence < _LOW_CONFIDENCE or recognition.is_sideways


def _is_better(recognition: Recognition, best: Recognition) -> bool:
    if best.is_sideways and not recognition.is_sideways and best.image.rotation == 0:
        return recognition.confidence >= best.confidence - _EQUALLY_GOOD
    return recognition.confidence > best.confidence + _CLEARLY_BETTER


def _rotations_to_try(first: Recognition, detected: DetectedOrientation | None) -> list[QuarterTurn]:
    """The rotations worth a call of the engine, most likely first."""
    likely: list[QuarterTurn] = [each for each in _ROTATIONS if detected and detected.rotation == each]
    if first.is_sideways or not first.blocks:
        likely += (90, 270)
    if not first.is_sideways:
        likely += (180,)
    return [rotation for rotation in dict.fromkeys(likely) if rotation]
