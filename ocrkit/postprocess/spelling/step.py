"""The post-processing step `spelling`: its options, and how it processes a page."""

from __future__ import annotations

import functools
import importlib.util
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from pydantic import Field, field_validator

from ocrkit.errors import ConfigError, missing_extra
from ocrkit.harmless import Harmless
from ocrkit.postprocess.base import StepOptions, doubtful_below, is_doubtful_unknown
from ocrkit.postprocess.edits import Edit, WordSpan, apply_edits, word_spans
from ocrkit.postprocess.spelling.dictionaries import dictionary_for, word_list_version
from ocrkit.postprocess.spelling.lexicon import Lexicon, Suggestion
from ocrkit.postprocess.spelling.shapes import HYPHENS, WORD_PART, is_address_or_code
from ocrkit.postprocess.spelling.suggestions import divided_correction, suggestions
from ocrkit.result import Block, CorrectionCandidate, PageResult

_UNKNOWN_LANGUAGE = (
    "the language of the text is unknown, so its spelling was not corrected; request one language, or add "
    "the step 'language' before"
)


class Spelling(StepOptions):
    """Correct low-confidence words to dictionary words that look similar.

    A word is changed only if it is in no dictionary, and only to a common word that one or two typical
    misreadings explain (`rn` for `m`, `0` for `o`, …) or, in long words, one other letter. If two corrections
    are plausible, the word stays. Numbers, codes, addresses, abbreviations and mixed-case words are never
    changed, nor are blocks in a language without a dictionary. Requires `ocrkit[spelling]`.
    """

    vocabulary: Path | tuple[str, ...] = ()
    """Additional words, or a text file with one word per line. They are never changed, and are preferred."""
    confidence_threshold: Harmless[float | None] = Field(None, ge=0, le=1)
    """Words with at least this confidence are kept. None: the threshold measured for the engine."""

    @field_validator("vocabulary")
    @classmethod
    def _require_file(cls, vocabulary: Path | tuple[str, ...]) -> Path | tuple[str, ...]:
        return check_vocabulary(vocabulary)

    @property
    def requires(self) -> tuple[str, ...]:
        """The language of a block names its dictionary."""
        return ("language",)

    def check(self) -> None:
        """See `ocrkit.postprocess.base.SupportsCheck`."""
        if importlib.util.find_spec("wordfreq") is None:
            raise missing_extra("wordfreq", "spelling", "spelling correction")

    def __call__(self, page: PageResult) -> PageResult:
        words = _PageWords(
            doubtful_below(page),
            self.confidence_threshold,
            read_vocabulary(self.vocabulary),
            page.trace.languages,
        )
        blocks = tuple(apply_edits(block, words.edits(block), "spelling") for block in page.blocks)
        warnings = [text for text in words.warnings() if text not in page.warnings]
        if not warnings and all(new is old for new, old in zip(blocks, page.blocks, strict=True)):
            return page
        return page.model_copy(update={"blocks": blocks, "warnings": (*page.warnings, *warnings)})

    def fingerprint(self) -> str:
        """The version of the word lists."""
        return word_list_version()


class _PageWords:
    """The doubtful words of a page and their corrections. Collects what could not be corrected."""

    def __init__(
        self,
        doubtful: float,
        threshold: float | None,
        vocabulary: frozenset[str],
        requested: tuple[str, ...],
    ) -> None:
        self._doubtful = doubtful
        self._threshold = threshold
        self._vocabulary = vocabulary
        self._requested = requested[0] if len(requested) == 1 else None
        self._without_dictionary: set[str] = set()
        self._without_language = self._with_language = False

    def edits(self, block: Block) -> Iterator[Edit]:
        """The corrections of a block."""
        for index, line in enumerate(block.lines):
            continues = index > 0 and block.lines[index - 1].text.endswith(HYPHENS)
            for word in word_spans(line):
                lexicon = self._lexicon(word, block) if self._is_doubtful(word) else None
                if lexicon is None:
                    continue
                divided = (continues and word.start == 0, word.end == len(line.text))
                found = list(
                    suggestions(
                        word.text,
                        line.text[: word.start],
                        lexicon,
                        divided=divided,
                        alternatives=word.alternatives,
                    )
                )
                if found:
                    yield _word_edit(index, word, found)
            if continues:
                yield from self._divided_edits(block, index - 1)

    def _divided_edits(self, block: Block, index: int) -> Iterator[Edit]:
        """The corrections of the word that begins at the end of this line and ends on the next one."""
        before, after = word_spans(block.lines[index]), word_spans(block.lines[index + 1])
        firsts = list(WORD_PART.finditer(before[-1].text)) if before else []
        second = WORD_PART.match(after[0].text) if after else None
        if not firsts or second is None or before[-1].text[firsts[-1].end() :] not in HYPHENS:
            return
        lexicon = self._lexicon(before[-1], block)
        found = divided_correction(firsts[-1][0], second[0], lexicon) if lexicon else None
        if found is None:
            return
        places = ((index, before[-1], firsts[-1], found[0]), (index + 1, after[0], second, found[1]))
        for line, word, part, text in places:
            if text != part[0] and self._is_doubtful(word):
                start, end = word.start + part.start(), word.start + part.end()
                yield Edit(line, start, end, text, found[2].reason, candidates=found[2].candidates)

    def warnings(self) -> list[str]:
        """What kept words from being corrected."""
        texts = [
            f"no spelling dictionary for language '{language}'; its text was not corrected"
            for language in sorted(self._without_dictionary)
        ]
        return [*texts, _UNKNOWN_LANGUAGE] if self._without_language and not self._with_language else texts

    def _is_doubtful(self, word: WordSpan) -> bool:
        """Whether the word may change if it is in no dictionary."""
        if is_address_or_code(word.text):
            return False
        if self._threshold is not None:
            return word.confidence is not None and word.confidence < self._threshold
        return is_doubtful_unknown(word.confidence, word.probability, self._doubtful)

    def _lexicon(self, word: WordSpan, block: Block) -> Lexicon | None:
        """The words of the language of a word: as found in it or around it, or the only one requested."""
        tag = word.language or block.language or self._requested
        if tag is None:
            self._without_language |= bool(WORD_PART.search(word.text))
            return None
        self._with_language = True
        language = tag.partition("-")[0]
        dictionary = dictionary_for(language)
        if dictionary is None:
            self._without_dictionary.add(language)
            return None
        return Lexicon(dictionary, self._vocabulary)


def _word_edit(line: int, word: WordSpan, found: Sequence[Suggestion]) -> Edit:
    """The change of a word, one or more parts of which are corrected."""
    text, reasons = word.text, dict.fromkeys(each.found.reason for each in found)
    for each in reversed(found):
        text = text[: each.start] + each.found.text + text[each.end :]
    only = found[0]
    candidates = tuple(
        each.model_copy(update={"text": word.text[: only.start] + each.text + word.text[only.end :]})
        for each in only.found.candidates
    )
    if len(found) > 1:
        candidates = (
            CorrectionCandidate(text=text, source=candidates[0].source),
            CorrectionCandidate(text=word.text, source="reading"),
        )
    return Edit(line, word.start, word.end, text, "; ".join(reasons), candidates=candidates)


def words_of(texts: Iterable[str]) -> frozenset[str]:
    """The words in texts, in lower case."""
    return frozenset(part.lower() for text in texts for part in WORD_PART.findall(text))


def check_vocabulary(vocabulary: Path | tuple[str, ...]) -> Path | tuple[str, ...]:
    """The vocabulary of an option. Raises `ValueError` if it is a file that does not exist."""
    if isinstance(vocabulary, Path) and not vocabulary.is_file():
        raise ValueError(f"file not found: {vocabulary}")
    return vocabulary


def read_vocabulary(vocabulary: Path | tuple[str, ...]) -> frozenset[str]:
    """The words of a vocabulary. Those of a file are cached until it changes."""
    if not isinstance(vocabulary, Path):
        return words_of(vocabulary)
    try:
        return _cached_words(vocabulary, vocabulary.stat().st_mtime_ns)
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise ConfigError(f"the vocabulary {vocabulary} cannot be read: {reason}") from None


@functools.lru_cache(maxsize=16)
def _cached_words(path: Path, modified: int) -> frozenset[str]:  # noqa: ARG001 – part of the key
    return words_of(path.read_text(encoding="utf-8").splitlines())
