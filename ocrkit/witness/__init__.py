"""A witness for texts without word boxes: the local engine's reading of the same page.

Vision models and some services give text without the places of words, and sometimes text that is not on the
page. The local engine reads the same page. `place_words` gives the text its places, `compare` lists where the
local engine does not support it, and `held_to` does both. All three are pure functions.
"""

from __future__ import annotations

from collections.abc import Collection

from ocrkit.page import Page
from ocrkit.result import PageResult
from ocrkit.witness.agreement import Agreement, Judgment, agreement_of
from ocrkit.witness.alignment import align
from ocrkit.witness.comparing import Evidence, judge
from ocrkit.witness.marking import marked
from ocrkit.witness.placing import placed
from ocrkit.witness.scripts import READABLE
from ocrkit.witness.unread_ink import UnreadInk

__all__ = ["READABLE", "Agreement", "compare", "held_to", "place_words"]


def place_words(said: PageResult, seen: PageResult) -> PageResult:
    """The text of one reading with the places of another reading of the same page.

    Lines that run over several lines of the page are divided there. Lines without words get words. A word
    without a counterpart gets the gap between its neighbors, if there is one, else no place. Block boxes that
    disagree with the words found in them are replaced. A decision in the trace counts both.

    Args:
        said: the text, with or without places, in any order.
        seen: the reading of the local engine, in the same pixels.
    """
    return placed(said, align(said, seen))[0]


def compare(
    said: PageResult, seen: PageResult, page: Page | None = None, *, scripts: Collection[str] = READABLE
) -> Agreement:
    """How far one reading is supported by another reading of the same page, and where it is not.

    Words that the second reading cannot judge are neither supported nor findings: text opposite words of low
    probability or ink that it did not read, and scripts that the engine does not read.

    Args:
        said: the reading to be checked.
        seen: the reading of the local engine. Words without probability are calibrated by their confidence.
        page: the page, to know where the local engine did not read ink. Without it, all text that the engine
            does not have counts as invented.
        scripts: the scripts that the local engine reads, as ISO 15924 codes.
    """
    return _compared(said, seen, page, scripts)[2]


def held_to(
    said: PageResult, seen: PageResult, page: Page | None = None, *, scripts: Collection[str] = READABLE
) -> PageResult:
    """The text of one reading with places, checked against another reading of the same page.

    The result has `quality.agreement`, `quality.coverage`, `findings`, `Word.finding` and warnings. Words
    that both readings share get the probability of the second, where they have none. The arguments are those
    of `compare`.
    """
    return marked(*_compared(said, seen, page, scripts))


def _compared(
    said: PageResult, seen: PageResult, page: Page | None, scripts: Collection[str]
) -> tuple[PageResult, list[list[Judgment]], Agreement]:
    alignment = align(said, seen)
    result, units = placed(said, alignment)
    evidence = Evidence(scripts, UnreadInk(page, seen) if page else None)
    judgments, missing, coverage = judge(alignment, result, units, seen, evidence)
    return result, judgments, agreement_of(judgments, missing, coverage)
