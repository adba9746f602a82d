"""Count the corrections of post-processing steps: right, wrong, and missed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ocrkit.document import Document
from ocrkit.evaluate.correctness import judge_texts, words_or_lines
from ocrkit.evaluate.ground_truth import Sample
from ocrkit.evaluate.model import CorrectedWord, StepCorrections
from ocrkit.evaluate.normalization import Rules
from ocrkit.result import Word

_EXAMPLES = 5
"""The most examples per kind and step."""


class PageCorrections(NamedTuple):
    """The words of a page or document before and after post-processing."""

    words: int
    wrong: int
    """Wrong words as the engine read them."""
    corrected: tuple[CorrectedWord, ...]


def page_corrections(document: Document, sample: Sample, rules: Rules) -> PageCorrections:
    """Judge the corrected words of a document, each with its text before and after."""
    rules = rules.with_hints(sample.hints)
    words = [word for page in document.pages for word in words_or_lines(page)]
    before = judge_texts([word.raw_text for word in words], sample, rules)
    after = judge_texts([word.text for word in words], sample, rules)
    corrected = [
        CorrectedWord(
            sample=sample.id,
            step=word.corrections[-1].by,
            before=word.corrections[0].before,
            after=word.corrections[-1].after,
            was_right=was_right,
            is_right=is_right,
        )
        for word, was_right, is_right in zip(words, before, after, strict=True)
        if isinstance(word, Word) and word.corrections
    ]
    read = [right for word, right in zip(words, before, strict=True) if rules.words(word.raw_text)]
    return PageCorrections(len(read), read.count(False), tuple(corrected))


def summarize_corrections(system: str, pages: Iterable[PageCorrections]) -> list[StepCorrections]:
    """The corrections of each step of a system over all pages."""
    pages = list(pages)
    corrected = [word for page in pages for word in page.corrected]
    words, wrong = sum(page.words for page in pages), sum(page.wrong for page in pages)
    summaries = []
    for step in dict.fromkeys(word.step for word in corrected):
        own = [word for word in corrected if word.step == step]
        right = [word for word in own if word.is_right and not word.was_right]
        spoilt = [word for word in own if word.was_right and not word.is_right]
        still = [word for word in own if not word.was_right and not word.is_right]
        summaries.append(
            StepCorrections(
                system=system,
                step=step,
                words=words,
                right=len(right),
                wrong=len(spoilt),
                still_wrong=len(still),
                missed=wrong - len(right) - len(still),
                examples=(*right[:_EXAMPLES], *spoilt[:_EXAMPLES], *still[:_EXAMPLES]),
            )
        )
    return summaries
