"""Which words of a block a language model is asked about, and what its answers change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ocrkit.postprocess.edits import Edit, WordSpan
from ocrkit.postprocess.llm.candidates import Candidate, candidates, is_known, joined_candidates, main_part
from ocrkit.postprocess.llm.choosing import DOUBTFUL, GRAMMAR, SURE, Choice, Margins, choose, priors
from ocrkit.postprocess.llm.forms import other_forms
from ocrkit.postprocess.llm.guards import is_protected
from ocrkit.postprocess.llm.passages import PlacedWord, placed_words
from ocrkit.postprocess.llm.scoring import Question
from ocrkit.postprocess.spelling.dictionaries import dictionary_for
from ocrkit.postprocess.spelling.lexicon import Lexicon
from ocrkit.postprocess.spelling.shapes import without_inner_capital_i
from ocrkit.result import Block, CorrectionCandidate

_REASON = "more likely in its context"
_MIN_LENGTH = 3
"""Shorter words of no dictionary are too often right."""


class AskedWord(NamedTuple):
    """A range of a line, and the readings of it among which the model chooses."""

    line: int
    start: int
    end: int
    question: Question
    candidates: tuple[Candidate, ...]
    margins: Margins


class BlockWords:
    """The words of a page that may change. See `Llm` for the options."""

    def __init__(
        self,
        doubtful: float,
        threshold: float | None,
        vocabulary: frozenset[str],
        requested: Sequence[str],
        languages: Sequence[str],
        *,
        real_words: bool = False,
        grammar: bool = False,
    ) -> None:
        self._doubtful = doubtful
        self._threshold = threshold
        self._vocabulary = vocabulary
        self._requested = requested[0] if len(requested) == 1 else None
        self._languages = languages
        self._real_words = real_words
        self._grammar = grammar

    def questions(self, block: Block) -> list[AskedWord]:
        """The words of a block for which there is another reading."""
        return [asked for word in placed_words(block) for asked in self._asked(word, block)]

    def edits(self, asked: Sequence[AskedWord], scores: Sequence[Sequence[float]]) -> list[Edit]:
        """The changes. Of two for the same word, the first one counts: that of the word and the next one."""
        edits: list[Edit] = []
        for item, likelihoods in zip(asked, scores, strict=True):
            values = [sum(pair) for pair in zip(likelihoods, item.question.priors, strict=True)]
            choice = choose(item.candidates, values, item.margins)
            overlaps = edits and edits[-1].line == item.line and item.start < edits[-1].end
            if choice.reading and not overlaps:
                after = item.candidates[choice.reading].text
                compared = _compared(item.candidates, choice)
                edits.append(
                    Edit(item.line, item.start, item.end, after, _REASON, compared[0].probability, compared)
                )
        return edits

    def _asked(self, word: PlacedWord, block: Block) -> Iterator[AskedWord]:
        span = word.span
        core = main_part(span.text)[1]
        if (
            word.is_divided
            or is_protected(without_inner_capital_i(span.text))
            or core.lower() in self._vocabulary
        ):
            return
        tag = (span.language or block.language or self._requested or "").partition("-")[0]
        if self._languages and tag not in self._languages:
            return
        dictionary = dictionary_for(tag)
        lexicon = Lexicon(dictionary, self._vocabulary) if dictionary else None
        if self._is_doubtful(span, core, lexicon):
            yield from self._joined(word, lexicon)
            found, margins = candidates(span.text, span.alternatives, lexicon), DOUBTFUL
        elif self._real_words and lexicon and is_known(core, lexicon):
            found, margins = [each for each in candidates(span.text, (), lexicon) if each.cost <= 0.5], SURE
        else:
            found, margins = [], SURE
        if self._grammar and len(found) < 2:
            found, margins = other_forms(span.text, tag), GRAMMAR
        if len(found) > 1:
            yield _asked_word(word, found, span.end, word.after, margins)

    def _is_doubtful(self, span: WordSpan, core: str, lexicon: Lexicon | None) -> bool:
        """Whether the engine is not sure of the word, or the dictionary does not know it.

        However sure the engine is of such a word, the model decides: its confidence counts in the choice.
        """
        if self._threshold is not None:
            return span.confidence is not None and span.confidence < self._threshold
        if span.confidence is None:
            return False
        is_unknown = lexicon is not None and len(core) >= _MIN_LENGTH and not is_known(core, lexicon)
        return is_unknown or span.confidence < self._doubtful

    def _joined(self, word: PlacedWord, lexicon: Lexicon | None) -> Iterator[AskedWord]:
        """The word and the next one, if the two may be one."""
        following = word.following
        if following is None or lexicon is None or is_protected(following.text):
            return
        found = joined_candidates(word.span.text, following.text, lexicon)
        if found:
            after = word.after[len(following.text) + 1 :]
            yield _asked_word(word, found, following.end, after, DOUBTFUL)


def _asked_word(
    word: PlacedWord, found: Sequence[Candidate], end: int, after: str, margins: Margins
) -> AskedWord:
    texts = tuple(each.text for each in found)
    question = Question(word.before, texts, after, priors(found, word.span.confidence))
    return AskedWord(word.line, word.span.start, end, question, tuple(found), margins)


def _compared(found: Sequence[Candidate], choice: Choice) -> tuple[CorrectionCandidate, ...]:
    """The readings with what was compared, the best first."""
    ranked = sorted(zip(choice.values, choice.probabilities, found, strict=True), key=lambda each: -each[0])
    return tuple(
        CorrectionCandidate(
            text=each.text, source=each.source, score=round(value, 2), probability=round(probability, 4)
        )
        for value, probability, each in ranked
    )
