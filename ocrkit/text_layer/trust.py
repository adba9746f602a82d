"""The verdict on a text layer: hidden, wrong and missing text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ocrkit.geometry import Box
from ocrkit.glyphs import TextLayer
from ocrkit.text_layer.coverage import measure_coverage
from ocrkit.text_layer.encoding import check_encoding
from ocrkit.text_layer.grouping import Mask, by_run, is_space, runs
from ocrkit.text_layer.visibility import hidden_glyphs

_DEFAULT_DPI = 300.0
_LEAST_WORD = 3
"""Glyphs of a word that an engine would find on the page."""
_MOST_UNKNOWN = 0.03
"""The share of unknown signs up to which the rest of a page is worth reading without them."""


@dataclass(frozen=True, slots=True, eq=False)
class Verdict:
    """The findings about a text layer, from its glyphs and the pictures of its page.

    Attributes:
        layer: the layer, with a replacement character (�) for each trusted glyph without a character.
        trusted: glyphs that can be seen and have their right characters, the suspected ones included.
        suspected: glyphs of fonts that need a second reading.
        spaces: glyphs that are white space.
        hidden_glyphs: glyphs that cannot be seen.
        hidden: the number of hidden characters for each reason.
        wrong: the number of visible glyphs in words whose characters are certainly wrong.
        unknown: the number of trusted glyphs without a character: single signs, which no engine would find.
        coverage: the share of the text-like ink that the trusted glyphs cover; None without such ink.
        regions: where there is visible text that the trusted glyphs lack, in pixels of the page.
        reasons: why fonts are suspected or wrong.
    """

    layer: TextLayer
    trusted: Mask
    suspected: Mask
    spaces: Mask
    hidden_glyphs: Mask
    hidden: Mapping[str, int]
    wrong: int
    unknown: int
    coverage: float | None
    regions: tuple[Box, ...]
    reasons: tuple[str, ...]

    @property
    def hidden_count(self) -> int:
        return sum(self.hidden.values())


def judge(
    layer: TextLayer,
    dpi: float | None = None,
    *,
    keep_hidden: bool = False,
    refuted: bool = False,
    known: Sequence[Box] = (),
) -> Verdict:
    """Judge the text layer of a page.

    Args:
        layer: the layer.
        dpi: resolution of the page.
        keep_hidden: whether hidden text counts as text of the page.
        refuted: whether a second reading has refuted the suspected fonts, so that they are wrong.
        known: places whose text is known from elsewhere, in pixels of the page.
    """
    spaces = is_space(layer)
    run_of = runs(layer, spaces)
    hidden, counts = hidden_glyphs(layer, spaces, run_of, dpi or _DEFAULT_DPI)
    shown = ~spaces & (True if keep_hidden else ~hidden)
    findings = check_encoding(layer, shown)
    wrong = findings.wrong | (findings.suspected if refuted else False)
    # A word with a wrong character is wrong as a whole; a sign that stands alone is only unknown.
    length = by_run(run_of, shown.astype(np.float64))
    unknown = wrong & (length < _LEAST_WORD)
    wrong = shown & ~unknown & (by_run(run_of, wrong.astype(np.float64)) > 0)
    if unknown.sum() > _MOST_UNKNOWN * shown.sum():
        wrong, unknown = wrong | unknown, unknown & False
    trusted = shown & ~wrong
    coverage = measure_coverage(layer, trusted, wrong & ~hidden, hidden & trusted, known)
    return Verdict(
        layer=_with_unknown(layer, unknown),
        trusted=trusted,
        suspected=findings.suspected & trusted,
        spaces=spaces,
        hidden_glyphs=hidden,
        hidden=counts,
        wrong=int(wrong.sum()),
        unknown=int(unknown.sum()),
        coverage=coverage.share,
        regions=coverage.regions,
        reasons=findings.reasons,
    )


def _with_unknown(layer: TextLayer, unknown: Mask) -> TextLayer:
    if not unknown.any():
        return layer
    text = "".join("\ufffd" if not_known else own for own, not_known in zip(layer.text, unknown, strict=True))
    return replace(layer, text=text)
