"""The way of a page through its text layer: read what can be trusted, recognize the rest.

1. `inspect` judges the layer. It renders nothing at full size, and no engine is loaded.
2. If that leaves nothing open, `lines` is the result.
3. Else `settle` has a sample of suspected lines recognized, and then either the regions that the layer lacks
   or the whole page.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace

from ocrkit.errors import OcrkitError
from ocrkit.geometry import Box, Transform
from ocrkit.glyphs import TextLayer
from ocrkit.page import Page
from ocrkit.request import HiddenText, TextLayerPolicy
from ocrkit.result import AppliedStep, Decision, Line, PageResult
from ocrkit.text_layer import (
    Verdict,
    judge,
    lines_of,
    sample_agreement,
    sample_lines,
    styled_lines_of,
)

_LEAST_AGREEMENT = 0.75
"""Between a sample of lines and what an engine reads there. Engines read clean print with 0.95 and more."""
_MOST_WRONG = 0.25
"""From this share of wrong glyphs on, the whole page is recognized: its lines are then in one piece."""
_SAME_WORDS = 0.6
"""The share of the hidden words that are also visible, from which they are the text of an OCR program."""
_MOST_REASONS = 3
"""A page may have dozens of fonts."""

_TOPIC = "text layer"


@dataclass(frozen=True, slots=True, eq=False)
class Inspection:
    """The content of a page's text layer, before anything is recognized."""

    layer: TextLayer | None = None
    verdict: Verdict | None = None
    lines: tuple[Line, ...] = ()
    bold: frozenset[int] = frozenset()
    """The `id` of each line in bold letters."""
    needs_engine: bool = True
    """Whether anything is left to recognize."""
    decisions: tuple[Decision, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def rules(self) -> tuple[Box, ...]:
        """The straight lines that the file draws on the page."""
        return tuple(Box(*rule) for rule in self.layer.rules.tolist()) if self.layer else ()


@dataclass(frozen=True, slots=True, eq=False)
class Recognized:
    """A page or a picture after the engine, in the coordinates of the picture that was given to it."""

    result: PageResult
    to_original: Transform
    steps: tuple[AppliedStep, ...]


Recognize = Callable[[Page], Recognized]


class TextLayerReader:
    """Reads text layers by a policy."""

    def __init__(self, policy: TextLayerPolicy, hidden_text: HiddenText, *, can_sample: bool) -> None:
        """Set the policy.

        Args:
            policy: how text layers are used.
            hidden_text: what happens to hidden text.
            can_sample: whether the engine runs on this machine, so that a sample costs nothing.
        """
        self.policy = policy
        self._keeps_hidden = hidden_text == "keep"
        self._can_sample = can_sample

    def inspect(self, page: Page) -> Inspection:
        """Judge the text layer of a page."""
        if self.policy == "ignore":
            return Inspection()
        only = self.policy == "only"
        try:
            layer = page.text_layer
        except OcrkitError as error:
            consequence = "so the result is empty" if only else "so the page is recognized"
            return Inspection(
                needs_engine=not only,
                warnings=(f"the text layer cannot be read, {consequence}: {error}",),
                decisions=(Decision(topic=_TOPIC, choice="not used", reason="it cannot be read"),),
            )
        if layer is None:
            if not only:
                return Inspection()
            return Inspection(
                needs_engine=False,
                warnings=('this page has no text layer, and text_layer = "only" recognizes nothing',),
                decisions=(Decision(topic=_TOPIC, choice="empty", reason="the page has none"),),
            )
        return self._judged(layer, self._judge(layer, page))

    def settle(self, page: Page, inspection: Inspection, recognize: Recognize) -> Inspection:
        """The inspection after a second reading of what is suspected."""
        layer, verdict = inspection.layer, inspection.verdict
        if layer is None or verdict is None or not verdict.suspected.any():
            return inspection
        agreement = self._agreement(page, layer, verdict, recognize)
        if agreement is not None and agreement >= _LEAST_AGREEMENT:
            settled = self._judged(layer, replace(verdict, suspected=verdict.suspected & False))
        else:
            settled = self._judged(layer, self._judge(layer, page, refuted=True))
        reason = "; ".join(verdict.reasons[:_MOST_REASONS])
        if agreement is None:
            decision = Decision(
                topic="text layer sample", choice="not trusted", reason=f"{reason}; no sample"
            )
        else:
            choice = "trusted" if agreement >= _LEAST_AGREEMENT else "not trusted"
            reason = f"{reason}; {agreement:.0%} of a sample agree with what was recognized"
            decision = Decision(topic="text layer sample", choice=choice, reason=reason)
        return replace(settled, decisions=(decision, *settled.decisions))

    def _agreement(
        self, page: Page, layer: TextLayer, verdict: Verdict, recognize: Recognize
    ) -> float | None:
        if not self._can_sample:
            return None
        sample = sample_lines(layer, verdict.suspected, verdict.spaces, page.pixels)
        if sample is None:
            return None
        recognized = recognize(Page(sample.pixels, page.index, page.dpi))
        height, width = sample.pixels.shape[:2]
        return sample_agreement(sample, recognized.result.transformed(recognized.to_original, width, height))

    def _judge(self, layer: TextLayer, page: Page, *, refuted: bool = False) -> Verdict:
        known = [field.box for field in page.form if field.box]
        return judge(layer, page.dpi, keep_hidden=self._keeps_hidden, refuted=refuted, known=known)

    def _judged(self, layer: TextLayer, verdict: Verdict) -> Inspection:
        only = self.policy == "only"
        visible = verdict.wrong + int(verdict.trusted.sum())
        is_refused = not only and verdict.wrong > _MOST_WRONG * visible
        styled = [] if is_refused else styled_lines_of(verdict.layer, verdict.trusted, verdict.spaces)
        lines = [each.line for each in styled]
        is_complete = bool(lines) and not verdict.regions and not verdict.suspected.any()
        warnings: list[str] = []
        if verdict.hidden and not self._keeps_hidden and (only or is_complete):
            warnings.append(hidden_warning(verdict))  # else see `check_hidden`
        if only and verdict.wrong:
            warnings.append(
                f"{verdict.wrong} glyphs of the text layer have wrong characters and were left out; "
                'text_layer = "auto" recognizes them'
            )
        if verdict.unknown and lines:
            warnings.append(
                f"{verdict.unknown} symbols of the text layer have no character and are shown as \ufffd"
            )
        if only and not lines:
            warnings.append(
                'this page has no visible text in its text layer, and text_layer = "only" recognizes nothing'
            )
        return Inspection(
            layer=layer,
            verdict=verdict,
            lines=tuple(lines),
            bold=frozenset(id(each.line) for each in styled if each.bold),
            needs_engine=not only and not is_complete,
            decisions=(_decision(verdict, has_lines=bool(lines), only=only),),
            warnings=tuple(warnings),
        )

    def check_hidden(self, inspection: Inspection, recognized: PageResult) -> Inspection:
        """Warn about hidden text that is not the text of the page, as that of an OCR program would be."""
        layer, verdict = inspection.layer, inspection.verdict
        if layer is None or verdict is None or not verdict.hidden or self._keeps_hidden:
            return inspection
        lines = lines_of(layer, verdict.hidden_glyphs, verdict.spaces)
        hidden = _words(" ".join(line.text for line in lines))
        common = (hidden & _words(recognized.text)).total()
        if common >= _SAME_WORDS * hidden.total():
            return inspection
        return replace(inspection, warnings=(*inspection.warnings, hidden_warning(verdict)))


def hidden_warning(verdict: Verdict) -> str:
    """The warning about hidden text that was left out."""
    reasons = ", ".join(f"{count} {reason}" for reason, count in verdict.hidden.items())
    return (
        f"{verdict.hidden_count} characters of the text layer are hidden and were left out ({reasons}); "
        'hidden_text = "keep" reads them'
    )


def _decision(verdict: Verdict, *, has_lines: bool, only: bool) -> Decision:
    facts = [f"{int(verdict.trusted.sum())} characters trusted"]
    if verdict.hidden:
        facts.append(f"{verdict.hidden_count} hidden")
    if verdict.wrong:
        facts.append(f"{verdict.wrong} wrong")
    if verdict.unknown:
        facts.append(f"{verdict.unknown} unknown")
    if verdict.suspected.any():
        facts.append(f"{int(verdict.suspected.sum())} suspected")
    if verdict.coverage is not None:
        facts.append(f"{verdict.coverage:.0%} of the text-like ink covered")
    facts += verdict.reasons[:_MOST_REASONS]
    if not has_lines:
        choice = "empty" if only else "not used"
    elif verdict.regions and not only:
        count = len(verdict.regions)
        choice = f"used, {count} region{'s' if count > 1 else ''} recognized"
    else:
        choice = "used"
    return Decision(topic=_TOPIC, choice=choice, reason=", ".join(facts))


def _words(text: str) -> Counter[str]:
    return Counter(
        word
        for word in ("".join(filter(str.isalnum, each)) for each in text.casefold().split())
        if len(word) > 1
    )
