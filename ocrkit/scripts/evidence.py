"""Which lines of a page cannot have been read: what the pictures, the readings and the page say together.

The picture of a line and the reading of the engine are two witnesses: a reading with high confidence makes
the script of its letters more probable. If most of a page looks like another script, less evidence is needed
for each of its lines. Text that was read stays wherever the evidence is not clear: a text with the common
words of a language stays, and so does a single line that was read with moderate confidence.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from ocrkit.geometry import Polygon
from ocrkit.letters import HAN, JAPANESE
from ocrkit.scripts.advice import area
from ocrkit.scripts.classifier import Guess
from ocrkit.scripts.common_words import reads_like_a_language
from ocrkit.scripts.names import NONE, SCRIPTS, script_of_text

_LIKELY = 0.9
"""The probability above which a single line is foreign."""
_NEUTRAL, _WEIGHT = 0.8, 11.5
"""A reading of this confidence is no evidence. With 0.2 more, its script is ten times as probable; with 0.2
less, a tenth."""
_MODERATE, _CERTAIN = 0.65, 0.93
"""Unless most of the page is foreign, a line that was read with the first confidence stays, and so does one
whose picture is less certain than the second."""
_DOMINANT = 0.35
"""The mean probability, over the area of the lines, above which a foreign script is expected on a page."""
_LIKELY_ON_PAGE = 0.25
_GOOD, _LIKELY_DESPITE_GOOD = 0.93, 0.9
"""On a page in a foreign script, a line with this confidence needs this probability: it may be a heading."""
_SINGLE, _SINGLE_WITHOUT_TEXT = 0.75, 0.6
"""The probability for a picture of a single line, and if its reading has no letter and no digit."""
_HARDLY, _POOR, _SEVERAL = 0.4, 0.8, 3
"""A page of at least so many lines is doubted, too, if the scripts that are read have at most this share of
it, whatever the others are, and the mean confidence is below."""
_SURE_PAGE = 0.87
"""A page whose lines have this mean confidence is doubted and kept."""


class Seen(NamedTuple):
    """A line, with the probabilities of its script by its picture, and by picture and reading together."""

    polygon: Polygon
    text: str
    confidence: float | None
    """None: the engine found the line and gave it up."""
    picture: Guess
    guess: Guess

    def is_read_in(self, scripts: frozenset[str]) -> bool:
        """Whether the engine gave letters in a script that it reads."""
        return self.confidence is not None and is_read(script_of_text(self.text), scripts)


class Verdict(NamedTuple):
    """What a page looks like."""

    script: str | None
    """A script that dominates the page, and that the engine does not read."""
    is_clear: bool
    """Whether the page cannot have been read. Otherwise its text stays, with a warning."""


def seen(
    polygon: Polygon, text: str, confidence: float | None, picture: Guess, scripts: frozenset[str]
) -> Seen:
    """A line after its reading, which is evidence for the script of its letters."""
    script = script_of_text(text)
    if confidence is None or script is None:
        return Seen(polygon, text, confidence, picture, picture)
    together = {HAN, JAPANESE} & scripts if script in {HAN, JAPANESE} else {script}
    guess = picture.weighed(together, math.exp(_WEIGHT * (confidence - _NEUTRAL)))
    return Seen(polygon, text, confidence, picture, guess)


def verdict_on(lines: Sequence[Seen], scripts: frozenset[str]) -> Verdict:
    """What the lines of a page say together."""
    script = _dominant(lines, scripts)
    if script is None:
        return Verdict(_most_likely(lines, scripts), is_clear=False)
    agreeing = [line for line in lines if line.guess.of(script) >= _LIKELY_ON_PAGE]
    if len(agreeing) < min(2, len(lines)) or reads_like_a_language(line.text for line in agreeing):
        return Verdict(None, is_clear=False)
    read = [line.confidence or 0.0 for line in agreeing if line.is_read_in(scripts)]
    doubted = len(read) > len(agreeing) / 2 and sum(read) >= _SURE_PAGE * len(read)
    return Verdict(script, is_clear=not doubted and not _may_be_read(script, scripts))


def is_foreign(line: Seen, scripts: frozenset[str], expected: str | None) -> bool:
    """Whether a line is in a script outside of these.

    Args:
        line: the line.
        scripts: the scripts that the engine reads.
        expected: a script that dominates the page.
    """
    good = line.is_read_in(scripts) and (line.confidence or 0.0) >= _GOOD
    if expected and line.guess.of(expected) >= (_LIKELY_DESPITE_GOOD if good else _LIKELY_ON_PAGE):
        return True
    if expected and not good and may_be_foreign(line, scripts) and not reads_like_a_language([line.text]):
        return True
    script = line.guess.script
    if script == NONE or is_read(script, scripts) or line.guess.probability < _LIKELY:
        return False
    if _may_be_read(script, scripts) and line.is_read_in(scripts):
        return False
    if not line.is_read_in(scripts):  # given up, or read in letters of the script itself
        return line.confidence is None or not line.text or script_of_text(line.text) == script
    moderate = (line.confidence or 0.0) >= _MODERATE or line.picture.of(script) < _CERTAIN
    return not moderate and not reads_like_a_language([line.text])


def may_be_foreign(line: Seen, scripts: frozenset[str]) -> bool:
    """Whether a line is more likely in some script outside of these than not."""
    return _read_share(line.guess, scripts) < 0.5


def is_read(script: str | None, scripts: frozenset[str]) -> bool:
    """Whether a script is read. Japanese is read by a reader of kana, which reads Chinese characters too."""
    return script in scripts or (script == HAN and JAPANESE in scripts)


def _may_be_read(script: str, scripts: frozenset[str]) -> bool:
    """Whether lines in a script may be right: without kana, a picture of Japanese looks like Chinese."""
    return script == JAPANESE and HAN in scripts


def unread_script(picture: Guess, scripts: frozenset[str]) -> str | None:
    """The most probable script that is not read; None if the scripts that are read are more probable."""
    script = max(_unread(scripts), key=picture.of, default=None)
    return script if _read_share(picture, scripts) < 0.5 else None


def _unread(scripts: frozenset[str]) -> list[str]:
    """The scripts that are not read; none for a reader of all."""
    return [each for each in SCRIPTS if not is_read(each, scripts)]


def _read_share(guess: Guess, scripts: frozenset[str]) -> float:
    return sum(guess.of(script) for script in (*SCRIPTS, NONE) if script == NONE or is_read(script, scripts))


def _dominant(lines: Sequence[Seen], scripts: frozenset[str]) -> str | None:
    """The script that most of the page is in, if the engine does not read it."""
    shares = _shares(lines)
    read = sum(share for script, share in shares.items() if is_read(script, scripts))
    script = max(_unread(scripts), key=shares.__getitem__, default=None)
    least = _DOMINANT
    if len(lines) == 1:
        least = _SINGLE if any(map(str.isalnum, lines[0].text)) else _SINGLE_WITHOUT_TEXT
    return script if script and shares[script] > max(least, read) else None


def _most_likely(lines: Sequence[Seen], scripts: frozenset[str]) -> str | None:
    """The most likely script of a page whose lines look like several scripts that are not read."""
    shares = _shares(lines)
    read = sum(share for script, share in shares.items() if script == NONE or is_read(script, scripts))
    confidence = sum(line.confidence or 0.0 for line in lines) / max(1, len(lines))
    texts = [line.text for line in lines]
    if len(lines) < _SEVERAL or read > _HARDLY or confidence >= _POOR or reads_like_a_language(texts):
        return None
    return max(_unread(scripts), key=shares.__getitem__, default=None)


def _shares(lines: Sequence[Seen]) -> dict[str, float]:
    """The mean probability of each script, over the area of the lines."""
    total = sum(area(line.polygon) for line in lines) or 1.0
    return {
        script: sum(area(line.polygon) * line.guess.of(script) for line in lines) / total
        for script in (*SCRIPTS, NONE)
    }
